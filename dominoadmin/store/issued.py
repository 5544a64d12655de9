"""The issuance journal (serial numbers and intents) and the Issued Certificate Lists.

The states of the journal are literals in the SQL: its partial indexes name them, and SQLite uses such an index only
for a condition that it can compare. `tests/services/test_states.py` compares them with the enum.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import NamedTuple

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import IssuedRecord, SerialRecord, dump, instant, record, unsigned
from dominoadmin.store.sqlite import blobs, issued_search
from dominoadmin.store.sqlite.documents import one_of


def reserve(db: Connection, serials: Iterable[SerialRecord]) -> None:
    """Record that serial numbers are taken, permanently."""
    db.executemany(
        "INSERT INTO serials (issuer, serial_hex, request_id, state, tbs, reserved_at)"
        " VALUES (:issuer, :serial_hex, :request_id, :state, :tbs, :reserved_at)",
        ({**serial.__dict__, "reserved_at": instant(serial.reserved_at)} for serial in serials),
    )


def intend(db: Connection, issuer: str, intents: Iterable[tuple[str, bytes]]) -> int:
    """Record the bytes to be signed, with their serials. Return how many of the serials were reserved."""
    cursor = db.executemany(
        "UPDATE serials SET state = 'intended', tbs = :tbs"
        " WHERE issuer = :issuer AND serial_hex = :serial_hex AND state = 'reserved'",
        ({"issuer": issuer, "serial_hex": serial_hex, "tbs": tbs} for serial_hex, tbs in intents),
    )
    return max(cursor.rowcount, 0)  # -1: there was nothing to do


def intents(db: Connection, issuer: str) -> dict[str, bytes]:
    """Return the bytes that an issuer is about to sign, by serial number."""
    rows = db.execute(
        "SELECT serial_hex, tbs FROM serials WHERE issuer = :issuer AND state = 'intended'", {"issuer": issuer}
    )
    return {str(row["serial_hex"]): blobs.octets(row["tbs"]) for row in rows}


def close(db: Connection, issuer: str, serials: Iterable[str], state: str) -> int:
    """Set intended serials to `issued`, or reserved and intended ones to `void`; return how many were in that state."""
    cursor = db.executemany(
        "UPDATE serials SET state = :state WHERE issuer = :issuer AND serial_hex = :serial_hex"
        " AND (state = 'intended' OR state = 'reserved' AND :state = 'void')",
        ({"issuer": issuer, "serial_hex": serial_hex, "state": state} for serial_hex in serials),
    )
    return max(cursor.rowcount, 0)  # -1: there was nothing to do


class Unfinished(NamedTuple):
    """A serial number that was reserved, or is about to be signed for; `reserved_at`: None if that cannot be read."""

    serial_hex: str
    reserved_at: datetime | None


def unfinished(db: Connection, issuer: str) -> list[Unfinished]:
    """Return the serials that a crash has left reserved or intended."""
    rows = db.execute(
        "SELECT serial_hex, reserved_at FROM serials WHERE issuer = :issuer AND state IN ('reserved', 'intended')"
        " ORDER BY request_id",
        {"issuer": issuer},
    )
    return [Unfinished(row["serial_hex"], unsigned(row["reserved_at"])) for row in rows]


class Journaled(NamedTuple):
    """A serial number that is not void, for a request: a certificate was issued, or is being issued.

    `listed`: the request whose certificate has this number in the certifier's Issued Certificate List; 0: none has it.
    """

    request_id: int
    certifier_id: int
    serial_hex: str
    listed: int


def journaled(db: Connection, request_ids: Iterable[int]) -> list[Journaled]:
    """Return what the journal has of requests, and beside it what their certifiers' ICLs say of the serial number."""
    rows = db.execute(
        "SELECT s.request_id, r.certifier_id, s.serial_hex, coalesce(i.request_id, 0) AS listed FROM serials s"  # noqa: S608
        " JOIN requests r ON r.id = s.request_id"
        " LEFT JOIN issued i ON i.certifier_id = r.certifier_id AND i.serial_hex = s.serial_hex"
        f" WHERE s.request_id {one_of('ids')} AND s.state <> 'void'",
        {"ids": dump([*request_ids])},
    )
    return [Journaled(**dict(row)) for row in rows]


def void_of(db: Connection, request_ids: Iterable[int]) -> list[str]:
    """Void all serial numbers of requests; return those that were not void."""
    sql = f"UPDATE serials SET state = 'void' WHERE request_id {one_of('ids')} AND state <> 'void' RETURNING serial_hex"  # noqa: S608
    return [str(row["serial_hex"]) for row in db.execute(sql, {"ids": dump([*request_ids])})]


def add(db: Connection, certificates: Iterable[IssuedRecord]) -> None:
    """Add certificates to their ICL and to its search index."""
    entered = [
        {
            **entry.__dict__,
            "not_before": instant(entry.not_before),
            "not_after": instant(entry.not_after),
            "issued_at": instant(entry.issued_at),
        }
        for entry in certificates
    ]
    db.executemany(
        "INSERT INTO issued (certifier_id, serial_hex, request_id, kind, subject, names, requester, key_algorithm,"
        " not_before, not_after, fingerprint, key_fingerprint, der, issued_at, part, generation)"
        " VALUES (:certifier_id, :serial_hex, :request_id, :kind, :subject, :names, :requester, :key_algorithm,"
        " :not_before, :not_after, :fingerprint, :key_fingerprint, :der, :issued_at, :part, :generation)",
        entered,
    )
    issued_search.enter(db, entered)


def of_request(db: Connection, request_id: int) -> IssuedRecord | None:
    """Return the certificate issued for a request."""
    row = db.execute("SELECT * FROM issued WHERE request_id = :id", {"id": request_id}).fetchone()
    return record(IssuedRecord, row) if row else None


def find(db: Connection, serial_hex: str, certifier_id: int = 0) -> list[IssuedRecord]:
    """Return the certificates with this serial."""
    rows = db.execute(
        "SELECT * FROM issued WHERE serial_hex = :serial_hex"  # by the index that begins with the certifier
        " AND certifier_id IN (SELECT id FROM certifiers WHERE :id = 0 OR id = :id) ORDER BY id",
        {"serial_hex": serial_hex, "id": certifier_id},
    )
    return [record(IssuedRecord, row) for row in rows]


def all_of(db: Connection, certifier_id: int = 0) -> list[IssuedRecord]:
    """Return issued certificates, oldest first."""
    rows = db.execute(
        "SELECT * FROM issued WHERE :id = 0 OR certifier_id = :id ORDER BY issued_at, id", {"id": certifier_id}
    )
    return every(IssuedRecord, rows)


def counts(db: Connection) -> tuple[int, int]:
    """Return how many serial numbers were used for requests, and how many listed certificates are for requests."""
    used = db.execute("SELECT count(*) FROM serials WHERE request_id IS NOT NULL AND state <> 'void'").fetchone()[0]
    return int(used), int(db.execute("SELECT count(*) FROM issued WHERE request_id IS NOT NULL").fetchone()[0])


def not_listed(db: Connection) -> list[str]:
    """Return the serial numbers that were used for requests of which no Issued Certificate List has a certificate.

    Some have none: cross-certificates, and what is being issued. Two indexes are read side by side, no row.
    """
    rows = db.execute(
        "SELECT serial_hex FROM serials s WHERE request_id IS NOT NULL AND state <> 'void'"
        " AND NOT EXISTS (SELECT 1 FROM issued i WHERE i.request_id = s.request_id)"
    )
    return [str(row["serial_hex"]) for row in rows]


def used(db: Connection, certifier_id: int, issuer: str) -> list[str]:
    """Return the serial numbers that a certifier has used by its ICL, or by the journal, which knows it as `issuer`."""
    rows = db.execute(
        "SELECT serial_hex FROM serials WHERE issuer = :issuer AND state <> 'void'"
        " UNION SELECT serial_hex FROM issued WHERE certifier_id = :id",
        {"id": certifier_id, "issuer": issuer},
    )
    return [str(row["serial_hex"]) for row in rows]


def certificates(db: Connection) -> Iterator[tuple[int, str, bytes]]:
    """Yield certifier, serial number and DER of all issued certificates, without holding more than one."""
    rows = db.execute("SELECT certifier_id, serial_hex, der FROM issued ORDER BY id")
    return ((row["certifier_id"], row["serial_hex"], row["der"]) for row in rows)


def of_key(db: Connection, key_fingerprint: str) -> list[IssuedRecord]:
    """Return the certificates of all certifiers for one key."""
    rows = db.execute("SELECT * FROM issued WHERE key_fingerprint = :key ORDER BY id", {"key": key_fingerprint})
    return [record(IssuedRecord, row) for row in rows]


def living_parts(db: Connection, certifier_id: int, cutoff: datetime) -> list[int]:
    """Return the partitions still in use: those with a certificate that had not expired before `cutoff`."""
    rows = db.execute(
        "SELECT part FROM issued WHERE certifier_id = :id AND part > 0 GROUP BY part HAVING max(not_after) >= :cutoff"
        " ORDER BY part",
        {"id": certifier_id, "cutoff": instant(cutoff)},
    )
    return [int(row["part"]) for row in rows]


def newest_part(db: Connection, certifier_id: int) -> int:
    """Return the newest partition that the certifier's certificates name, or 0."""
    sql = "SELECT max(part) AS part FROM issued WHERE certifier_id = :id AND part > 0"
    return int(db.execute(sql, {"id": certifier_id}).fetchone()["part"] or 0)


def last_part(db: Connection, certifier_id: int) -> tuple[int, int, str]:
    """Return the newest partition that the certifier's certificates name, or 0, its size, and a certificate of it."""
    row = db.execute(
        "SELECT part, count(*) AS number,"
        " (SELECT serial_hex FROM issued o WHERE o.certifier_id = :id AND o.part = issued.part LIMIT 1) AS serial_hex"
        " FROM issued WHERE certifier_id = :id AND part > 0 GROUP BY part ORDER BY part DESC LIMIT 1",
        {"id": certifier_id},
    ).fetchone()
    return (int(row["part"]), int(row["number"]), str(row["serial_hex"])) if row else (0, 0, "")


def last(db: Connection, certifier_id: int) -> str:
    """Return the certificate that ends last of what a certifier has issued for requests, or an empty string."""
    row = db.execute(
        "SELECT serial_hex FROM issued WHERE certifier_id = :id AND request_id IS NOT NULL"
        " ORDER BY not_after DESC LIMIT 1",
        {"id": certifier_id},
    ).fetchone()
    return str(row["serial_hex"]) if row else ""
