"""SQL for stored JSON, which is text here, and for lists of numbers passed as JSON."""

from __future__ import annotations

from collections.abc import Sequence

from dominoadmin.store.sqlite import plans


def readable(column: str) -> str:
    """Return a column's JSON, or null if it is not JSON, which would make the whole query fail."""
    return f"iif(json_valid({column}), {column}, 'null')"


def value(document: str, path: str) -> str:
    """Return the value in JSON at a path of names separated by dots."""
    return f"json_extract({document}, '$.{path}')"


def rows(document: str) -> str:
    """Return a source of rows, one for each member of a JSON list, with the column `value`."""
    return f"json_each({document})"


def joined(document: str, path: str, between: str) -> str:
    """Return the members of a JSON list as one text, in any order, for searching.

    SQLite learned ORDER BY within group_concat after 3.40.
    """
    return f"(SELECT group_concat(value, '{between}') FROM json_each({document}, '$.{path}'))"  # noqa: S608


def one_of(parameter: str) -> str:
    """Return the end of a condition: the column is in a list of any length, passed as JSON.

    SQLite has no list parameters, and limits the number of parameters.
    """
    return f"IN (SELECT value FROM {rows(f':{parameter}')})"  # noqa: S608


def one_of_keys(columns: Sequence[str], parameter: str) -> str:
    """Return a condition: these columns are one of the keys in a list of lists, passed as JSON.

    A value is compared as its column is: a number may be given as text. Use it to look at all rows.
    """
    values = ", ".join(f"value ->> {place}" for place in range(len(columns)))
    return f"({', '.join(columns)}) IN (SELECT {values} FROM {rows(f':{parameter}')})"  # noqa: S608


def found_by_keys(table: str, columns: Sequence[str], parameter: str) -> str:
    """Return the same condition for a long table: each key is looked up by all its columns.

    For `one_of_keys`, SQLite may read all rows that have the first of several columns.
    """
    same = " AND ".join(f"wanted.{column} = keys.value ->> {place}" for place, column in enumerate(columns))
    found = plans.nested(f"{rows(f':{parameter}')} keys", f"{table} wanted", same)
    return f"rowid IN (SELECT wanted.rowid FROM {found})"  # noqa: S608
