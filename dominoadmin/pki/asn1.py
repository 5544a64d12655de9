"""DER encoding by hand (X.690), where a library would copy data that is streamed."""

from __future__ import annotations

SEQUENCE, BIT_STRING = 0x30, 0x03
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


def content(data: bytes, position: int) -> int:
    """Return the offset of the content of the value at `position`."""
    first = data[position + 1]
    return position + 2 + (first & 0x7F if first & _LONG else 0)


def end(data: bytes, position: int) -> int:
    """Return the offset of the end of the value at `position`."""
    start, first = content(data, position), data[position + 1]
    return start + (int.from_bytes(data[position + 2 : start], "big") if first & _LONG else first)
