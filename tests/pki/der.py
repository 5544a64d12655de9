"""A tiny DER writer for requests that cryptography would not build, and raw RSA signatures with any numbers."""

from __future__ import annotations

import hashlib

BOOLEAN, INTEGER, BIT_STRING, OCTET_STRING, NULL = 0x01, 0x02, 0x03, 0x04, 0x05
UTF8, PRINTABLE, T61, IA5, BMP = 0x0C, 0x13, 0x14, 0x16, 0x1E

COMMON_NAME = "2.5.4.3"
ORGANIZATIONAL_UNIT = "2.5.4.11"
ORGANIZATION = "2.5.4.10"
COUNTRY = "2.5.4.6"
EMAIL_ADDRESS = "1.2.840.113549.1.9.1"
SUBJECT_ALT_NAME = "2.5.29.17"
BASIC_CONSTRAINTS = "2.5.29.19"
KEY_USAGE = "2.5.29.15"
EXTENDED_KEY_USAGE = "2.5.29.37"
SUBJECT_KEY_IDENTIFIER = "2.5.29.14"
EXTENSION_REQUEST = "1.2.840.113549.1.9.14"
MICROSOFT_EXTENSION_REQUEST = "1.3.6.1.4.1.311.2.1.14"
CHALLENGE_PASSWORD = "1.2.840.113549.1.9.7"
_DIGEST_INFO = {
    "sha256": bytes.fromhex("3031300d060960864801650304020105000420"),
    "sha1": bytes.fromhex("3021300906052b0e03021a05000414"),
    "md5": bytes.fromhex("3020300c06082a864886f70d020505000410"),
}


def tlv(tag: int, *contents: bytes) -> bytes:
    content = b"".join(contents)
    if len(content) < 128:
        return bytes([tag, len(content)]) + content
    length = len(content).to_bytes((len(content).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


def sequence(*contents: bytes) -> bytes:
    return tlv(0x30, *contents)


def set_of(*contents: bytes) -> bytes:
    return tlv(0x31, *sorted(contents))


def integer(value: int) -> bytes:
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def oid(dotted: str) -> bytes:
    first, second, *rest = (int(part) for part in dotted.split("."))
    return tlv(0x06, bytes([first * 40 + second]), *(_base128(arc) for arc in rest))


def _base128(arc: int) -> bytes:
    groups = [arc & 0x7F]
    while arc := arc >> 7:
        groups.append(0x80 | arc & 0x7F)
    return bytes(reversed(groups))


def attribute(kind: str, value: str | bytes, tag: int = UTF8) -> bytes:
    """One AttributeTypeAndValue of a name."""
    return sequence(oid(kind), tlv(tag, value.encode() if isinstance(value, str) else value))


def name(*attributes: bytes) -> bytes:
    """A name of one attribute in each part."""
    return sequence(*(set_of(each) for each in attributes))


def extension(kind: str, value: bytes, critical: bool = False) -> bytes:
    return sequence(oid(kind), tlv(BOOLEAN, b"\xff") if critical else b"", tlv(OCTET_STRING, value))


def extensions(*each: bytes, kind: str = EXTENSION_REQUEST) -> bytes:
    """The request attribute that requests extensions (RFC 2985, 5.4.2)."""
    return sequence(oid(kind), set_of(sequence(*each)))


def alt_names(*names: bytes) -> bytes:
    return extensions(extension(SUBJECT_ALT_NAME, sequence(*names)))


def dns(value: str | bytes) -> bytes:
    return tlv(0x82, value.encode() if isinstance(value, str) else value)


def rsa_spki(modulus: int, exponent: int) -> bytes:
    key = sequence(integer(modulus), integer(exponent))
    return sequence(sequence(oid("1.2.840.113549.1.1.1"), tlv(NULL)), tlv(BIT_STRING, b"\0", key))


def rsa_signature(data: bytes, modulus: int, exponent: int, digest: str = "sha256") -> bytes:
    """RSASSA-PKCS1-v1_5 (RFC 8017, 8.2) with any private exponent, without checking the key."""
    size = (modulus.bit_length() + 7) // 8
    info = _DIGEST_INFO[digest] + hashlib.new(digest, data).digest()
    padded = b"\0\1" + b"\xff" * (size - len(info) - 3) + b"\0" + info
    return pow(int.from_bytes(padded, "big"), exponent, modulus).to_bytes(size, "big")
