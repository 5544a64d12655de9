"""The Domino Directory, Server documents, mail."""
