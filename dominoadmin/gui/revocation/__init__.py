"""Revoke certificates, issue CRLs."""
