"""Revocations and CRLs for display, and drafts of revocations."""
