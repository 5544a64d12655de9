"""A second reader for docs/id-files.md, written from that document: hashlib, hmac and the bare primitives only."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
import struct
from dataclasses import dataclass
from typing import Any

from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

XWING_LABEL = bytes.fromhex("5c2e2f2f5e5c")
SUITE = b"HPKE" + struct.pack(">HHH", 0x647A, 0x0001, 0x0002)


@dataclass(frozen=True)
class Container:
    kind: bytes
    version: int
    length: int
    public: bytes
    salt: bytes
    nonce: bytes
    sealed: bytes
    digest: bytes
    associated: bytes


def parts(data: bytes) -> Container:
    magic, kind, version, length, size = struct.unpack_from(">6s2sHII", data)
    assert magic == b"DADMIN"
    salt = 18 + size
    return Container(
        kind=kind, version=version, length=length, public=data[18:salt], salt=data[salt : salt + 16],
        nonce=data[salt + 16 : salt + 28], sealed=data[salt + 28 : -32], digest=data[-32:], associated=data[: salt + 16],
    )


@functools.cache
def key_from(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**17, r=8, p=1, maxmem=2**28, dklen=32)


def content(data: bytes, password: str) -> bytes:
    """Return the protected content, after checking the digest."""
    found = parts(data)
    assert hashlib.sha256(data[:-32]).digest() == found.digest
    return AESGCM(key_from(password, found.salt)).decrypt(found.nonce, found.sealed, found.associated)


def container(kind: bytes, public: bytes, private: bytes, password: str, version: int = 1) -> bytes:
    """Write a container, independently of the program's code."""
    length = 18 + len(public) + 16 + 12 + len(private) + 16 + 32
    head = b"DADMIN" + kind + struct.pack(">HII", version, length, len(public)) + public + b"\x05" * 16
    sealed = AESGCM(key_from(password, b"\x05" * 16)).encrypt(b"\x07" * 12, private, head)
    return digested(head + b"\x07" * 12 + sealed + b"\0" * 32)


def digested(data: bytes) -> bytes:
    """Return `data` with a corrected digest at its end, as after deliberate changes."""
    return data[:-32] + hashlib.sha256(data[:-32]).digest()


def fields(data: bytes) -> dict[str, Any]:
    return json.loads(data)


def open_seal(sealed: bytes, private: dict[str, str], info: bytes) -> bytes:
    """Open an HPKE seal (RFC 9180, base mode) of the KEM X-Wing with HKDF-SHA256 and AES-256-GCM."""
    enc, ciphertext = sealed[:1120], sealed[1120:]
    mlkem = MLKEM768PrivateKey.from_seed_bytes(base64.b64decode(private["mlkem_seed"]))
    x25519 = X25519PrivateKey.from_private_bytes(base64.b64decode(private["x25519"]))
    shared = hashlib.sha3_256(
        mlkem.decapsulate(enc[:1088])
        + x25519.exchange(X25519PublicKey.from_public_bytes(enc[1088:]))
        + enc[1088:]
        + x25519.public_key().public_bytes_raw()
        + XWING_LABEL
    ).digest()
    context = b"\0" + _extract(b"", b"psk_id_hash", b"") + _extract(b"", b"info_hash", info)
    secret = _extract(shared, b"secret", b"")
    key, nonce = _expand(secret, b"key", context, 32), _expand(secret, b"base_nonce", context, 12)
    return AESGCM(key).decrypt(nonce, ciphertext, b"")


def _extract(salt: bytes, label: bytes, ikm: bytes) -> bytes:
    return hmac.digest(salt or b"\0" * 32, b"HPKE-v1" + SUITE + label + ikm, "sha256")


def _expand(key: bytes, label: bytes, info: bytes, length: int) -> bytes:
    labelled = struct.pack(">H", length) + b"HPKE-v1" + SUITE + label + info
    return hmac.digest(key, labelled + b"\x01", "sha256")[:length]
