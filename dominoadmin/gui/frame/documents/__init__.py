"""Opened documents."""
