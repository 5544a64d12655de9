"""Cross-certificates."""
