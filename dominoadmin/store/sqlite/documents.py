"""Questions about stored JSON, which is text here, and lists of numbers handed over as JSON."""

from __future__ import annotations


def readable(column: str) -> str:
    """Return a column's JSON, or null where somebody has written something else: that would end the whole question."""
    return f"iif(json_valid({column}), {column}, 'null')"


def value(document: str, path: str) -> str:
    """Return what JSON has under a path of names with dots between."""
    return f"json_extract({document}, '$.{path}')"


def rows(document: str) -> str:
    """Return a source of rows, one for each member of a JSON list, with the column `value`."""
    return f"json_each({document})"


def joined(document: str, path: str, between: str) -> str:
    """Return the members of a list in JSON as one text, in any order: to be searched only.

    SQLite learned ORDER BY within group_concat after 3.40.
    """
    return f"(SELECT group_concat(value, '{between}') FROM json_each({document}, '$.{path}'))"  # noqa: S608


def one_of(parameter: str) -> str:
    """Return what makes a condition of a column: it is in a list of any length, handed over as JSON.

    SQLite knows no parameter that is a list, and takes only so many parameters.
    """
    return f"IN (SELECT value FROM {rows(f':{parameter}')})"  # noqa: S608
