"""Processes that coordinate several rooms."""
