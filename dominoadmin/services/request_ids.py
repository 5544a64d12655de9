"""Request IDs, which memos call pickup IDs: how one is drawn, and how one is read that was typed or pasted."""

from __future__ import annotations

import secrets
import string
from typing import Final

_BYTES: Final = 16  # 128 random bits: nobody guesses one
_GROUP: Final = 8


def new() -> str:
    """Return a new Request ID: random bits as hex, in groups."""
    return _grouped(secrets.token_hex(_BYTES).upper())


def normal(typed: str) -> str:
    """Return a Request ID as it is stored, whatever case, blanks and dashes a mail program made of it, or ''."""
    digits = "".join(character for character in typed if character in string.hexdigits)
    return _grouped(digits.upper()) if len(digits) == 2 * _BYTES else ""


def _grouped(digits: str) -> str:
    return "-".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))
