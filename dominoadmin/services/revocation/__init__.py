"""Revocation, CRLs and OCSP."""
