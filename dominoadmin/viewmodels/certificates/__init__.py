"""Certificates as they are shown."""
