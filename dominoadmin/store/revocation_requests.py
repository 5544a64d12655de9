"""Revocation requests: what somebody has signed, and whether it was carried out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every, legible
from dominoadmin.store.records import RevocationRequestRecord, dump, instant, record
from dominoadmin.store.sqlite import documents

UNDONE: Final = "r.state <> 'Done' AND r.state <> 'Error'"
"""As its index has it. A state that nobody has given a request must not keep it from being carried out."""


def add(db: Connection, wanted: RevocationRequestRecord) -> int:
    """Add a revocation request; return its id."""
    row = db.execute(
        "INSERT INTO revocation_requests (id, certifier_id, action, serials, reason, invalidity_at, requested_by,"
        " document, state, problem, created_at, changed_at)"
        " VALUES (:id, :certifier_id, :action, :serials, :reason, :invalidity_at, :requested_by, :document,"
        " :state, :problem, :created_at, :changed_at) RETURNING id",
        {
            **wanted.__dict__,
            "id": wanted.id or None,  # the database's choice
            "serials": dump(wanted.serials),
            "invalidity_at": instant(wanted.invalidity_at) if wanted.invalidity_at else None,
            "created_at": instant(wanted.created_at),
            "changed_at": instant(wanted.changed_at),
        },
    ).fetchone()
    return int(row["id"])


def all_of(db: Connection, certifier_id: int = 0) -> list[RevocationRequestRecord]:
    """Return revocation requests, of one certifier or all, in the order they were made."""
    rows = db.execute(
        "SELECT * FROM revocation_requests WHERE :id = 0 OR certifier_id = :id ORDER BY id", {"id": certifier_id}
    )
    return every(RevocationRequestRecord, rows)


def each(db: Connection) -> Iterator[RevocationRequestRecord]:
    """Yield all revocation requests that can be read, in the order they were made, without holding more than one."""
    return legible(RevocationRequestRecord, db.execute("SELECT * FROM revocation_requests ORDER BY id"))


def waiting(db: Connection, certifier_id: int) -> list[RevocationRequestRecord]:
    """Return the requests of a certifier that are neither done nor refused, in the order they were made."""
    rows = db.execute(
        f"SELECT r.* FROM revocation_requests r WHERE r.certifier_id = :id AND {UNDONE} ORDER BY r.id",  # noqa: S608
        {"id": certifier_id},
    )
    return every(RevocationRequestRecord, rows)


def awaited(db: Connection) -> set[int]:
    """Return the certifiers that have waiting requests."""
    rows = db.execute(f"SELECT DISTINCT r.certifier_id FROM revocation_requests r WHERE {UNDONE}")  # noqa: S608
    return {int(certifier_id) for (certifier_id,) in rows}


def undone(db: Connection) -> list[int]:
    """Return the numbers of all waiting requests."""
    return [int(row["id"]) for row in db.execute(f"SELECT r.id FROM revocation_requests r WHERE {UNDONE}")]  # noqa: S608


def finished(db: Connection, numbers: Sequence[int]) -> set[int]:
    """Return which of the requests with these numbers are done or refused."""
    sql = f"SELECT r.id FROM revocation_requests r WHERE r.id {documents.one_of('numbers')} AND NOT ({UNDONE})"  # noqa: S608
    return {int(row["id"]) for row in db.execute(sql, {"numbers": dump(list(numbers))})}


def find(db: Connection, request_id: int) -> RevocationRequestRecord | None:
    """Return a revocation request."""
    row = db.execute("SELECT * FROM revocation_requests WHERE id = :id", {"id": request_id}).fetchone()
    return record(RevocationRequestRecord, row) if row else None


def finish(db: Connection, request: RevocationRequestRecord, state: str, problem: str, now: datetime) -> bool:
    """Close a request; return false if its state has changed since it was read."""
    cursor = db.execute(
        "UPDATE revocation_requests SET state = :state, problem = :problem, changed_at = :now"
        " WHERE id = :id AND state = :before",
        {"id": request.id, "before": request.state, "state": state, "problem": problem, "now": instant(now)},
    )
    return cursor.rowcount == 1


def count_waiting(db: Connection, certifier_id: int) -> int:
    """Return the number of a certifier's requests that are neither done nor refused."""
    row = db.execute(
        f"SELECT count(*) AS number FROM revocation_requests r WHERE r.certifier_id = :id AND {UNDONE}",  # noqa: S608
        {"id": certifier_id},
    ).fetchone()
    return int(row["number"])
