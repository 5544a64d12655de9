"""Notes which rows a connection writes, and what they said before: triggers that exist in this connection only.

So nobody can remove them from the file.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from dominoadmin.store.kinds import KINDS, CommittedTable, columns

ROW: Final = "rowid"
"""By which SQLite finds a row."""


_WIDTH: Final = max(len(kind.key) + len(kind.columns) for kind in KINDS.values())
_BEFORE: Final = ", ".join(f"before_{number}" for number in range(_WIDTH))


class Written(NamedTuple):
    """A row that was written: its table, and its key as one text.

    `before`: its committed columns before the first change; None if it was added.
    """

    kind: str
    key: str
    before: tuple[object, ...] | None


def watch(db: sqlite3.Connection, kinds: Mapping[str, CommittedTable] = KINDS) -> None:
    """Note from now on what is written to these tables; does nothing the second time."""
    if db.execute("SELECT 1 FROM temp.sqlite_schema WHERE name = 'written'").fetchone():
        return
    present = {row[0] for row in db.execute("SELECT name FROM main.sqlite_schema WHERE type = 'table'")}
    db.execute(
        "CREATE TEMP TABLE written"  # the values as they are: these columns have no type
        f" (kind TEXT NOT NULL, key TEXT NOT NULL, was_there INTEGER NOT NULL, {_BEFORE})"
    )
    for name in kinds.keys() & present:
        for statement in _triggers(name, kinds[name]):
            db.execute(statement)


def take(db: sqlite3.Connection) -> list[Written]:
    """Return what was written since the last call in this transaction, each row once, in the order of writing."""
    rows = db.execute(
        f"SELECT kind, key, was_there, {_BEFORE} FROM temp.written ORDER BY {ROW}"  # noqa: S608
    ).fetchall()
    if rows:
        db.execute("DELETE FROM temp.written")
    found: dict[tuple[str, str], Written] = {}
    for kind, key, was_there, *before in rows:
        first = found.get((kind, key))
        known = first.before if first else tuple(before[: len(columns(kind))]) if was_there else None
        found[kind, key] = Written(kind, key, known)
    return list(found.values())


def check_entered(db: sqlite3.Connection) -> None:
    """Check that an entry of the audit log commits all that was written: what was written was taken.

    Raises:
        RuntimeError: an act would leave no trace. It is a bug, and is not kept.

    """
    if row := db.execute("SELECT kind, key FROM temp.written LIMIT 1").fetchone():
        raise RuntimeError(f"{row[0]} {row[1]} was written without an entry in the audit log.")


def _triggers(name: str, kind: CommittedTable) -> list[str]:
    only = f" AND {{row}}.{kind.only}" if kind.only else ""

    def note(event: str, *rows: tuple[str, str, Iterable[str]]) -> str:
        body = " ".join(
            f"INSERT INTO written SELECT '{name}', {_key(row, kind)}, {', '.join(_filled(before))}"
            f" WHERE {condition}{only.format(row=row)};"
            for row, condition, before in rows
        )
        trigger = f"written_{name}_{event.split(maxsplit=1)[0].lower()}"
        return f"CREATE TEMP TRIGGER {trigger} AFTER {event} ON main.{name} BEGIN {body} END"

    moved = f"{_key('OLD', kind)} IS NOT {_key('NEW', kind)}"
    committed = columns(name)
    return [
        note("INSERT", ("NEW", "1", ())),
        note(
            f"UPDATE OF {', '.join(committed)}",
            ("OLD", moved, ()),
            ("NEW", moved, ()),
            ("NEW", f"NOT ({moved})", [f"OLD.{column}" for column in committed]),
        ),
        note("DELETE", ("OLD", "1", ())),
    ]


def _filled(before: Iterable[str]) -> list[str]:
    """Return whether a row was there, and its columns before, as SQL for all columns of `written`."""
    known = [*before]
    return ["1" if known else "0", *known, *["NULL"] * (_WIDTH - len(known))]


def _key(row: str, kind: CommittedTable) -> str:
    return " || ' ' || ".join(f"{row}.{column}" for column in kind.key)
