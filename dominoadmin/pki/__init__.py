"""X.509 with no state: values in, values out. Imports only `cryptography` (and `idna` for host names)."""
