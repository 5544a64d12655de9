"""The audit log of earlier versions: a chain of hashes and one signed head. It is only read, then taken over."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from dominoadmin.store.database import Connection
from dominoadmin.store.records import Fields, altered
from dominoadmin.store.sqlite import blobs
from dominoadmin.store.stored_json import load

_LATER: Final = (
    "audit", "audit_blocks", "audit_heads", "audit_signers", "state_pages", "state_groups", "state_root", "salts",
    "founding_statements", "decisions", "installed_files", "installation", "checkpoints",
)  # fmt: skip
"""What is empty before a store is taken over."""


class EarlierEntry(NamedTuple):
    """An entry: what was hashed, and the hash, in hex."""

    content: Fields
    hash: str


def is_there(db: Connection) -> bool:
    """Return whether the store still has the log of an earlier version, and nothing of what a take-over makes.

    Otherwise somebody has emptied the log and put an earlier one there: a store is taken over only once.
    """
    if not db.execute("SELECT 1 FROM audit_1 LIMIT 1").fetchone():
        return False
    return not any(db.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone() for table in _LATER)  # noqa: S608


def entries(db: Connection, after: int, limit: int) -> Iterator[EarlierEntry]:
    """Yield the entries with a higher number than `after`, in order.

    Raises:
        Damaged: the detail of the next one cannot be read.

    """
    sql = "SELECT * FROM audit_1 WHERE number > :after ORDER BY number LIMIT :limit"
    for row in db.execute(sql, {"after": after, "limit": limit}):
        content = {name: row[name] for name in row.keys() if name != "hash"}  # noqa: SIM118 - a row is not a mapping
        try:
            detail = load(row["detail"])
        except (ValueError, RecursionError):
            raise altered("Audit", row["number"], "detail") from None
        yield EarlierEntry({**content, "signed_in": bool(row["signed_in"]), "detail": detail}, row["hash"])


def head(db: Connection) -> tuple[int, bytes] | None:
    """Return the number of the head's entry, and the signed document."""
    row = db.execute("SELECT number, document FROM audit_head_1 WHERE id = 1").fetchone()
    return (row["number"], blobs.octets(row["document"])) if row else None


def remove(db: Connection) -> None:
    """Remove the log, once its entries are in the new one."""
    db.execute("DELETE FROM audit_1")
    db.execute("DELETE FROM audit_head_1")
