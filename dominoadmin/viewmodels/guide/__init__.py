"""The Quick Guide."""
