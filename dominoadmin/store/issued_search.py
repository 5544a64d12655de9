"""The search of Issued Certificate Lists: subject, alternative names, requester, serial number and fingerprint.

Three letters and more are found by the index of words; serial numbers and fingerprints by reading their indexes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.records import words

_FEW: Final = 5_000
"""So many rows are sorted at once; of more, a screenful soon comes along in any order."""
_TRIGRAM: Final = 3  # letters; shorter words are not in the index
_HEX: Final = re.compile("[0-9A-Fa-f]+")
_LONG: Final = 16
"""Hex digits that begin a serial number or a fingerprint, if anything does."""
_GROUPED: Final = re.compile(r"(?<!\S)(?:(?:[0-9A-Fa-f]{2}:)+|(?:[0-9A-Fa-f]{2} ){2,})[0-9A-Fa-f]{2}(?!\S)")
_TEXTS: Final = "i.subject || ' ' || i.names || ' ' || i.requester"
_ALL_TEXTS: Final = f"{_TEXTS} || ' ' || i.serial_hex || ' ' || i.fingerprint"
_MATCHING: Final = "SELECT rowid FROM issued_words WHERE issued_words MATCH {match}"
_BEGINNING: Final = (
    "SELECT id FROM issued WHERE certifier_id IN (SELECT id FROM certifiers)"
    " AND serial_hex >= {bare} AND serial_hex < {bare} || 'g'"
    " UNION SELECT id FROM issued WHERE fingerprint >= {hex} AND fingerprint < {hex} || 'g'"
)
_CONTAINING: Final = (
    "SELECT id FROM issued WHERE instr(serial_hex, {hex}) UNION SELECT id FROM issued WHERE instr(fingerprint, {hex})"
)


@dataclass(frozen=True)
class SearchConditions:
    """What a search comes to: conditions on rows `i` and their values, and the numbers of the rows if they are few."""

    conditions: Sequence[str] = ()
    values: dict[str, str] = field(default_factory=dict)
    ids: Sequence[int] | None = None


def find(db: Connection, search: str, *, is_partial: bool) -> SearchConditions:
    """Return what the words of a search come to: a row must have all of them.

    `is_partial`: only the first rows of an order are wanted.
    """
    joined = _GROUPED.sub(_ungrouped, search)  # 01:AB as people copy it
    conditions: list[str] = []
    values: dict[str, str] = {}
    indexed: list[str] = []
    plain: list[tuple[str, str]] = []
    for number, word in enumerate(words(joined)):
        like = f"LIKE :like{number} ESCAPE '!'"
        values |= _values(number, word)
        if len(word) < _TRIGRAM:
            conditions.append(f"{_ALL_TEXTS} {like}")
        elif _HEX.fullmatch(word):
            indexed.append(f"{_MATCHING.format(match=f':match{number}')} UNION {_numbers(db, number, word)}")
        else:
            plain.append((values[f"match{number}"], f"{_TEXTS} {like}"))
    if plain:
        values["match"] = " ".join(quoted for quoted, _condition in plain)
        indexed.append(_MATCHING.format(match=":match"))
    if not indexed:
        return SearchConditions(conditions, values)
    # The pieces are constants of this module; what people type is in the values.
    both = " INTERSECT ".join(f"SELECT * FROM ({each})" for each in indexed)  # noqa: S608
    ids = [int(row[0]) for row in db.execute(f"{both} LIMIT {_FEW + 1}", values)]
    if len(ids) <= _FEW:
        return SearchConditions(conditions, values, ids)
    if is_partial and len(indexed) == len(plain[:1]):
        return SearchConditions([*conditions, *(condition for _quoted, condition in plain)], values)
    return SearchConditions([*conditions, *(f"+i.id IN ({each})" for each in indexed)], values)


def _numbers(db: Connection, number: int, word: str) -> str:
    """Return what reads the serial numbers and fingerprints that begin with a long word, or else have it in them."""
    names = {"hex": f":hex{number}", "bare": f":bare{number}"}
    beginning = _BEGINNING.format(**names)
    if len(word) >= _LONG and db.execute(f"{beginning} LIMIT 1", _values(number, word)).fetchone():
        return beginning
    return _CONTAINING.format(**names)


def _values(number: int, word: str) -> dict[str, str]:
    lower = word.lower()
    escaped = re.sub("([%_!])", r"!\1", word)
    return {
        f"match{number}": '"' + word.replace('"', '""').replace("\0", "") + '"',
        f"like{number}": f"%{escaped}%",
        f"hex{number}": lower,
        f"bare{number}": lower.lstrip("0") or lower,  # zeros are shown, but not kept
    }


def _ungrouped(found: re.Match[str]) -> str:
    return re.sub("[: ]", "", found.group())
