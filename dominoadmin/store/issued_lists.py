"""The Issued Certificate List for views: all row numbers in an order, then the rows on the screen.

At a million rows an ordered array of their numbers is 8 MB and 0.3 s; the rows themselves would be 400 MB.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import legible
from dominoadmin.store.records import IssuedEntry, dump
from dominoadmin.store.sqlite import documents, issued_search, plans, texts

BY_ISSUE, BY_SUBJECT, BY_SERIAL, BY_END, BY_START, BY_KIND, BY_REQUESTER, BY_KEY, BY_STATE, BY_CERTIFIER = range(10)
_ORDERS: Final = {
    BY_ISSUE: ("i.issued_at",),
    BY_SUBJECT: (texts.in_any_case("i.subject"),),
    BY_SERIAL: ("length(i.serial_hex)", "i.serial_hex"),
    BY_END: ("i.not_after",),
    BY_START: ("i.not_before",),
    BY_KIND: ("i.kind",),
    BY_REQUESTER: (texts.in_any_case("i.requester"),),
    BY_KEY: ("i.key_algorithm",),
    BY_STATE: ("i.not_after",),
    BY_CERTIFIER: ("i.certifier_id", "i.part"),
}
"""Each order has an index; the row's number follows, in the same direction, as in the index.

By state: certificates that are not revoked, by their end, so that expired ones come first; then the revoked ones.
"""
_MOST_MERGED: Final = 20  # certifiers
_JOIN: Final = "r.certifier_id = i.certifier_id AND r.serial_hex = i.serial_hex"
_FROM: Final = f" FROM issued i LEFT JOIN revocations r ON {_JOIN}"
_REVOKED: Final = "(r.serial_hex IS NOT NULL AND r.released_at IS NULL)"
# For a screenful each row is looked up; for all rows a set is made first, or each row would be fetched.
_ONE_BY_ONE: Final = f"EXISTS (SELECT 1 FROM revocations r WHERE {_JOIN} AND r.released_at IS NULL)"  # noqa: S608
# The joined tables never drive the query: the rows come from the index of the order.
_ID: Final = plans.no_index("i.id")
_FROM_REVOCATIONS: Final = plans.nested("revocations r", "issued i", _JOIN)
_AS_A_SET: Final = f"{_ID} IN (SELECT i.id FROM {_FROM_REVOCATIONS} WHERE r.released_at IS NULL)"  # noqa: S608
_ENDED: Final = f"{_ID} IN (SELECT e.id FROM issued e WHERE {{whose}} AND e.not_after {{when}})"  # noqa: S608
_OF_REVOCATIONS: Final = f" FROM {_FROM_REVOCATIONS} AND r.released_at IS NULL"
_FOUND: Final = f"{documents.rows(':found')} f"
_OF_FOUND: Final = f" FROM {plans.nested(_FOUND, 'issued i', 'i.id = f.value')}"


class CertificateState(StrEnum):
    """The state of an issued certificate; one on hold is also revoked. Lists cannot be filtered by HELD."""

    VALID = "valid"
    EXPIRED = "expired"
    HELD = "held"
    REVOKED = "revoked"


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """The filter of a list. `states` empty: all. `ends_before`: only valid ones that expire before then."""

    certifier_id: int = 0
    states: tuple[str, ...] = ()
    ends_before: datetime | None = None
    hides_expired: bool = False
    requester: str = ""
    key_algorithm: str = ""
    search: str = ""


@dataclass(frozen=True, kw_only=True)
class Line(IssuedEntry):
    """An entry with its revocation."""

    id: int
    reason: str
    """The reason of its revocation, or an empty string."""
    revoked_at: datetime | None


_COLUMNS: Final = (
    "i.id, i.certifier_id, i.serial_hex, i.request_id, i.kind, i.subject, i.names, i.requester, i.key_algorithm,"
    " i.not_before, i.not_after, i.fingerprint, i.issued_at,"
    f" CASE WHEN {_REVOKED} THEN r.reason ELSE '' END AS reason, r.revoked_at"
)


def ids(
    db: Connection, chosen: Chosen, order: int, now: str, *, descending: bool = False, limit: int = -1
) -> array[int]:
    """Return the row numbers of the chosen certificates in an order; `now` is text, as in the store."""
    conditions, values, source = _conditions(db, chosen, now, is_partial=limit >= 0)
    is_revoked = _ONE_BY_ONE if limit >= 0 or source else _AS_A_SET
    segments: list[tuple[str, str]] = [(source, "")]
    if order == BY_STATE:
        segments = [(source, f"NOT {is_revoked}"), (source or _OF_REVOCATIONS, is_revoked if source else "")]
    elif chosen.states == (CertificateState.REVOKED,):
        segments = [(source or _OF_REVOCATIONS, "")]
    result = array("q")
    for origin, condition in reversed(segments) if descending else segments:
        left = limit - len(result) if limit >= 0 else -1
        query = _query(db, chosen, origin, [*filter(None, [condition]), *conditions], order, descending=descending)
        with texts.undecoded(db):
            result.extend(row[-1] for row in db.execute(f"{query} {plans.AT_MOST}", {**values, "limit": left}))
    return result


def _query(
    db: Connection, chosen: Chosen, source: str, conditions: Sequence[str], order: int, *, descending: bool
) -> str:
    """Return the query for one sequence of rows. Its pieces are constants; typed text is in the values."""
    parts = [()] if chosen.certifier_id or source or order == BY_CERTIFIER else _each_certifier(db) or [()]
    selects = [
        f"SELECT {', '.join((*_ORDERS[order], 'i.id'))}{source or ' FROM issued i'}"  # noqa: S608
        f"{' WHERE ' if part or conditions else ''}{' AND '.join((*part, *conditions))}"
        for part in parts
    ]
    way = " DESC" if descending else ""
    places = ", ".join(f"{number}{way}" for number in range(1, len(_ORDERS[order]) + 2))
    return f"{' UNION ALL '.join(selects)} ORDER BY {places}"


def _each_certifier(db: Connection) -> list[tuple[str, ...]]:
    """Return a condition for each certifier: the indexes start with it, and SQLite merges their rows."""
    rows = db.execute("SELECT id FROM certifiers LIMIT :most", {"most": _MOST_MERGED + 1})
    numbers = [int(row["id"]) for row in rows]
    return [(f"i.certifier_id = {number:d}",) for number in numbers] if len(numbers) <= _MOST_MERGED else []


def page(db: Connection, wanted: Sequence[int]) -> dict[int, Line]:
    """Return rows by their numbers."""
    query = f"SELECT {_COLUMNS}{_FROM} WHERE i.id {documents.one_of('wanted')}"
    rows = db.execute(query, {"wanted": dump(list(wanted))})
    return {line.id: line for line in legible(Line, rows)}


def requesters(db: Connection, certifier_id: int, most: int = 200) -> list[str]:
    """Return the requesters of certificates, for a filter; case is ignored."""
    return _different(db, certifier_id, texts.in_any_case("requester"), most)


def key_algorithms(db: Connection, certifier_id: int) -> list[str]:
    """Return the kinds of keys in the list, for a filter."""
    return _different(db, certifier_id, "key_algorithm", most=50)


def _different(db: Connection, certifier_id: int, column: str, most: int) -> list[str]:
    """Return the non-empty values of an indexed column, by going from each to the next: DISTINCT reads all rows."""
    known = [certifier_id] if certifier_id else [int(row["id"]) for row in db.execute("SELECT id FROM certifiers")]
    # The column is a constant of this module.
    query = f"SELECT {column} FROM issued WHERE certifier_id = :id AND {column} > :last ORDER BY {column} LIMIT 1"  # noqa: S608
    found: dict[bytes, str] = {}
    for number in known:
        last, count = "", 0
        while count < most and (row := db.execute(query, {"id": number, "last": last}).fetchone()):
            last, count = str(row[0]), count + 1
            found.setdefault(texts.folded(last), last)
    return sorted(found.values(), key=str.casefold)[:most]


def _conditions(db: Connection, chosen: Chosen, now: str, *, is_partial: bool) -> tuple[list[str], dict[str, Any], str]:
    """Return the conditions, their values, and the source of the rows if the search has found few of them."""
    found = issued_search.find(db, chosen.search, is_partial=is_partial)
    values: dict[str, Any] = {"now": now, **found.values}
    source = "" if found.ids is None else _OF_FOUND
    is_revoked = _ONE_BY_ONE if is_partial or source else _AS_A_SET
    whose = f"e.certifier_id {'= :certifier' if chosen.certifier_id else 'IN (SELECT id FROM certifiers)'}"  # noqa: S608
    has_ended = _ENDED.format(whose=whose, when="< :now")
    conditions = [*found.conditions]
    if chosen.certifier_id:
        conditions.append("i.certifier_id = :certifier")
        values["certifier"] = chosen.certifier_id
    if chosen.states:
        states = (_STATES[state].format(is_revoked=is_revoked, has_ended=has_ended) for state in chosen.states)
        conditions.append(f"({' OR '.join(states)})")
    if chosen.ends_before:
        ends = _ENDED.format(whose=whose, when="BETWEEN :now AND :until")
        conditions.append(f"{ends} AND NOT {is_revoked}")
        values["until"] = f"{chosen.ends_before:%Y-%m-%dT%H:%M:%SZ}"
    if chosen.hides_expired:
        conditions.append(f"NOT {has_ended}")
    for column in ("requester", "key_algorithm"):
        if wanted := getattr(chosen, column):
            parameter = texts.in_any_case(f":{column}") if column == "requester" else f":{column}"
            conditions.append(f"i.{column} = {parameter}")
            values[column] = wanted
    if found.ids is not None:
        values["found"] = dump(found.ids)
    return conditions, values, source


_STATES: Final[dict[str, str]] = {
    CertificateState.VALID: "(NOT {has_ended} AND NOT {is_revoked})",
    CertificateState.EXPIRED: "({has_ended} AND NOT {is_revoked})",
    CertificateState.REVOKED: "{is_revoked}",
}
