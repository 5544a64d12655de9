"""Open documents."""
