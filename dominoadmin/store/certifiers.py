"""Internet certifiers and their signed configuration documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Final

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.store import generations
from dominoadmin.store.database import Connection, Row
from dominoadmin.store.reading import leave_out, listed
from dominoadmin.store.records import REMEDY, CertifierRecord, altered, instant, record

_OBJECTS: Final = {"generations": None, "others": None, "before_until": None}
"""Fields that are no columns: SQLite takes no such values."""
_SELECT: Final = f"SELECT c.*, {generations.HAS_MORE} AS has_more FROM certifiers c"  # noqa: S608


def add(db: Connection, certifier: CertifierRecord, configuration: bytes) -> int:
    """Add a certifier with the first version of its configuration; return its id."""
    first = certifier.generations[0]
    row = db.execute(
        "INSERT INTO certifiers (id, name, server, icl_file, protection, locking_id, key_algorithm, certificate,"
        " sealed_key, created_at)"
        " VALUES (:id, :name, :server, :icl_file, :protection, :locking_id, :key_algorithm, :certificate,"
        " :sealed_key, :created_at) RETURNING id",
        {
            **first.__dict__,
            **certifier.__dict__,
            "id": certifier.id or None,
            "created_at": instant(certifier.created_at),
            **_OBJECTS,
        },
    ).fetchone()
    add_configuration(db, row["id"], 1, configuration)
    return int(row["id"])


def add_founding(db: Connection, certifier_id: int, content: bytes, signature: bytes) -> None:
    """Add what a certifier's key has signed about its founding."""
    db.execute(
        "INSERT INTO founding_statements (certifier_id, content, signature) VALUES (:id, :content, :signature)",
        {"id": certifier_id, "content": content, "signature": signature},
    )


def founding(db: Connection, certifier_id: int) -> tuple[bytes, bytes] | None:
    """Return what a certifier's key has signed about its founding, and the signature."""
    sql = "SELECT content, signature FROM founding_statements WHERE certifier_id = :id"
    row = db.execute(sql, {"id": certifier_id}).fetchone()
    return (row["content"], row["signature"]) if row else None


def add_configuration(db: Connection, certifier_id: int, version: int, document: bytes) -> None:
    """Add a version of the configuration."""
    db.execute(
        "INSERT INTO configurations (certifier_id, version, document) VALUES (:certifier_id, :version, :document)",
        {"certifier_id": certifier_id, "version": version, "document": document},
    )


def configurations(db: Connection, certifier_id: int) -> list[bytes]:
    """Return all versions of the configuration, oldest first."""
    rows = db.execute(
        "SELECT document FROM configurations WHERE certifier_id = :id ORDER BY version", {"id": certifier_id}
    )
    return [row["document"] for row in rows]


def configuration_rows(db: Connection, certifier_id: int) -> dict[int, bytes]:
    """Return the versions of the configuration by their stored numbers, without any check of these.

    Raises:
        Damaged: one is no number, and the caller is not leaving out such rows.

    """
    sql = "SELECT version, document FROM configurations WHERE certifier_id = :id"
    rows = {row["version"]: row["document"] for row in db.execute(sql, {"id": certifier_id})}
    for version in [each for each in rows if not isinstance(each, int)]:
        leave_out(altered("Configuration", certifier_id, "version"))
        del rows[version]
    return rows


def newest_version(db: Connection, certifier_id: int) -> int:
    """Return the number of the newest configuration, or 0."""
    sql = "SELECT max(version) FROM configurations WHERE certifier_id = :certifier"
    return int(db.execute(sql, {"certifier": certifier_id}).fetchone()[0] or 0)


def set_aside(db: Connection, certifier_id: int, versions: Iterable[int], problem: str, now: datetime) -> None:
    """Move invalid versions to the evidence."""
    for version in versions:
        values = {"id": certifier_id, "version": version, "problem": problem, "now": instant(now)}
        db.execute(
            "INSERT INTO configuration_evidence (certifier_id, version, document, problem, moved_at)"
            " SELECT certifier_id, version, document, :problem, :now FROM configurations"
            " WHERE certifier_id = :id AND version = :version",
            values,
        )
        db.execute("DELETE FROM configurations WHERE certifier_id = :id AND version = :version", values)


def change(db: Connection, certifier: CertifierRecord) -> None:
    """Replace the active sealed key and the columns from the configuration. The old seal is overwritten."""
    first = certifier.generations[0]
    db.execute(
        "UPDATE certifiers SET name = :name, server = :server, protection = :protection, locking_id = :locking_id,"
        " sealed_key = :sealed_key WHERE id = :id",
        {**first.__dict__, **certifier.__dict__, "created_at": None, "published_at": None, **_OBJECTS},
    )
    if certifier.active.number > first.number:
        generations.change(db, certifier.active)


def with_active(certifier: CertifierRecord, **changes: str | bytes) -> CertifierRecord:
    """Return a certifier with changes to its newest generation."""
    active = replace(certifier.active, **changes)  # type: ignore[arg-type]  # the fields' own names and types
    return replace(certifier, generations=(*certifier.generations[:-1], active))


def find(db: Connection, certifier_id: int) -> CertifierRecord | None:
    """Return the certifier with this number, or None."""
    row = db.execute(f"{_SELECT} WHERE id = :id", {"id": certifier_id}).fetchone()
    return _whole(db, row) if row else None


def get(db: Connection, certifier_id: int) -> CertifierRecord:
    """Return a certifier that must exist.

    Raises:
        Damaged: there is none: the store refuses such rows, and has lost that one's.

    """
    found = find(db, certifier_id)
    if found is None:
        raise Damaged(
            _("Certifier number {number} is missing in the store, although other rows name it.", number=certifier_id),
            REMEDY,
        )
    return found


def all_of(db: Connection, server: str = "") -> list[CertifierRecord]:
    """Return the certifiers of one server, or of all, in the order of their registration."""
    sql = f"{_SELECT} WHERE server = :server OR :server = '' ORDER BY id"
    listed(CertifierRecord)
    found = []
    for row in db.execute(sql, {"server": server}).fetchall():
        try:
            found.append(_whole(db, row))
        except Damaged as error:
            leave_out(error)
    return found


def _whole(db: Connection, row: Row) -> CertifierRecord:
    certifier = record(CertifierRecord, {**dict(row), "generations": ()})
    return replace(certifier, generations=generations.all_of(db, row))


def names(db: Connection) -> dict[int, str]:
    """Return the certifiers' names by their numbers; of a number that none has, an empty text."""
    rows = db.execute("SELECT id, name FROM certifiers")
    return defaultdict(str, ((row["id"], row["name"]) for row in rows))


def set_published(db: Connection, certifier_id: int, now: datetime | None) -> None:
    """Record that AdminP has stored the CA policy information in the Domino Directory; None: it must do so again."""
    values = {"now": instant(now) if now else None, "id": certifier_id}
    db.execute("UPDATE certifiers SET published_at = :now WHERE id = :id", values)
