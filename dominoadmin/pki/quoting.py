"""Quotes text from outside for messages: short, and without invisible characters."""

from __future__ import annotations

import unicodedata
from typing import Final

_LONGEST: Final = 60
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_BLANK: Final = (
    "\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0",
    *map(chr, range(0xFE00, 0xFE10)),
    *map(chr, range(0xE0100, 0xE01F0)),
)
BLANK: Final = frozenset("".join(_BLANK))
"""Letters, marks and symbols for which nothing is drawn: Unicode's Default_Ignorable_Code_Point, and blank Braille."""


def has_invisible(text: str) -> bool:
    """Return whether `text` holds a control, format (bidi!), surrogate, private, unassigned or blank character."""
    if text.isascii():
        return not text.isprintable()
    return not BLANK.isdisjoint(text) or any(unicodedata.category(character) in _INVISIBLE for character in text)


def quoted(text: str) -> str:
    """Return `text` in quotes, at most 60 characters of it, invisible characters as escapes."""
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return "'" + "".join(_visible(character) for character in short) + "'"


def escaped(text: str) -> str:
    """Return the whole of `text` with invisible characters as escapes, for viewers."""
    return "".join(_visible(character) for character in text)


def _visible(character: str) -> str:
    is_seen = character.isprintable() and character not in BLANK
    return character if is_seen else character.encode("unicode_escape").decode("ascii")
