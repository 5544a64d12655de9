"""Builds certificates (RFC 5280) without their signature, and joins the two.

A certificate is first signed with a throw-away key of the issuer's algorithm. The bytes to be signed do not tell the
key's size, so that key may be small and is used again. What is linted and what the issuer's key signs is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.pki import extensions, general_names, keys
from dominoadmin.pki.keys import PrivateKey, PublicKey
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import Particulars

BACKDATE: Final = timedelta(minutes=5)
"""Clocks differ by minutes: a certificate must be valid at once on every machine."""


@dataclass(frozen=True)
class Issuer:
    """A certification authority as far as building needs it."""

    certificate: x509.Certificate
    hash_name: str

    @cached_property
    def public_key(self) -> PublicKey:
        """The authority's public key."""
        key = self.certificate.public_key()
        assert isinstance(key, PublicKey)
        return key


@dataclass(frozen=True)
class Validity:
    """The period in which a certificate is valid, both ends included."""

    not_before: datetime
    not_after: datetime

    @classmethod
    def starting(cls, now: datetime, period: timedelta) -> Validity:
        """Return a validity of exactly `period` that has begun a few minutes ago."""
        start = now.replace(microsecond=0) - BACKDATE
        # notAfter is the last valid second, not the first invalid one (RFC 5280, 4.1.2.5).
        return cls(start, start + period - timedelta(seconds=1))


@dataclass(frozen=True)
class Draft:
    """A certificate complete but for its signature. `linted` carries a throw-away signature: never release it."""

    linted: x509.Certificate

    @property
    def tbs(self) -> bytes:
        """The bytes the issuer's key is to sign."""
        return self.linted.tbs_certificate_bytes

    @property
    def serial_hex(self) -> str:
        """The serial number."""
        return f"{self.linted.serial_number:x}"


def certificate_from(tbs: bytes, signature: bytes) -> bytes:
    """Join signed bytes and their signature to a DER certificate (RFC 5280, 4.1)."""
    algorithm = _signature_algorithm(tbs)
    return _tlv(0x30, tbs + algorithm + _tlv(0x03, b"\x00" + signature))


def root(subject: DistinguishedName, key: PublicKey, hash_name: str, serial_number: int, validity: Validity) -> Draft:
    """Return the self-signed certificate of a new certification authority."""
    name = subject.x509()
    builder = blank(name, name, key, serial_number, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(
        extensions.key_usage(("digitalSignature", "keyCertSign", "cRLSign"), key), critical=True
    )
    return _draft(builder, key, hash_name)


def end_entity(
    particulars: Particulars, key: PublicKey, issuer: Issuer, serial_number: int, validity: Validity
) -> Draft:
    """Return the certificate that `particulars` describe for `key`. Nothing else of the request enters it."""
    subject = particulars.subject.x509()
    builder = blank(subject, issuer.certificate.subject, key, serial_number, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(extensions.key_usage(particulars.key_usage, key), critical=True)
    if particulars.extended_key_usage:
        builder = builder.add_extension(extensions.extended_key_usage(particulars.extended_key_usage), critical=False)
    if particulars.names:
        # RFC 5280, 4.2.1.6: critical if it is all the name there is.
        builder = builder.add_extension(general_names.x509(particulars.names), critical=not list(subject))
    builder = builder.add_extension(authority_key_identifier(issuer.certificate), critical=False)
    return draft(builder, issuer)


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return the extension that points at the issuer's own key identifier (RFC 5280, 4.2.1.1)."""
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def blank(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, serial_number: int, validity: Validity
) -> x509.CertificateBuilder:
    """Return a certificate with the fields that each has, and the key's identifier (RFC 5280, 4.2.1.2, method 1)."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(serial_number)
        .not_valid_before(validity.not_before)
        .not_valid_after(validity.not_after)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def draft(builder: x509.CertificateBuilder, issuer: Issuer) -> Draft:
    """Return what the builder describes as a draft for the issuer's kind of key."""
    return _draft(builder, issuer.public_key, issuer.hash_name)


def _draft(builder: x509.CertificateBuilder, issuer_key: PublicKey, hash_name: str) -> Draft:
    throw_away = _throw_away_key(keys.algorithm_of(issuer_key))
    return Draft(builder.sign(throw_away, keys.hash_for(issuer_key, hash_name)))


@cache
def _throw_away_key(algorithm: str) -> PrivateKey:
    if algorithm.startswith("rsa"):
        return rsa.generate_private_key(65537, 1024)  # noqa: S505 - nothing that it signs leaves the lint
    return keys.generate(algorithm)


def _signature_algorithm(tbs: bytes) -> bytes:
    """Return the AlgorithmIdentifier inside the bytes to be signed; the outer one must equal it (RFC 5280, 4.1.1.2)."""
    position = _content(tbs, 0)
    position = _end(tbs, position)  # [0] version
    position = _end(tbs, position)  # serialNumber
    return tbs[position : _end(tbs, position)]


def _content(data: bytes, position: int) -> int:
    """Return where the content of the DER value at `position` begins."""
    first = data[position + 1]
    return position + 2 + (first & 0x7F if first & 0x80 else 0)


def _end(data: bytes, position: int) -> int:
    """Return where the DER value at `position` ends."""
    start, first = _content(data, position), data[position + 1]
    return start + (int.from_bytes(data[position + 2 : start], "big") if first & 0x80 else first)


def _tlv(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 0x80:  # noqa: PLR2004 - X.690, 8.1.3.4: the short form
        return bytes((tag, size)) + content
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, 0x80 | len(digits))) + digits + content


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate as DER."""
    return certificate.public_bytes(Encoding.DER)
