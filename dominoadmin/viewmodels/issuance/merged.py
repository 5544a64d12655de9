"""Issued certificates for views and lists."""

from __future__ import annotations

import string
from typing import Any

from dominoadmin.errors import NotFound
from dominoadmin.i18n import marked
from dominoadmin.pki import describe
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records import issued_entries
from dominoadmin.store import certifiers, issued
from dominoadmin.store.records import IssuedRecord


def issued_certificates(domain: Domain, certifier: str = "") -> list[dict[str, Any]]:
    """Return the Issued Certificate List of one certifier, or of all, with stable keys."""
    with domain.store.snapshot() as db:
        chosen = configuring.find(db, certifier).id if certifier else 0
        known = certifiers.names(db)
        return [summary(entry, known[entry.certifier_id]) for entry in issued.all_of(db, chosen)]


def find_issued(domain: Domain, serial: str, certifier: str = "", shown_to: Actor | None = None) -> IssuedRecord:
    """Return an issued certificate by its serial number, in hex with or without colons and 0x.

    `shown_to`: who is shown its content, or given its octets.

    Raises:
        NotFound: no certificate has it, or more than one.
        Tampered: it would be shown, and is not as it was signed, or is gone.

    """
    cleaned = serial.strip().lower().removeprefix("0x").replace(":", "").lstrip("0")
    if not cleaned or set(cleaned) - set(string.hexdigits):
        raise NotFound(
            marked("{serial} is not a serial number; serial numbers are hexadecimal.", serial=repr(serial)),
            marked("See the Issued Certificate List, or 'dominoadmin icl list'."),
        )
    with domain.store.snapshot() as db:
        chosen = configuring.find(db, certifier).id if certifier else 0
        found = issued.find(db, cleaned, chosen)
        if shown_to and len(found) == 1:
            issued_entries.check(db, shown_to.verifier(), found[0])
        if shown_to and not found:
            issued_entries.check_not_issued(db, shown_to.verifier(), cleaned)
    if not found:
        raise NotFound(
            marked("No certificate with the serial number {serial} was issued here.", serial=serial),
            marked("See the Issued Certificate List, or 'dominoadmin icl list'."),
        )
    if len(found) > 1:
        raise NotFound(
            marked("More than one certifier has issued the serial number {serial}.", serial=serial),
            marked("Specify one with --certifier."),
        )
    return found[0]


def summary(entry: IssuedRecord, certifier: str) -> dict[str, Any]:
    """Return a certificate as `icl list` shows it."""
    return {
        "serial": entry.serial_hex,
        "subject": entry.subject,
        "certifier": certifier,
        "kind": entry.kind,
        "not_before": entry.not_before,
        "not_after": entry.not_after,
        "sha256": entry.fingerprint,
        "request": entry.request_id,
        "issued_at": entry.issued_at,
    }


def certificate_text(der: bytes) -> dict[str, Any]:
    """Return the contents of a certificate."""
    return describe.certificate(describe.load(der, marked("The stored file")))
