"""Notes which rows a connection writes: triggers that exist in this connection only, so nobody can remove them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Final, NamedTuple

from dominoadmin.store.kinds import KINDS, CommittedTable

ROW: Final = "rowid"
"""By which SQLite finds a row."""


class Written(NamedTuple):
    """A row that was written: its table, its key as one text, and the number by which SQLite finds it."""

    kind: str
    key: str
    row: int


def watch(db: sqlite3.Connection, kinds: Mapping[str, CommittedTable] = KINDS) -> None:
    """Note from now on what is written to these tables; does nothing the second time."""
    if db.execute("SELECT 1 FROM temp.sqlite_schema WHERE name = 'written'").fetchone():
        return
    present = {row[0] for row in db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")}
    db.execute("CREATE TEMP TABLE written (kind TEXT NOT NULL, key TEXT NOT NULL, at_row INTEGER NOT NULL)")
    for name in kinds.keys() & present:
        for statement in _triggers(name, kinds[name]):
            db.execute(statement)


def take(db: sqlite3.Connection) -> list[Written]:
    """Return what was written since the last call in this transaction, each row once, in the order of writing."""
    rows = db.execute(
        f"SELECT kind, key, at_row FROM temp.written ORDER BY {ROW}"  # noqa: S608
    ).fetchall()
    if rows:
        db.execute("DELETE FROM temp.written")
    return list({(row[0], row[1]): Written(*row) for row in rows}.values())


def check_entered(db: sqlite3.Connection) -> None:
    """Check that an entry of the audit log commits all that was written: what was written was taken.

    Raises:
        RuntimeError: an act would leave no trace. It is a bug, and is not kept.

    """
    if row := db.execute("SELECT kind, key FROM temp.written LIMIT 1").fetchone():
        raise RuntimeError(f"{row[0]} {row[1]} was written without an entry in the audit log.")


def _triggers(name: str, kind: CommittedTable) -> list[str]:
    only = f" AND {{row}}.{kind.only}" if kind.only else ""

    def note(event: str, condition: str, *rows: str) -> str:
        body = " ".join(
            f"INSERT INTO written SELECT '{name}', {_key(row, kind)}, {row}.{ROW}"
            f" WHERE {condition if row == 'OLD' else '1'}{only.format(row=row)};"
            for row in rows
        )
        trigger = f"written_{name}_{event.split(maxsplit=1)[0].lower()}"
        return f"CREATE TEMP TRIGGER {trigger} AFTER {event} ON main.{name} BEGIN {body} END"

    moved = f"{_key('OLD', kind)} IS NOT {_key('NEW', kind)}"
    columns = ", ".join((*kind.key, *kind.columns))
    return [
        note("INSERT", "1", "NEW"),
        note(f"UPDATE OF {columns}", moved, "OLD", "NEW"),
        note("DELETE", "1", "OLD"),
    ]


def _key(row: str, kind: CommittedTable) -> str:
    return " || ' ' || ".join(f"{row}.{column}" for column in kind.key)
