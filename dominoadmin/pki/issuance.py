"""Builds unsigned certificates (RFC 5280), and adds the signature.

The library encodes names, keys and the content of extensions; the bytes to be signed are joined here. Its own builder
cannot do without a signature, and takes four times as long. The issuer's key signs exactly the bytes that were linted.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, cached_property, lru_cache
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from dominoadmin.pki import asn1, extensions, general_names, keys
from dominoadmin.pki.keys import PrivateKey, PublicKey
from dominoadmin.pki.lint import facts
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import Particulars
from dominoadmin.pki.publication import Addresses

_VERSION_3: Final = b"\xa0\x03\x02\x01\x02"
_EXTENSIONS: Final = 0xA3
_PLACEHOLDER: Final = bytes(64)
"""No signature: zeros are no valid one of any algorithm."""
LEAF: Final = asn1.extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
"""The basic constraints of every certificate that is no authority's (RFC 5280, 4.2.1.9), as DER."""
_REMEMBERED: Final = 64
"""Extensions of usages that are encoded once: the certificates of a batch mostly have the same."""
BACKDATE: Final = timedelta(minutes=5)
"""Clocks differ by minutes: a certificate must be valid at once on every machine."""


@dataclass(frozen=True)
class Issuer:
    """The properties of a certification authority that are needed to build a certificate."""

    certificate: x509.Certificate
    hash_name: str
    addresses: Addresses = field(default_factory=Addresses)

    @cached_property
    def public_key(self) -> PublicKey:
        """The authority's public key."""
        key = self.certificate.public_key()
        assert isinstance(key, PublicKey)
        return key

    @cached_property
    def key_info(self) -> bytes:
        """Its DER SubjectPublicKeyInfo."""
        return keys.spki(self.public_key)

    @cached_property
    def name(self) -> bytes:
        """Its name as its certificate has it, octet for octet (RFC 5280, 4.1.2.6), as DER."""
        return facts.read(self.certificate).fields.subject

    @cached_property
    def algorithm(self) -> bytes:
        """The AlgorithmIdentifier of its signatures."""
        return signature_algorithm(self.public_key, self.hash_name)

    @cached_property
    def pointers(self) -> tuple[bytes, ...]:
        """The extensions that point to it, as DER: key identifier, CRL, responder and certificate."""
        return tuple(_pointers(self))


@dataclass(frozen=True)
class Validity:
    """The period in which a certificate is valid, both ends included."""

    not_before: datetime
    not_after: datetime

    @classmethod
    def starting(cls, now: datetime, period: timedelta) -> Validity:
        """Return a validity of exactly `period` that began a few minutes ago."""
        start = now.replace(microsecond=0) - BACKDATE
        # notAfter is the last valid second, not the first invalid one (RFC 5280, 4.1.2.5).
        return cls(start, start + period - timedelta(seconds=1))


@dataclass(frozen=True)
class Draft:
    """A certificate that still needs its signature. `tbs`: the bytes for the issuer's key to sign."""

    tbs: bytes

    @cached_property
    def linted(self) -> x509.Certificate:
        """The certificate with zeros in place of its signature, to be read and linted: never release it."""
        return x509.load_der_x509_certificate(certificate_from(self.tbs, _PLACEHOLDER))

    @property
    def serial_hex(self) -> str:
        """The serial number."""
        return f"{self.linted.serial_number:x}"


@dataclass(frozen=True, kw_only=True)
class BasicFields:
    """The fields of a certificate before its extensions (RFC 5280, 4.1.2). `subject` and `issuer`: names as DER."""

    subject: bytes
    issuer: bytes
    key: PublicKey
    serial_number: int
    validity: Validity

    def draft(self, extensions: Iterable[bytes], algorithm: bytes) -> Draft:
        """Return the certificate with extensions, each as DER, for a signature by this AlgorithmIdentifier."""
        members = (
            _VERSION_3,
            asn1.integer(self.serial_number),
            algorithm,
            self.issuer,
            asn1.tlv(asn1.SEQUENCE, asn1.time(self.validity.not_before), asn1.time(self.validity.not_after)),
            self.subject,
            keys.spki(self.key),
            asn1.tlv(_EXTENSIONS, asn1.tlv(asn1.SEQUENCE, *extensions)),
        )
        return Draft(asn1.tlv(asn1.SEQUENCE, *members))


def certificate_from(tbs: bytes, signature: bytes) -> bytes:
    """Join signed bytes and their signature into a DER certificate (RFC 5280, 4.1)."""
    algorithm = _algorithm_of(tbs)
    return asn1.tlv(asn1.SEQUENCE, tbs, algorithm, asn1.tlv(asn1.BIT_STRING, b"\x00", signature))


def _algorithm_of(tbs: bytes) -> bytes:
    """Return the AlgorithmIdentifier in the bytes to be signed; the outer one must equal it (RFC 5280, 4.1.1.2)."""
    position = asn1.content(tbs, 0)
    position = asn1.end(tbs, position)  # [0] version
    position = asn1.end(tbs, position)  # serialNumber
    return tbs[position : asn1.end(tbs, position)]


def root(subject: DistinguishedName, key: PublicKey, hash_name: str, serial_number: int, validity: Validity) -> Draft:
    """Return the self-signed certificate of a new certification authority."""
    return self_signed(subject.x509().public_bytes(), key, hash_name, serial_number, validity)


def self_signed(name: bytes, key: PublicKey, hash_name: str, serial_number: int, validity: Validity) -> Draft:
    """Return the self-signed certificate of an authority's key; `name`: the authority's, as DER."""
    basics = BasicFields(subject=name, issuer=name, key=key, serial_number=serial_number, validity=validity)
    return basics.draft(_authority(key), signature_algorithm(key, hash_name))


def link(key: PublicKey, issuer: Issuer, serial_number: int, validity: Validity) -> Draft:
    """Return the certificate by which an authority's key certifies its next one (RFC 4210, 4.4: new with old)."""
    basics = BasicFields(
        subject=issuer.name, issuer=issuer.name, key=key, serial_number=serial_number, validity=validity
    )
    return basics.draft([*_authority(key), *issuer.pointers], issuer.algorithm)


def _authority(key: PublicKey) -> list[bytes]:
    return [
        key_identifier(key),
        asn1.extension(x509.BasicConstraints(ca=True, path_length=None), critical=True),
        asn1.extension(extensions.key_usage(("digitalSignature", "keyCertSign", "cRLSign"), key), critical=True),
    ]


def end_entity(
    particulars: Particulars, key: PublicKey, issuer: Issuer, serial_number: int, validity: Validity
) -> Draft:
    """Return the certificate that `particulars` describe for `key`. Nothing else is taken from the request."""
    subject = particulars.subject.x509()
    found = [
        key_identifier(key),
        LEAF,
        _encoded(extensions.key_usage(particulars.key_usage, key), critical=True),
    ]
    if particulars.extended_key_usage:
        found.append(_encoded(extensions.extended_key_usage(particulars.extended_key_usage), critical=False))
    if particulars.names:
        # RFC 5280, 4.2.1.6: critical if there is no other name.
        found.append(asn1.extension(general_names.x509(particulars.names), critical=not list(subject)))
    basics = BasicFields(
        subject=subject.public_bytes(),
        issuer=issuer.name,
        key=key,
        serial_number=serial_number,
        validity=validity,
    )
    return basics.draft([*found, *issuer.pointers], issuer.algorithm)


def _pointers(issuer: Issuer) -> Iterator[bytes]:
    found: list[x509.ExtensionType] = [authority_key_identifier(issuer.certificate)]
    addresses = issuer.addresses
    if addresses.crls:
        found.append(x509.CRLDistributionPoints(distribution_points(addresses.crls)))
    access = [
        *((AuthorityInformationAccessOID.OCSP, uri) for uri in addresses.responders),
        *((AuthorityInformationAccessOID.CA_ISSUERS, uri) for uri in addresses.issuers),
    ]
    if access:
        described = [x509.AccessDescription(method, x509.UniformResourceIdentifier(uri)) for method, uri in access]
        found.append(x509.AuthorityInformationAccess(described))
    return (asn1.extension(pointer, critical=False) for pointer in found)


def distribution_points(uris: Iterable[str]) -> list[x509.DistributionPoint]:
    """Return one distribution point with all addresses, each of the same list (RFC 5280, 4.2.1.13)."""
    return [x509.DistributionPoint([x509.UniformResourceIdentifier(uri) for uri in uris], None, None, None)]


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return the extension with the issuer's own key identifier (RFC 5280, 4.2.1.1)."""
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def key_identifier(key: PublicKey) -> bytes:
    """Return the extension with a key's own identifier, as DER (RFC 5280, 4.2.1.2, method 1)."""
    whole = keys.spki(key)
    bits = whole[asn1.content(whole, asn1.end(whole, asn1.content(whole, 0))) + 1 :]  # without the count of unused bits
    identifier = x509.SubjectKeyIdentifier(hashlib.sha1(bits, usedforsecurity=False).digest())
    return asn1.extension(identifier, critical=False)


def signature_algorithm(issuer_key: PublicKey, hash_name: str) -> bytes:
    """Return the AlgorithmIdentifier of a key's signatures, as DER."""
    return _signature_algorithm(keys.algorithm_of(issuer_key), hash_name)


@cache
def _signature_algorithm(key_algorithm: str, hash_name: str) -> bytes:
    """Ask the library: what it writes when a key of this kind signs. The size of an RSA key does not matter."""
    key = _throw_away_key(key_algorithm)
    name, now = x509.Name([]), datetime(2026, 1, 1, tzinfo=UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), serial_number=1)
    builder = builder.not_valid_before(now).not_valid_after(now)
    return _algorithm_of(builder.sign(key, keys.hash_for(key, hash_name)).tbs_certificate_bytes)


def _throw_away_key(algorithm: str) -> PrivateKey:
    if algorithm.startswith("rsa"):
        return rsa.generate_private_key(65537, 1024)  # noqa: S505 - nothing that it signs leaves the lint
    return keys.generate(algorithm)


_encoded = lru_cache(maxsize=_REMEMBERED)(asn1.extension)


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate as DER."""
    return certificate.public_bytes(Encoding.DER)
