"""Digests of the revocations, which reveal rows that were changed, removed or added outside the program.

Rows are grouped into 4096 pages by the end of the serial number, which is random; each page is hashed separately.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Final

from dominoadmin.store import audit_entries
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AuditRecord
from dominoadmin.store.sqlite import blobs, plans, texts

_DIGITS: Final = 3
PAGE: Final = texts.end("serial_hex", _DIGITS)
"""The page of a row of revocations, as in `page_of`."""
_COLUMNS: Final = (
    "serial_hex", "reason", "revoked_at", texts.or_empty("invalidity_at"), texts.or_empty("released_at"), "request_id",
    "since", "not_after", "key_fingerprint", "part", blobs.in_hex("entry"),
)  # fmt: skip


def page_of(serial_hex: str) -> str:
    """Return the page of a serial number."""
    return serial_hex[-_DIGITS:]


def actual(db: Connection, certifier_id: int, page: str) -> str:
    """Return the digest of the present rows of a page, or an empty string if there are none."""
    rows = db.execute(
        f"SELECT {blobs.of_row(_COLUMNS)} FROM revocations"  # noqa: S608 - our own names
        f" WHERE certifier_id = :id AND {PAGE} = :page ORDER BY {plans.no_index('serial_hex')}",
        {"id": certifier_id, "page": page},
    )
    digest, count = hashlib.sha256(), 0
    for count, row in enumerate(rows, start=1):  # noqa: B007 - counted
        octets = blobs.octets(row[0])  # none if a column has no value, as SQL can bring about
        digest.update(octets)
        if not blobs.is_one_row(octets, len(_COLUMNS)):
            digest.update(b"altered")
    return digest.hexdigest() if count else ""


def used_pages(db: Connection, certifier_id: int) -> list[str]:
    """Return the pages that have rows."""
    rows = db.execute(
        f"SELECT DISTINCT {PAGE} AS page FROM revocations WHERE certifier_id = :id",  # noqa: S608
        {"id": certifier_id},
    )
    return [str(row["page"]) for row in rows]


def keep(db: Connection, certifier_id: int, pages: Iterable[str]) -> None:
    """Store the present digests of these pages."""
    digests = [(page, actual(db, certifier_id, page)) for page in sorted(set(pages))]
    db.executemany(
        "INSERT INTO revocation_pages (certifier_id, page, sha256) VALUES (:id, :page, :sha256)"
        " ON CONFLICT (certifier_id, page) DO UPDATE SET sha256 = excluded.sha256",
        ({"id": certifier_id, "page": page, "sha256": sha256} for page, sha256 in digests),
    )


def make_pages(db: Connection, certifier_id: int) -> None:
    """Make the digests of all pages again."""
    db.execute("DELETE FROM revocation_pages WHERE certifier_id = :id", {"id": certifier_id})
    keep(db, certifier_id, used_pages(db, certifier_id))


def pages(db: Connection, certifier_id: int) -> dict[str, str]:
    """Return the stored digests of all pages."""
    rows = db.execute(
        "SELECT page, sha256 FROM revocation_pages WHERE certifier_id = :id ORDER BY page", {"id": certifier_id}
    )
    return {str(row["page"]): str(row["sha256"]) for row in rows}


def chunks(db: Connection, certifier_id: int) -> Iterator[tuple[object, object, str]]:
    """Yield part, number and stored digest of each chunk of entries, of whatever type: SQL can change that."""
    rows = db.execute(
        "SELECT part, number, sha256 FROM crl_chunks WHERE certifier_id = :id AND is_current = 1 ORDER BY part, number",
        {"id": certifier_id},
    )
    return ((row["part"], row["number"], str(row["sha256"])) for row in rows)


def state(db: Connection, certifier_id: int) -> bytes:
    """Return the signed document about a certifier's revocations, or nothing."""
    row = db.execute("SELECT document FROM revocation_states WHERE certifier_id = :id", {"id": certifier_id}).fetchone()
    return blobs.octets(row["document"]) if row else b""


def set_state(db: Connection, certifier_id: int, document: bytes) -> None:
    """Store the signed document in place of the previous one."""
    db.execute(
        "INSERT INTO revocation_states (certifier_id, document) VALUES (:id, :document)"
        " ON CONFLICT (certifier_id) DO UPDATE SET document = excluded.document",
        {"id": certifier_id, "document": document},
    )


def entries_about(db: Connection, action: str, about: str) -> Iterator[AuditRecord]:
    """Yield the audit log's entries of an action on an object, the newest first."""
    rows = db.execute(
        "SELECT * FROM audit WHERE action = :action AND object = :object ORDER BY number DESC",
        {"action": action, "object": about},
    )
    return map(audit_entries.read, rows)


def list_number(entry: AuditRecord) -> int | None:
    """Return the number of the list that an entry is about; None if it says none: anyone can enter anything."""
    number = entry.detail.get("number")
    return number if type(number) is int else None


def entries_after(db: Connection, number: int, actions: tuple[str, str]) -> Iterator[AuditRecord]:
    """Yield the audit log's entries of two actions after a given entry."""
    rows = db.execute(
        "SELECT * FROM audit WHERE number > :number AND action IN (:first, :second) ORDER BY number",
        {"number": number, "first": actions[0], "second": actions[1]},
    )
    return map(audit_entries.read, rows)
