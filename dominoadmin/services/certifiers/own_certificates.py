"""The certificates that the store has of certifiers."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from cryptography import x509

from dominoadmin.errors import Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.store import certifiers, reading
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord


def certificate_of(record: CertifierRecord) -> x509.Certificate:
    """Return the certificate that the store has of a certifier; whether it is the right one is for `verified` to say.

    Raises:
        Tampered: it cannot be read.

    """
    try:
        return _parsed(record.certificate)
    except PARSING_FAILURES:
        raise Tampered(_("The certificate of {name} cannot be read.", name=record.name)) from None


@lru_cache(maxsize=256)
def _parsed(der: bytes) -> x509.Certificate:
    """Return a certificate whose parts were looked at: cryptography parses each only then."""
    found = x509.load_der_x509_certificate(der)
    if not (found.not_valid_before_utc <= found.not_valid_after_utc and found.subject):
        raise ValueError(der)
    if not isinstance(found.public_key(), keys.PublicKey):
        raise TypeError(der)
    return found


def certificates(db: Connection) -> Iterator[tuple[CertifierRecord, x509.Certificate]]:
    """Yield the certifiers with their certificates; one that cannot be read does not silence the others.

    Raises:
        Damaged, Tampered: one cannot be read. It comes last: what the caller has not found till then may be its.

    """
    problems: list[Error] = []
    with reading.leaving_out() as damaged:
        records = certifiers.all_of(db)
    for record in records:
        try:
            certificate = certificate_of(record)
        except Tampered as error:
            problems.append(error)
        else:
            yield record, certificate
    for problem in (*damaged, *problems):
        raise problem


@lru_cache(maxsize=256)
def fingerprint(der: bytes) -> str:
    """Return the fingerprint of a certificate's key."""
    key = x509.load_der_x509_certificate(der).public_key()
    assert isinstance(key, keys.PublicKey)
    return keys.fingerprint(key)
