"""Cross-certificates as they are asked for."""
