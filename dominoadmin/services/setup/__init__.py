"""The first start: a new domain, or a sample."""
