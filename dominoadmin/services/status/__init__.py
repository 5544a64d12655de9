"""What an administrator wants to know each morning, computed from the store."""
