"""Certifiers as they are shown, registered and modified."""
