"""X.509 without state: functions on values. Imports only `cryptography` (and `idna` for host names)."""
