"""A part of a transaction that is kept or undone as a whole, while the rest of the transaction goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def attempt(db: sqlite3.Connection) -> Iterator[None]:
    """Keep what is written inside, or nothing of it if it raises."""
    db.execute("SAVEPOINT attempt")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK TO attempt")
        raise
    finally:
        db.execute("RELEASE attempt")
