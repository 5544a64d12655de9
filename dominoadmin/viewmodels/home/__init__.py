"""Home: what an administrator wants to know each morning, in words."""
