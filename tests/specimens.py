"""Good certificates, and functions to make them bad, made only with cryptography, not with our own code."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID

KEYS: Mapping[str, Callable[[], Any]] = {
    "rsa-2048": functools.partial(rsa.generate_private_key, 65537, 2048),
    "ec-p256": functools.partial(ec.generate_private_key, ec.SECP256R1()),
    "ec-p384": functools.partial(ec.generate_private_key, ec.SECP384R1()),
    "ml-dsa-44": mldsa.MLDSA44PrivateKey.generate,
    "ml-dsa-65": mldsa.MLDSA65PrivateKey.generate,
    "ml-dsa-87": mldsa.MLDSA87PrivateKey.generate,
}
NOW = datetime.now(UTC).replace(microsecond=0)
"""The judges use the machine's clock."""
SERIAL = 0x5A17_1F3C_9B0E_4D72_A6C8_55E1_0937_BD64
HOST = "www.example.com"
BITS = (
    "digital_signature",
    "content_commitment",
    "key_encipherment",
    "data_encipherment",
    "key_agreement",
    "key_cert_sign",
    "crl_sign",
    "encipher_only",
    "decipher_only",
)

Extensions = dict[type[x509.ExtensionType], tuple[x509.ExtensionType, bool]]


@functools.cache
def key(algorithm: str, which: str = "") -> Any:
    """One key for each algorithm and use, as generating them takes time."""
    return KEYS[algorithm]()


def usage(*bits: str) -> x509.KeyUsage:
    return x509.KeyUsage(**{bit: bit in bits for bit in BITS})


def name(common_name: str = "", **others: str) -> x509.Name:
    found = [x509.NameAttribute(getattr(NameOID, oid.upper()), text) for oid, text in others.items()]
    return x509.Name([*found, *([x509.NameAttribute(NameOID.COMMON_NAME, common_name)] if common_name else [])])


@dataclass(frozen=True)
class Draft:
    """A certificate before its signature."""

    subject: x509.Name
    public_key: Any
    issuer: x509.Name
    extensions: Extensions
    serial: int = SERIAL
    not_before: datetime = NOW - timedelta(days=1)
    not_after: datetime = NOW + timedelta(days=365)
    hash: Any = field(default_factory=hashes.SHA256)

    def but(self, **changes: Any) -> Draft:
        return dataclasses.replace(self, **changes)

    def having(self, value: x509.ExtensionType, critical: bool = False) -> Draft:
        return self.but(extensions={**self.extensions, type(value): (value, critical)})

    def lacking(self, kind: type[x509.ExtensionType]) -> Draft:
        return self.but(extensions={known: value for known, value in self.extensions.items() if known is not kind})

    def signed(self, signing_key: Any) -> x509.Certificate:
        builder = x509.CertificateBuilder(self.issuer, self.subject, self.public_key, self.serial)
        builder = builder.not_valid_before(self.not_before).not_valid_after(self.not_after)
        for value, critical in self.extensions.values():
            builder = builder.add_extension(value, critical)
        hashed = isinstance(signing_key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey)
        return builder.sign(signing_key, self.hash if hashed else None)


def root_draft(algorithm: str = "ec-p256", which: str = "root") -> Draft:
    public_key = key(algorithm, which).public_key()
    subject = name(f"Specimen {which} {algorithm}", country_name="US", organization_name="Specimen")
    draft = Draft(subject, public_key, subject, {}, SERIAL + 1, NOW - timedelta(days=2), NOW + timedelta(days=3650))
    return (
        draft.having(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .having(usage("key_cert_sign", "crl_sign"), critical=True)
        .having(x509.SubjectKeyIdentifier.from_public_key(public_key))
    )


def intermediate_draft(algorithm: str = "ec-p256", issuer_algorithm: str = "ec-p256") -> Draft:
    issuer = root_draft(issuer_algorithm)
    draft = root_draft(algorithm, "intermediate").but(
        issuer=issuer.subject, not_after=NOW + timedelta(days=1800), serial=SERIAL + 2
    )
    policies = x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("2.5.29.32.0"), None)])
    return _addressed(draft, issuer).having(policies)


def leaf_draft(algorithm: str = "ec-p256", issuer: Draft | None = None) -> Draft:
    issuer = issuer or root_draft()
    public_key = key(algorithm, "leaf").public_key()
    bits = ("digital_signature", "key_encipherment") if algorithm.startswith("rsa") else ("digital_signature",)
    subject = name(HOST, country_name="US", organization_name="Specimen")
    draft = Draft(subject, public_key, issuer.subject, {})
    return (
        _addressed(draft, issuer)
        .having(usage(*bits), critical=True)
        .having(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]))
        .having(x509.SubjectAlternativeName([x509.DNSName(HOST), x509.DNSName("*.example.org")]))
        .having(x509.SubjectKeyIdentifier.from_public_key(public_key))
        .having(x509.CertificatePolicies([x509.PolicyInformation(x509.ObjectIdentifier("1.3.6.1.4.1.99999.1"), None)]))
    )


@functools.cache
def root(algorithm: str = "ec-p256") -> x509.Certificate:
    return root_draft(algorithm).signed(key(algorithm, "root"))


@functools.cache
def intermediate(algorithm: str = "ec-p256", issuer_algorithm: str = "ec-p256") -> x509.Certificate:
    return intermediate_draft(algorithm, issuer_algorithm).signed(key(issuer_algorithm, "root"))


@functools.cache
def leaf(algorithm: str = "ec-p256", issuer_algorithm: str = "ec-p256") -> x509.Certificate:
    return leaf_draft(algorithm, root_draft(issuer_algorithm)).signed(key(issuer_algorithm, "root"))


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.DER)


def pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(Encoding.PEM)


def tlv(tag: int, *contents: bytes) -> bytes:
    """Encode one DER value."""
    content = b"".join(contents)
    if len(content) < 0x80:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8)
    return bytes([tag, 0x80 | len(length)]) + length + content


def spliced(encoded: bytes, old: bytes, new: bytes, count: int = 1) -> bytes:
    """Replace the `count` DER values equal to `old`, at any depth, and correct the lengths around them."""
    replaced, found = _spliced(encoded, old, new)
    assert found == count, f"{found} values read {old.hex()}"
    return replaced


def _spliced(encoded: bytes, old: bytes, new: bytes) -> tuple[bytes, int]:
    members, found, start = [], 0, 0
    while start < len(encoded):
        tag, length, body = encoded[start], encoded[start + 1], start + 2
        if length >= 0x80:
            body += length - 0x80
            length = int.from_bytes(encoded[start + 2 : body])
        stop = body + length
        if encoded[start:stop] == old:
            members.append(new)
            found += 1
        elif tag & 0x20:
            inner, inside = _spliced(encoded[body:stop], old, new)
            members.append(tlv(tag, inner))
            found += inside
        else:
            members.append(encoded[start:stop])
        start = stop
    return b"".join(members), found


def _addressed(draft: Draft, issuer: Draft) -> Draft:
    """Add the addresses of the issuer's key, CRL and certificate."""
    crl, certificate = (x509.UniformResourceIdentifier(f"http://ca.example.com/ca.{kind}") for kind in ("crl", "crt"))
    access = x509.AccessDescription(AuthorityInformationAccessOID.CA_ISSUERS, certificate)
    return (
        draft.having(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.public_key))
        .having(x509.CRLDistributionPoints([x509.DistributionPoint([crl], None, None, None)]))
        .having(x509.AuthorityInformationAccess([access]))
    )
