"""A part of a transaction that is kept or undone as a whole, while the rest of the transaction goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


class NotKeptError(Exception):
    """Nothing was kept: a row has a value that the schema does not allow, so that it cannot be written again."""


@contextmanager
def attempt(db: sqlite3.Connection) -> Iterator[None]:
    """Keep what is written inside, or nothing of it if it raises.

    Raises:
        NotKeptError: SQLite refuses to write a row.

    """
    db.execute("SAVEPOINT attempt")
    try:
        yield
    except sqlite3.IntegrityError:
        db.execute("ROLLBACK TO attempt")
        raise NotKeptError from None
    except BaseException:
        db.execute("ROLLBACK TO attempt")
        raise
    finally:
        db.execute("RELEASE attempt")
