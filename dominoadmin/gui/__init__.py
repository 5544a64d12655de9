"""The desktop client: the only layer that imports Qt."""
