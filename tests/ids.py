"""IDs for tests that have no domain: certified by their key alone, without the issuance cycle."""

from __future__ import annotations

from datetime import datetime

from cryptography import x509

from dominoadmin.pki import identities, issuance, keys
from dominoadmin.pki.identities import Identity, IdKeys


def organization(name: str, serial_number: int, now: datetime, years: int = 100) -> Identity:
    """An organization's certifier."""
    made = IdKeys.generate()
    draft = identities.organization(name, made, serial_number, now, years)
    return made.identity("certifier", name, (_signed(made.signing, draft),))


def certify(certifier: Identity, kind: str, name: str, serial_number: int, now: datetime) -> Identity:
    """A person's or server's ID."""
    made = IdKeys.generate()
    draft = identities.member(name, made, certifier.certificate, serial_number, now)
    return made.identity(kind, name, (_signed(certifier.signing_key, draft), *certifier.chain))


def _signed(key, draft: issuance.Draft) -> x509.Certificate:
    return x509.load_der_x509_certificate(issuance.certificate_from(draft.tbs, keys.sign(key, draft.tbs)))
