"""The newest checkpoint of each server, as a signed document."""

from __future__ import annotations

from collections.abc import Iterable

from dominoadmin.store.database import Connection
from dominoadmin.store.sqlite import blobs


def keep(db: Connection, server: str, document: bytes, roles: bytes) -> None:
    """Keep a server's checkpoint, in the place of the one before."""
    db.execute(
        "INSERT INTO checkpoints (server, document, roles) VALUES (:server, :document, :roles)"
        " ON CONFLICT (server) DO UPDATE SET document = excluded.document, roles = excluded.roles",
        {"server": server, "document": document, "roles": roles},
    )


def all_of(db: Connection) -> list[tuple[str, bytes]]:
    """Return the servers' names and their checkpoints."""
    return [
        (str(row["server"]), blobs.octets(row["document"]))
        for row in db.execute("SELECT * FROM checkpoints ORDER BY server")
    ]


def find(db: Connection, server: str) -> tuple[bytes, bytes] | None:
    """Return a server's checkpoint, and who had which role there, or None if it has signed none."""
    row = db.execute("SELECT document, roles FROM checkpoints WHERE server = :server", {"server": server}).fetchone()
    return (blobs.octets(row["document"]), blobs.octets(row["roles"])) if row else None


def remove(db: Connection, servers: Iterable[str]) -> None:
    """Remove the checkpoints of servers."""
    db.executemany("DELETE FROM checkpoints WHERE server = :server", [{"server": each} for each in servers])
