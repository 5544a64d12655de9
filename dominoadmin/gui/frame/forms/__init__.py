"""Labelled editors."""
