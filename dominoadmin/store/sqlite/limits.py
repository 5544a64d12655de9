"""Ends queries that take too long, or whose result is no longer needed."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

ABOVE_ALL: Final = (1 << 63) - 1
"""The place before the newest row, by its number."""
_STEPS: Final = 10_000  # of SQLite's machine between two looks: about a millisecond


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


def one_by_one(db: sqlite3.Connection, query: str, values: Mapping[str, object], before_all: object) -> Iterator[int]:
    """Yield numbers of rows, each by a query of its own, so that it counts if the next query is ended.

    Python's module drops the last row that it has read then. `query` returns the number and the place of each row
    behind the place `:after`, in an order that an index has; `before_all` is the place before the first row.
    """
    after = before_all
    while row := db.execute(f"{query} LIMIT 1", {**values, "after": after}).fetchone():
        yield int(row[0])
        after = row[1]
