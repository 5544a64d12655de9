"""The search line for everything, and its results."""
