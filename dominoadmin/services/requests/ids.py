"""Request IDs, which memos call pickup IDs: creation, and normalization of typed or pasted ones."""

from __future__ import annotations

import secrets
import string
from typing import Final

_BYTES: Final = 16  # 128 random bits cannot be guessed
_GROUP: Final = 8


def new() -> str:
    """Return a new Request ID: random bits as hex, in groups."""
    return _grouped(secrets.token_hex(_BYTES).upper())


def normal(typed: str) -> str:
    """Return a Request ID in its stored form, regardless of case, spaces and dashes, or ''."""
    digits = "".join(character for character in typed if character in string.hexdigits)
    return _grouped(digits.upper()) if len(digits) == 2 * _BYTES else ""


def _grouped(digits: str) -> str:
    return "-".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))
