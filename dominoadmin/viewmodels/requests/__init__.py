"""Requests and their databases for display and editing."""
