"""DER encoding by hand (X.690), where a library would copy data that is streamed, or build it a thousand times."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from cryptography import x509

INTEGER, BIT_STRING, OCTET_STRING, OBJECT_IDENTIFIER = 0x02, 0x03, 0x04, 0x06
SEQUENCE: Final = 0x30
_UTC_TIME, _GENERALIZED_TIME = 0x17, 0x18
_FIRST_GENERALIZED: Final = 2050
_LONG = 0x80


def header(tag: int, size: int) -> bytes:
    """Return tag and length of a value of `size` octets."""
    if size < _LONG:  # X.690, 8.1.3.4: the short form
        return bytes((tag, size))
    digits = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes((tag, _LONG | len(digits))) + digits


def tlv(tag: int, *contents: bytes) -> bytes:
    """Return a value with its tag and length."""
    content = b"".join(contents)
    return header(tag, len(content)) + content


def integer(value: int) -> bytes:
    """Return a number that is not negative."""
    return tlv(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


@lru_cache(maxsize=64)  # the certificates of a batch have the same
def time(moment: datetime) -> bytes:
    """Return a time: UTCTime up to 2049, GeneralizedTime after (RFC 5280, 4.1.2.5 and 5.1.2.4)."""
    moment = moment.astimezone(UTC)
    if moment.year < _FIRST_GENERALIZED:
        return tlv(_UTC_TIME, f"{moment:%y%m%d%H%M%SZ}".encode())
    return tlv(_GENERALIZED_TIME, f"{moment:%Y%m%d%H%M%SZ}".encode())


def extension(value: x509.ExtensionType, *, critical: bool) -> bytes:
    """Return an extension (RFC 5280, 4.2); its content is encoded by the library."""
    marks = b"\x01\x01\xff" if critical else b""
    return tlv(SEQUENCE, _identifier(value.oid), marks, tlv(OCTET_STRING, value.public_bytes()))


@lru_cache(maxsize=64)  # a dozen extensions, again and again
def _identifier(oid: x509.ObjectIdentifier) -> bytes:
    """Return an object identifier (X.690, 8.19)."""
    first, second, *rest = (int(part) for part in oid.dotted_string.split("."))
    octets = bytearray()
    for part in (first * 40 + second, *rest):
        digits = [part & 0x7F]
        while part := part >> 7:
            digits.append(part & 0x7F | 0x80)
        octets += bytes(reversed(digits))
    return tlv(OBJECT_IDENTIFIER, bytes(octets))


def content(data: bytes, position: int) -> int:
    """Return the offset of the content of the value at `position`."""
    first = data[position + 1]
    return position + 2 + (first & 0x7F if first & _LONG else 0)


def end(data: bytes, position: int) -> int:
    """Return the offset of the end of the value at `position`."""
    start, first = content(data, position), data[position + 1]
    return start + (int.from_bytes(data[position + 2 : start], "big") if first & _LONG else first)
