"""Quotes text from outside for messages: short, and without invisible characters."""

from __future__ import annotations

import unicodedata
from typing import Final

_LONGEST: Final = 60
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def has_invisible(text: str) -> bool:
    """Return whether `text` holds a control, format (bidi!), surrogate, private or unassigned character."""
    if text.isascii():
        return not text.isprintable()
    return any(unicodedata.category(character) in _INVISIBLE for character in text)


def quoted(text: str) -> str:
    """Return `text` in quotes, at most 60 characters of it, invisible characters as escapes."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "'" + "".join(_visible(character) for character in short) + "'"


def escaped(text: str) -> str:
    """Return the whole of `text` with invisible characters as escapes, for viewers."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")
