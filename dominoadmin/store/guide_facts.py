"""Queries of the Quick Guide: single rows out of many, so that it stays quick with a full store."""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime

from dominoadmin.store.database import Connection
from dominoadmin.store.records import moment
from dominoadmin.store.stored_json import load


def newest_requests(db: Connection) -> dict[tuple[str, int], int]:
    """Return the number of the newest request of each key ring, by its file name and its certifier."""
    rows = db.execute(
        "SELECT key_ring, certifier_id, max(id) AS id FROM requests WHERE key_ring <> ''"
        " GROUP BY key_ring, certifier_id"
    )
    return {(row["key_ring"], row["certifier_id"]): row["id"] for row in rows}


def merged(db: Connection, action: str) -> set[tuple[str, int]]:
    """Return the certificates that were merged into key rings: the key's SHA-256 and the request's number.

    Only the audit log records this without the key ring's password, in its entries of this action.
    """
    rows = db.execute("SELECT detail FROM audit WHERE action = :action", {"action": action})
    return {found for row in rows if (found := _merged(row["detail"]))}


def _merged(detail: str) -> tuple[str, int] | None:
    """Return an entry's contents, empty if it was altered; the verification of the log names such entries."""
    try:
        match load(detail):
            case {"key_sha256": str(key), **rest} if isinstance(request := rest.get("request", 0), int):
                return key, request
    except (ValueError, RecursionError):
        pass
    return None


def cross_certified_until(db: Connection, subject_key: str, books: tuple[str, str]) -> datetime | None:
    """Return until when a key is cross-certified in one of two address books, or None."""
    rows = db.execute(
        "SELECT not_after FROM cross_certificates WHERE subject_key = :key AND book IN (:first, :second)",
        {"key": subject_key, "first": books[0], "second": books[1]},
    )
    ends = []
    for row in rows:
        with suppress(ValueError):  # an altered one lasts no longer: the Directory says what is wrong with it
            ends.append(moment(row["not_after"]))
    return max(ends, default=None)
