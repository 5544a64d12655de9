"""Mail files: memos to people of the domain, and the queue for the SMTP relay."""

from __future__ import annotations

from datetime import datetime

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import MailRecord, instant


def add(db: Connection, memo: MailRecord) -> int:
    """Deliver a memo; return its id (the record's own is ignored)."""
    row = db.execute(
        "INSERT INTO mail (recipient, subject, body, created_at, relay_state, attempts, next_attempt_at, problem)"
        " VALUES (:recipient, :subject, :body, :created_at, :relay_state, :attempts, :next_attempt_at, :problem)"
        " RETURNING id",
        _values(memo),
    ).fetchone()
    return int(row["id"])


def update(db: Connection, memo: MailRecord) -> None:
    """Write the memo's relay fields."""
    db.execute(
        "UPDATE mail SET relay_state = :relay_state, attempts = :attempts, next_attempt_at = :next_attempt_at,"
        " problem = :problem WHERE id = :id",
        _values(memo),
    )


def due(db: Connection, now: datetime, latest: datetime) -> list[MailRecord]:
    """Return the queued memos whose next attempt is due, or is after `latest`: a wrong clock may have set it.

    The state is a literal, which the partial index names.
    """
    # Two queries: with OR, SQLite reads the whole queue.
    rows = db.execute(
        "SELECT * FROM mail WHERE relay_state = 'queued' AND next_attempt_at <= :now", {"now": instant(now)}
    ).fetchall()
    rows += db.execute(
        "SELECT * FROM mail WHERE relay_state = 'queued' AND next_attempt_at > :latest", {"latest": instant(latest)}
    ).fetchall()
    return sorted(every(MailRecord, rows), key=lambda memo: memo.id)


def all_of(db: Connection, recipient: str = "") -> list[MailRecord]:
    """Return the memos of one recipient, or of all, oldest first."""
    rows = db.execute("SELECT * FROM mail WHERE :r = '' OR recipient = :r ORDER BY id", {"r": recipient})
    return every(MailRecord, rows)


def _values(memo: MailRecord) -> dict[str, object]:
    return {
        **memo.__dict__,
        "created_at": instant(memo.created_at),
        "next_attempt_at": instant(memo.next_attempt_at),
    }
