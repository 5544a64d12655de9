"""Leases: the one process that runs a server."""

from __future__ import annotations

from dominoadmin.store.database import Connection
from dominoadmin.store.records import LeaseRecord, instant, record


def find(db: Connection, server: str) -> LeaseRecord | None:
    """Return the lease on a server."""
    row = db.execute("SELECT * FROM leases WHERE server = :server", {"server": server}).fetchone()
    return record(LeaseRecord, row) if row else None


def put(db: Connection, lease: LeaseRecord) -> None:
    """Write the lease, regardless of its previous holder."""
    db.execute(
        "INSERT INTO leases (server, holder, process, host, since, renewed_at)"
        " VALUES (:server, :holder, :process, :host, :since, :renewed_at)"
        " ON CONFLICT (server) DO UPDATE"
        " SET holder = excluded.holder, process = excluded.process, host = excluded.host,"
        " since = excluded.since, renewed_at = excluded.renewed_at",
        {**lease.__dict__, "since": instant(lease.since), "renewed_at": instant(lease.renewed_at)},
    )


def end(db: Connection, server: str, holder: str) -> None:
    """Release the lease."""
    db.execute("DELETE FROM leases WHERE server = :server AND holder = :holder", {"server": server, "holder": holder})
