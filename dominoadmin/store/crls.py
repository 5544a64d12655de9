"""Certificate revocation lists: a row for each, and the octets of the newest ones."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import CrlRecord, instant, record
from dominoadmin.store.sqlite import blobs

PIECE: Final = 1 << 20
_PIECES: Final = (
    f"SELECT coalesce(p.bytes, k.entries, {blobs.EMPTY}) AS bytes"  # noqa: S608
    " FROM crl_pieces p LEFT JOIN crl_chunks k ON k.id = p.chunk"
    " WHERE p.crl_id = :id"
)


def add(db: Connection, crl: CrlRecord) -> int:
    """Add a list without octets; return its id (the record's own is ignored)."""
    row = db.execute(
        "INSERT INTO crls (certifier_id, part, kind, number, base_number, this_update, next_update, entries, size,"
        " sha256, made_at, generation) VALUES (:certifier_id, :part, :kind, :number, :base_number, :this_update,"
        " :next_update, :entries, :size, :sha256, :made_at, :generation) RETURNING id",
        {
            **crl.__dict__,
            "this_update": instant(crl.this_update),
            "next_update": instant(crl.next_update),
            "made_at": instant(crl.made_at),
        },
    ).fetchone()
    db.execute("DELETE FROM crl_pieces WHERE crl_id = :id", dict(row))  # somebody may have put some in
    return int(row["id"])


def describe(db: Connection, crl_id: int, size: int, sha256: str) -> None:
    """Record the properties of a list, once all of it is stored."""
    values = {"id": crl_id, "size": size, "sha256": sha256}
    db.execute("UPDATE crls SET size = :size, sha256 = :sha256 WHERE id = :id", values)


def add_piece(db: Connection, crl_id: int, number: int, octets: bytes, chunk: int | None = None) -> None:
    """Store a piece of a list; the first has the number 0. Chunks of entries are not stored twice."""
    db.execute(
        "INSERT INTO crl_pieces (crl_id, number, chunk, bytes) VALUES (:id, :number, :chunk, :bytes)",
        {"id": crl_id, "number": number, "chunk": chunk, "bytes": octets if chunk is None else None},
    )


def pieces(db: Connection, crl_id: int) -> Iterator[bytes]:
    """Yield the octets of a list; nothing if they are no longer stored."""
    rows = db.execute(f"{_PIECES} ORDER BY p.number", {"id": crl_id})
    return (blobs.octets(row["bytes"]) for row in rows)


def kept(db: Connection, crl_id: int) -> int:
    """Return how many octets of a list are there."""
    row = db.execute(
        "SELECT sum(coalesce(length(p.bytes), length(k.entries), 0)) AS size"
        " FROM crl_pieces p LEFT JOIN crl_chunks k ON k.id = p.chunk WHERE p.crl_id = :id",
        {"id": crl_id},
    ).fetchone()
    return int(row["size"] or 0)


def piece(db: Connection, crl_id: int, number: int) -> bytes:
    """Return one piece of a list; nothing after the last one, or if it is no longer stored."""
    row = db.execute(f"{_PIECES} AND p.number = :number", {"id": crl_id, "number": number}).fetchone()
    return blobs.octets(row["bytes"]) if row else b""


def forget_pieces(db: Connection, certifier_id: int, kept: set[int]) -> None:
    """Delete the octets of all other lists of a certifier, and the chunks that only those used."""
    rows = db.execute(
        "SELECT DISTINCT p.crl_id AS id FROM crl_pieces p JOIN crls c ON c.id = p.crl_id WHERE c.certifier_id = :id",
        {"id": certifier_id},
    ).fetchall()
    leaving = [{"id": row["id"]} for row in rows if row["id"] not in kept]
    db.executemany("DELETE FROM crl_pieces WHERE crl_id = :id", leaving)
    db.execute(
        "DELETE FROM crl_chunks WHERE certifier_id = :id AND is_current = 0"
        " AND NOT EXISTS (SELECT 1 FROM crl_pieces p WHERE p.chunk = crl_chunks.id)",
        {"id": certifier_id},
    )


def all_of(db: Connection, certifier_id: int, since: int = 0, generation: int = 0) -> list[CrlRecord]:
    """Return a certifier's lists from a number on, newest first, each complete one before its parts.

    `generation`: only those that this one has signed; 0: all.
    """
    newer = " AND number >= :since" if since else ""  # with OR, SQLite reads every list
    rows = db.execute(
        f"SELECT * FROM crls WHERE certifier_id = :id{newer} AND (:generation = 0 OR generation = :generation)"  # noqa: S608
        " ORDER BY number DESC, base_number IS NOT NULL, part",
        {"id": certifier_id, "since": since, "generation": generation},
    )
    return every(CrlRecord, rows)


def ids(db: Connection, certifier_id: int, number: int, generation: int) -> list[int]:
    """Return the ids of a generation's lists from a number on, or from its last regular list if that is older."""
    rows = db.execute(
        "SELECT id FROM crls WHERE certifier_id = :id AND generation = :generation"
        " AND number >= min(:number, coalesce((SELECT max(number) FROM crls WHERE certifier_id = :id AND part = 0"
        " AND kind = 'regular' AND base_number IS NULL AND generation = :generation), :number))",
        {"id": certifier_id, "number": number, "generation": generation},
    )
    return [int(row["id"]) for row in rows]


def last_ids(db: Connection, upto: int, most: int) -> list[int]:
    """Return the highest ids of the lists of all certifiers, up to an id, the highest first."""
    sql = "SELECT id FROM crls WHERE id <= :upto ORDER BY id DESC LIMIT :most"
    return [int(row["id"]) for row in db.execute(sql, {"upto": upto, "most": most})]


def remove(db: Connection, crl_ids: Iterable[int]) -> None:
    """Remove lists that are not as they were issued."""
    gone = [{"id": crl_id} for crl_id in crl_ids]
    db.executemany("DELETE FROM crl_pieces WHERE crl_id = :id", gone)
    db.executemany("DELETE FROM crls WHERE id = :id", gone)


def get(db: Connection, crl_id: int) -> CrlRecord | None:
    """Return a list."""
    row = db.execute("SELECT * FROM crls WHERE id = :id", {"id": crl_id}).fetchone()
    return record(CrlRecord, row) if row else None


def newest(
    db: Connection, certifier_id: int, part: int = 0, kind: str = "", *, generation: int, delta: bool = False
) -> CrlRecord | None:
    """Return a generation's list of a part with the highest number, of one kind or of both."""
    of_kind = " AND kind = :kind" if kind else ""  # with OR, SQLite reads every list until it finds one
    row = db.execute(
        f"SELECT * FROM crls WHERE certifier_id = :id AND part = :part{of_kind} AND generation = :generation"  # noqa: S608
        f" AND base_number IS {'NOT ' if delta else ''}NULL ORDER BY number DESC LIMIT 1",
        {"id": certifier_id, "part": part, "kind": kind, "generation": generation},
    ).fetchone()
    return record(CrlRecord, row) if row else None


def last_number(db: Connection, certifier_id: int, generation: int = 0) -> int:
    """Return the highest number of the certifier's lists, of one generation or (0) of all; 0 if there is none."""
    sql = (
        "SELECT * FROM crls WHERE certifier_id = :id AND (:generation = 0 OR generation = :generation)"
        " ORDER BY number DESC LIMIT 1"
    )
    row = db.execute(sql, {"id": certifier_id, "generation": generation}).fetchone()
    return record(CrlRecord, row).number if row else 0


def floor(db: Connection, certifier_id: int) -> int:
    """Return the number up to which lists may have been issued from a store that is lost, or 0."""
    row = db.execute("SELECT number FROM crl_floors WHERE certifier_id = :id", {"id": certifier_id}).fetchone()
    return int(row["number"]) if row else 0


def set_floor(db: Connection, certifier_id: int, number: int) -> None:
    """Use no number up to this one again."""
    db.execute(
        "INSERT INTO crl_floors (certifier_id, number) VALUES (:id, :number)"
        " ON CONFLICT (certifier_id) DO UPDATE SET number = excluded.number",
        {"id": certifier_id, "number": number},
    )


def with_digest(db: Connection, certifier_id: int, sha256: str) -> list[int]:
    """Return the ids of the certifier's lists, of any age, that have this digest."""
    sql = "SELECT id FROM crls WHERE certifier_id = :id AND sha256 = :sha256"
    return [int(row["id"]) for row in db.execute(sql, {"id": certifier_id, "sha256": sha256})]


def listed_parts(db: Connection, certifier_id: int) -> set[int]:
    """Return the partitions with entries on a list."""
    sql = "SELECT DISTINCT part FROM crl_chunks WHERE certifier_id = :id AND is_current = 1 AND part > 0"
    return {int(row["part"]) for row in db.execute(sql, {"id": certifier_id})}


def number_at(db: Connection, certifier_id: int, moment: datetime, last: int) -> int:
    """Return the highest number of the lists that were made up to this moment, or 0. `last`: higher ones are none."""
    row = db.execute(
        "SELECT max(number) AS number FROM crls WHERE certifier_id = :id AND made_at <= :moment AND number <= :last",
        {"id": certifier_id, "moment": instant(moment), "last": last},
    ).fetchone()
    return int(row["number"] or 0)


def set_pushed(db: Connection, crl_id: int, now: datetime) -> None:
    """Record that a list was stored in the Domino Directory."""
    db.execute("UPDATE crls SET pushed_at = :now WHERE id = :id", {"id": crl_id, "now": instant(now)})
