"""Drafts for registering people."""
