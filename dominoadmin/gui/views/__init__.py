"""Opened databases: a navigator, a view, an action bar."""
