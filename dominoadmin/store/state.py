"""The state: the digest of each committed object as it is now, in pages that lead to one root.

A page holds the objects whose names' hashes begin with the same two octets; 256 pages are a group; the root has the
digests of all groups. So one look-up reads a page, a group and the root, however many objects there are, and also
proves that an object does not exist. The 65,536 pages stay small: about two kilobytes each for two million objects.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from itertools import zip_longest
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.records import dump
from dominoadmin.store.sqlite import blobs, documents

_HASH: Final = 32
_CONTEXTS: Final = {
    "state_pages": b"dominoadmin state page 1\x00",
    "state_groups": b"dominoadmin state group 1\x00",
    "state_root": b"dominoadmin state 1\x00",
}

_KEPT: Final = 28 << 20
"""Octets of pages in memory, which takes twice as much: those of 450,000 objects. More are written to the disk."""


class Altered(Exception):
    """A page or group does not lead to the root."""


class _Slots:
    """Sorted pairs of a name of fixed length and a digest of 32 octets: a page, a group or the root."""

    __slots__ = ("_name", "_size", "octets")

    def __init__(self, name_length: int, octets: bytes = b"") -> None:
        self._name, self._size = name_length, name_length + _HASH
        if len(octets) % self._size:
            raise Altered
        self.octets = octets

    @classmethod
    def group(cls) -> _Slots:
        """Return an empty group, or an empty root."""
        return cls(1)

    def copy(self) -> _Slots:
        """Return the same once more."""
        return _Slots(self._name, self.octets)

    def _start(self, name: bytes) -> int:
        """Return where a name is, or -1."""
        if self._name == 1:
            place = self.octets[:: self._size].find(name)
            return place * self._size if place >= 0 else -1
        start = self.octets.find(name)
        while start >= 0 and start % self._size:  # in the middle of others
            start = self.octets.find(name, start + 1)
        return start

    def _place(self, name: bytes) -> int:
        """Return where a name would be."""
        octets, size = self.octets, self._size
        if self._name == 1:
            return bisect_left(octets[::size], name[0]) * size
        # A pair comes after its own name, which is shorter.
        return bisect_left([octets[start : start + size] for start in range(0, len(octets), size)], name) * size

    def get(self, name: bytes) -> bytes:
        """Return the digest of a name, or nothing."""
        start = self._start(name)
        return self.octets[start + self._name : start + self._size] if start >= 0 else b""

    def put(self, name: bytes, digest: bytes) -> None:
        """Set the digest of a name; without a digest, remove the name."""
        known = self._start(name)
        start = known if known >= 0 else self._place(name)
        rest = self.octets[start + self._size if known >= 0 else start :]
        self.octets = self.octets[:start] + (name + digest if digest else b"") + rest


TABLES: Final = (*_CONTEXTS,)
_NAMES: Final = {"state_pages": _HASH, "state_groups": 1, "state_root": 1}


def _digest(table: str, number: int, octets: bytes) -> bytes:
    """Return the digest of a page, a group or the root; nothing for an empty page or group, which is not listed."""
    if not octets and table != "state_root":
        return b""
    return sha256(_CONTEXTS[table] + number.to_bytes(2, "big") + octets).digest()


EMPTY: Final = _digest("state_root", 0, b"")
"""The root of a state without objects."""


def root(db: Connection) -> bytes:
    """Return the root that the stored digests of groups lead to; nothing if they are none."""
    try:
        return _digest("state_root", 0, _read(db, "state_root", [0])[0].octets)
    except Altered:
        return b""


def count(db: Connection) -> int:
    """Return the number of objects."""
    row = db.execute("SELECT coalesce(sum(length(entries)), 0) AS size FROM state_pages").fetchone()
    return int(row["size"]) // (2 * _HASH)


class RootedPages:
    """A state, by the root that it must lead to: each page is read and checked once.

    For one transaction or snapshot: what others write meanwhile is not seen.
    """

    def __init__(self, db: Connection, expected: bytes) -> None:
        self._db, self._expected = db, expected
        self._pages: dict[int, _Slots] = {}
        self._groups: dict[int, _Slots] = {}
        self._top: _Slots | None = None

    def find(self, objects: Iterable[bytes]) -> dict[bytes, bytes]:
        """Return the digests of objects by the hashes of their names; an object that does not exist is left out.

        Raises:
            Altered: what is stored does not lead to the expected root.

        """
        wanted = [(each, _page(each)) for each in objects]
        self._led({number for _name, number in wanted})
        pages = self._pages
        found = ((each, pages[number].get(each)) for each, number in wanted)
        return {each: digest for each, digest in found if digest}

    def apply(self, changes: Mapping[bytes, bytes]) -> bytes:
        """Set the digests of objects, by the hashes of their names; an empty digest removes an object.

        Return the new root.

        Raises:
            Altered: what was stored before does not lead to the expected root.

        """
        top = self._led({_page(each) for each in changes})
        changed = _changed(changes, self._pages, self._groups, top)
        for table, slots in zip(_CONTEXTS, changed, strict=True):
            _write(self._db, table, slots)
        self._expected = _digest("state_root", 0, top.octets)
        return self._expected

    def root_with(self, changes: Mapping[bytes, bytes]) -> bytes:
        """Return the root that `apply` would lead to; nothing is changed.

        Raises:
            Altered: what is stored does not lead to the expected root.

        """
        top = self._led({_page(each) for each in changes}).copy()
        pages = {each: self._pages[each].copy() for each in map(_page, changes)}
        groups = {each: self._groups[each].copy() for each in {number >> 8 for number in pages}}
        _changed(changes, pages, groups, top)
        return _digest("state_root", 0, top.octets)

    def _led(self, numbers: Iterable[int]) -> _Slots:
        """Read pages that were not read before, check that they lead to the root, and return that."""
        if self._top is None:
            self._top = _read(self._db, "state_root", [0])[0]
            if _digest("state_root", 0, self._top.octets) != self._expected:
                raise Altered
        pages = _read(self._db, "state_pages", [each for each in numbers if each not in self._pages])
        groups = _read(self._db, "state_groups", {each >> 8 for each in pages} - self._groups.keys())
        for number, group in groups.items():
            if self._top.get(bytes([number])) != _digest("state_groups", number, group.octets):
                raise Altered
        self._groups |= groups
        for number, page in pages.items():
            if self._groups[number >> 8].get(bytes([number & 255])) != _digest("state_pages", number, page.octets):
                raise Altered
        self._pages |= pages
        return self._top


class Remaking:
    """A state that is made again in an empty database, which nobody else writes: what is read there is not checked.

    It stays in memory as long as it is small, and is in the database after `keep`.
    """

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._pages: dict[int, _Slots] = {}
        self._groups: defaultdict[int, _Slots] = defaultdict(_Slots.group)
        self._top = _Slots.group()
        self._octets = 0  # of the pages in memory

    def follow(self, changes: Sequence[tuple[bytes, bytes, bytes]]) -> bytes:
        """Carry out changes, each the hash of an object's name and its digest before and after, and return the root.

        Raises:
            Altered: an object was another one before.

        """
        numbers = {_page(name) for name, _before, _after in changes}
        read = _read(self._db, "state_pages", numbers - self._pages.keys())
        self._pages |= read
        self._octets += sum(len(page.octets) for page in read.values()) + 2 * _HASH * len(changes)
        for name, before, after in changes:
            page = self._pages[_page(name)]
            if page.get(name) != before:
                raise Altered
            page.put(name, after)
        _led({number: self._pages[number] for number in numbers}, self._groups, self._top)
        if self._octets > _KEPT:
            self.keep()
        return _digest("state_root", 0, self._top.octets)

    def keep(self) -> None:
        """Put everything into the database, and forget the pages."""
        _write(self._db, "state_pages", self._pages)
        _write(self._db, "state_groups", self._groups)
        _write(self._db, "state_root", {0: self._top})
        self._pages, self._octets = {}, 0


def find(db: Connection, objects: Iterable[bytes], expected: bytes) -> dict[bytes, bytes]:
    """Return what `RootedPages.find` does."""
    return RootedPages(db, expected).find(objects)


def apply(db: Connection, changes: Mapping[bytes, bytes], expected: bytes) -> bytes:
    """Do what `RootedPages.apply` does."""
    return RootedPages(db, expected).apply(changes)


def proof(db: Connection, name: bytes, expected: bytes) -> dict[str, bytes]:
    """Return the octets of the root, the group and the page that show an object's digest, or that there is none.

    Raises:
        Altered: what is stored does not lead to the expected root.

    """
    find(db, [name], expected)
    numbers = {"state_root": 0, "state_groups": _page(name) >> 8, "state_pages": _page(name)}
    octets = {table: _read(db, table, [number])[number].octets for table, number in numbers.items()}
    return {"root": octets["state_root"], "group": octets["state_groups"], "page": octets["state_pages"]}


def _changed(
    changes: Mapping[bytes, bytes], pages: Mapping[int, _Slots], groups: Mapping[int, _Slots], top: _Slots
) -> tuple[dict[int, _Slots], dict[int, _Slots], dict[int, _Slots]]:
    """Change pages, their groups and the root, and return those that were changed."""
    changed = {}
    for each, digest in changes.items():
        number = _page(each)
        changed[number] = page = pages[number]
        page.put(each, digest)
    return changed, _led(changed, groups, top), {0: top}


def _led(pages: Mapping[int, _Slots], groups: Mapping[int, _Slots], top: _Slots) -> dict[int, _Slots]:
    """Let the groups and the root lead to pages that were changed, and return those groups."""
    changed = {}
    for number, page in pages.items():
        changed[number >> 8] = group = groups[number >> 8]
        group.put(bytes([number & 255]), _digest("state_pages", number, page.octets))
    for number, group in changed.items():
        top.put(bytes([number]), _digest("state_groups", number, group.octets))
    return changed


def is_same(db: Connection, other: Connection) -> bool:
    """Return whether two databases hold the same state, page for page."""
    for table in TABLES:
        sql = f"SELECT number, entries FROM {table} ORDER BY number"  # noqa: S608
        pairs = zip_longest(db.execute(sql), other.execute(sql))
        if any(one is None or two is None or tuple(one) != tuple(two) for one, two in pairs):
            return False
    return True


def replace(db: Connection, other: Connection) -> None:
    """Put the state that another database holds in the place of the stored one."""
    for table in TABLES:
        db.execute(f"DELETE FROM {table}")  # noqa: S608
        rows = other.execute(f"SELECT number, entries FROM {table}")  # noqa: S608
        insert = f"INSERT INTO {table} (number, entries) VALUES (:number, :entries)"  # noqa: S608
        db.executemany(insert, map(dict, rows))


def _page(name: bytes) -> int:
    return int.from_bytes(name[:2], "big")


def _read(db: Connection, table: str, numbers: Iterable[int]) -> dict[int, _Slots]:
    wanted = sorted(numbers)
    sql = f"SELECT number, entries FROM {table} WHERE number {documents.one_of('numbers')}"  # noqa: S608
    rows = {row["number"]: blobs.octets(row["entries"]) for row in db.execute(sql, {"numbers": dump(wanted)})}
    return {number: _Slots(_NAMES[table], rows.get(number, b"")) for number in wanted}


def _write(db: Connection, table: str, changed: Mapping[int, _Slots]) -> None:
    gone = [number for number, slots in changed.items() if not slots.octets]
    db.execute(f"DELETE FROM {table} WHERE number {documents.one_of('numbers')}", {"numbers": dump(gone)})  # noqa: S608
    db.executemany(
        f"INSERT INTO {table} (number, entries) VALUES (:number, :entries)"  # noqa: S608
        " ON CONFLICT (number) DO UPDATE SET entries = excluded.entries",
        ({"number": number, "entries": slots.octets} for number, slots in changed.items() if slots.octets),
    )
