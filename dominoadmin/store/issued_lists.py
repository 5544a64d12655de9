"""The Issued Certificate List as a view reads it: all row numbers in an order, then the rows of what is on the screen.

At a million rows an ordered array of their numbers is 8 MB and 0.3 s; the rows themselves would be 400 MB.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dominoadmin.store.database import Connection
from dominoadmin.store.records import moment, words

VALID, EXPIRED, REVOKED = "valid", "expired", "revoked"
BY_ISSUE, BY_SUBJECT, BY_SERIAL, BY_END, BY_START, BY_KIND, BY_REQUESTER, BY_KEY, BY_STATE, BY_CERTIFIER = range(10)
_REVOKED: Final = "(r.serial_hex IS NOT NULL AND r.released_at IS NULL)"
_ORDERS: Final = {
    BY_ISSUE: ("i.issued_at",),
    BY_SUBJECT: ("i.subject COLLATE NOCASE",),
    BY_SERIAL: ("length(i.serial_hex)", "i.serial_hex"),
    BY_END: ("i.not_after",),
    BY_START: ("i.not_before",),
    BY_KIND: ("i.kind",),
    BY_REQUESTER: ("i.requester COLLATE NOCASE",),
    BY_KEY: ("i.key_algorithm",),
    BY_STATE: (_REVOKED, "i.not_after"),
    BY_CERTIFIER: ("i.certifier_id", "i.part"),
}
"""Of each an index, but of states; the row's number follows, in the same direction, as it does in the index."""
_MOST_MERGED: Final = 20  # certifiers
_FROM: Final = (
    " FROM issued i LEFT JOIN revocations r ON r.certifier_id = i.certifier_id AND r.serial_hex = i.serial_hex"
)
_HEX: Final = re.compile("[0-9A-Fa-f]+")
_ALL_TEXTS: Final = "i.subject || ' ' || i.names || ' ' || i.serial_hex || ' ' || i.fingerprint || ' ' || i.requester"
_MATCHES: Final = "i.id IN (SELECT rowid FROM issued_words WHERE issued_words MATCH {match})"
_TRIGRAM: Final = 3  # letters; shorter words are not in the index
_GROUPED: Final = re.compile(r"(?<!\S)(?:(?:[0-9A-Fa-f]{2}:)+|(?:[0-9A-Fa-f]{2} ){2,})[0-9A-Fa-f]{2}(?!\S)")


@dataclass(frozen=True)
class Chosen:
    """Which certificates a list shows. `states` empty: all. `ends_before`: only valid ones that end till then."""

    certifier_id: int = 0
    states: tuple[str, ...] = ()
    ends_before: datetime | None = None
    hides_expired: bool = False
    requester: str = ""
    key_algorithm: str = ""
    search: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """An entry without the certificate, with what is known of its revocation."""

    id: int
    certifier_id: int
    serial_hex: str
    request_id: int | None
    kind: str
    subject: str
    names: str
    requester: str
    key_algorithm: str
    not_before: datetime
    not_after: datetime
    fingerprint: str
    issued_at: datetime
    reason: str
    """Why it is revoked, or an empty string."""
    revoked_at: datetime | None


_COLUMNS: Final = (
    "i.id, i.certifier_id, i.serial_hex, i.request_id, i.kind, i.subject, i.names, i.requester, i.key_algorithm,"
    " i.not_before, i.not_after, i.fingerprint, i.issued_at,"
    f" CASE WHEN {_REVOKED} THEN r.reason ELSE '' END AS reason, r.revoked_at"
)


def ids(
    db: Connection, chosen: Chosen, order: int, now: str, *, descending: bool = False, limit: int = -1
) -> array[int]:
    """Return the row numbers of the chosen certificates in an order; `now` as text, as the store writes it."""
    conditions, values = _conditions(chosen, now)
    needs_state = order == BY_STATE or any("r." in each for each in conditions)
    parts = [] if chosen.certifier_id or order == BY_CERTIFIER else _each_certifier(db)
    selects = [
        f"SELECT {', '.join((*_ORDERS[order], 'i.id'))}{_FROM if needs_state else ' FROM issued i'}"  # noqa: S608
        f"{' WHERE ' if part or conditions else ''}{' AND '.join((*part, *conditions))}"
        for part in parts or [()]
    ]
    way = " DESC" if descending else ""
    places = ", ".join(f"{number}{way}" for number in range(1, len(_ORDERS[order]) + 2))
    # The pieces are constants of this module; what people type is in the values.
    query = f"{' UNION ALL '.join(selects)} ORDER BY {places} LIMIT :limit"
    return array("q", (row[-1] for row in db.execute(query, {**values, "limit": limit})))


def _each_certifier(db: Connection) -> list[tuple[str, ...]]:
    """Return a condition for each certifier: the indexes start with it, and SQLite merges what comes from them."""
    rows = db.execute("SELECT id FROM certifiers LIMIT :most", {"most": _MOST_MERGED + 1})
    numbers = [int(row["id"]) for row in rows]
    return [(f"i.certifier_id = {number:d}",) for number in numbers] if len(numbers) <= _MOST_MERGED else []


def page(db: Connection, wanted: Sequence[int]) -> dict[int, Line]:
    """Return rows by their numbers."""
    marks = ", ".join("?" * len(wanted))
    rows = db.execute(f"SELECT {_COLUMNS}{_FROM} WHERE i.id IN ({marks})", tuple(wanted))
    return {row["id"]: _line(row) for row in rows}


def requesters(db: Connection, certifier_id: int, most: int = 200) -> list[str]:
    """Return who has asked for certificates, for a filter; upper and lower case are the same."""
    return _different(db, certifier_id, "requester COLLATE NOCASE", most)


def key_algorithms(db: Connection, certifier_id: int) -> list[str]:
    """Return the kinds of keys in the list, for a filter."""
    return _different(db, certifier_id, "key_algorithm", most=50)


def _different(db: Connection, certifier_id: int, column: str, most: int) -> list[str]:
    """Return the values of an indexed column but the empty one, by going from each to the next: DISTINCT reads all."""
    known = [certifier_id] if certifier_id else [int(row["id"]) for row in db.execute("SELECT id FROM certifiers")]
    # The column is a constant of this module.
    query = f"SELECT {column} FROM issued WHERE certifier_id = :id AND {column} > :last ORDER BY {column} LIMIT 1"  # noqa: S608
    found: dict[str, str] = {}
    for number in known:
        last, count = "", 0
        while count < most and (row := db.execute(query, {"id": number, "last": last}).fetchone()):
            last, count = str(row[0]), count + 1
            found.setdefault(last.casefold(), last)
    return sorted(found.values(), key=str.casefold)[:most]


def _conditions(chosen: Chosen, now: str) -> tuple[list[str], dict[str, Any]]:
    conditions: list[str] = []
    values: dict[str, Any] = {"now": now}
    if chosen.certifier_id:
        conditions.append("i.certifier_id = :certifier")
        values["certifier"] = chosen.certifier_id
    if chosen.states:
        conditions.append(f"({' OR '.join(_STATES[state] for state in chosen.states)})")
    if chosen.ends_before:
        conditions.append(f"i.not_after >= :now AND i.not_after <= :until AND NOT {_REVOKED}")
        values["until"] = f"{chosen.ends_before:%Y-%m-%dT%H:%M:%SZ}"
    if chosen.hides_expired:
        conditions.append("i.not_after >= :now")
    for column in ("requester", "key_algorithm"):
        if wanted := getattr(chosen, column):
            conditions.append(f"i.{column} = :{column}{' COLLATE NOCASE' if column == 'requester' else ''}")
            values[column] = wanted
    for condition, more in _words(chosen.search):
        conditions.append(condition)
        values |= more
    return conditions, values


_STATES: Final = {
    VALID: f"(i.not_after >= :now AND NOT {_REVOKED})",
    EXPIRED: f"(i.not_after < :now AND NOT {_REVOKED})",
    REVOKED: _REVOKED,
}


def _words(search: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield a condition and its values for each word: subject, alternative names, serial, fingerprint, requester."""
    joined = _GROUPED.sub(_ungrouped, search)  # 01:AB as people copy it
    for number, word in enumerate(words(joined)):
        like, match = f":like{number}", f":match{number}"
        plain = re.sub("([%_!])", r"!\1", word)
        values = {like[1:]: f"%{plain}%", match[1:]: _quoted(word)}
        found = _MATCHES.format(match=match)
        if len(word) < _TRIGRAM:
            yield f"{_ALL_TEXTS} LIKE {like} ESCAPE '!'", values
        elif _HEX.fullmatch(word):
            yield f"({found} OR i.serial_hex LIKE {like} ESCAPE '!' OR i.fingerprint LIKE {like} ESCAPE '!')", values
        else:
            yield found, values


def _ungrouped(found: re.Match[str]) -> str:
    return re.sub("[: ]", "", found.group())


def _quoted(word: str) -> str:
    return '"' + word.replace('"', '""').replace("\0", "") + '"'


def _line(row: Any) -> Line:  # noqa: ANN401 - a row of the database
    values = dict(row)
    for name in ("not_before", "not_after", "issued_at", "revoked_at"):
        values[name] = moment(values[name]) if values[name] else None
    return Line(**values)
