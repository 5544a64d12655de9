"""Domino Key Ring Management."""
