"""Leases: the one process that runs a server."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from dominoadmin.errors import Damaged
from dominoadmin.store.database import Connection
from dominoadmin.store.records import instant, record


@dataclass(frozen=True, kw_only=True)
class LeaseRecord:
    """The process that runs a server."""

    server: str
    holder: str
    process: int
    host: str
    since: datetime
    renewed_at: datetime


def find(db: Connection, server: str) -> LeaseRecord | None:
    """Return the lease on a server; one that cannot be read is nobody's: no process has written it."""
    row = db.execute("SELECT * FROM leases WHERE server = :server", {"server": server}).fetchone()
    with suppress(Damaged):
        return record(LeaseRecord, row) if row else None
    return None


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
