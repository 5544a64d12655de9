"""The newest checkpoint of each server, as a signed document."""

from __future__ import annotations

from dominoadmin.store.database import Connection


def keep(db: Connection, server: str, document: bytes) -> None:
    """Keep a server's checkpoint, in the place of the one before."""
    db.execute(
        "INSERT INTO checkpoints (server, document) VALUES (:server, :document)"
        " ON CONFLICT (server) DO UPDATE SET document = excluded.document",
        {"server": server, "document": document},
    )


def all_of(db: Connection) -> list[tuple[str, bytes]]:
    """Return the servers' names and their checkpoints."""
    return [(row["server"], row["document"]) for row in db.execute("SELECT * FROM checkpoints ORDER BY server")]
