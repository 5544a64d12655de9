"""Internet certifiers and their signed configuration documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import REMEDY, CertifierRecord, instant, record


def add(db: Connection, certifier: CertifierRecord, configuration: bytes) -> int:
    """Add a certifier with the first version of its configuration; return its id (not the record's)."""
    row = db.execute(
        "INSERT INTO certifiers (name, server, icl_file, protection, locking_id, key_algorithm, certificate,"
        " sealed_key, created_at)"
        " VALUES (:name, :server, :icl_file, :protection, :locking_id, :key_algorithm, :certificate,"
        " :sealed_key, :created_at) RETURNING id",
        {**certifier.__dict__, "created_at": instant(certifier.created_at)},
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
    """Return the versions of the configuration by their stored numbers, without any check of these."""
    rows = db.execute("SELECT version, document FROM configurations WHERE certifier_id = :id", {"id": certifier_id})
    return {row["version"]: row["document"] for row in rows}


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
    """Replace a certifier's sealed key and the columns from its configuration. The old seal is overwritten."""
    db.execute(
        "UPDATE certifiers SET name = :name, server = :server, protection = :protection, locking_id = :locking_id,"
        " sealed_key = :sealed_key WHERE id = :id",
        {**certifier.__dict__, "created_at": None, "published_at": None},
    )


def find(db: Connection, certifier_id: int) -> CertifierRecord | None:
    """Return the certifier with this number, or None."""
    row = db.execute("SELECT * FROM certifiers WHERE id = :id", {"id": certifier_id}).fetchone()
    return record(CertifierRecord, row) if row else None


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
    rows = db.execute("SELECT * FROM certifiers WHERE server = :server OR :server = '' ORDER BY id", {"server": server})
    return every(CertifierRecord, rows)


def names(db: Connection) -> dict[int, str]:
    """Return the certifiers' names by their numbers; of a number that none has, an empty text."""
    rows = db.execute("SELECT id, name FROM certifiers")
    return defaultdict(str, ((row["id"], row["name"]) for row in rows))


def set_published(db: Connection, certifier_id: int, now: datetime | None) -> None:
    """Record that AdminP has stored the CA policy information in the Domino Directory; None: it must do so again."""
    values = {"now": instant(now) if now else None, "id": certifier_id}
    db.execute("UPDATE certifiers SET published_at = :now WHERE id = :id", values)
