"""What SQLite's planner is told: it has no statistics, and the lists know which index a million rows come from."""

from __future__ import annotations

from typing import Final

AT_MOST: Final = "LIMIT :limit"
"""A limit that may be negative, which is none."""


def nested(outer: str, inner: str, condition: str) -> str:
    """Return a join that reads the first source and looks up the second for each of its rows.

    SQLite never changes the order of a cross join; of others it may begin with the million.
    """
    return f"{outer} CROSS JOIN {inner} ON {condition}"


def no_index(column: str) -> str:
    """Return a column that is compared or sorted as it is, but leads to no index of its own.

    So a condition is not where the rows come from, or what is read is sorted before the first row is handed out.
    """
    return f"+{column}"
