"""Connections to a file, as durable and as careful as we need them."""

from __future__ import annotations

import sqlite3
from operator import methodcaller
from typing import Final

_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a committed transaction survives a power failure
    "PRAGMA fullfsync = ON",  # macOS
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",  # what is noted of a transaction is nobody's business
    "PRAGMA secure_delete = ON",  # an old seal must not stay in free pages
    "PRAGMA schema_version",  # the first look at the file opens the log
)
_readable: Final = methodcaller("decode", "utf-8", "replace")
"""Returns stored text; what is no Unicode, for one bit of it has flipped, must not hide the rest of the rows."""


class StoreConnection(sqlite3.Connection):
    """A connection that knows which schema was compared; others may see another one under the same number.

    `file`, `logs`: what it has opened, by the system's numbers; other files may have come in their place.
    """

    compared = -1
    file: tuple[int, int] | None = None
    logs: tuple[tuple[int, int] | None, ...] = ()


def connect(uri: str, timeout: float) -> StoreConnection:
    """Return a new connection, without any transaction."""
    db = sqlite3.connect(
        uri, uri=True, timeout=timeout, isolation_level=None, check_same_thread=False, factory=StoreConnection
    )
    try:
        for pragma in _PRAGMAS:
            db.execute(pragma)
    except BaseException:
        db.close()
        raise
    db.row_factory = sqlite3.Row
    db.text_factory = _readable
    return db


def file_of(db: sqlite3.Connection) -> str:
    """Return the full path of the file that a connection has open."""
    return str(db.execute("PRAGMA database_list").fetchone()["file"])
