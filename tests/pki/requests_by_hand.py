"""Certification requests made by hand: correctly signed, with any contents."""

from __future__ import annotations

import base64
import functools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from cryptography.x509.oid import NameOID

from tests.pki import der
from tests.pki.der import sequence, tlv

VECTORS = Path(__file__).parent / "vectors"
HOST = der.name(der.attribute(der.COMMON_NAME, "www.example.com"))
ECDSA_SHA256 = sequence(der.oid("1.2.840.10045.4.3.2"))
RSA_SHA256 = sequence(der.oid("1.2.840.113549.1.1.11"), tlv(der.NULL))


@dataclass(frozen=True)
class Signing:
    """The signature of a hand-made request: its key, its algorithm, and the signer."""

    spki: bytes
    algorithm: bytes
    sign: Callable[[bytes], bytes] = field(repr=False)


@functools.cache
def ec_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@functools.cache
def rsa_numbers() -> rsa.RSAPrivateNumbers:
    return rsa.generate_private_key(65537, 2048).private_numbers()


def spki(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def usual() -> Signing:
    return Signing(spki(ec_key()), ECDSA_SHA256, lambda tbs: ec_key().sign(tbs, ec.ECDSA(hashes.SHA256())))


def request(subject: bytes = HOST, attributes: bytes = b"", signing: Signing | None = None, version: int = 0) -> bytes:
    """A PKCS #10 request made by hand, correctly signed unless `signing` says otherwise."""
    signing = signing or usual()
    tbs = sequence(der.integer(version), subject, signing.spki, tlv(0xA0, attributes))
    return sequence(tbs, signing.algorithm, tlv(der.BIT_STRING, b"\0", signing.sign(tbs)))


def raw_rsa(modulus: int, public: int, private: int, algorithm: bytes = RSA_SHA256, digest: str = "sha256") -> Signing:
    return Signing(
        der.rsa_spki(modulus, public), algorithm, lambda tbs: der.rsa_signature(tbs, modulus, private, digest)
    )


def garbage_rsa(modulus: int, public: int) -> Signing:
    """Return a signature of the right length, for keys that cannot sign."""
    return Signing(der.rsa_spki(modulus, public), RSA_SHA256, lambda _: b"\x5a" * ((modulus.bit_length() + 7) // 8))


@functools.cache
def weak_primes() -> dict[str, tuple[int, int]]:
    lines = (VECTORS / "weak_rsa.txt").read_text("ascii").splitlines()
    rows = [line.split() for line in lines if not line.startswith("#")]
    return {name: (int(p, 16), int(q, 16)) for name, p, q in rows}


def weak_request(name: str) -> bytes:
    p, q = weak_primes()[name]
    order = p * (p - 1) if p == q else (p - 1) * (q - 1)
    return request(signing=raw_rsa(p * q, 65537, pow(65537, -1, order)))


def built(key: object, algorithm: hashes.HashAlgorithm | None = None) -> bytes:
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "www.example.com")])
    return x509.CertificateSigningRequestBuilder().subject_name(subject).sign(key, algorithm).public_bytes(Encoding.DER)


def pem(data: bytes, label: str = "CERTIFICATE REQUEST") -> bytes:
    text = base64.encodebytes(data).decode()
    return f"-----BEGIN {label}-----\n{text}-----END {label}-----\n".encode()


def key_pem() -> bytes:
    return ec_key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
