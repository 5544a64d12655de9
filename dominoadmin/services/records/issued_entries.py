"""Entries of Issued Certificate Lists with the facts in the signed certificate, not those in the row."""

from __future__ import annotations

import hashlib
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from cryptography import x509

from dominoadmin.errors import Damaged, NotFound, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys, names, publication
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers, issued
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import IssuedRecord


def check(db: Connection, verifier: Verifier, entry: IssuedRecord) -> None:
    """Raise `Tampered` if an entry is not the one that the audit log commits: before it is shown or handed out."""
    committed.check(db, verifier, [Object("issued", f"{entry.certifier_id} {entry.serial_hex}")])


def check_not_issued(db: Connection, verifier: Verifier, serial_hex: str) -> None:
    """Raise `Tampered` if the log commits a certificate with this serial number, or a certifier, whose row is gone."""
    committed.check_same(db, verifier, [Object("issued", f"{each} {serial_hex}") for each in certifiers.names(db)])
    for number in committed.missing(db, verifier, "certifiers"):
        raise committed.altered(Object("certifiers", str(number)))


def rows_of(certifier_id: int, serials: Sequence[str], given: Container[str] = ()) -> list[Object]:
    """Return what a refusal to revoke certificates goes by: their revocations, and the entries that are not given."""
    entries = [Object("issued", f"{certifier_id} {each}") for each in serials if each not in given]
    return [*(Object("revocations", f"{certifier_id} {each}") for each in serials), *entries]


def check_rows(db: Connection, verifier: Verifier, rows: Iterable[Object]) -> None:
    """Raise `Damaged` if one of these rows was altered, added or removed: what goes by them waits until it is right."""
    try:
        committed.check_same(db, verifier, rows)
    except Tampered as error:
        raise Damaged(str(error), error.hint) from None


def serial_of(der: bytes) -> str:
    """Return a certificate's serial number as entries have it.

    Raises:
        Damaged: this is no certificate.

    """
    try:
        return f"{x509.load_der_x509_certificate(der).serial_number:x}"
    except PARSING_FAILURES:
        raise Damaged(_("This is not a certificate."), _("Choose the certificate's file, PEM or DER.")) from None


def issuer_of(domain: Domain, actor: Actor, der: bytes) -> int:
    """Return the certifier whose own key has signed a certificate, whether or not its ICL has it.

    Raises:
        NotFound: no certifier of this domain has signed it.
        Damaged: this is no certificate.

    """
    serial_of(der)
    certificate = x509.load_der_x509_certificate(der)
    with domain.store.snapshot() as db:
        for record in certifiers.all_of(db):
            known = configuring.verified(db, record, actor.verifier(), domain.now())
            if known.signed(certificate):
                return record.id
    raise NotFound(
        _("No certifier of this domain has issued this certificate."), _("Choose a certificate that was issued here.")
    )


def entry_of(
    db: Connection, certifier: Certifier, serial_hex: str, given: Mapping[str, bytes] = MappingProxyType({})
) -> IssuedRecord:
    """Return an entry of the certifier's ICL, with the end, key and partition in the signed certificate.

    `given`: certificates in DER by their serial numbers, for entries that were removed or altered.

    Raises:
        NotFound: it has issued none with this serial number.
        Refused: it is the certifier's own.
        Tampered: the certificate with this number, given or in the ICL, was not signed by the certifier.

    """
    is_own = serial_hex in {f"{each.issuer.certificate.serial_number:x}" for each in certifier.generations}
    if serial_hex in given and not is_own:
        return _as_signed(_entry(certifier, serial_hex, given[serial_hex]), certifier)
    if found := issued.find(db, serial_hex, certifier.record.id):
        return _as_signed(found[0], certifier)
    if is_own:
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


def _entry(certifier: Certifier, serial_hex: str, der: bytes) -> IssuedRecord:
    """Return what an entry of the ICL would say about a certificate, as far as the certificate shows it."""
    serial_of(der)
    certificate = x509.load_der_x509_certificate(der)
    return IssuedRecord(
        certifier_id=certifier.record.id,
        serial_hex=serial_hex,
        request_id=None,
        kind="",
        subject=names.shown(certificate.subject),
        names="",
        requester="",
        key_algorithm="",
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        fingerprint=hashlib.sha256(der).hexdigest(),
        key_fingerprint="",
        der=der,
        issued_at=certificate.not_valid_before_utc,
        part=0,
    )


def _as_signed(entry: IssuedRecord, certifier: Certifier) -> IssuedRecord:
    """Return the entry with the facts that a revocation needs, from the certificate itself.

    The log commits the row, but not that its columns fit the certificate: with another end its entry would never be
    on a list, with another key a compromised one would be certified again, with another partition it would be on the
    wrong list.
    """
    try:
        certificate = x509.load_der_x509_certificate(entry.der)
        issuer = certifier.signed(certificate)
        end, key, part = facts(certificate, (issuer or certifier).key_fingerprint)
    except PARSING_FAILURES:
        raise _altered(entry, certifier) from None
    if f"{certificate.serial_number:x}" != entry.serial_hex or not issuer:
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
