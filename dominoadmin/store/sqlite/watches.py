"""Notices what other connections commit, in this process and in others."""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Callable

Connection = sqlite3.Connection


class Watch:
    """Detects commits by reading the WAL's header, without a query."""

    def __init__(self, connected: Callable[[], tuple[object, Connection]], has_moved: Callable[[object], bool]) -> None:
        self._connected, self._has_moved = connected, has_moved
        self._connect()

    def _connect(self) -> None:
        self._token, self._db = self._connected()
        self._finalizer = weakref.finalize(self, self._db.close)  # a task that failed to start is never stopped
        self._seen = self._version()

    def changed(self) -> bool:
        """Return whether the store has changed since the last call; false if it cannot be read."""
        try:
            if self._finalizer.alive and self._has_moved(self._token):
                self.close()
                self._connect()
                return True
            seen = self._version()
        except sqlite3.Error:
            return False
        before, self._seen = self._seen, seen
        return seen != before

    def close(self) -> None:
        """Stop watching."""
        self._finalizer()

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])
