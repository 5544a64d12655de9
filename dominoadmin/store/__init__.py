"""What the authority remembers: SQLite, ID files, the OS keychain. Parses no X.509 and knows no rules."""
