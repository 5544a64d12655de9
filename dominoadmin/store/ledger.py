"""Which objects a transaction has written, and the digests by which the audit log commits them."""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Final, NamedTuple

from dominoadmin.store import salted
from dominoadmin.store.database import Connection, Row
from dominoadmin.store.kinds import KINDS, columns
from dominoadmin.store.records import LARGEST, dump
from dominoadmin.store.sqlite import documents, plans, written

_CONTENT: Final = b"dominoadmin object 1\x00"
_start: Final = struct.Struct(">cQ").pack  # a value's type and the number of its octets
_LEAST: Final = -(1 << 63)
"""The smallest number of a row: SQLite begins with 1, but SQL can set any number."""
_OBJECT: Final = b"dominoadmin name 1\x00"


class Object(NamedTuple):
    """A committed object: its kind is its table's name; a key of several columns has spaces between them."""

    kind: str
    key: str

    def hash(self) -> bytes:
        """Return the 32 octets by which the state knows the object."""
        return _hash(self.kind, self.key)


@lru_cache(maxsize=10_000)  # an act asks for the same ones again and again; two megabytes
def _hash(kind: str, key: str) -> bytes:
    return hashlib.sha256(_OBJECT + kind.encode() + b"\x00" + key.encode()).digest()


class Content(NamedTuple):
    """An object as it is: what the log calls it, and the digest of its content in hex. Both are empty if it is gone."""

    about: str
    digest: str


_GONE: Final = Content("", "")
SEVERAL: Final = "several rows"
"""In the place of the digest of an object that has several rows: one of them is read, another one is compared."""


class Change(NamedTuple):
    """A written object: as it is now, and the digest of what its row said before; empty if it was added or removed."""

    content: Content
    before: str


def take(db: Connection) -> dict[Object, Change]:
    """Return the objects written since the last call in this transaction, as they are now, in the order of writing."""
    rows = written.take(db)
    objects = [Object(each.kind, each.key) for each in rows]
    personal = [each.hash() for each in objects if KINDS[each.kind].is_personal]
    salted.add(db, personal)
    salts, found = salted.find(db, personal), find_all(db, objects)
    before = (
        _digest(each.kind, one.before, salts.get(each.hash(), b"")) if one.before else ""
        for each, one in zip(objects, rows, strict=True)
    )
    return {each: Change(found[each], digest) for each, digest in zip(objects, before, strict=True)}


def stays_altered(which: Object, change: Change, committed: str) -> bool:
    """Return whether something stays of what the log does not commit: of the row before, or another row."""
    if change.content.digest == SEVERAL:
        return True
    return change.before not in ("", committed) and not KINDS[which.kind].is_replaced


def every(db: Connection, kind: str, limit: int, *, salting: bool = False) -> Iterator[dict[Object, Content]]:
    """Yield all objects of a kind, a limited number at a time; `salting` gives personal ones a salt."""
    after, above = _LEAST, ">="
    only = f" AND {KINDS[kind].only}" if KINDS[kind].only else ""
    sql = f"{_select(kind)} WHERE {written.ROW} {{above}} :after{only} ORDER BY {written.ROW} LIMIT :limit"
    while rows := db.execute(sql.format(above=above), {"after": after, "limit": limit}).fetchall():
        objects = [(Object(kind, row["object_key"]), row) for row in rows]
        salts: dict[bytes, bytes] = {}
        if KINDS[kind].is_personal:
            personal = [each.hash() for each, _row in objects]
            if salting:
                salted.add(db, personal)
            salts = salted.find(db, personal)
        found: dict[Object, Content] = {}
        for each, row in objects:
            _put(found, each, _content(kind, row, salts.get(each.hash(), b"")))
        yield found
        after, above = rows[-1]["row_number"], ">"


def gaps(db: Connection, kind: str) -> Iterator[tuple[int, int]]:
    """Yield the first and the last of the numbers that no row of a kind has, in each gap; the last gap has no end."""
    (number,) = KINDS[kind].key
    following = f"SELECT {number} AS number, lead({number}) OVER (ORDER BY {number}) AS following FROM {kind}"  # noqa: S608
    start = f"SELECT 0 AS number, min({number}) AS following FROM {kind}"  # noqa: S608
    query = f"SELECT * FROM ({start} UNION ALL {following}) WHERE following IS NULL OR following > number + 1"  # noqa: S608
    for row in db.execute(f"{query} ORDER BY number"):
        yield row["number"] + 1, row["following"] - 1 if row["following"] is not None else LARGEST


def last_number(db: Connection, kind: str) -> int:
    """Return the highest number of a row of a kind, or 0."""
    (number,) = KINDS[kind].key
    return int(db.execute(f"SELECT max(0, coalesce(max({number}), 0)) FROM {kind}").fetchone()[0])  # noqa: S608


def find(db: Connection, which: Object) -> Content:
    """Return an object as the store has it now."""
    return find_all(db, [which])[which]


def find_all(db: Connection, objects: Iterable[Object]) -> dict[Object, Content]:
    """Return objects as the store has them now: one query for each kind."""
    wanted = dict.fromkeys(objects)
    found: dict[Object, Content] = {}
    for kind in dict.fromkeys(each.kind for each in wanted):
        rows = committed_rows(db, kind, (each.key for each in wanted if each.kind == kind))
        salts = salted.find(db, [each.hash() for each, _row in rows]) if KINDS[kind].is_personal else {}
        for each, row in rows:
            _put(found, each, _content(kind, row, salts.get(each.hash(), b"")))
    return {each: found.get(each, _GONE) for each in wanted}


def committed_rows(db: Connection, kind: str, keys: Iterable[str]) -> list[tuple[Object, Row]]:
    """Return the rows of objects of a kind, by their keys, with their committed columns: one query."""
    parts = KINDS[kind].key
    if KINDS[kind].is_short:
        sql = f"{plans.all_rows(_select(kind))} WHERE {documents.one_of_keys(parts, 'keys')}"
    else:
        sql = f"{_select(kind)} WHERE {documents.found_by_keys(kind, parts, 'keys')}"
    rows = db.execute(sql, {"keys": dump([each.split(" ", len(parts) - 1) for each in keys])})
    return [(Object(kind, row["object_key"]), row) for row in rows]


def digest(kind: str, row: Row | Mapping[str, object], salt: bytes = b"") -> str:
    """Return the digest of a row's committed columns, in hex: each value with its type and its length."""
    return _digest(kind, [row[column] for column in columns(kind)], salt)


def _put(found: dict[Object, Content], which: Object, content: Content) -> None:
    """Note an object as a row says, which must be its only one.

    SQLite's unique indexes do not promise that: with SQL, the schema can be changed, a second row added, and the
    schema put back. A reader may get either of them.
    """
    found[which] = content._replace(digest=SEVERAL) if which in found else content


def _content(kind: str, row: Row, salt: bytes) -> Content:
    """Return an object as a row of `_select` says."""
    _key, about, _number, *values = row
    return Content(str(about), _digest(kind, values, salt))


def _digest(kind: str, values: Iterable[object], salt: bytes) -> str:
    parts = [_CONTENT, kind.encode(), b"\x00", len(salt).to_bytes(1, "big"), salt]
    for value in values:  # as SQLite gives them; a number with a fraction, which no column has, by its text
        if value is None:
            parts.append(b"n")
        elif isinstance(value, str):
            octets = value.encode("utf-8", "surrogatepass")
            parts += (_start(b"t", len(octets)), octets)
        elif isinstance(value, bytes):
            parts += (_start(b"b", len(value)), value)
        else:
            octets = str(value).encode()
            parts += (_start(b"i", len(octets)), octets)
    return hashlib.sha256(b"".join(parts)).hexdigest()


def _select(kind: str) -> str:
    key = " || ' ' || ".join(KINDS[kind].key) if len(KINDS[kind].key) > 1 else f"CAST({KINDS[kind].key[0]} AS TEXT)"
    key = f"coalesce({key}, '')"  # the file can have rows without a key, although the schema does not allow it
    committed = f"{KINDS[kind].about} AS about, {written.ROW} AS row_number, {', '.join(columns(kind))}"
    return f"SELECT {key} AS object_key, {committed} FROM {kind}"  # noqa: S608
