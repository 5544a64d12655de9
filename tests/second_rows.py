"""A second row with a key that only one may have: SQL can change the schema, add the row, and put the schema back."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

_RULES = r",\s*(UNIQUE|PRIMARY KEY) \([^)]*\)|(?<!INTEGER) PRIMARY KEY| UNIQUE| NOT NULL| STRICT"


def add(store: Path, table: str, where: str, *, indexed: bool = True, number: str = "min(rowid) - 1", **changes: object) -> None:
    """Copy the row that fulfils a condition, with other values. Unless `indexed`, its key is in no index.

    `number`: of the new row, as SQL; before all others.
    """
    with closing(_changing(store)) as db:
        schema = db.execute("SELECT rowid, * FROM sqlite_schema WHERE tbl_name = ?", (table,)).fetchall()
        (statement,) = [row["sql"] for row in schema if row["type"] == "table"]
        db.execute("UPDATE sqlite_schema SET sql = ? WHERE type = 'table' AND name = ?", (re.sub(_RULES, "", statement), table))
        for place, row in enumerate(row for row in schema if not row["sql"]):
            columns = ", ".join(each["name"] for each in db.execute(f"PRAGMA index_info('{row['name']}')"))
            index = f"CREATE INDEX second_{place} ON {table} ({columns})"
            if indexed:
                db.execute("UPDATE sqlite_schema SET name = ?, sql = ? WHERE rowid = ?", (f"second_{place}", index, row["rowid"]))
            else:
                db.execute("DELETE FROM sqlite_schema WHERE rowid = ?", (row["rowid"],))
        _changed(db)
    with closing(sqlite3.connect(store)) as db, db:
        db.row_factory = sqlite3.Row
        row = dict(db.execute(f"SELECT * FROM {table} WHERE {where}").fetchone())
        row.pop("id", None)
        values = row | changes | {"rowid": db.execute(f"SELECT {number} FROM {table}").fetchone()[0]}
        db.execute(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(f':{each}' for each in values)})", values)
    with closing(_changing(store)) as db:
        for row in schema:
            db.execute("INSERT OR REPLACE INTO sqlite_schema (rowid, type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?, ?)", tuple(row))
        _changed(db)


def hide(store: Path, table: str, index: str) -> None:
    """Give the last row of a table another number, which one index does not have."""
    with closing(_changing(store)) as db:
        (row,) = db.execute("SELECT rowid, * FROM sqlite_schema WHERE name = ?", (index,)).fetchall()
        db.execute("DELETE FROM sqlite_schema WHERE name = ?", (index,))
        _changed(db)
    with closing(sqlite3.connect(store)) as db, db:
        db.execute(f"UPDATE {table} SET rowid = rowid + 1 WHERE rowid = (SELECT max(rowid) FROM {table})")
    with closing(_changing(store)) as db:
        db.execute("INSERT INTO sqlite_schema (rowid, type, name, tbl_name, rootpage, sql) VALUES (?, ?, ?, ?, ?, ?)", tuple(row))
        _changed(db)


@contextmanager
def loosened(store: Path, table: str) -> Iterator[None]:
    """Let a table take values of any type, and put its schema back."""
    with closing(_changing(store)) as db:
        (statement,) = [row["sql"] for row in db.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (table,))]
        loose = re.sub(r"(\w+) (TEXT|BLOB|INTEGER)(?! PRIMARY)", r"\1", re.sub(r" STRICT| NOT NULL", "", statement))
        db.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (loose, table))
        _changed(db)
    yield
    with closing(_changing(store)) as db:
        db.execute("UPDATE sqlite_schema SET sql = ? WHERE name = ?", (statement, table))
        _changed(db)


def _changing(store: Path) -> sqlite3.Connection:
    db = sqlite3.connect(store, isolation_level=None)
    db.row_factory = sqlite3.Row
    db.execute("PRAGMA writable_schema = ON")
    return db


def _changed(db: sqlite3.Connection) -> None:
    """Others read the schema again."""
    db.execute(f"PRAGMA schema_version = {db.execute('PRAGMA schema_version').fetchone()[0] + 1}")
