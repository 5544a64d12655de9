"""Certificates for display."""
