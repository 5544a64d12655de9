"""Log in, people, passwords, preferences."""
