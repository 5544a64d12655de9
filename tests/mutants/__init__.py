"""Small changes of trust-critical code, each of which some test must notice: `make mutants`."""
