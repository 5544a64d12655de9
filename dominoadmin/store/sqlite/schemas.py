"""Compares the schema of a file with the one that our scripts make: what is planted there would act in our name."""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from functools import lru_cache
from typing import Final

from dominoadmin.store.sqlite import scripts

_RENAMED: Final = re.compile(r'^CREATE TABLE "(\w+)"')
Schema = frozenset[tuple[str, str, str, str]]


def cookie(db: sqlite3.Connection) -> int:
    """Return the number that changes with the schema; this connection looks at the schema again when it does."""
    return int(db.execute("PRAGMA schema_version").fetchone()[0])


def difference(db: sqlite3.Connection, made_by: tuple[str, ...]) -> str:
    """Return what in a file the scripts do not make, or what of theirs is missing or different; empty if nothing.

    The connection, which is in a transaction, goes by what is compared from now on: it may have read another schema
    before under the same number, with what somebody has planted and taken out again.
    """
    db.execute("PRAGMA writable_schema = RESET")  # forgets what was read; nothing becomes writable
    found, expected = _read(db), _made(made_by)
    kind, name, *_rest = min(found - expected or expected - found, default=("", ""))
    return f"{kind} {name}".strip()


@lru_cache(maxsize=16)
def _made(made_by: tuple[str, ...]) -> Schema:
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        db.execute("BEGIN")  # twice as quick as a transaction for each statement
        for script in made_by:
            for statement in scripts.statements(script):
                db.execute(statement)
        return _read(db)


def _read(db: sqlite3.Connection) -> Schema:
    rows = db.execute("SELECT type, name, tbl_name, coalesce(sql, '') FROM main.sqlite_schema")
    return frozenset((kind, name, table, _normal(sql)) for kind, name, table, sql in rows)


def _normal(sql: str) -> str:
    """Return a statement without what versions of SQLite might write differently: spaces, and quotes after a renaming.

    Other quotes matter: a condition within them is a constant, so that an index is empty, or a check always fails.
    """
    return _RENAMED.sub(r"CREATE TABLE \1", " ".join(sql.split()))
