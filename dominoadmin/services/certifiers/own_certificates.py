"""The certificates of certifiers' generations, and the path that is handed out with what one has issued.

A key may have several certificates at once: self-signed, by the key before it, by an outside authority, by a parent.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from typing import Final

from cryptography import x509

from dominoadmin.errors import Error, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys, names
from dominoadmin.pki.certification_paths import is_issued_by
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.states import CertificateRole
from dominoadmin.store import certifiers, reading
from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import GenerationCertificate, GenerationRecord
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord

ROWS: Final = "generation_certificates"
_PRECEDENCE: Final = (CertificateRole.PARENT, CertificateRole.OUTSIDE, CertificateRole.LINK)
"""Clients that trust the key itself need none; a link also serves clients that trust only the key before it."""


def path(generation: GenerationRecord, now: datetime) -> tuple[bytes, ...]:
    """Return the path above what a generation has issued, DER: a certificate of it, and those above that one.

    Of several, that of a parent is chosen, then of an outside authority, then the link; the newest that is valid now.

    Raises:
        Tampered: a certificate cannot be read.

    """
    for role in _PRECEDENCE:
        for each in reversed(generation.others):
            found = path_of(each)
            if each.role == role and all(_is_valid(der, now) for der in found):
                return found
    return (generation.certificate,)


def path_of(one: GenerationCertificate) -> tuple[bytes, ...]:
    """Return a certificate and those above it, DER.

    Raises:
        Tampered: one cannot be read.

    """
    try:
        return (one.certificate, *(base64.b64decode(each, validate=True) for each in one.path))
    except ValueError:
        raise Tampered(_("A certifier's certificate cannot be read.")) from None


def above(record: CertifierRecord, der: bytes, now: datetime) -> tuple[bytes, ...]:
    """Return the path above an issued certificate, of the generation that has signed it; nothing if none has."""
    with suppress(*PARSING_FAILURES):
        certificate = x509.load_der_x509_certificate(der)
        for each in reversed(record.generations):
            if is_issued_by(certificate, x509.load_der_x509_certificate(each.certificate)):
                return path(each, now)
    return ()


def numbered(record: CertifierRecord, number: int) -> GenerationRecord:
    """Return a generation by its number, of a certifier that was not verified.

    Raises:
        Tampered: there is none.

    """
    for each in record.generations:
        if each.number == number:
            return each
    raise Tampered(_("The certificate of {name} cannot be read.", name=record.name))


def _is_valid(der: bytes, now: datetime) -> bool:
    try:
        found = _parsed(der)
    except PARSING_FAILURES:
        raise Tampered(_("A certifier's certificate cannot be read.")) from None
    return found.not_valid_before_utc <= now <= found.not_valid_after_utc


def objects(record: CertifierRecord) -> Iterator[Object]:
    """Yield the committed objects of a certifier's later keys and more certificates."""
    for generation in record.generations:
        if generation.number > 1:
            yield Object("generations", f"{record.id} {generation.number}")
        for other in generation.others:
            yield Object(ROWS, f"{record.id} {generation.number} {other.number}")


def absent(record: CertifierRecord) -> Iterator[Object]:
    """Yield what must not exist: the next key, and the next certificate of each."""
    yield Object("generations", f"{record.id} {len(record.generations) + 1}")
    for generation in record.generations:
        yield Object(ROWS, f"{record.id} {generation.number} {len(generation.others) + 1}")


def certificate_of(record: CertifierRecord, generation: GenerationRecord | None = None) -> x509.Certificate:
    """Return the certificate that the store has of a certifier; whether it is the right one is for `verified` to say.

    `generation`: which one's; else that of the active one.

    Raises:
        Tampered: it cannot be read.

    """
    try:
        return _parsed((generation or record.active).certificate)
    except PARSING_FAILURES:
        raise Tampered(_("The certificate of {name} cannot be read.", name=record.name)) from None


def name_of(record: CertifierRecord) -> str:
    """Return the name of a certifier if its own certificates have it; else an empty string.

    Who registers one with a program of his own could call it something, and let it issue in the name of another.

    Raises:
        Tampered: a certificate cannot be read.

    """
    subjects = [certificate_of(record, each).subject for each in record.generations]
    with suppress(Refused):  # it has attributes that no certifier here has
        return record.name if {str(names.from_x509(each)) for each in subjects} == {record.name} else ""
    return ""


@lru_cache(maxsize=256)
def _parsed(der: bytes) -> x509.Certificate:
    """Return a certificate whose parts were looked at: cryptography parses each only then."""
    found = x509.load_der_x509_certificate(der)
    if not (found.not_valid_before_utc <= found.not_valid_after_utc and found.subject):
        raise ValueError(der)
    if not isinstance(found.public_key(), keys.PublicKey):
        raise TypeError(der)
    return found


def certificates(db: Connection) -> Iterator[tuple[CertifierRecord, GenerationRecord, x509.Certificate]]:
    """Yield the certifiers' generations with their certificates; one that is illegible does not silence the others.

    Raises:
        Damaged, Tampered: one cannot be read. It comes last: what the caller has not found till then may be its.

    """
    problems: list[Error] = []
    with reading.leaving_out() as damaged:
        records = certifiers.all_of(db)
    for record, generation in ((one, each) for one in records for each in one.generations):
        try:
            certificate = certificate_of(record, generation)
        except Tampered as error:
            problems.append(error)
        else:
            yield record, generation, certificate
    for problem in (*damaged, *problems):
        raise problem


@lru_cache(maxsize=256)
def fingerprint(der: bytes) -> str:
    """Return the fingerprint of a certificate's key."""
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, keys.PublicKey)
    return keys.fingerprint(key)
