"""What a file from outside holds: certificates, a certification request, an ID; else what it is instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import describe, identities, request_files, seals
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.quoting import quoted

LARGEST: Final = 4 * 1024 * 1024
"""Bytes: a PKCS #7 file with some thousand certificates has room."""
_MOST: Final = 1_000
"""Certificates that are read from one file."""
_AGAIN: Final = _("Get it again from its source.")


@dataclass(frozen=True)
class FoundCertificates:
    """The certificates of a file as DER, in its order."""

    ders: tuple[bytes, ...]


@dataclass(frozen=True)
class FoundRequest:
    """A certification request as DER."""

    der: bytes


@dataclass(frozen=True)
class IdFile:
    """The public part of an ID file: whose it is, and its certificates as DER."""

    name: str
    ders: tuple[bytes, ...]


Contents = FoundCertificates | FoundRequest | IdFile


def read(data: bytes, file: str) -> Contents:
    """Return what a file holds. `file`: its name, for messages.

    Raises:
        Refused: it is something else, empty, or damaged.

    """
    if found := _certificates(data):
        return FoundCertificates(tuple(describe.der(each) for each in _leaf_first(found[:_MOST])))
    if seals.is_of_kind(data, seals.ID_FILE):
        public = identities.describe(data, file)
        return IdFile(public.name, tuple(describe.der(each) for each in public.chain))
    try:
        return FoundRequest(request_files.der(data))
    except Error as error:
        raise _refusal(data, file, error) from None


def _refusal(data: bytes, file: str, error: Error) -> Refused:
    """Return why a file is none of these. `error`: why it is no request."""
    hint = _("Open a certificate, a PKCS #7 file, a certificate request, or an ID file.")
    kind = _("the backup copy of a key") if seals.is_of_kind(data, seals.BACKUP) else request_files.kind_of(data)
    values = {"file": quoted(file), "kind": kind}
    if b"REQUEST-----" in data or not data.strip(b"\0 \r\n\t"):
        return Refused(str(error), error.hint)
    if kind and request_files.holds_certificates(kind):
        return Refused(_("{file} is {kind} that cannot be read: it is truncated or altered.", **values), _AGAIN)
    if kind:
        return Refused(_("{file} is {kind}.", **values), hint)
    return Refused(_("{file} is damaged, or is none of the files that can be opened here.", **values), hint)


def _leaf_first(found: list[x509.Certificate]) -> list[x509.Certificate]:
    """Return a certificate that has issued none of the others first, then its issuers; PKCS #7 has no order."""
    issuers = {each.issuer for each in found if each.issuer != each.subject}
    ends = [each for each in found if each.subject not in issuers] or found
    path = [next((each for each in ends if not _is_authority(each)), ends[0])]
    while issuer := next((each for each in found if each.subject == path[-1].issuer and each not in path), None):
        path.append(issuer)
    return path + [each for each in found if each not in path]


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (*PARSING_FAILURES, x509.ExtensionNotFound):
        return False


def _certificates(data: bytes) -> list[x509.Certificate]:
    readers: tuple[Callable[[bytes], list[x509.Certificate]], ...] = (
        (x509.load_pem_x509_certificates, pkcs7.load_pem_pkcs7_certificates)
        if b"-----BEGIN " in data
        else (_one, pkcs7.load_der_pkcs7_certificates)
    )
    for reader in readers:
        try:
            return [*map(_named, reader(data))]
        except PARSING_FAILURES:
            continue
    return []


def _named(certificate: x509.Certificate) -> x509.Certificate:
    """Return a certificate whose names can be read: the library reads them when they are asked for.

    Raises:
        ValueError, TypeError, …: as `PARSING_FAILURES`.

    """
    hash((certificate.subject, certificate.issuer))
    return certificate


def _one(data: bytes) -> list[x509.Certificate]:
    return [x509.load_der_x509_certificate(data)]
