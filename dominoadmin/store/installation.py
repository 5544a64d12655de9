"""The number of the installation that runs the store: the account has it, too, so that a copy is known as one."""

from __future__ import annotations

from datetime import datetime

from dominoadmin.store.database import Connection
from dominoadmin.store.records import instant


def find(db: Connection) -> str:
    """Return the number of the installation, or an empty string if none has adopted the store yet."""
    row = db.execute("SELECT number FROM installation").fetchone()
    return str(row["number"]) if row else ""


def keep(db: Connection, number: str, now: datetime) -> None:
    """Let another installation run the store."""
    db.execute(
        "INSERT INTO installation (id, number, at) VALUES (1, :number, :at)"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number, at = excluded.at",
        {"number": number, "at": instant(now)},
    )
