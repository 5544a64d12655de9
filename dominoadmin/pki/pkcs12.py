"""PKCS #12 files (RFC 7292) in the one form this program writes; hostile files cannot block the reader.

The form, also OpenSSL 3's default: one safe of certificates under PBES2 (RFC 8018; PBKDF2 with
HMAC-SHA-256, AES-256-CBC), one safe with one shrouded key under the same, one SHA-256 MAC over both.

This module adds two things to `cryptography`. That writes its MAC with 2 048 rounds whatever the rest has, so that a
password could be guessed through the MAC three hundred times faster than intended; `strengthened` recomputes the MAC
with `ROUNDS`. And it runs any number of rounds in a file with the GIL held (2^31 take five minutes), so `read` checks
every count first, and makes sure that there is none inside the encrypted safe.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cryptography import x509
from cryptography.hazmat import asn1
from cryptography.hazmat.primitives import hashes, padding
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.serialization import KeySerializationEncryption, PrivateFormat, pkcs12

from dominoadmin.errors import Damaged, Refused, WrongPassword
from dominoadmin.i18n import marked as _
from dominoadmin.pki import pkcs12_grammar
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.pki.pkcs12_grammar import EncryptedContent

ROUNDS: Final = 600_000
MAXIMUM_ROUNDS: Final = 2_000_000
MAXIMUM_SIZE: Final = 1 << 20
MAXIMUM_KEY_SIZE: Final = 2_600
"""An encrypted RSA-4096 key takes 2 384 bytes; checking an RSA-8192 key holds the GIL for 5 seconds."""

Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
Certificate = pkcs12.PKCS12Certificate
COPY_HINT: Final = _("Get an undamaged copy of the file; it is a binary file (FTP: binary mode).")

_BLOCK: Final = 64  # of SHA-256


@dataclass(frozen=True)
class Contents:
    """A private key, its certificate, and the other certificates with their friendly names, in order."""

    key: Key
    certificate: Certificate
    others: tuple[Certificate, ...]


def named(certificate: x509.Certificate, friendly_name: str) -> Certificate:
    """Return the certificate with its friendly name."""
    return Certificate(certificate, friendly_name.encode())


def write(contents: Contents, password: str) -> bytes:
    """Return the file.

    Raises:
        Refused: the password is empty or holds characters that cannot be encoded.

    """
    return strengthened(
        pkcs12.serialize_key_and_certificates(
            contents.certificate.friendly_name,
            contents.key,
            contents.certificate.certificate,
            contents.others,
            _encryption(password),
        ),
        password,
    )


def write_truststore(certificates: Sequence[Certificate], password: str) -> bytes:
    """Return a Java trust store with these certificates, each under its friendly name.

    Raises:
        Refused: the password is empty or holds characters that cannot be encoded.

    """
    return strengthened(pkcs12.serialize_java_truststore(certificates, _encryption(password)), password)


def strengthened(data: bytes, password: str) -> bytes:
    """Return the file with its MAC recomputed, with `ROUNDS` rounds and the same salt."""
    pfx = pkcs12_grammar.decode(data)
    key = _mac_key(password, pfx.mac.salt, ROUNDS)
    pfx.mac.iterations = ROUNDS
    pfx.mac.digest_info.digest = hmac.digest(key, pfx.safes.content.parse(bytes), "sha256")
    return asn1.encode_der(pfx)


def encrypted_key(data: bytes) -> bytes:
    """Return the encrypted key of a file that `write` made: an EncryptedPrivateKeyInfo (RFC 5958).

    `cryptography` encrypts PKCS #8 with only 2 048 rounds.
    """
    _, key = pkcs12_grammar.safes(pkcs12_grammar.decode(data))
    return asn1.encode_der(key)


def read(data: bytes, password: str) -> Contents:
    """Read a file of the form above.

    Raises:
        Damaged: it is not such a file, is too large, has too many rounds, or lacks a certificate.
        WrongPassword: the password is wrong, or the file was altered; the format does not show which.

    """
    if len(data) > MAXIMUM_SIZE:
        raise Damaged(
            _("The file has {count} bytes; a key ring has at most {limit}.", count=len(data), limit=MAXIMUM_SIZE)
        )
    certificates = _bounded(data)
    secret = _encode(password) if password else b""
    if not secret or not _holds_certificates_only(certificates, secret):
        raise _not_opened()
    try:
        loaded = pkcs12.load_pkcs12(data, secret)
    except ValueError as failure:
        raise _not_opened() from failure
    except PARSING_FAILURES as failure:
        raise _shapeless() from failure
    return _contents(loaded)


def _contents(loaded: pkcs12.PKCS12KeyAndCertificates) -> Contents:
    key = loaded.key
    if not isinstance(key, rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey):
        raise Damaged(_("The key ring contains a key of an unsupported type."), _("Use an RSA or ECDSA key."))
    if loaded.cert is None:
        # So does cryptography when no certificate belongs to the key.
        raise Damaged(_("The key ring contains no certificate for its key."), COPY_HINT)
    return Contents(key, loaded.cert, tuple(loaded.additional_certs))


def _shapeless() -> Damaged:
    return Damaged(_("The file is not a key ring, or it was truncated or altered."), COPY_HINT)


def _not_opened() -> WrongPassword:
    return WrongPassword(_("The key ring cannot be opened: the password is wrong, or the file was altered."), COPY_HINT)


def _encode(password: str) -> bytes:
    try:
        return password.encode()
    except UnicodeEncodeError:
        raise Refused(_("The password contains characters that cannot be stored.")) from None


def _encryption(password: str) -> KeySerializationEncryption:
    if not password or "\x00" in password:
        raise Refused(_("A key ring password cannot be empty or contain NUL characters."))
    builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(ROUNDS).hmac_hash(hashes.SHA256())
    return builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(_encode(password))


def _mac_key(password: str, salt: bytes, rounds: int) -> bytes:
    """Derive the MAC's key (RFC 7292, appendix B.2, for SHA-256 and one block of output)."""
    identifier = 3  # a key for integrity
    text = password.encode("utf-16-be") + b"\x00\x00"
    key = bytes([identifier]) * _BLOCK + _filled(salt) + _filled(text)
    for _rest in range(rounds):
        key = hashlib.sha256(key).digest()
    return key


def _filled(piece: bytes) -> bytes:
    """Return `piece` repeated to fill whole blocks."""
    size = -(-len(piece) // _BLOCK) * _BLOCK
    return (piece * (size // len(piece) + 1))[:size]


def _bounded(data: bytes) -> EncryptedContent:
    """Check the form and every unencrypted count; return the encrypted safe."""
    try:
        pfx = pkcs12_grammar.decode(data)
        certificates, key = pkcs12_grammar.safes(pfx)
        counts = pkcs12_grammar.rounds(certificates.protection), pkcs12_grammar.rounds(key.protection)
        most = max(pkcs12_grammar.mac_rounds(pfx), *counts)
    except ValueError as failure:
        raise _shapeless() from failure
    if most > MAXIMUM_ROUNDS:
        # Without the number: one of a million digits would be slow to write, and Python refuses to.
        raise Damaged(
            _(
                "The key ring requires more than {limit} rounds of key derivation, which this program does not "
                "support.",
                limit=MAXIMUM_ROUNDS,
            )
        )
    if len(key.data) > MAXIMUM_KEY_SIZE:
        raise Damaged(_("The key in the key ring is larger than RSA 4096 bits."), _("Use RSA 2048 to 4096 bits."))
    return certificates


def _holds_certificates_only(safe: EncryptedContent, password: bytes) -> bool:
    """Return whether the encrypted safe holds only certificates: a key in it could have its own count."""
    parameters, scheme = safe.protection.parameters.derivation.parameters, safe.protection.parameters.scheme
    kdf = PBKDF2HMAC(hashes.SHA256(), pkcs12_grammar.AES_KEY_LENGTH, parameters.salt, parameters.iterations)
    try:
        decryptor = Cipher(algorithms.AES(kdf.derive(password)), modes.CBC(scheme.iv)).decryptor()
        unpadder = padding.PKCS7(128).unpadder()
        padded = decryptor.update(safe.data) + decryptor.finalize()
        plain = unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        return False
    return pkcs12_grammar.are_certificates(plain)
