"""The Domino Directory and the data directory, for lists and editing."""
