"""The Domino Directory and the data directory as they are listed and edited."""
