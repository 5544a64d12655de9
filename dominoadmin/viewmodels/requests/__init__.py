"""Requests and their databases as they are shown and edited."""
