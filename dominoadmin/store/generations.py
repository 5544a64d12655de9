"""The keys of certifiers from the second on, and more certificates of any; the first key is in the certifier's row."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dominoadmin.store.database import Connection, Row
from dominoadmin.store.generation_records import GenerationCertificate, GenerationRecord
from dominoadmin.store.records import dump, instant, record

HAS_MORE: Final = (
    "(EXISTS (SELECT 1 FROM generations WHERE certifier_id = c.id)"
    " OR EXISTS (SELECT 1 FROM generation_certificates WHERE certifier_id = c.id))"
)
"""Whether a certifier `c` has more than its first key and certificate, as most do not: every OCSP answer reads it."""


def all_of(db: Connection, row: Row) -> tuple[GenerationRecord, ...]:
    """Return the generations of a certifier, given its row with `has_more`: the oldest first, the active one last.

    Raises:
        Damaged: one cannot be read.

    """
    own = {"certifier_id": row["id"], "number": 1, "before_until": row["created_at"], "before_part": 0, "others": ()}
    first = record(GenerationRecord, {**dict(row), **own}, is_noted=False)  # the certifier's row is
    if not row["has_more"]:
        return (first,)
    values = {"id": row["id"]}
    later = db.execute("SELECT * FROM generations WHERE certifier_id = :id ORDER BY number", values).fetchall()
    rows = db.execute("SELECT * FROM generation_certificates WHERE certifier_id = :id ORDER BY number", values)
    others = [record(GenerationCertificate, each) for each in rows]
    found = (first, *(record(GenerationRecord, {**dict(each), "others": ()}) for each in later))
    return tuple(
        replace(each, others=tuple(other for other in others if other.generation == each.number)) for each in found
    )


def add(db: Connection, generation: GenerationRecord) -> None:
    """Add a later generation, which becomes the active one."""
    db.execute(
        "INSERT INTO generations (certifier_id, number, protection, locking_id, key_algorithm, certificate, sealed_key,"
        " created_at, before_until, before_part) VALUES (:certifier_id, :number, :protection, :locking_id,"
        " :key_algorithm, :certificate, :sealed_key, :created_at, :before_until, :before_part)",
        {
            **generation.__dict__, "created_at": instant(generation.created_at),
            "before_until": instant(generation.before_until), "others": None,
        },
    )  # fmt: skip


def change(db: Connection, generation: GenerationRecord) -> None:
    """Replace the sealed key of a later generation. The old seal is overwritten."""
    db.execute(
        "UPDATE generations SET protection = :protection, locking_id = :locking_id, sealed_key = :sealed_key"
        " WHERE certifier_id = :certifier_id AND number = :number",
        {**generation.__dict__, "created_at": None, "before_until": None, "others": None},
    )


def add_certificate(db: Connection, certificate: GenerationCertificate) -> None:
    """Add one more certificate of a generation's key."""
    db.execute(
        "INSERT INTO generation_certificates (certifier_id, generation, number, role, certificate, path, created_at)"
        " VALUES (:certifier_id, :generation, :number, :role, :certificate, :path, :created_at)",
        {**certificate.__dict__, "path": dump(certificate.path), "created_at": instant(certificate.created_at)},
    )
