"""The IDs that are no longer current, by the SHA-256 of their signing keys."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from dominoadmin.pki.revocation import Reason
from dominoadmin.store import ledger
from dominoadmin.store.database import Connection
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.ledger import Object
from dominoadmin.store.reading import every
from dominoadmin.store.records import instant, record
from dominoadmin.store.sqlite import blobs


@dataclass(frozen=True, kw_only=True)
class FormerId:
    """An ID that is superseded, or revoked for another reason. `at` is what the certifier's clock said."""

    fingerprint: str
    name: str
    reason: str
    at: datetime

    @property
    def is_superseded(self) -> bool:
        """Whether nothing is wrong with it: its holder has got another one."""
        return self.reason == Reason.SUPERSEDED


def add(db: Connection, former: FormerId) -> None:
    """Add one."""
    db.execute(
        "INSERT INTO former_ids (fingerprint, name, reason, at) VALUES (:fingerprint, :name, :reason, :at)",
        {**former.__dict__, "at": instant(former.at)},
    )


def find(db: Connection, fingerprint: str) -> FormerId | None:
    """Return the one with this fingerprint."""
    row = db.execute(
        "SELECT * FROM former_ids WHERE fingerprint = :fingerprint", {"fingerprint": fingerprint}
    ).fetchone()
    return record(FormerId, row) if row else None


def all_of(db: Connection) -> list[FormerId]:
    """Return all, the oldest first."""
    rows = db.execute("SELECT * FROM former_ids ORDER BY at, fingerprint")
    return every(FormerId, rows)


def is_there(db: Connection) -> bool:
    """Return whether there is any."""
    return db.execute("SELECT 1 FROM former_ids LIMIT 1").fetchone() is not None


def document(db: Connection, which: Object, column: str, digest: str) -> bytes | None:
    """Return the signed document in a column of a committed object if the object has this digest."""
    if ledger.find(db, which).digest != digest:
        return None
    columns = KINDS[which.kind].key
    where = " AND ".join(f"{column} = :{column}" for column in columns)
    values = dict(zip(columns, which.key.split(" "), strict=True))
    row = db.execute(f"SELECT {column} FROM {which.kind} WHERE {where}", values).fetchone()  # noqa: S608
    return blobs.octets(row[column]) if row and row[column] is not None else None
