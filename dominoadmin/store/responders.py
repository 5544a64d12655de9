"""The delegated OCSP responders of the certifiers: one for each generation, replaced when it is renewed.

Those of later generations have a table of their own: earlier versions committed the others without a number.
"""

from __future__ import annotations

from datetime import datetime

from dominoadmin.store.database import Connection
from dominoadmin.store.generation_records import ResponderRecord
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import instant, record
from dominoadmin.store.sqlite import blobs, texts


def object_of(certifier_id: int, generation: int) -> Object:
    """Return what the log calls the responder of a certifier's generation."""
    if generation == 1:
        return Object("responders", str(certifier_id))
    return Object("generation_responders", f"{certifier_id} {generation}")


def keep(db: Connection, responder: ResponderRecord) -> None:
    """Store a responder in place of the generation's older one."""
    table, number = ("responders", "") if responder.generation == 1 else ("generation_responders", ", generation")
    db.execute(
        f"INSERT INTO {table} (certifier_id{number}, certificate, sealed_key, not_after, created_at)"  # noqa: S608
        f" VALUES (:certifier_id{number.replace(' ', ' :')}, :certificate, :sealed_key, :not_after, :created_at)"
        f" ON CONFLICT (certifier_id{number}) DO UPDATE SET certificate = excluded.certificate,"
        " sealed_key = excluded.sealed_key, not_after = excluded.not_after, created_at = excluded.created_at",
        {
            **responder.__dict__,
            "not_after": instant(responder.not_after),
            "created_at": instant(responder.created_at),
        },
    )


def find(db: Connection, certifier_id: int, generation: int) -> ResponderRecord | None:
    """Return the responder of a certifier's generation."""
    sql = "SELECT *, 1 AS generation FROM responders WHERE certifier_id = :id"
    if generation > 1:
        sql = "SELECT * FROM generation_responders WHERE certifier_id = :id AND generation = :generation"
    row = db.execute(sql, {"id": certifier_id, "generation": generation}).fetchone()
    return record(ResponderRecord, row) if row else None


def change_marks(db: Connection, certifier_id: int) -> tuple[int, bytes]:
    """Return two values: one changes with each issued certificate, one with each revocation and each CRL."""
    row = db.execute(
        "SELECT (SELECT max(id) FROM issued WHERE certifier_id = :id) AS newest,"
        " (SELECT document FROM revocation_states WHERE certifier_id = :id) AS state",
        {"id": certifier_id},
    ).fetchone()
    return int(row["newest"] or 0), blobs.octets(row["state"])


def answerable(db: Connection, certifier_id: int, generation: int, now: datetime, limit: int) -> dict[str, str]:
    """Return the serial numbers of a generation's certificates to answer for, each with a mark of its revocation.

    Invalid serial numbers are left out, as files are named after them.
    """
    rows = db.execute(
        "SELECT i.serial_hex, coalesce(r.since || ' ' || (r.chunk IS NOT NULL), '') AS mark FROM issued i"  # noqa: S608
        " LEFT JOIN revocations r ON r.certifier_id = i.certifier_id AND r.serial_hex = i.serial_hex"
        " WHERE i.certifier_id = :id AND i.request_id IS NOT NULL AND i.not_after >= :now"
        " AND i.generation = :generation"
        f" AND {texts.is_hex('i.serial_hex')} ORDER BY i.id LIMIT :limit",
        {"id": certifier_id, "generation": generation, "now": instant(now), "limit": limit},
    )
    return {str(row["serial_hex"]): str(row["mark"]) for row in rows}
