"""Ends queries that take too long, or whose result nobody waits for any more."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

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
