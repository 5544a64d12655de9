"""Encryption of stored secrets: a container under a password (scrypt, AES-256-GCM), and seals to an ID (HPKE).

The container, version 1, all numbers big-endian (docs/id-files.md):

    magic      8  b"DADMIN" + two letters of the kind
    version    2  1
    length     4  of the whole file
    public     4  length, then that many readable bytes (authenticated)
    salt      16
    nonce     12
    sealed     n  AES-256-GCM of the content, all bytes before the nonce as associated data
    digest    32  SHA-256 of everything before: distinguishes a damaged file from a wrong password
"""

from __future__ import annotations

import hashlib
import os
import struct
import unicodedata
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from dominoadmin.errors import Damaged, Locked, WrongPassword
from dominoadmin.i18n import marked as _

ID_FILE: Final = b"ID"
ACTIVATION: Final = b"AC"
BACKUP: Final = b"BK"
VERSION: Final = 1
_MAGIC: Final = b"DADMIN"
_HEAD: Final = struct.Struct(">6s2sHI")
_SALT, _NONCE, _TAG, _DIGEST = 16, 12, 16, 32
_MLKEM_PUBLIC: Final = 1184
# About a third of a second and 128 MiB: the cost of one guess.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 1 << 17, 8, 1
_SUITE: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def lock(content: bytes, password: str, kind: bytes, public: bytes = b"") -> bytes:
    """Return `content`, encrypted under `password`, as a container; `public` stays readable but is authenticated."""
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    length = _HEAD.size + 4 + len(public) + _SALT + _NONCE + len(content) + _TAG + _DIGEST
    head = _HEAD.pack(_MAGIC, kind, VERSION, length) + struct.pack(">I", len(public)) + public + salt
    body = head + nonce + AESGCM(_stretch(password, salt)).encrypt(nonce, content, head)
    return body + hashlib.sha256(body).digest()


def is_of_kind(data: bytes, kind: bytes) -> bool:
    """Return whether bytes begin as a container of a kind does; the rest may be damaged."""
    return data.startswith(_MAGIC + kind)


def public_part(container: bytes, kind: bytes, what: str) -> bytes:
    """Return the readable part of a container. `what` names the file in the error: "The ID file /x/cert.id".

    Raises:
        Damaged: it is not a container of this kind and version, or was truncated or altered.

    """
    head_size = _HEAD.size + 4
    if len(container) < head_size or container[:6] != _MAGIC:
        raise Damaged(_("{what} is not an ID file of this program.", what=what), _("Choose another file."))
    _rest, found, version, length = _HEAD.unpack_from(container)
    if version != VERSION:
        raise Damaged(
            _(
                "{what} has version {version}; this program reads version {known}.",
                what=what,
                version=version,
                known=VERSION,
            ),
            _("Use a newer version of dominoadmin."),
        )
    if found != kind:
        raise Damaged(_("{what} is not of the type that is needed here.", what=what), _("Choose another file."))
    if len(container) < length:
        raise Damaged(
            _(
                "{what} is truncated: {count} of {length} bytes are present.",
                what=what,
                count=len(container),
                length=length,
            ),
            _("Restore it from a backup copy."),
        )
    (size,) = struct.unpack_from(">I", container, _HEAD.size)
    whole = len(container) == length and hashlib.sha256(container[:-_DIGEST]).digest() == container[-_DIGEST:]
    if not whole or head_size + size + _SALT + _NONCE + _TAG + _DIGEST > length:
        raise Damaged(
            _("{what} is damaged: its contents were altered.", what=what), _("Restore it from a backup copy.")
        )
    return container[head_size : head_size + size]


def unlock(container: bytes, password: str, kind: bytes, what: str) -> bytes:
    """Return the content of a container.

    Raises:
        Damaged: as `public_part` does.
        WrongPassword: the password does not open it.

    """
    public = public_part(container, kind, what)
    end = _HEAD.size + 4 + len(public) + _SALT
    head, nonce = container[:end], container[end : end + _NONCE]
    try:
        key = _stretch(password, head[-_SALT:])
        return AESGCM(key).decrypt(nonce, container[end + _NONCE : -_DIGEST], head)
    except InvalidTag:
        raise WrongPassword(
            _("{what} cannot be opened with this password.", what=what), _("Type the password again.")
        ) from None


@dataclass(frozen=True)
class SealingKey:
    """The private half of an ID's HPKE key: an ML-KEM-768 seed (64 bytes) and an X25519 key (32 bytes)."""

    mlkem_seed: bytes
    x25519: bytes

    @classmethod
    def generate(cls) -> SealingKey:
        """Generate a key."""
        return cls(MLKEM768PrivateKey.generate().private_bytes_raw(), X25519PrivateKey.generate().private_bytes_raw())

    @property
    def public(self) -> bytes:
        """The public half as it is in the ID's certificate: ML-KEM (1184 bytes), then X25519 (32 bytes)."""
        mlkem = MLKEM768PrivateKey.from_seed_bytes(self.mlkem_seed).public_key().public_bytes_raw()
        return mlkem + X25519PrivateKey.from_private_bytes(self.x25519).public_key().public_bytes_raw()

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Return the content sealed to this key.

        Raises:
            Locked: it was sealed to another ID, for another purpose, or was altered.

        """
        key = MLKEM768X25519PrivateKey(
            MLKEM768PrivateKey.from_seed_bytes(self.mlkem_seed), X25519PrivateKey.from_private_bytes(self.x25519)
        )
        try:
            return _SUITE.decrypt(sealed, key, info)
        except (InvalidTag, InvalidSignature, ValueError):
            raise Locked(_("This ID cannot open the seal: it was created for another ID, or altered.")) from None

    def __repr__(self) -> str:
        """Leave out the key."""
        return "SealingKey(…)"


def seal(content: bytes, public: bytes, info: bytes) -> bytes:
    """Seal `content` to the ID whose certificate holds `public`; `info` binds it to its purpose (RFC 9180)."""
    key = MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
        X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
    )
    return _SUITE.encrypt(content, key, info)


def _stretch(password: str, salt: bytes) -> bytes:
    kdf = Scrypt(salt=salt, length=32, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
    # RFC 8265, 4.2.1: an accented letter may be typed as one character or two.
    return kdf.derive(unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass"))
