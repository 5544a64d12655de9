"""Reads certificate revocation lists that come from outside the store."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.pki import keys, publication
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.revocation import Reason, Revocation

_BEGIN: Final = b"-----BEGIN "
_BLOCK: Final = re.compile(rb"-----BEGIN ([A-Z0-9 ]{1,60})-----[^-]*-----END \1-----")


class SignedCrl:
    """A list whose signature was verified: its CRL number, and the partition that it names (0: all)."""

    def __init__(self, crl: x509.CertificateRevocationList, key_fingerprint: str) -> None:
        self.number = crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
        self.part = publication.part_of(_points(crl), key_fingerprint)
        self._crl = crl

    def revocations(self) -> Iterator[Revocation]:
        """Yield what it lists, without what a delta CRL takes off its base.

        Raises:
            ValueError: an entry cannot be read.

        """
        try:
            for entry in self._crl:
                if (reason := _reason(entry)) != Reason.REMOVE:
                    yield Revocation(
                        f"{entry.serial_number:x}", reason, entry.revocation_date_utc, _invalidity_date(entry)
                    )
        except PARSING_FAILURES as error:
            raise ValueError(error) from None


def parts(data: bytes) -> list[bytes]:
    """Return the blocks of a PEM file, each for itself, with an empty one if one is not whole; other data as it is.

    A file may have several lists and certificates; a parser takes the first one, or those of one kind.
    """
    if not (begun := data.count(_BEGIN)):
        return [data]
    found = [each[0] for each in _BLOCK.finditer(data)]
    return found if len(found) == begun else [*found, b""]


def read(data: bytes, issuer: x509.Certificate) -> SignedCrl | None:
    """Return a list (DER or PEM) that this issuer's key has signed in its name; None for anything else."""
    try:
        is_pem = data.lstrip().startswith(b"-----BEGIN")
        crl = x509.load_pem_x509_crl(data) if is_pem else x509.load_der_x509_crl(data)
        key, algorithm = issuer.public_key(), crl.signature_hash_algorithm
        assert isinstance(key, keys.PublicKey)
        is_signed = crl.issuer == issuer.subject and keys.verifies(
            key, crl.signature, crl.tbs_certlist_bytes, algorithm.name if algorithm else ""
        )
        return SignedCrl(crl, keys.fingerprint(key)) if is_signed else None
    except (x509.ExtensionNotFound, Refused, *PARSING_FAILURES):
        return None


def _points(crl: x509.CertificateRevocationList) -> tuple[str, ...]:
    try:
        point = crl.extensions.get_extension_for_class(x509.IssuingDistributionPoint).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(str(name.value) for name in point.full_name or ())


def _reason(entry: x509.RevokedCertificate) -> str:
    try:
        flag = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except x509.ExtensionNotFound:
        return Reason.UNSPECIFIED
    return str(flag.value)


def _invalidity_date(entry: x509.RevokedCertificate) -> datetime | None:
    try:
        return entry.extensions.get_extension_for_class(x509.InvalidityDate).value.invalidity_date_utc
    except x509.ExtensionNotFound:
        return None
