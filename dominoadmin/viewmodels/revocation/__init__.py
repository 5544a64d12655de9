"""Revocations and CRLs as they are shown and asked for."""
