"""People as they are registered."""
