"""The first start as it is filled in."""
