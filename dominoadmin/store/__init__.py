"""Storage: SQLite, ID files, the OS keychain. Parses no X.509 and has no rules."""
