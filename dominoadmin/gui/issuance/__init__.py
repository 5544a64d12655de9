"""Issued Certificate Lists and their documents."""
