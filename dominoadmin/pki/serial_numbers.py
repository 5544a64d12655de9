"""Serial numbers: random, positive, at most 20 octets (RFC 5280, 4.1.2.2)."""

from __future__ import annotations

import secrets
from typing import Final

PLACEHOLDER: Final = 1 << 158
"""A number of the usual length, for certificates that are only looked at."""


def new() -> int:
    """Return 158 random bits after a leading one, so that every serial is positive and 20 octets long."""
    return 1 << 158 | secrets.randbits(158)


def text(serial_number: int) -> str:
    """Return a serial as lower-case hex."""
    return f"{serial_number:x}"
