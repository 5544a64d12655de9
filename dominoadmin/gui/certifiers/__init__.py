"""Certifiers: register, modify, protect, show."""
