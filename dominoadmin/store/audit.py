"""The audit log: entries in a hash chain, and its signed head."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import LARGEST, AuditRecord, altered, dump, instant, record
from dominoadmin.store.sqlite import documents, plans, texts

ORDERS: Final = ("number", "at", "actor", "action", "object", "detail")
"""The columns that entries can be sorted by."""
# A name as it is stored and as it is shown: CN=Ann Admin/O=MyCompany, Ann Admin/MyCompany.
_SHOWN: Final = (
    "actor || ' ' || replace(replace(replace(replace(actor, 'CN=', ''), '/OU=', '/'), '/O=', '/'), '/C=', '/')"
)


@dataclass(frozen=True, kw_only=True)
class Filter:
    """A filter for entries: parts of their texts, in any case, and a time span. Empty fields match everything."""

    actor: str = ""
    action: str = ""
    object: str = ""
    text: str = ""
    since: datetime | None = None
    until: datetime | None = None
    labels: Mapping[str, str] | None = None
    """The labels of the actions on the screen, which are searched too."""


@dataclass(frozen=True)
class AuditOrder:
    """The sort order, and the maximum number of entries; -1 is all."""

    by: str = "number"
    descending: bool = False
    limit: int = -1


def last(db: Connection) -> AuditRecord | None:
    """Return the newest entry."""
    row = db.execute("SELECT * FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return record(AuditRecord, row) if row else None


def at(db: Connection, number: int) -> AuditRecord | None:
    """Return the entry with this number."""
    row = db.execute("SELECT * FROM audit WHERE number = :number", {"number": number}).fetchone()
    return record(AuditRecord, row) if row else None


def add(db: Connection, entries: Iterable[AuditRecord]) -> None:
    """Append entries."""
    db.executemany(
        "INSERT INTO audit (number, at, actor, signed_in, action, object, detail, previous, hash)"
        " VALUES (:number, :at, :actor, :signed_in, :action, :object, :detail, :previous, :hash)",
        ({**entry.__dict__, "at": instant(entry.at), "detail": dump(entry.detail)} for entry in entries),
    )


def entries(db: Connection, after: int = 0, limit: int = -1) -> Iterator[AuditRecord]:
    """Yield the entries with a higher number than `after`, in order; at most `limit`, if it is not negative."""
    sql = f"SELECT * FROM audit WHERE number > :after ORDER BY number {plans.AT_MOST}"  # noqa: S608
    for row in db.execute(sql, {"after": after, "limit": limit}):
        yield record(AuditRecord, row)


def chosen(db: Connection, numbers: Sequence[int]) -> list[AuditRecord | None]:
    """Return the entries with these numbers; None for a missing one."""
    sql = f"SELECT * FROM audit WHERE number {documents.one_of('numbers')}"  # noqa: S608
    rows = db.execute(sql, {"numbers": dump(list(numbers))})
    found = {entry.number: entry for entry in every(AuditRecord, rows)}
    return [found.get(number) for number in numbers]


def numbers(db: Connection, wanted: Filter, order: AuditOrder) -> array[int]:
    """Return the numbers of the entries that match a filter."""
    if order.by not in ORDERS:
        raise ValueError(order.by)
    where, values = _where(wanted)
    direction = "DESC" if order.descending else "ASC"
    sql = f"SELECT number FROM audit{where} ORDER BY {order.by} {direction}, number {direction} {plans.AT_MOST}"  # noqa: S608
    return array("q", (row[0] for row in db.execute(sql, {**values, "limit": order.limit})))


def _where(wanted: Filter) -> tuple[str, dict[str, str]]:
    terms: list[str] = []
    values: dict[str, str] = {}
    for column, shown in (("actor", _SHOWN), ("action", "action"), ("object", "object")):
        if text := " ".join(texts.words(getattr(wanted, column))):
            called = _called(column, text, wanted.labels or {}, values) if column == "action" else ""
            terms.append(f"({texts.contains(shown, column)}{called})")
            values[column] = texts.pattern(text)
    for number, word in enumerate(texts.words(wanted.text)):
        everywhere = f"{_SHOWN} || ' ' || action || ' ' || object || ' ' || detail || ' ' || number || ' ' || at"
        called = _called(f"word{number}", word, wanted.labels or {}, values)
        terms.append(f"({texts.contains(everywhere, f'word{number}')}{called})")
        values[f"word{number}"] = texts.pattern(word)
    for name, sign, moment in (("since", ">=", wanted.since), ("until", "<=", wanted.until)):
        if moment:
            terms.append(f"at {sign} :{name}")
            values[name] = instant(moment)
    return (f" WHERE {' AND '.join(terms)}" if terms else ""), values


def _called(name: str, text: str, labels: Mapping[str, str], values: dict[str, str]) -> str:
    """Return another condition for the actions whose label contains the text."""
    called = [action for action, label in labels.items() if text.casefold() in label.casefold()]
    values |= {f"{name}_{place}": action for place, action in enumerate(called)}
    return f" OR action IN ({', '.join(f':{name}_{place}' for place in range(len(called)))})" if called else ""


def set_head(db: Connection, number: int, digest: str, document: bytes) -> None:
    """Store the signed head."""
    db.execute(
        "INSERT INTO audit_head (id, number, hash, document) VALUES (1, :number, :hash, :document)"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash, document = excluded.document",
        {"number": number, "hash": digest, "document": document},
    )


def head(db: Connection) -> tuple[int, bytes] | None:
    """Return the number of the head's entry, and the signed document.

    Raises:
        Damaged: it stands where no entry can be.

    """
    row = db.execute("SELECT number, document FROM audit_head WHERE id = 1").fetchone()
    if row and not 0 < row["number"] < LARGEST:
        raise altered("AuditHead", 1, "number")
    return (row["number"], row["document"]) if row else None
