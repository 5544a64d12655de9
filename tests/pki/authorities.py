"""Authorities for tests, made only with cryptography, without the code under test."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Authority:
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate


@dataclass(frozen=True)
class Terms:
    """The differences that a test needs."""

    start: datetime = NOW - 30 * DAY
    end: datetime = NOW + 300 * DAY
    constraints: x509.BasicConstraints | None = None
    usage: x509.KeyUsage | None = None
    names: tuple[x509.GeneralName, ...] = ()


CA = x509.BasicConstraints(ca=True, path_length=None)


def key_usage(**bits):
    every = dict.fromkeys(
        [
            "digital_signature",
            "content_commitment",
            "key_encipherment",
            "data_encipherment",
            "key_agreement",
            "key_cert_sign",
            "crl_sign",
            "encipher_only",
            "decipher_only",
        ],
        False,
    )
    return x509.KeyUsage(**{**every, **bits})


def name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certificate(subject: str | x509.Name, key, issuer: Authority | None, signer, terms: Terms) -> x509.Certificate:
    subject = name(subject) if isinstance(subject, str) else subject
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(terms.start)
        .not_valid_after(terms.end)
    )
    for value, critical in ((terms.constraints, True), (terms.usage, True)):
        if value is not None:
            builder = builder.add_extension(value, critical)
    if terms.names:
        builder = builder.add_extension(x509.SubjectAlternativeName(terms.names), critical=False)
    return builder.sign(signer, hashes.SHA256())


def root(subject: str = "Root CA", terms: Terms = Terms(constraints=CA)) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, certificate(subject, key.public_key(), None, key, terms))


def subordinate(issuer: Authority, subject: str, terms: Terms = Terms(constraints=CA)) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, certificate(subject, key.public_key(), issuer, issuer.key, terms))


def issue(issuer: Authority, key, subject: str | x509.Name = "www.example.com", terms: Terms = Terms()):
    return certificate(subject, key, issuer, issuer.key, terms)
