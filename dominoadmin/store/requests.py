"""Certificate Requests databases, their requests, and the requests' documents in Admin4.

The states of what is undone are literals in the SQL: the partial indexes name them, and SQLite uses such an index only
for a condition that it can compare. `tests/services/test_states.py` compares them with the enums.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from dominoadmin.store.database import Connection
from dominoadmin.store.reading import every
from dominoadmin.store.records import (
    AdminRequestRecord,
    DatabaseRecord,
    EditRecord,
    Fields,
    RequestRecord,
    dump,
    instant,
    record,
)
from dominoadmin.store.sqlite import plans
from dominoadmin.store.sqlite.documents import one_of

_UNDONE: Final = "r.state IN ('Pending Submission', 'Submitted to Administration Process')"
_OPEN: Final = "a.state IN ('New', 'Approved')"
"""The condition of a document in Admin4 that somebody has to decide, or the CA process to carry out."""


def add_database(db: Connection, database: DatabaseRecord) -> None:
    """Add a Certificate Requests database."""
    db.execute(
        "INSERT INTO databases (file, title, template, server, certifier_id, fields, created_at)"
        " VALUES (:file, :title, :template, :server, :certifier_id, :fields, :created_at)",
        {**database.__dict__, "fields": dump(database.fields), "created_at": instant(database.created_at)},
    )


def set_database_fields(db: Connection, file: str, fields: Fields) -> None:
    """Replace the Database Configuration."""
    db.execute("UPDATE databases SET fields = :fields WHERE file = :file", {"fields": dump(fields), "file": file})


def databases(db: Connection) -> list[DatabaseRecord]:
    """Return all Certificate Requests databases, by file name."""
    return every(DatabaseRecord, db.execute("SELECT * FROM databases ORDER BY file"))


def find_database(db: Connection, file: str) -> DatabaseRecord | None:
    """Return the database with this file name; case is ignored."""
    row = db.execute("SELECT * FROM databases WHERE lower(file) = lower(:file)", {"file": file}).fetchone()
    return record(DatabaseRecord, row) if row else None


def database_of(db: Connection, certifier_id: int) -> DatabaseRecord | None:
    """Return the certifier's database."""
    row = db.execute("SELECT * FROM databases WHERE certifier_id = :id", {"id": certifier_id}).fetchone()
    return record(DatabaseRecord, row) if row else None


def add(db: Connection, request: RequestRecord) -> int:
    """Add a request; return its id."""
    row = db.execute(
        "INSERT INTO requests (id, kind, database, certifier_id, csr, subject, applicant, key_ring, state, pickup_id,"
        " fields, remarks, requested_at, key_fingerprint)"
        " VALUES (:id, :kind, :database, :certifier_id, :csr, :subject, :applicant, :key_ring, :state,"
        " :pickup_id, :fields, :remarks, :requested_at, :key_fingerprint) RETURNING id",
        {
            **request.__dict__,
            "id": request.id or None,  # the database's choice
            "fields": dump(request.fields),
            "remarks": dump(request.remarks),
            "requested_at": instant(request.requested_at),
        },
    ).fetchone()
    return int(row["id"])


def last_number(db: Connection) -> int:
    """Return the highest number of a request, or 0."""
    return int(db.execute("SELECT coalesce(max(id), 0) FROM requests").fetchone()[0])


def find(db: Connection, request_id: int) -> RequestRecord | None:
    """Return a request."""
    row = db.execute("SELECT * FROM requests WHERE id = :id", {"id": request_id}).fetchone()
    return record(RequestRecord, row) if row else None


def keys_of(db: Connection, request_ids: Sequence[int]) -> list[str]:
    """Return the fingerprints of the keys of requests, as their rows say them."""
    sql = f"SELECT key_fingerprint FROM requests WHERE id {one_of('ids')}"  # noqa: S608
    return [row["key_fingerprint"] for row in db.execute(sql, {"ids": dump([*request_ids])})]


def count_undecided(db: Connection, database: DatabaseRecord, most: int) -> int:
    """Return the number of requests of a database that are not decided or not carried out yet, up to about `most`.

    No more are counted, however many there are.
    """
    submitted = plans.nested("admin_requests a", "requests r", "r.id = a.request_id")
    row = db.execute(
        "SELECT (SELECT count(*) FROM (SELECT 1 FROM requests r WHERE r.database = :database"  # noqa: S608
        f" AND r.state = 'Pending Submission' AND {_UNDONE} LIMIT :most))"
        f" + (SELECT count(*) FROM (SELECT 1 FROM {submitted} WHERE a.certifier_id = :certifier AND {_OPEN}"
        f" AND r.database = :database AND {_UNDONE} LIMIT :most)) AS number",
        {"database": database.file, "certifier": database.certifier_id, "most": most},
    ).fetchone()
    return int(row["number"])


_OF_KEY: Final = (
    f"FROM requests r LEFT JOIN admin_requests a ON a.request_id = r.id WHERE r.database = :database AND {_UNDONE}"
    f" AND (a.state IS NULL OR {_OPEN})"
)


def count_of_key(db: Connection, database: str, key_fingerprint: str, most: int) -> int:
    """Return the number of undecided requests of a database for one key, up to `most`."""
    row = db.execute(
        f"SELECT count(*) AS number FROM (SELECT 1 {_OF_KEY} AND r.key_fingerprint = :key LIMIT :most)",  # noqa: S608
        {"database": database, "key": key_fingerprint, "most": most},
    ).fetchone()
    return int(row["number"])


def find_undecided(db: Connection, database: str, key_fingerprint: str, csr: bytes) -> int | None:
    """Return the number of an undecided request for this key with exactly these bytes."""
    row = db.execute(
        f"SELECT r.id AS id {_OF_KEY} AND r.key_fingerprint IN (:key, '') AND r.csr = :csr",  # '': earlier versions
        {"database": database, "key": key_fingerprint, "csr": csr},
    ).fetchone()
    return int(row["id"]) if row else None


def transferable(db: Connection, database: str) -> list[RequestRecord]:
    """Return the requests of a database to be submitted or pulled, oldest first."""
    rows = db.execute(
        f"SELECT r.* FROM requests r WHERE r.database = :database AND r.state = 'Pending Submission' AND {_UNDONE}"  # noqa: S608
        " UNION ALL SELECT r.* FROM requests r JOIN admin_requests a ON a.request_id = r.id"
        f" WHERE r.database = :database AND r.state = 'Submitted to Administration Process' AND {_UNDONE}"
        " AND a.state IN ('Issued', 'Rejected') ORDER BY id",
        {"database": database},
    )
    return every(RequestRecord, rows)


def find_by_pickup_id(db: Connection, pickup_id: str) -> RequestRecord | None:
    """Return the request with this pickup ID."""
    row = db.execute("SELECT * FROM requests WHERE pickup_id = :pickup_id", {"pickup_id": pickup_id}).fetchone()
    return record(RequestRecord, row) if row else None


def set_state(db: Connection, request_id: int, state: str, pulled_at: datetime | None = None) -> None:
    """Set the request's state in its database."""
    db.execute(
        "UPDATE requests SET state = :state, pulled_at = coalesce(:pulled_at, pulled_at) WHERE id = :id",
        {"state": state, "pulled_at": instant(pulled_at) if pulled_at else None, "id": request_id},
    )


def add_admin_request(db: Connection, document: AdminRequestRecord) -> None:
    """Put a request's document into Admin4."""
    db.execute(
        "INSERT INTO admin_requests (request_id, certifier_id, state, fields, decision, reason, serial_hex, changed_at)"
        " VALUES (:request_id, :certifier_id, :state, :fields, :decision, :reason, :serial_hex, :changed_at)",
        {**document.__dict__, "fields": dump(document.fields), "changed_at": instant(document.changed_at)},
    )


def find_admin_request(db: Connection, request_id: int) -> AdminRequestRecord | None:
    """Return a request's document in Admin4."""
    row = db.execute("SELECT * FROM admin_requests WHERE request_id = :id", {"id": request_id}).fetchone()
    return record(AdminRequestRecord, row) if row else None


class DecidedRequest(NamedTuple):
    """A request with the decision about it, as it is stored, and the time of the last change in Admin4."""

    id: int
    certifier_id: int
    csr: bytes
    decision: bytes
    changed_at: str


def decided(db: Connection) -> Iterator[DecidedRequest]:
    """Yield all requests that have a decision, oldest first, without holding more than one."""
    rows = db.execute(
        "SELECT r.id, r.certifier_id, r.csr, a.decision, a.changed_at FROM admin_requests a"
        " JOIN requests r ON r.id = a.request_id WHERE a.decision IS NOT NULL ORDER BY a.request_id"
    )
    return (DecidedRequest(*row) for row in rows)


def open_documents(db: Connection, certifier_id: int, state: str, limit: int = -1) -> list[AdminRequestRecord]:
    """Return a certifier's documents of Admin4 in an undone state, New or Approved, oldest first."""
    rows = db.execute(
        f"SELECT a.* FROM admin_requests a WHERE a.certifier_id = :certifier AND a.state = :state AND {_OPEN}"  # noqa: S608
        f" ORDER BY a.request_id {plans.AT_MOST}",
        {"state": state, "certifier": certifier_id, "limit": limit},
    )
    return every(AdminRequestRecord, rows)


def open_numbers(db: Connection, certifier_id: int, state: str, *, limit: int, after: int = 0) -> list[int]:
    """Return the numbers of a certifier's requests in an undone state of Admin4, oldest first: those after a number."""
    rows = db.execute(
        f"SELECT a.request_id FROM admin_requests a WHERE a.certifier_id = :certifier AND a.state = :state AND {_OPEN}"  # noqa: S608
        f" AND a.request_id > :after ORDER BY a.request_id {plans.AT_MOST}",
        {"state": state, "certifier": certifier_id, "after": after, "limit": limit},
    )
    return [int(row["request_id"]) for row in rows]


def with_documents(db: Connection, numbers: Sequence[int]) -> list[tuple[RequestRecord, AdminRequestRecord]]:
    """Return requests by their numbers with their documents in Admin4, oldest first.

    Raises:
        Damaged: a row cannot be read, and the caller is not `leaving_out` such rows.

    """
    wanted = {"ids": dump(list(numbers))}
    rows = db.execute(f"SELECT * FROM requests WHERE id {one_of('ids')} ORDER BY id", wanted)  # noqa: S608
    found = every(RequestRecord, rows)
    rows = db.execute(f"SELECT * FROM admin_requests WHERE request_id {one_of('ids')}", wanted)  # noqa: S608
    documents = {each.request_id: each for each in every(AdminRequestRecord, rows)}
    return [(each, documents[each.id]) for each in found if each.id in documents]


def give_up(db: Connection, request_id: int, state: str, reason: str) -> None:
    """Set the state and reason of a document whose row cannot be read."""
    db.execute(
        "UPDATE admin_requests SET state = :state, reason = :reason WHERE request_id = :id",
        {"state": state, "reason": reason, "id": request_id},
    )


def decide(db: Connection, documents: Iterable[AdminRequestRecord], expected: str) -> list[int]:
    """Write the state, decision, fields, reason and serial of documents still in state `expected`; return their ids."""
    changed = []
    for document in documents:
        cursor = db.execute(
            "UPDATE admin_requests SET state = :state, fields = :fields, decision = :decision, reason = :reason,"
            " serial_hex = :serial_hex, changed_at = :changed_at WHERE request_id = :request_id AND state = :expected",
            {
                **document.__dict__,
                "fields": dump(document.fields),
                "changed_at": instant(document.changed_at),
                "expected": expected,
            },
        )
        if cursor.rowcount == 1:
            changed.append(document.request_id)
    return changed


def set_states(db: Connection, documents: Iterable[AdminRequestRecord], expected: str) -> int:
    """Write the state, reason and serial of documents still in state `expected`; return how many were.

    Nothing else of them has changed.
    """
    cursor = db.executemany(
        "UPDATE admin_requests SET state = :state, reason = :reason, serial_hex = :serial_hex, changed_at = :changed_at"
        " WHERE request_id = :request_id AND state = :expected",
        (
            {
                "state": each.state, "reason": each.reason, "serial_hex": each.serial_hex,
                "changed_at": instant(each.changed_at), "request_id": each.request_id, "expected": expected,
            }
            for each in documents
        ),
    )  # fmt: skip
    return max(cursor.rowcount, 0)  # -1: there was nothing to do


def add_edit(db: Connection, edit: EditRecord) -> None:
    """Record an RA's change."""
    db.execute(
        "INSERT INTO request_edits (id, request_id, editor, edited_at, before, after)"
        " VALUES (:id, :request_id, :editor, :edited_at, :before, :after)",
        {
            "id": edit.id or None,  # the database's choice
            "request_id": edit.request_id,
            "editor": edit.editor,
            "edited_at": instant(edit.edited_at),
            "before": dump(edit.before),
            "after": dump(edit.after),
        },
    )


def edits(db: Connection, request_ids: Sequence[int]) -> list[EditRecord]:
    """Return the changes of requests, oldest first."""
    rows = db.execute(
        f"SELECT * FROM request_edits WHERE request_id {one_of('ids')} ORDER BY id",  # noqa: S608
        {"ids": dump(list(request_ids))},
    )
    return every(EditRecord, rows)


def edit_numbers(db: Connection, request_ids: Sequence[int]) -> list[tuple[int, int]]:
    """Return the numbers of the changes of requests, with those of the requests."""
    rows = db.execute(
        f"SELECT id, request_id FROM request_edits WHERE request_id {one_of('ids')}",  # noqa: S608
        {"ids": dump(list(request_ids))},
    )
    return [(row["id"], row["request_id"]) for row in rows]
