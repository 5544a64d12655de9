"""The issuance cycle of the CA process."""
