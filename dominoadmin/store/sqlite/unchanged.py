"""Remembers what was made of rows for as long as nobody has committed anything since."""

from __future__ import annotations

import sqlite3
from typing import Final, Generic, TypeVar
from weakref import WeakKeyDictionary

_MOST: Final = 4096
"""Values that are remembered for a connection; then it begins again."""


Key = TypeVar("Key")
Value = TypeVar("Value")
Version = tuple[int, int]


class Unchanged(Generic[Key, Value]):
    """Values by their keys, for each connection: SQLite says of each one whether others have committed since.

    Who writes to the file behind SQLite changes nothing about them; what they were made of was compared.
    """

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[sqlite3.Connection, tuple[Version, dict[Key, Value]]] = WeakKeyDictionary()

    def find(self, db: sqlite3.Connection, key: Key) -> Value | None:
        """Return what was kept for a key in a transaction on the same connection, unless there were commits since."""
        version, values = self._known.get(db, ((-1, -1), {}))
        return values.get(key) if key in values and version == _version(db) else None

    def keep(self, db: sqlite3.Connection, key: Key, value: Value) -> None:
        """Remember a value that was made in this transaction."""
        version = _version(db)
        before, values = self._known.get(db, (version, {}))
        if before != version or len(values) >= _MOST:
            values = {}
        values[key] = value
        self._known[db] = version, values


def _version(db: sqlite3.Connection) -> Version:
    """Return two numbers: one changes with commits of others, the other with those of this connection."""
    return int(db.execute("PRAGMA data_version").fetchone()[0]), db.total_changes
