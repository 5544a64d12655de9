"""SQL for comparing, searching and cutting texts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from dominoadmin.store.database import Connection

# Each word is a condition, and SQLite nests them at most 1000 deep; the pattern of LIKE has at most 50 000 octets.
_MOST_WORDS, _LONGEST_WORD = 32, 200
_SPECIAL: Final = re.compile("([%_!])")


def words(search: str) -> list[str]:
    """Return the words of a search, limited in number and length to what SQLite takes; a cut search only finds more."""
    return [word[:_LONGEST_WORD] for word in search.encode(errors="replace").decode().split()[:_MOST_WORDS]]


def contains(text: str, parameter: str) -> str:
    """Return the condition that a text contains the word of `pattern`.

    LIKE ignores the case of ASCII letters here; in other databases it does not.
    """
    return f"{text} LIKE :{parameter} ESCAPE '!'"


def pattern(word: str) -> str:
    """Return the value of the parameter of `contains`."""
    escaped = _SPECIAL.sub(r"!\1", word)
    return f"%{escaped}%"


def in_any_case(text: str) -> str:
    """Return a text for comparing and sorting without regard to case.

    The collation is SQLite's own. Indexes of `issued` use it, and are used only by queries that name it.
    """
    return f"{text} COLLATE NOCASE"


def folded(text: str) -> bytes:
    """Return a key that is equal for texts that are equal `in_any_case`: only ASCII letters have two cases there."""
    return text.encode().lower()


def has(column: str, parameter: str) -> str:
    """Return the condition that a column contains a parameter's value: any position other than 0 is true."""
    return f"instr({column}, {parameter})"


def end(column: str, length: int) -> str:
    """Return the last characters of a column: only SQLite counts a negative start from the end.

    The index of pages of revocations uses exactly this expression.
    """
    return f"substr({column}, -{length:d})"


def is_hex(column: str) -> str:
    """Return the condition that a column holds lower-case hex digits only; SQLite itself has no regular expressions."""
    return f"{column} NOT GLOB '*[^0-9a-f]*'"


def or_empty(column: str) -> str:
    """Return a column as text: null as an empty one. A stored empty text is another: no condition takes it for null."""
    return f"CASE {column} WHEN '' THEN 'empty' ELSE coalesce({column}, '') END"


def local_minute(time: str) -> str:
    """Return a stored time to the minute in this computer's local time: times are texts here."""
    return f"strftime('%Y-%m-%d %H:%M', {time}, 'localtime')"


@contextmanager
def undecoded(db: Connection) -> Iterator[None]:
    """Read texts as octets: a million that are sorted by, and not looked at, are not made into strings first."""
    before, db.text_factory = db.text_factory, bytes
    try:
        yield
    finally:
        db.text_factory = before
