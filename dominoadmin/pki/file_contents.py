"""What a file from outside holds: certificates, a certification request, an ID; else what it is instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import describe, identities, request_files, seals
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import quoted

LARGEST: Final = 4 * 1024 * 1024
"""Bytes: a PKCS #7 file with some thousand certificates has room."""
_MOST: Final = 1_000
"""Certificates that are read from one file."""


@dataclass(frozen=True)
class Certificates:
    """The certificates of a file as DER, in its order."""

    ders: tuple[bytes, ...]


@dataclass(frozen=True)
class CertificationRequest:
    """A certification request as DER."""

    der: bytes


@dataclass(frozen=True)
class IdFile:
    """The public part of an ID file: whose it is, and its certificates as DER."""

    name: str
    ders: tuple[bytes, ...]


Contents = Certificates | CertificationRequest | IdFile


def read(data: bytes, file: str) -> Contents:
    """Return what a file holds. `file`: its name, for messages.

    Raises:
        Refused: it is something else, empty, or damaged.

    """
    if found := _certificates(data):
        return Certificates(tuple(describe.der(each) for each in found[:_MOST]))
    if seals.is_of_kind(data, seals.ID_FILE):
        public = identities.describe(data, file)
        return IdFile(public.name, tuple(describe.der(each) for each in public.chain))
    try:
        return CertificationRequest(request_files.der(data))
    except Error as error:
        hint = _("Open a certificate, a PKCS #7 file, a certificate request, or an ID file.")
        kind = _("the backup copy of a key") if seals.is_of_kind(data, seals.BACKUP) else request_files.kind_of(data)
        text = _("{file} is {kind}.", file=quoted(file), kind=kind) if kind else error
        raise Refused(text, hint) from None


def _certificates(data: bytes) -> list[x509.Certificate]:
    readers: tuple[Callable[[bytes], list[x509.Certificate]], ...] = (
        (x509.load_pem_x509_certificates, pkcs7.load_pem_pkcs7_certificates)
        if b"-----BEGIN " in data
        else (_one, pkcs7.load_der_pkcs7_certificates)
    )
    for reader in readers:
        try:
            return reader(data)
        except PARSING_FAILURES:
            continue
    return []


def _one(data: bytes) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(data)]
