"""The cross-certificates in the Domino Directory and in Personal Address Books, and their validity."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from cryptography import x509

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, describe, issuance, keys, names, serial_numbers
from dominoadmin.pki.certification_paths import MAXIMUM_CANDIDATES
from dominoadmin.pki.cross_certificates import DIRECTORY, TRUSTED, CrossCertification
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.issuance import Issuer
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import certifiers, cross_certificates
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CrossCertificateRecord

PERSONAL: Final = "personal"
BOOKS: Final = (PERSONAL, DIRECTORY)
_ROWS: Final = "cross_certificates"
FOREIGN: Final = _("This cross-certificate was not issued by a certifier of this domain.")
ALTERED: Final = _("The cross-certificate's document was changed after it was issued.")


@dataclass(frozen=True)
class Entry:
    """A cross-certificate in its book. `problem` says why it is not reliable; empty for a good one."""

    record: CrossCertificateRecord
    problem: str = ""
    tampered: bool = False

    @property
    def certificate(self) -> x509.Certificate:
        """The certificate itself."""
        return x509.load_der_x509_certificate(self.record.der)

    def check(self) -> None:
        """Check that it can be relied on.

        Raises:
            Tampered: no certifier of this domain issued it.
            Refused: it is not valid now.

        """
        if self.tampered:
            raise Tampered(self.problem)
        if self.problem:
            raise Refused(self.problem, _("Cross-certify the other authority again."))


def book_name(actor: Actor, book: str) -> str:
    """Return the name under which a book is stored: `directory`, or the owner of the Personal Address Book.

    Raises:
        Refused: it is neither of them.

    """
    if book not in BOOKS:
        raise Refused(
            _("{book} is not an address book for cross-certificates.", book=repr(book)),
            _("Use {one} or {other}.", one=PERSONAL, other=DIRECTORY),
        )
    return actor.name if book == PERSONAL else DIRECTORY


def add(
    db: Connection, verifier: Verifier, subject: CrossCertification, der: bytes, now: datetime
) -> CrossCertificateRecord:
    """Add a new cross-certificate's document, and return it."""
    certificate = x509.load_der_x509_certificate(der)
    document = CrossCertificateRecord(
        id=committed.free(db, verifier, _ROWS),
        book=subject.particulars.book,
        subject=names.shown(certificate.subject),
        issuer=names.shown(certificate.issuer),
        serial_hex=serial_numbers.text(certificate.serial_number),
        subject_key=keys.fingerprint(subject.public_key),
        not_after=certificate.not_valid_after_utc,
        der=der,
        created_at=now,
    )
    cross_certificates.add(db, document)
    return document


def check_untrusted(
    db: Connection, verifier: Verifier, subject: CrossCertification, issuer: Issuer, now: datetime
) -> None:
    """Check that the book has no valid cross-certificate from this issuer for the same key.

    Raises:
        Refused: it has one; in Domino's words.

    """
    book, key = subject.particulars.book, keys.fingerprint(subject.public_key)
    if found := next((each for each in valid(db, verifier, key, issuer.certificate, now) if each.book == book), None):
        raise Refused(
            TRUSTED,
            _("See cross-certificate {id}: it is valid until {date}.", id=found.id, date=f"{found.not_after:%Y-%m-%d}"),
        )


def valid(
    db: Connection, verifier: Verifier, key: str, issuer: x509.Certificate, now: datetime
) -> list[CrossCertificateRecord]:
    """Return the currently valid cross-certificates from this issuer for this key (SHA-256 of its SPKI), in all books.

    One whose row is not as the audit log commits it does not count.
    """
    known = cross_certificates.all_of(db)
    altered = committed.altered_rows(db, verifier, _ROWS, [each.id for each in known])
    good = (each for each in known if each.id not in altered and each.subject_key == key)
    return [each for each in good if not _entry(each, [issuer], now).problem]


def entries(domain: Domain, actor: Actor, book: str = "") -> list[Entry]:
    """Return the cross-certificates of one book, or of all, oldest first."""
    now, name = domain.now(), book_name(actor, book) if book else ""
    with domain.store.snapshot() as db:
        issuers = _issuers(db, actor, now)
        return [_entry(record, issuers, now) for record in cross_certificates.all_of(db, name)]


def get(domain: Domain, actor: Actor, number: int) -> Entry:
    """Return one cross-certificate.

    Raises:
        NotFound: there is none with this number.

    """
    with domain.store.snapshot() as db:
        record = cross_certificates.find(db, number)
        if record is None:
            raise NotFound(
                _("Cross-certificate {number} was not found.", number=number),
                _("See the address book, or 'dominoadmin crosscert list'."),
            )
        return _entry(record, _issuers(db, actor, domain.now()), domain.now())


@dataclass(frozen=True)
class Bundle:
    """A bundle for relying parties: the trust anchor, and the cross-certificates below it, the lowest first.

    The other authority's self-signed root is left out: OpenSSL would use it, find it untrusted, and fail.
    """

    anchor: x509.Certificate
    chain: tuple[x509.Certificate, ...]

    @property
    def pem(self) -> str:
        """The cross-certificates, to be added to the other authority's certificates."""
        return "".join(describe.pem(issuance.der(certificate)) for certificate in self.chain)


def bundle(domain: Domain, actor: Actor, number: int) -> Bundle:
    """Return a cross-certificate with its path to the organization's certifier, or to its own issuer.

    Raises:
        NotFound: there is none with this number.
        Tampered, Refused: it is not valid.

    """
    found = get(domain, actor, number)
    found.check()
    certificate, now = found.certificate, domain.now()
    # The path of one issued by an Internet certifier continues if that certifier was cross-certified itself.
    above = [
        entry.certificate
        for entry in entries(domain, actor)
        if not entry.problem and entry.record.book in (DIRECTORY, found.record.book)
    ]
    above = [each for each in above if each.subject == certificate.issuer and _allows_another(each)]
    try:
        *chain, anchor = certification_paths.build(certificate, above[:MAXIMUM_CANDIDATES], (actor.anchor,), now)
    except Refused:
        with domain.store.snapshot() as db:
            issuers = _issuers(db, actor, now)
        *chain, anchor = certification_paths.build(certificate, (), tuple(issuers), now)
    return Bundle(anchor, tuple(chain))


def _allows_another(certificate: x509.Certificate) -> bool:
    """Return whether the path may continue below an authority that this one certifies (RFC 5280, 4.2.1.9)."""
    return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.path_length != 0


def _issuers(db: Connection, actor: Actor, now: datetime) -> list[x509.Certificate]:
    """Return the accepted issuers of cross-certificates: the organization's certifier and the Internet certifiers."""
    found = [actor.anchor]
    for record in certifiers.all_of(db):
        with contextlib.suppress(Tampered):  # certificates of an untrusted certifier are untrusted too
            known = configuring.verified(db, record, actor.verifier(), now)
            found += (each.issuer.certificate for each in known.generations)
    return found


def _entry(record: CrossCertificateRecord, issuers: list[x509.Certificate], now: datetime) -> Entry:
    try:
        certificate = x509.load_der_x509_certificate(record.der)
        key = certificate.public_key()
        said = (
            names.shown(certificate.subject),
            names.shown(certificate.issuer),
            serial_numbers.text(certificate.serial_number),
            keys.fingerprint(key) if isinstance(key, keys.PublicKey) else "",
            certificate.not_valid_after_utc,
        )
    except PARSING_FAILURES:
        return Entry(record, ALTERED, tampered=True)
    if said != (record.subject, record.issuer, record.serial_hex, record.subject_key, record.not_after):
        return Entry(record, ALTERED, tampered=True)
    if not any(certification_paths.is_issued_by(certificate, issuer) for issuer in issuers):
        return Entry(record, FOREIGN, tampered=True)
    return Entry(record, certification_paths.validity_problem(certificate, now))
