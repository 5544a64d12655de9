"""Requests: databases, decisions, documents, pickup."""
