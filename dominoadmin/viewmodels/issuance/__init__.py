"""Issued certificates as they are listed and shown."""
