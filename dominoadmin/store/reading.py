"""Reads many rows of which some may be damaged: a list shows the others and names the damaged ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final, NamedTuple, TypeVar

from dominoadmin.errors import Damaged
from dominoadmin.store.database import Row
from dominoadmin.store.records import noted_records, record

Record = TypeVar("Record")


class ListOf(NamedTuple):
    """Noted with the records of a list, so that those that are missing are known even if there is none left."""

    kind: type[object]


class SearchOf(NamedTuple):
    """Noted when all records of a short kind were searched: one that was altered or removed is not found."""

    kind: type[object]


_left_out: Final[ContextVar[list[Damaged] | None]] = ContextVar("left_out", default=None)


@contextmanager
def leaving_out() -> Iterator[list[Damaged]]:
    """Leave out rows that cannot be read, and yield what is wrong with each.

    Use it to show rows, or to work on rows that do not depend on each other. Elsewhere the first damaged row ends the
    reading: a decision needs all rows.
    """
    found: list[Damaged] = []
    before = _left_out.set(found)
    try:
        yield found
    finally:
        _left_out.reset(before)


@contextmanager
def noting() -> Iterator[list[object]]:
    """Yield the records that are read from now on, to compare what somebody is shown with what was signed."""
    found: list[object] = []
    before = noted_records.set(found)
    try:
        yield found
    finally:
        noted_records.reset(before)


def listed(kind: type[object]) -> None:
    """Note that all records of a kind are read, if somebody is `noting`."""
    if (noted := noted_records.get()) is not None:
        noted.append(ListOf(kind))


def searched(kind: type[object]) -> None:
    """Note that all records of a short kind are searched, if somebody is `noting`."""
    if (noted := noted_records.get()) is not None:
        noted.append(SearchOf(kind))


def every(kind: type[Record], rows: Iterable[Row]) -> list[Record]:
    """Return a record for each row.

    Raises:
        Damaged: a row cannot be read, and the caller is not `leaving_out` such rows.

    """
    listed(kind)
    found = []
    for row in rows:
        try:
            found.append(record(kind, row))
        except Damaged as error:
            leave_out(error)
    return found


def legible(kind: type[Record], rows: Iterable[Row]) -> Iterator[Record]:
    """Yield a record for each readable row, for a page of a list: nothing is decided by it."""
    for row in rows:
        try:
            yield record(kind, row)
        except Damaged as error:
            note(error)


def leave_out(error: Damaged) -> None:
    """Note a damaged row if the caller is `leaving_out` such rows, else raise the error."""
    if _left_out.get() is None:
        raise error
    note(error)


def note(error: Damaged) -> None:
    """Note a damaged row if the caller is `leaving_out` such rows."""
    noted = _left_out.get()
    if noted is not None and str(error) not in map(str, noted):
        noted.append(error)
