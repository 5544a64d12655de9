"""Issued certificates for lists and documents."""
