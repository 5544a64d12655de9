"""The audit log: entries in a hash chain, and its signed head."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from dominoadmin.store.database import Connection
from dominoadmin.store.records import AuditRecord, dump, instant, record


def last(db: Connection) -> AuditRecord | None:
    """Return the newest entry."""
    row = db.execute("SELECT * FROM audit ORDER BY number DESC LIMIT 1").fetchone()
    return record(AuditRecord, row) if row else None


def add(db: Connection, entries: Iterable[AuditRecord]) -> None:
    """Append entries."""
    db.executemany(
        "INSERT INTO audit (number, at, actor, signed_in, action, object, detail, previous, hash)"
        " VALUES (:number, :at, :actor, :signed_in, :action, :object, :detail, :previous, :hash)",
        ({**entry.__dict__, "at": instant(entry.at), "detail": dump(entry.detail)} for entry in entries),
    )


def entries(db: Connection, after: int = 0) -> Iterator[AuditRecord]:
    """Yield the entries with a higher number than `after`, in order."""
    for row in db.execute("SELECT * FROM audit WHERE number > :after ORDER BY number", {"after": after}):
        yield record(AuditRecord, row)


def set_head(db: Connection, number: int, digest: str, document: bytes) -> None:
    """Keep the signed head."""
    db.execute(
        "INSERT INTO audit_head (id, number, hash, document) VALUES (1, :number, :hash, :document)"
        " ON CONFLICT (id) DO UPDATE SET number = excluded.number, hash = excluded.hash, document = excluded.document",
        {"number": number, "hash": digest, "document": document},
    )


def head(db: Connection) -> tuple[int, bytes] | None:
    """Return the number the head stands at, and the signed document."""
    row = db.execute("SELECT number, document FROM audit_head WHERE id = 1").fetchone()
    return (row["number"], row["document"]) if row else None
