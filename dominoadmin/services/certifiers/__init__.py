"""Internet certifiers: registration, modification, protection of their keys."""
