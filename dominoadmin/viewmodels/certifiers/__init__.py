"""Certifiers for display, registration and modification."""
