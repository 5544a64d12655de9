"""Revoked certificates, and the chunks of entries from which CRLs are streamed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import asn1
from dominoadmin.store.database import Connection, Row
from dominoadmin.store.records import RevocationRecord, instant, record
from dominoadmin.store.revocation_seals import PAGE
from dominoadmin.store.sqlite import blobs, plans

CHUNK: Final = 1000
"""Entries in a chunk: about 50 kB, which is replaced when one of them is removed."""
_BATCH: Final = 4000
"""Entries that are given their places at once."""


def find(db: Connection, certifier_id: int, serial_hex: str) -> RevocationRecord | None:
    """Return a certificate's revocation."""
    row = db.execute(
        "SELECT * FROM revocations WHERE certifier_id = :id AND serial_hex = :serial",
        {"id": certifier_id, "serial": serial_hex},
    ).fetchone()
    return record(RevocationRecord, row) if row else None


def all_of(db: Connection, certifier_id: int) -> list[RevocationRecord]:
    """Return a certifier's revocations, newest first."""
    rows = db.execute(
        "SELECT * FROM revocations WHERE certifier_id = :id ORDER BY revoked_at DESC, serial_hex", {"id": certifier_id}
    )
    return [record(RevocationRecord, row) for row in rows]


def keep(db: Connection, revoked: Iterable[RevocationRecord]) -> None:
    """Add revocations, or replace older ones of the same certificates; `list_entries` puts them on the list.

    An existing entry stays on the list until then.
    """
    db.executemany(
        "INSERT INTO revocations (certifier_id, serial_hex, reason, revoked_at, invalidity_at, released_at, request_id,"
        " since, not_after, key_fingerprint, part, chunk, entry)"
        " VALUES (:certifier_id, :serial_hex, :reason, :revoked_at, :invalidity_at, :released_at, :request_id,"
        " :since, :not_after, :key_fingerprint, :part, :chunk, :entry)"
        " ON CONFLICT (certifier_id, serial_hex) DO UPDATE SET reason = excluded.reason,"
        " revoked_at = excluded.revoked_at, invalidity_at = excluded.invalidity_at, released_at = excluded.released_at,"
        " request_id = excluded.request_id, since = excluded.since, entry = excluded.entry",
        (
            {
                **one.__dict__,
                "revoked_at": instant(one.revoked_at),
                "invalidity_at": instant(one.invalidity_at) if one.invalidity_at else None,
                "released_at": instant(one.released_at) if one.released_at else None,
                "not_after": instant(one.not_after),
            }
            for one in revoked
        ),
    )


def moving(db: Connection, certifier_id: int, number: int, cutoff: datetime) -> list[str]:
    """Return the ends of the serial numbers whose entries `list_entries` would add, remove, or rewrite."""
    rows = db.execute(
        f"SELECT {PAGE} AS page FROM revocations WHERE certifier_id = :id AND since >= :number"  # noqa: S608
        f" UNION SELECT {PAGE} FROM revocations WHERE certifier_id = :id"
        " AND released_at IS NOT NULL AND chunk IS NOT NULL"
        f" UNION SELECT {PAGE} FROM revocations WHERE certifier_id = :id AND chunk IS NOT NULL"
        " AND not_after < :cutoff"
        f" UNION SELECT {PAGE} FROM revocations WHERE certifier_id = :id AND chunk IS NULL"
        " AND released_at IS NULL AND not_after >= :cutoff",
        {"id": certifier_id, "number": number, "cutoff": instant(cutoff)},
    )
    return [str(row["page"]) for row in rows]


def list_entries(db: Connection, certifier_id: int, number: int, cutoff: datetime) -> None:
    """Update the chunks for a CRL: they hold exactly the revoked certificates that had not expired before `cutoff`.

    If the clock was set back since the last CRL, removed entries are added again.
    """
    where = {"id": certifier_id, "cutoff": instant(cutoff)}
    changed = db.execute(
        "SELECT DISTINCT part, chunk FROM revocations WHERE certifier_id = :id AND since >= :number"
        " AND chunk IS NOT NULL",
        {"id": certifier_id, "number": number},
    ).fetchall()
    # Two queries each: with OR, SQLite reads every row.
    leaving = db.execute(
        "SELECT part, chunk FROM revocations WHERE certifier_id = :id AND released_at IS NOT NULL AND chunk IS NOT NULL"
        " UNION SELECT part, chunk FROM revocations WHERE certifier_id = :id AND chunk IS NOT NULL"
        " AND not_after < :cutoff",
        where,
    ).fetchall()
    for row in {(int(row["part"]), int(row["chunk"])): row for row in (*changed, *leaving)}.values():
        _check_chunk(db, certifier_id, (int(row["part"]), int(row["chunk"])), number)
    if leaving:
        for condition in ("released_at IS NOT NULL", "not_after < :cutoff"):
            db.execute(
                "UPDATE revocations SET chunk = NULL WHERE certifier_id = :id AND chunk IS NOT NULL"  # noqa: S608
                f" AND {condition}",
                where,
            )
    touched = {(int(row["part"]), int(row["chunk"])) for row in (*changed, *leaving)}
    ends: dict[int, tuple[int, int]] = {}
    # Sorted separately, so that rows can be changed while they are read; they are stored in the order of the id.
    rows = db.execute(
        "SELECT part, id FROM revocations WHERE certifier_id = :id AND chunk IS NULL"  # noqa: S608
        f" AND released_at IS NULL AND not_after >= :cutoff ORDER BY {plans.no_index('id')}",
        where,
    )
    while coming := [(int(row["part"]), int(row["id"])) for row in rows.fetchmany(_BATCH)]:
        for part in {part for part, _id in coming} - ends.keys():
            ends[part] = _last(db, certifier_id, part)
            if (part, ends[part][0]) not in touched:
                _check_chunk(db, certifier_id, (part, ends[part][0]), number)
        touched |= _append(db, coming, ends)
    for part, chunk in sorted(touched):
        _write(db, certifier_id, part, chunk)


def _check_chunk(db: Connection, certifier_id: int, which: tuple[int, int], number: int) -> None:
    """Check a chunk before it is rewritten: the rows that stay must be those it was made from.

    Raises:
        Tampered: a row was altered or removed, or the chunk was.

    """
    key = {"id": certifier_id, "part": which[0], "chunk": which[1]}
    old = db.execute(
        "SELECT entries, count, sha256 FROM crl_chunks"
        " WHERE certifier_id = :id AND part = :part AND number = :chunk AND is_current = 1",
        key,
    ).fetchone()
    rows = db.execute(
        "SELECT serial_hex, since, entry FROM revocations WHERE certifier_id = :id AND part = :part AND chunk = :chunk",
        key,
    ).fetchall()
    if old is None and not rows:
        return
    known = dict(_entries(old["entries"])) if old and _is_whole(old) else {}
    stay = all(known.get(row["serial_hex"]) == row["entry"] for row in rows if row["since"] < number)
    if old is None or len(rows) != old["count"] or not stay:
        raise _altered(*which)


def _is_whole(chunk: Row) -> bool:
    return hashlib.sha256(blobs.octets(chunk["entries"])).hexdigest() == str(chunk["sha256"])


def _entries(octets: bytes) -> Iterator[tuple[str, bytes]]:
    """Yield the serial number in hex and the DER of each entry of a chunk."""
    start = 0
    while start < len(octets):
        end, serial = asn1.end(octets, start), asn1.content(octets, start)
        number = int.from_bytes(octets[asn1.content(octets, serial) : asn1.end(octets, serial)], "big")
        yield f"{number:x}", octets[start:end]
        start = end


def _altered(part: int, chunk: int) -> Tampered:
    return Tampered(
        _("The CRL entries in chunk {chunk} of partition {part} were altered.", chunk=chunk, part=part),
        _(
            "Run 'dominoadmin store check --rebuild'. If that does not help, restore the store from a backup; until "
            "then, the certifier issues no CRLs."
        ),
    )


def _append(
    db: Connection, coming: Sequence[tuple[int, int]], ends: dict[int, tuple[int, int]]
) -> set[tuple[int, int]]:
    """Append each row to its part; return the chunks that changed."""
    placed, touched = [], set()
    for part, row_id in coming:
        chunk, count = ends[part]
        if count >= CHUNK:
            chunk, count = chunk + 1, 0
        ends[part] = chunk, count + 1
        placed.append((chunk, row_id))
        touched.add((part, chunk))
    db.executemany(
        "UPDATE revocations SET chunk = :chunk WHERE id = :id",
        ({"chunk": chunk, "id": row_id} for chunk, row_id in placed),
    )
    return touched


def _last(db: Connection, certifier_id: int, part: int) -> tuple[int, int]:
    row = db.execute(
        "SELECT number, count FROM crl_chunks WHERE certifier_id = :id AND part = :part AND is_current = 1"
        " ORDER BY number DESC LIMIT 1",
        {"id": certifier_id, "part": part},
    ).fetchone()
    return (int(row["number"]), int(row["count"])) if row else (1, 0)


def _rows(db: Connection, certifier_id: int, part: int, chunk: int) -> list[Row]:
    return db.execute(
        "SELECT entry FROM revocations WHERE certifier_id = :id AND part = :part AND chunk = :chunk"
        " ORDER BY revoked_at, serial_hex",
        {"id": certifier_id, "part": part, "chunk": chunk},
    ).fetchall()


def _made_again(db: Connection, certifier_id: int, part: int, chunk: int) -> bytes:
    return b"".join(blobs.octets(row["entry"]) for row in _rows(db, certifier_id, part, chunk))


def _write(db: Connection, certifier_id: int, part: int, chunk: int) -> None:
    key, rows = {"id": certifier_id, "part": part, "chunk": chunk}, _rows(db, certifier_id, part, chunk)
    db.execute(
        "UPDATE crl_chunks SET is_current = 0"
        " WHERE certifier_id = :id AND part = :part AND number = :chunk AND is_current = 1",
        key,
    )
    if rows:
        entries = b"".join(row["entry"] for row in rows)
        db.execute(
            "INSERT INTO crl_chunks (certifier_id, part, number, is_current, entries, count, sha256)"
            " VALUES (:id, :part, :chunk, 1, :entries, :n, :sha256)",
            {**key, "entries": entries, "n": len(rows), "sha256": hashlib.sha256(entries).hexdigest()},
        )


def extent(db: Connection, certifier_id: int, part: int = 0) -> tuple[int, int]:
    """Return the number of entries on the list of a part, or on the complete one, and their size in octets."""
    row = db.execute(
        "SELECT coalesce(sum(count), 0) AS number, coalesce(sum(length(entries)), 0) AS size FROM crl_chunks"
        " WHERE certifier_id = :id AND is_current = 1 AND (:part = 0 OR part = :part)",
        {"id": certifier_id, "part": part},
    ).fetchone()
    return int(row["number"]), int(row["size"])


def checked_chunks(
    db: Connection, certifier_id: int, part: int = 0, *, mend: bool = False
) -> Iterator[tuple[int, bytes]]:
    """Yield the entries of a part, or of the complete list: chunk after chunk, each with its id.

    A chunk that is damaged is made again from the revocations that it was made from; `mend` stores it, too.

    Raises:
        Tampered: the entries of a chunk are not those that were put into it, and those are not there any more.

    """
    return ((row["id"], entries) for row, entries in _whole_chunks(db, certifier_id, part, mend=mend))


def _whole_chunks(
    db: Connection, certifier_id: int, part: int = 0, *, mend: bool = False
) -> Iterator[tuple[Row, bytes]]:
    for row in _current(db, certifier_id, part):
        entries = blobs.octets(row["entries"])
        if not _is_whole(row):
            entries = _made_again(db, certifier_id, row["part"], row["number"])
            if hashlib.sha256(entries).hexdigest() != row["sha256"]:
                raise _altered(row["part"], row["number"])
            if mend:
                db.execute(
                    "UPDATE crl_chunks SET entries = :entries WHERE id = :id", {"id": row["id"], "entries": entries}
                )
        yield row, entries


def check_places(db: Connection, certifier_id: int) -> None:
    """Check all chunks, and that the rows on the list are those whose entries they have.

    Raises:
        Tampered: a chunk was altered, or a row was put on the list, taken from it, or put into another chunk.

    """
    listed: dict[tuple[int, int], set[str]] = {}
    sql = "SELECT part, chunk, serial_hex FROM revocations WHERE certifier_id = :id AND chunk IS NOT NULL"
    for row in db.execute(sql, {"id": certifier_id}):
        listed.setdefault((row["part"], row["chunk"]), set()).add(row["serial_hex"])
    for chunk in _current(db, certifier_id):
        which = chunk["part"], chunk["number"]
        known = [serial for serial, _entry in _entries(chunk["entries"])] if _is_whole(chunk) else None
        if known is None or listed.pop(which, set()) != {*known} or chunk["count"] != len(known):
            raise _altered(*which)
    for which in listed:
        raise _altered(*which)


def _current(db: Connection, certifier_id: int, part: int = 0) -> Iterator[Row]:
    return db.execute(
        "SELECT id, part, number, count, sha256, entries FROM crl_chunks"
        " WHERE certifier_id = :id AND is_current = 1 AND (:part = 0 OR part = :part) ORDER BY part, number",
        {"id": certifier_id, "part": part},
    )


def make_chunks(db: Connection, certifier_id: int) -> None:
    """Make damaged chunks again from their rows, and put those rows on the list whose entries the chunks have.

    Raises:
        Tampered: as `checked_chunks` does.

    """
    whole = [*_whole_chunks(db, certifier_id, mend=True)]
    db.execute("UPDATE revocations SET chunk = NULL WHERE certifier_id = :id", {"id": certifier_id})
    for chunk, entries in whole:
        serials = [serial for serial, _entry in _entries(entries)]
        db.execute("UPDATE crl_chunks SET count = :count WHERE id = :id", {"id": chunk["id"], "count": len(serials)})
        values = ({"number": chunk["number"], "id": certifier_id, "serial": serial} for serial in serials)
        sql = "UPDATE revocations SET chunk = :number WHERE certifier_id = :id AND serial_hex = :serial"
        db.executemany(sql, values)


def make_missing_chunks(db: Connection, certifier_id: int) -> None:
    """Make chunks again that are gone, from the rows that were put into them, and then as `make_chunks` does.

    Raises:
        Tampered: as `checked_chunks` does.

    """
    key = {"id": certifier_id}
    sql = "SELECT DISTINCT part, chunk FROM revocations WHERE certifier_id = :id AND chunk IS NOT NULL"
    rows = db.execute(sql, key)
    wanted = {(row["part"], row["chunk"]) for row in rows}
    present = {(row["part"], row["number"]): row["id"] for row in _current(db, certifier_id)}
    for which in present.keys() - wanted:  # no row was put into it
        db.execute("UPDATE crl_chunks SET is_current = 0 WHERE id = :id", {"id": present[which]})
    for part, number in wanted - present.keys():
        entries = _made_again(db, certifier_id, part, number)
        values = {"part": part, "number": number, "count": sum(1 for _entry in _entries(entries)), "entries": entries}
        db.execute(
            "INSERT INTO crl_chunks (certifier_id, part, number, is_current, count, sha256, entries)"
            " VALUES (:id, :part, :number, 1, :count, :sha256, :entries)",
            {**key, **values, "sha256": hashlib.sha256(entries).hexdigest()},
        )
    make_chunks(db, certifier_id)


def has_changed_since(db: Connection, certifier_id: int, number: int) -> bool:
    """Return whether a certificate was revoked or released after the CRL with this number."""
    return next(changed_since(db, certifier_id, number), None) is not None


def count_changed_since(db: Connection, certifier_id: int, number: int) -> int:
    """Return how many certificates were revoked or released after the CRL with this number."""
    row = db.execute(
        "SELECT count(*) AS number FROM revocations WHERE certifier_id = :id AND since > :number",
        {"id": certifier_id, "number": number},
    ).fetchone()
    return int(row["number"])


def changed_since(db: Connection, certifier_id: int, number: int) -> Iterator[RevocationRecord]:
    """Yield the certificates that were revoked or released after the CRL with this number."""
    rows = db.execute(
        "SELECT * FROM revocations WHERE certifier_id = :id AND since > :number ORDER BY since, id",
        {"id": certifier_id, "number": number},
    )
    return (record(RevocationRecord, row) for row in rows)


def dated_after(db: Connection, certifier_id: int, moment: datetime, number: int) -> list[RevocationRecord]:
    """Return the revocations with a later date than this moment, of those first on a list after this number."""
    rows = db.execute(
        "SELECT * FROM revocations WHERE certifier_id = :id AND since > :number AND released_at IS NULL"
        " AND revoked_at > :moment",
        {"id": certifier_id, "number": number, "moment": instant(moment)},
    )
    return [record(RevocationRecord, row) for row in rows]


def newest(db: Connection, certifier_id: int, part: int, most: int) -> list[RevocationRecord]:
    """Return the newest revocations that are still listed; part 0: in any part."""
    rows = db.execute(
        "SELECT * FROM revocations WHERE certifier_id = :id AND (:part = 0 OR part = :part) AND chunk IS NOT NULL"
        " ORDER BY since DESC, serial_hex LIMIT :most",
        {"id": certifier_id, "part": part, "most": most},
    )
    return [record(RevocationRecord, row) for row in rows]
