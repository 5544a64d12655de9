"""Hints for SQLite's planner: it has no statistics, but the lists need a certain index for a million rows."""

from __future__ import annotations

from typing import Final

AT_MOST: Final = "LIMIT :limit"
"""A limit; a negative one is no limit."""


def nested(outer: str, inner: str, condition: str) -> str:
    """Return a join that reads the first source and looks up the second for each of its rows.

    SQLite never reorders a cross join; others it may start with the larger source.
    """
    return f"{outer} CROSS JOIN {inner} ON {condition}"


def no_index(column: str) -> str:
    """Return a column for comparing or sorting without an index of its own.

    So the condition does not choose the source of the rows, or the rows are sorted before the first is returned.
    """
    return f"+{column}"


def all_rows(select: str) -> str:
    """Return a query of one table that looks at all rows: what an index says may have been altered."""
    return f"{select} NOT INDEXED"
