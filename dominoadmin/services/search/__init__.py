"""The search for everything in a domain by any of its words."""
