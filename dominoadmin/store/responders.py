"""The delegated OCSP responders of the certifiers: one each, replaced when it is renewed."""

from __future__ import annotations

from dominoadmin.store.database import Connection
from dominoadmin.store.records import ResponderRecord, instant, record


def keep(db: Connection, responder: ResponderRecord) -> None:
    """Keep a responder in the place of the certifier's older one."""
    db.execute(
        "INSERT INTO responders (certifier_id, certificate, sealed_key, not_after, created_at)"
        " VALUES (:certifier_id, :certificate, :sealed_key, :not_after, :created_at)"
        " ON CONFLICT (certifier_id) DO UPDATE SET certificate = excluded.certificate,"
        " sealed_key = excluded.sealed_key, not_after = excluded.not_after, created_at = excluded.created_at",
        {
            **responder.__dict__,
            "not_after": instant(responder.not_after),
            "created_at": instant(responder.created_at),
        },
    )


def find(db: Connection, certifier_id: int) -> ResponderRecord | None:
    """Return a certifier's responder."""
    row = db.execute("SELECT * FROM responders WHERE certifier_id = :id", {"id": certifier_id}).fetchone()
    return record(ResponderRecord, row) if row else None
