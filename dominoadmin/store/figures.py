"""Numbers for the status: counted by indexes, so that they are quick with a million certificates.

OCSP responders renew themselves, so their certificates do not count: those without a request.
"""

from __future__ import annotations

from datetime import datetime
from typing import Final

from dominoadmin.store.database import Connection
from dominoadmin.store.records import instant
from dominoadmin.store.sqlite import plans

_SINCE: Final = "{column} >= :start AND {column} < :end"
_IN_TIME: Final = f"certifier_id = :id AND {_SINCE}"
# A count of a range of an index reads nothing else. So what does not count is subtracted: it is little, and found by
# other indexes. The states are literals, as the partial indexes name them (tests/services/test_states.py).
_OF_RESPONDERS: Final = f"request_id IS NULL AND {plans.no_index('certifier_id')} = :id AND {_SINCE}"
_ISSUED: Final = f"""SELECT (SELECT count(*) FROM issued WHERE {_IN_TIME})
    - (SELECT count(*) FROM issued WHERE {_OF_RESPONDERS}) AS number"""  # noqa: S608
_FIRST: Final = f"""SELECT i.not_after, i.id FROM issued i WHERE i.certifier_id = :id AND i.not_after >= :start
    AND i.not_after < :end AND {plans.no_index("i.request_id")} IS NOT NULL AND NOT EXISTS (SELECT 1 FROM revocations r
    WHERE r.certifier_id = i.certifier_id AND r.serial_hex = i.serial_hex AND r.released_at IS NULL)
    ORDER BY i.not_after, i.id LIMIT :limit"""  # noqa: S608
_ENDING: Final = f"""SELECT (SELECT count(*) FROM issued WHERE {_IN_TIME})
    - (SELECT count(*) FROM revocations WHERE {_IN_TIME} AND chunk IS NOT NULL)
    - (SELECT count(*) FROM revocations WHERE {_IN_TIME} AND chunk IS NULL AND released_at IS NULL)
    + (SELECT count(*) FROM revocations WHERE {_IN_TIME} AND chunk IS NOT NULL AND released_at IS NOT NULL)
    - (SELECT count(*) FROM issued i WHERE {_OF_RESPONDERS} AND NOT EXISTS (SELECT 1
    FROM revocations r WHERE r.certifier_id = i.certifier_id AND r.serial_hex = i.serial_hex AND released_at IS NULL))
    AS number"""  # noqa: S608


def issued(db: Connection, certifier_id: int, start: datetime, end: datetime) -> int:
    """Return how many certificates a certifier has issued since a time, and before another one."""
    return _number(db, _ISSUED.format(column="issued_at"), certifier_id, start, end)


def ending(db: Connection, certifier_id: int, start: datetime, end: datetime) -> int:
    """Return how many of a certifier's certificates end since a time, and before another one; no revoked ones."""
    return _number(db, _ENDING.format(column="not_after"), certifier_id, start, end)


def first_ending(
    db: Connection, certifier_id: int, start: datetime, end: datetime, limit: int
) -> list[tuple[str, int]]:
    """Return the certificates that `ending` counts and that end first: when, as in the store, and the row's number."""
    values = {"id": certifier_id, "start": instant(start), "end": instant(end), "limit": limit}
    return [(str(row["not_after"]), int(row["id"])) for row in db.execute(_FIRST, values)]


def revoked(db: Connection, certifier_id: int) -> int:
    """Return how many of a certifier's certificates are revoked now, at any time since its registration."""
    row = db.execute(
        "SELECT (SELECT count(*) FROM revocations WHERE certifier_id = :id)"
        " - (SELECT count(*) FROM revocations WHERE certifier_id = :id AND released_at IS NOT NULL) AS number",
        {"id": certifier_id},
    ).fetchone()
    return int(row["number"])


def _number(db: Connection, sql: str, certifier_id: int, start: datetime, end: datetime) -> int:
    values = {"id": certifier_id, "start": instant(start), "end": instant(end)}
    return int(db.execute(sql, values).fetchone()["number"])


def undecided(db: Connection, certifier_id: int) -> int:
    """Return how many requests wait in Admin4 for an RA of a certifier."""
    row = db.execute(
        "SELECT count(*) AS number FROM admin_requests WHERE certifier_id = :id AND state = 'New'"
        " AND state IN ('New', 'Approved')",
        {"id": certifier_id},
    ).fetchone()
    return int(row["number"])


def first_undecided(db: Connection, certifier_id: int, limit: int) -> list[int]:
    """Return the numbers of the requests that have waited longest in Admin4 for an RA of a certifier."""
    rows = db.execute(
        "SELECT request_id FROM admin_requests WHERE certifier_id = :id AND state = 'New'"
        " AND state IN ('New', 'Approved') ORDER BY request_id LIMIT :limit",
        {"id": certifier_id, "limit": limit},
    )
    return [int(row["request_id"]) for row in rows]


def approved(db: Connection, certifier_id: int, until: datetime) -> int:
    """Return how many approved requests have waited for the CA process since before a time."""
    row = db.execute(
        "SELECT count(*) AS number FROM admin_requests WHERE certifier_id = :id AND state = 'Approved'"
        " AND state IN ('New', 'Approved') AND changed_at <= :until",
        {"id": certifier_id, "until": instant(until)},
    ).fetchone()
    return int(row["number"])


def unsubmitted(db: Connection, database: str) -> int:
    """Return how many requests of a database are not in Admin4 yet."""
    row = db.execute(
        "SELECT count(*) AS number FROM requests WHERE database = :database AND state = 'Pending Submission'"
        " AND state IN ('Pending Submission', 'Submitted to Administration Process')",
        {"database": database},
    ).fetchone()
    return int(row["number"])
