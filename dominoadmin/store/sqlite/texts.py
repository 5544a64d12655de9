"""Texts as SQLite compares, searches and cuts them."""

from __future__ import annotations

import re
from typing import Final

# Each word is a condition, and SQLite nests them at most 1000 deep; the pattern of LIKE has at most 50 000 octets.
_MOST_WORDS, _LONGEST_WORD = 32, 200
_SPECIAL: Final = re.compile("([%_!])")


def words(search: str) -> list[str]:
    """Return the words of a search, as many and as long as SQLite takes; what is cut off only finds more."""
    return [word[:_LONGEST_WORD] for word in search.encode(errors="replace").decode().split()[:_MOST_WORDS]]


def contains(text: str, parameter: str) -> str:
    """Return the condition that a text has in it what `pattern` made of a word.

    LIKE takes upper and lower case for the same here, in ASCII; elsewhere it does not.
    """
    return f"{text} LIKE :{parameter} ESCAPE '!'"


def pattern(word: str) -> str:
    """Return the value of the parameter of `contains`."""
    escaped = _SPECIAL.sub(r"!\1", word)
    return f"%{escaped}%"


def in_any_case(text: str) -> str:
    """Return a text that is compared and sorted with upper and lower case the same.

    The collation is SQLite's own. Indexes of `issued` are in its order, and are used only where the question names it.
    """
    return f"{text} COLLATE NOCASE"


def folded(text: str) -> bytes:
    """Return what is equal for texts that are equal `in_any_case`: only ASCII letters have two cases there."""
    return text.encode().lower()


def has(column: str, parameter: str) -> str:
    """Return the condition that a column has a parameter's value in it: a position counts as true if it is not 0."""
    return f"instr({column}, {parameter})"


def end(column: str, length: int) -> str:
    """Return the last characters of a column: a negative start counts from the end here only.

    The index of pages of revocations is on exactly this expression.
    """
    return f"substr({column}, -{length:d})"


def is_hex(column: str) -> str:
    """Return the condition that a column holds lower-case hex digits only; SQLite itself has no regular expressions."""
    return f"{column} NOT GLOB '*[^0-9a-f]*'"


def local_minute(time: str) -> str:
    """Return a stored time to the minute, as a clock on the wall of this computer shows it: times are texts here."""
    return f"strftime('%Y-%m-%d %H:%M', {time}, 'localtime')"
