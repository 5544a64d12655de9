"""The grammar of a PKCS #12 file (RFC 7292, 4; RFC 8018, A), limited to the files this program writes."""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

from cryptography import x509
from cryptography.hazmat import asn1

_DATA: Final = "1.2.840.113549.1.7.1"
_ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
_SHROUDED_KEY: Final = "1.2.840.113549.1.12.10.1.2"
_CERTIFICATE: Final = "1.2.840.113549.1.12.10.1.3"
_PBES2: Final = "1.2.840.113549.1.5.13"
_PBKDF2: Final = "1.2.840.113549.1.5.12"
_HMAC_SHA256: Final = "1.2.840.113549.2.9"
_AES_256_CBC: Final = "2.16.840.1.101.3.4.1.42"
_SHA256: Final = "2.16.840.1.101.3.4.2.1"
_VERSION: Final = 3
AES_KEY_LENGTH: Final = 32
_Parsed = TypeVar("_Parsed")


@asn1.sequence
class _Kind:
    oid: x509.ObjectIdentifier
    parameters: asn1.Null | None


@asn1.sequence
class _Pbkdf2:
    salt: bytes
    iterations: int
    key_length: int | None
    prf: _Kind


@asn1.sequence
class _Derivation:
    oid: x509.ObjectIdentifier
    parameters: _Pbkdf2


@asn1.sequence
class _Scheme:
    oid: x509.ObjectIdentifier
    iv: bytes


@asn1.sequence
class _Pbes2:
    derivation: _Derivation
    scheme: _Scheme


@asn1.sequence
class BagProtection:
    """PBES2 with its parameters (RFC 8018, A.4)."""

    oid: x509.ObjectIdentifier
    parameters: _Pbes2


@asn1.sequence
class EncryptedKey:
    """A private key under a password (RFC 5958, 3)."""

    protection: BagProtection
    data: bytes


@asn1.sequence
class EncryptedContent:
    """Content under a password (RFC 5652, 8)."""

    content_type: x509.ObjectIdentifier
    protection: BagProtection
    data: Annotated[bytes, asn1.Implicit(0)]


@asn1.sequence
class _EncryptedData:
    version: int
    content: EncryptedContent


@asn1.sequence
class _Content:
    content_type: x509.ObjectIdentifier
    content: Annotated[asn1.TLV, asn1.Explicit(0)]


@asn1.sequence
class _Safes:
    certificates: _Content
    key: _Content


@asn1.sequence
class _DigestInfo:
    algorithm: _Kind
    digest: bytes


@asn1.sequence
class _MacData:
    digest_info: _DigestInfo
    salt: bytes
    iterations: Annotated[int, asn1.Default(1)]


@asn1.sequence
class Pfx:
    """The whole file (RFC 7292, 4)."""

    version: int
    safes: _Content
    mac: _MacData


@asn1.sequence
class _Bag:
    bag_id: x509.ObjectIdentifier
    value: Annotated[asn1.TLV, asn1.Explicit(0)]
    attributes: asn1.SetOf[asn1.TLV] | None


@asn1.sequence
class _OneBag:
    bag: _Bag


@asn1.sequence
class _Bags:
    bags: list[_Bag]


def decode(data: bytes) -> Pfx:
    """Read the outermost structure.

    Raises:
        ValueError: the bytes are not one whole DER PFX.

    """
    return asn1.decode_der(Pfx, data)


def safes(pfx: Pfx) -> tuple[EncryptedContent, EncryptedKey]:
    """Return the safe of certificates and the shrouded key.

    Raises:
        ValueError: there are not exactly these two, or their protection differs from ours.

    """
    both = asn1.decode_der(_Safes, _content(pfx.safes, _DATA, bytes))
    certificates = _content(both.certificates, _ENCRYPTED_DATA, _EncryptedData).content
    bag = asn1.decode_der(_OneBag, _content(both.key, _DATA, bytes)).bag
    _expect(bag.bag_id, _SHROUDED_KEY)
    key: EncryptedKey = bag.value.parse(EncryptedKey)
    _check_protection(certificates.protection)
    _check_protection(key.protection)
    return certificates, key


def _content(content: _Content, oid: str, kind: type[_Parsed]) -> _Parsed:
    _expect(content.content_type, oid)
    parsed: _Parsed = content.content.parse(kind)
    return parsed


def _expect(oid: x509.ObjectIdentifier, dotted: str) -> None:
    if oid.dotted_string != dotted:
        raise ValueError(f"{oid.dotted_string} is not {dotted}")


def mac_rounds(pfx: Pfx) -> int:
    """Return the rounds of the MAC.

    Raises:
        ValueError: it is not a plain SHA-256 MAC; that of RFC 9579 has a count of its own.

    """
    if pfx.version != _VERSION or not pfx.mac.salt:
        raise ValueError("not PFX version 3 with a salt")
    _expect(pfx.mac.digest_info.algorithm.oid, _SHA256)
    return _at_least_one(pfx.mac.iterations)


def rounds(protection: BagProtection) -> int:
    """Return the rounds of a protection.

    Raises:
        ValueError: it is not a positive number.

    """
    return _at_least_one(protection.parameters.derivation.parameters.iterations)


def are_certificates(safe: bytes) -> bool:
    """Return whether decrypted content is a list of certificate bags and nothing else."""
    try:
        bags = asn1.decode_der(_Bags, _sequence(safe)).bags
    except ValueError:
        return False
    return all(bag.bag_id.dotted_string == _CERTIFICATE for bag in bags)


def _check_protection(protection: BagProtection) -> None:
    derivation = protection.parameters.derivation
    _expect(protection.oid, _PBES2)
    _expect(derivation.oid, _PBKDF2)
    _expect(derivation.parameters.prf.oid, _HMAC_SHA256)
    _expect(protection.parameters.scheme.oid, _AES_256_CBC)
    if derivation.parameters.key_length not in {None, AES_KEY_LENGTH}:
        raise ValueError("not a key of AES-256")


def _at_least_one(count: int) -> int:
    if count < 1:
        raise ValueError("a count below one")
    return count


def _sequence(content: bytes) -> bytes:
    """Return `content` in another SEQUENCE: `decode_der` reads a list only as the field of a type."""
    size = len(content).to_bytes(4, "big").lstrip(b"\x00") or b"\x00"
    long_form = b"" if len(size) == 1 and size[0] < 0x80 else bytes([0x80 | len(size)])  # noqa: PLR2004 - X.690, 8.1.3
    return b"\x30" + long_form + size + content
