"""Entries of Issued Certificate Lists with the facts in the signed certificate, not those in the row."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from cryptography import x509

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, keys, publication
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.store import issued
from dominoadmin.store.database import Connection
from dominoadmin.store.records import IssuedRecord


def entry_of(db: Connection, certifier: Certifier, serial_hex: str) -> IssuedRecord:
    """Return an entry of the certifier's ICL, with the end, key and partition in the signed certificate.

    Raises:
        NotFound: it has issued none with this serial number.
        Refused: it is the certifier's own.
        Tampered: the certificate with this number in the ICL was not signed by the certifier.

    """
    if found := issued.find(db, serial_hex, certifier.record.id):
        return _as_signed(found[0], certifier)
    if serial_hex == f"{certifier.issuer.certificate.serial_number:x}":
        raise Refused(
            _("This is the certificate of {name} itself; its own CRLs cannot revoke it.", name=certifier.record.name),
            _("Disable the certifier, and remove its certificate wherever it is trusted."),
        )
    raise NotFound(
        _(
            "{name} has not issued a certificate with the serial number {serial_hex}.",
            name=certifier.record.name,
            serial_hex=serial_hex,
        ),
        _("See its Issued Certificate List."),
    )


def _as_signed(entry: IssuedRecord, certifier: Certifier) -> IssuedRecord:
    """Return the entry with the facts that a revocation needs, from the certificate itself.

    The row is not signed: with another end its entry would never be on a list, with another key a compromised one
    would be certified again, with another partition it would be on the wrong list.
    """
    try:
        certificate = x509.load_der_x509_certificate(entry.der)
        end, key, part = facts(certificate, certifier.configuration.key_fingerprint)
    except PARSING_FAILURES:
        raise _altered(entry, certifier) from None
    is_ours = certification_paths.is_issued_by(certificate, certifier.issuer.certificate)
    if f"{certificate.serial_number:x}" != entry.serial_hex or not is_ours:
        raise _altered(entry, certifier)
    return replace(entry, not_after=end, key_fingerprint=key, part=part)


def facts(certificate: x509.Certificate, certifier_key: str) -> tuple[datetime, str, int]:
    """Return what a revocation needs of a certificate: its end, its key's fingerprint, its partition.

    Raises:
        ValueError, TypeError, …: as `PARSING_FAILURES`.

    """
    key = certificate.public_key()
    if not isinstance(key, keys.PublicKey):
        raise TypeError(key)
    part = publication.part_of(_points(certificate), certifier_key)
    return certificate.not_valid_after_utc, keys.fingerprint(key), part


def _points(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for point in found for name in point.full_name or ())


def _altered(entry: IssuedRecord, certifier: Certifier) -> Tampered:
    return Tampered(
        _(
            "The certificate {serial_hex} in the Issued Certificate List of {name} was altered.",
            serial_hex=entry.serial_hex,
            name=certifier.record.name,
        ),
        _("Restore the store from a backup."),
    )
