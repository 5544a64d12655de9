"""Serial numbers: random, positive, at most 20 octets (RFC 5280, 4.1.2.2)."""

from __future__ import annotations

import re
import secrets
from typing import Final, NamedTuple

PLACEHOLDER: Final = 1 << 158
"""A number of the usual length, for certificates that are only looked at."""
_BETWEEN: Final = re.compile(r"[\s:-]")
_HEX: Final = re.compile("[0-9a-f]+")
_DECIMAL: Final = re.compile("[0-9]{1,49}")  # of 20 octets
_SHORTEST: Final = 4


def new() -> int:
    """Return 158 random bits after a leading one, so that every serial is positive and 20 octets long."""
    return 1 << 158 | secrets.randbits(158)


def text(serial_number: int) -> str:
    """Return a serial as lower-case hex."""
    return f"{serial_number:x}"


class SpelledNumber(NamedTuple):
    """What a text may be as a serial number: the first hex digits of one, or a whole one in hex; or empty texts."""

    beginning: str
    whole: str


def spelled(text: str) -> SpelledNumber:
    """Return what a text may be as a serial number: in hex with or without 0x, colons, hyphens and spaces, or decimal.

    Fewer than four hex digits are no beginning: too many numbers have it.
    """
    bare = _BETWEEN.sub("", text).lower().removeprefix("0x")
    beginning = bare.lstrip("0") if len(bare) >= _SHORTEST and _HEX.fullmatch(bare) else ""
    is_decimal = _DECIMAL.fullmatch(text.strip()) is not None
    return SpelledNumber(beginning, f"{int(text):x}" if is_decimal else "")
