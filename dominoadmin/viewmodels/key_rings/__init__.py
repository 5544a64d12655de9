"""Key rings for lists and editing."""
