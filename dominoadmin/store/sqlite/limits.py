"""Ends queries that take too long, or whose result nobody waits for any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

_BLOCK: Final = 2_000
"""Rows that are searched at once: some milliseconds."""
_STEPS: Final = 10_000  # of SQLite's machine between two looks: about a millisecond
_BELOW_ALL, _ABOVE_ALL = -(1 << 63), (1 << 63) - 1


def in_block(column: str) -> str:
    """Return the condition that a row is in one of the `blocks`."""
    return f"{column} >= :from AND {column} < :before"


class EndedQueryError(Exception):
    """A query was ended before it had looked at everything."""


@contextmanager
def until(db: sqlite3.Connection, is_over: Callable[[], bool]) -> Iterator[None]:
    """Run queries that only read, until `is_over`, which must not raise; the snapshot can be used afterwards.

    Raises:
        EndedQueryError: one was ended.

    """
    db.set_progress_handler(is_over, _STEPS)
    try:
        yield
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_INTERRUPT:
            raise
        raise EndedQueryError from None
    finally:
        db.set_progress_handler(None, 0)


def blocks(db: sqlite3.Connection, table: str) -> Iterator[dict[str, int]]:
    """Yield ranges of the numbers of a table's rows, the newest first, as values for `in_block`.

    What was found in one block is not lost when the query of the next one is ended; Python's module drops the last row
    that it has read then.
    """
    before = _ABOVE_ALL
    # The table is a constant of the caller.
    query = f"SELECT id FROM {table} WHERE id < :before ORDER BY id DESC LIMIT 1 OFFSET {_BLOCK:d}"  # noqa: S608
    while row := db.execute(query, {"before": before}).fetchone():
        yield {"from": int(row[0]), "before": before}
        before = int(row[0])
    yield {"from": _BELOW_ALL, "before": before}
