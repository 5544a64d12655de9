"""Builds unsigned certificates (RFC 5280), and adds the signature.

A certificate is first signed with a throw-away key of the issuer's algorithm. The bytes to be signed do not
depend on the key's size, so that key can be small and reused. The issuer's key signs exactly the linted bytes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, cached_property
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID

from dominoadmin.pki import asn1, extensions, general_names, keys
from dominoadmin.pki.keys import PrivateKey, PublicKey
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import Particulars
from dominoadmin.pki.publication import Addresses

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
    """A certificate that still needs its signature. `linted` has a throw-away signature: never release it."""

    linted: x509.Certificate

    @property
    def tbs(self) -> bytes:
        """The bytes for the issuer's key to sign."""
        return self.linted.tbs_certificate_bytes

    @property
    def serial_hex(self) -> str:
        """The serial number."""
        return f"{self.linted.serial_number:x}"


def certificate_from(tbs: bytes, signature: bytes) -> bytes:
    """Join signed bytes and their signature into a DER certificate (RFC 5280, 4.1)."""
    algorithm = _algorithm_of(tbs)
    return asn1.tlv(asn1.SEQUENCE, tbs, algorithm, asn1.tlv(asn1.BIT_STRING, b"\x00", signature))


def signature_algorithm(issuer: Issuer) -> bytes:
    """Return the AlgorithmIdentifier of the issuer's signatures."""
    name = issuer.certificate.subject
    validity = Validity(issuer.certificate.not_valid_before_utc, issuer.certificate.not_valid_after_utc)
    return _algorithm_of(draft(blank(name, name, issuer.public_key, 1, validity), issuer).tbs)


def _algorithm_of(tbs: bytes) -> bytes:
    """Return the AlgorithmIdentifier in the bytes to be signed; the outer one must equal it (RFC 5280, 4.1.1.2)."""
    position = asn1.content(tbs, 0)
    position = asn1.end(tbs, position)  # [0] version
    position = asn1.end(tbs, position)  # serialNumber
    return tbs[position : asn1.end(tbs, position)]


def root(subject: DistinguishedName, key: PublicKey, hash_name: str, serial_number: int, validity: Validity) -> Draft:
    """Return the self-signed certificate of a new certification authority."""
    name = subject.x509()
    builder = blank(name, name, key, serial_number, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    builder = builder.add_extension(
        extensions.key_usage(("digitalSignature", "keyCertSign", "cRLSign"), key), critical=True
    )
    return drafted(builder, key, hash_name)


def end_entity(
    particulars: Particulars, key: PublicKey, issuer: Issuer, serial_number: int, validity: Validity
) -> Draft:
    """Return the certificate that `particulars` describe for `key`. Nothing else is taken from the request."""
    subject = particulars.subject.x509()
    builder = blank(subject, issuer.certificate.subject, key, serial_number, validity)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(extensions.key_usage(particulars.key_usage, key), critical=True)
    if particulars.extended_key_usage:
        builder = builder.add_extension(extensions.extended_key_usage(particulars.extended_key_usage), critical=False)
    if particulars.names:
        # RFC 5280, 4.2.1.6: critical if there is no other name.
        builder = builder.add_extension(general_names.x509(particulars.names), critical=not list(subject))
    for pointer in pointers(issuer):
        builder = builder.add_extension(pointer, critical=False)
    return draft(builder, issuer)


def pointers(issuer: Issuer) -> list[x509.ExtensionType]:
    """Return the extensions that point to the issuer: key identifier, CRL, responder and certificate."""
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
    return found


def distribution_points(uris: Iterable[str]) -> list[x509.DistributionPoint]:
    """Return one distribution point with all addresses, each of the same list (RFC 5280, 4.2.1.13)."""
    return [x509.DistributionPoint([x509.UniformResourceIdentifier(uri) for uri in uris], None, None, None)]


def authority_key_identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Return the extension with the issuer's own key identifier (RFC 5280, 4.2.1.1)."""
    identifier = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def blank(
    subject: x509.Name, issuer: x509.Name, key: PublicKey, serial_number: int, validity: Validity
) -> x509.CertificateBuilder:
    """Return a builder with the fields common to all, and the key's identifier (RFC 5280, 4.2.1.2, method 1)."""
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
    """Return the builder's certificate as a draft for the issuer's kind of key."""
    return drafted(builder, issuer.public_key, issuer.hash_name)


def drafted(builder: x509.CertificateBuilder, issuer_key: PublicKey, hash_name: str = "") -> Draft:
    """Return the builder's certificate as a draft that this key will sign."""
    throw_away = _throw_away_key(keys.algorithm_of(issuer_key))
    return Draft(builder.sign(throw_away, keys.hash_for(issuer_key, hash_name)))


@cache
def _throw_away_key(algorithm: str) -> PrivateKey:
    if algorithm.startswith("rsa"):
        return rsa.generate_private_key(65537, 1024)  # noqa: S505 - nothing that it signs leaves the lint
    return keys.generate(algorithm)


def der(certificate: x509.Certificate) -> bytes:
    """Return a certificate as DER."""
    return certificate.public_bytes(Encoding.DER)
