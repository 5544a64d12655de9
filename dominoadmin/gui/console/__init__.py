"""The server's console and status."""
