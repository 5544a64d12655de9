"""Drafts for cross-certification."""
