"""The audit log: entries in a Merkle tree, and the signed heads."""

from __future__ import annotations

import base64
import hashlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Final, NamedTuple

from dominoadmin.errors import Damaged
from dominoadmin.pki import merkle
from dominoadmin.pki.merkle import Frontier
from dominoadmin.store import audit_entries, reading
from dominoadmin.store.audit_entries import StoredEntry
from dominoadmin.store.database import Connection, Row
from dominoadmin.store.records import LARGEST, AuditRecord, Fields, altered, dump, instant, noted_records
from dominoadmin.store.sqlite import blobs, documents, plans, texts
from dominoadmin.store.stored_json import load

BLOCK: Final = 256
"""Entries whose common hash is kept: a part of the log of a million is hashed in milliseconds."""

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


class HeadRecord(NamedTuple):
    """An act's signature over log and state: `content` is what was signed. `frontier`: of the log at this size."""

    size: int
    content: bytes
    signature: bytes
    chain: tuple[bytes, ...]
    frontier: bytes


def last(db: Connection) -> AuditRecord | None:
    """Return the newest entry.

    Raises:
        Damaged: it was altered.

    """
    row = db.execute("SELECT * FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return audit_entries.read(row) if row else None


def size(db: Connection) -> int:
    """Return the number of the newest entry."""
    return int(db.execute("SELECT coalesce(max(number), 0) FROM audit").fetchone()[0])


def before_first(db: Connection) -> int | None:
    """Return the number of an entry before the first one: the program makes none, and no proof knows it."""
    row = db.execute("SELECT number FROM audit WHERE number < 1 ORDER BY number LIMIT 1").fetchone()
    return int(row["number"]) if row else None


def at(db: Connection, number: int) -> AuditRecord | None:
    """Return the entry with this number.

    Raises:
        Damaged: it was altered.

    """
    row = db.execute("SELECT * FROM audit WHERE number = :number", {"number": number}).fetchone()
    return audit_entries.read(row) if row else None


def add(db: Connection, entries: Sequence[AuditRecord], stored: Sequence[StoredEntry]) -> None:
    """Append entries, each with its octets."""
    db.executemany(
        "INSERT INTO audit (number, octets, detail, salt, at, actor, signed_in, action, object)"
        " VALUES (:number, :octets, :detail, :salt, :at, :actor, :signed_in, :action, :object)",
        ({**audit_entries.columns(entry), **one._asdict()} for entry, one in zip(entries, stored, strict=True)),
    )


def add_earlier(db: Connection, contents: Iterable[Fields]) -> None:
    """Append entries of an earlier version's log, to the octet as they were hashed then."""
    db.executemany(
        "INSERT INTO audit (number, octets, detail, salt, at, actor, signed_in, action, object)"
        " VALUES (:number, :octets, :detail, :salt, :at, :actor, :signed_in, :action, :object)",
        (
            {**content, **audit_entries.earlier(content)._asdict(), "signed_in": int(content["signed_in"])}
            for content in contents
        ),
    )


def entries(db: Connection, after: int = 0, limit: int = -1) -> Iterator[AuditRecord]:
    """Yield the entries with a higher number than `after`, in order; at most `limit`, if it is not negative.

    Raises:
        Damaged: the next one was altered.

    """
    sql = f"SELECT * FROM audit WHERE number > :after ORDER BY number {plans.AT_MOST}"  # noqa: S608
    for row in db.execute(sql, {"after": after, "limit": limit}):
        yield audit_entries.read(row)


def octets(db: Connection, number: int) -> bytes | None:
    """Return the octets of an entry."""
    row = db.execute("SELECT octets FROM audit WHERE number = :number", {"number": number}).fetchone()
    return blobs.octets(row["octets"]) if row else None


def leaves(db: Connection, after: int, until: int) -> Iterator[bytes]:
    """Yield the hashes of the entries after one number up to another, in order."""
    sql = "SELECT octets FROM audit WHERE number > :after AND number <= :until ORDER BY number"
    return (merkle.leaf(blobs.octets(row["octets"])) for row in db.execute(sql, {"after": after, "until": until}))


def frontier(db: Connection, at_size: int) -> Frontier:
    """Return the frontier of the log's first entries, by the hashes of whole blocks and those of the rest."""
    blocks = at_size // BLOCK
    found = merkle.Frontier()
    sql = "SELECT hash FROM audit_blocks WHERE number < :blocks ORDER BY number"
    found.append_complete((blobs.octets(row["hash"]) for row in db.execute(sql, {"blocks": blocks})), BLOCK)
    found.append(leaves(db, blocks * BLOCK, at_size))
    return found


def subtree(db: Connection, start: int, end: int) -> bytes:
    """Return the root of the tree over the entries after number `start` up to number `end`.

    `start` is a multiple of the largest power of two below their number, as in every proof about the tree.
    """
    found = merkle.Frontier()
    blocks = range(start // BLOCK, end // BLOCK) if start % BLOCK == 0 else range(0)
    sql = "SELECT hash FROM audit_blocks WHERE number >= :first AND number < :end ORDER BY number"
    rows = db.execute(sql, {"first": blocks.start, "end": blocks.stop})
    found.append_complete((blobs.octets(row["hash"]) for row in rows), BLOCK)
    found.append(leaves(db, start + found.size, end))
    return found.root()


def about(db: Connection, action: str, what: str) -> list[StoredEntry]:
    """Return the entries of an action about an object, as they are stored, the oldest first."""
    sql = "SELECT * FROM audit WHERE object = :object AND action = :action ORDER BY number"
    return [_stored(row) for row in db.execute(sql, {"object": what, "action": action})]


def committing(db: Connection, kind: str, key: str) -> list[StoredEntry]:
    """Return the entries that commit objects of a kind whose keys begin so, as they are stored, the oldest first."""
    sql = f"SELECT * FROM audit WHERE {texts.has('octets', ':commit')} ORDER BY number"  # noqa: S608
    return [_stored(row) for row in db.execute(sql, {"commit": f'["{kind}","{key}'.encode()})]


def keys(db: Connection, kind: str, after: int, until: int) -> set[str]:
    """Return the keys of the objects of a kind that entries after one number up to another commit; for a short table.

    What cannot be read commits nothing.
    """
    sql = f"SELECT octets FROM audit WHERE number > :after AND number <= :until AND {texts.has('octets', ':commit')}"  # noqa: S608
    found = set()
    for row in db.execute(sql, {"after": after, "until": until, "commit": f'["{kind}","'.encode()}):
        with suppress(ValueError, TypeError, KeyError, IndexError, RecursionError):
            commits = load(blobs.octets(row["octets"]).decode())["commits"]
            found |= {str(each[1]) for each in commits if each[0] == kind}
    return found


def _stored(row: Row) -> StoredEntry:
    """Return an entry as it is stored; the row's other columns must agree with it."""
    audit_entries.read(row)
    return StoredEntry(row["octets"], row["detail"], row["salt"])


def blocks(db: Connection) -> list[bytes]:
    """Return the kept hashes of all blocks, in order."""
    return [blobs.octets(row["hash"]) for row in db.execute("SELECT hash FROM audit_blocks ORDER BY number")]


def add_blocks(db: Connection, before: int, now: int) -> None:
    """Keep the hashes of the blocks that became complete as the log grew from one size to another."""
    db.executemany(
        "INSERT INTO audit_blocks (number, hash) VALUES (:number, :hash)"
        " ON CONFLICT (number) DO UPDATE SET hash = excluded.hash",  # nobody else writes it before its time
        (
            {"number": block, "hash": merkle.root(leaves(db, block * BLOCK, (block + 1) * BLOCK))}
            for block in range(before // BLOCK, now // BLOCK)
        ),
    )


def make_blocks(db: Connection) -> bool:
    """Make the hashes of all blocks again from the entries; return whether others were kept."""
    before = db.execute("SELECT number, hash FROM audit_blocks ORDER BY number").fetchall()
    db.execute("DELETE FROM audit_blocks")
    add_blocks(db, 0, size(db))
    now = db.execute("SELECT number, hash FROM audit_blocks ORDER BY number").fetchall()
    return [tuple(row) for row in before] != [tuple(row) for row in now]


def chosen(db: Connection, numbers: Sequence[int]) -> list[AuditRecord | None]:
    """Return the entries with these numbers; None for a missing one."""
    sql = f"SELECT * FROM audit WHERE number {documents.one_of('numbers')}"  # noqa: S608
    found = {}
    for row in db.execute(sql, {"numbers": dump(list(numbers))}):
        try:
            found[row["number"]] = audit_entries.read(row)
        except Damaged as error:
            reading.leave_out(error)
    if (noted := noted_records.get()) is not None:
        noted += found.values()
    return [found.get(number) for number in numbers]


def add_head(db: Connection, head: HeadRecord) -> None:
    """Keep an act's signature."""
    chain = [base64.b64encode(der).decode() for der in head.chain]
    signer = hashlib.sha256(b"".join(head.chain)).hexdigest()
    db.execute(
        "INSERT INTO audit_signers (sha256, chain) VALUES (:sha256, :chain)"
        " ON CONFLICT (sha256) DO UPDATE SET chain = excluded.chain WHERE chain <> excluded.chain",
        {"sha256": signer, "chain": dump(chain)},
    )
    db.execute(
        "INSERT INTO audit_heads (size, content, signature, signer, frontier)"
        " VALUES (:size, :content, :signature, :signer, :frontier)",
        {**head._asdict(), "signer": signer},
    )


def head(db: Connection, until: int = LARGEST) -> HeadRecord | None:
    """Return the newest signature, or the newest of the log's first entries.

    Raises:
        Damaged: it cannot be read.

    """
    return next(_heads(db, "WHERE size <= :until ORDER BY size DESC LIMIT 1", {"until": until}), None)


def heads(db: Connection, after: int, until: int) -> Iterator[HeadRecord]:
    """Yield the signatures at sizes after one up to another, in order.

    Raises:
        Damaged: the next one cannot be read.

    """
    return _heads(db, "WHERE size > :after AND size <= :until ORDER BY size", {"after": after, "until": until})


def _heads(db: Connection, which: str, values: dict[str, int]) -> Iterator[HeadRecord]:
    sql = f"SELECT h.*, s.chain FROM audit_heads h LEFT JOIN audit_signers s ON s.sha256 = h.signer {which}"  # noqa: S608
    for row in db.execute(sql, values):
        try:
            chain = _chain(row["chain"])
            is_readable = 0 < row["size"] < LARGEST
        except (ValueError, TypeError, RecursionError):
            is_readable = False
        if not is_readable:
            raise altered("AuditHead", row["size"], "signer")
        yield HeadRecord(row["size"], row["content"], row["signature"], chain, row["frontier"])


@lru_cache(maxsize=64)
def _chain(text: str) -> tuple[bytes, ...]:
    """Read the certificates of somebody who has signed: few have signed all."""
    return tuple(base64.b64decode(each, validate=True) for each in load(text))


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
