"""The signed decisions of registration authorities, by request and running number."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from dominoadmin.store import reading
from dominoadmin.store.database import Connection
from dominoadmin.store.records import LARGEST, dump
from dominoadmin.store.sqlite import documents


@dataclass(frozen=True, kw_only=True)
class DecisionRecord:
    """What an RA has signed about a request: its decisions are numbered from 1."""

    request_id: int
    number: int
    document: bytes


def add(db: Connection, decisions: Iterable[DecisionRecord]) -> None:
    """Add decisions."""
    db.executemany(
        "INSERT INTO decisions (request_id, number, document) VALUES (:request_id, :number, :document)",
        (each.__dict__ for each in decisions),
    )


def of(db: Connection, request_ids: Sequence[int]) -> list[DecisionRecord]:
    """Return the decisions about requests, those of each request in their order.

    Raises:
        Damaged: one cannot be read, unless `reading.leaving_out`.

    """
    rows = db.execute(
        f"SELECT * FROM decisions WHERE request_id {documents.one_of('ids')} ORDER BY request_id, number",  # noqa: S608
        {"ids": dump(list(request_ids))},
    )
    return reading.every(DecisionRecord, rows)


def every(db: Connection) -> Iterator[tuple[int, DecisionRecord]]:
    """Yield all decisions with the numbers of their certifiers, in the order of the requests, one at a time."""
    rows = db.execute(
        "SELECT r.certifier_id, d.request_id, d.number, d.document FROM decisions d"
        " JOIN requests r ON r.id = d.request_id ORDER BY d.request_id, d.number"
    )
    for certifier_id, request_id, number, document in rows:
        yield certifier_id, DecisionRecord(request_id=request_id, number=number, document=document)


def newest(db: Connection, request_ids: Iterable[int]) -> dict[int, int]:
    """Return the numbers of the newest decisions about requests that can be read; 0 without any."""
    ids = [*request_ids]
    rows = db.execute(
        f"SELECT request_id, max(number) AS number FROM decisions WHERE request_id {documents.one_of('ids')}"  # noqa: S608
        " AND number BETWEEN 0 AND :last GROUP BY request_id",
        {"ids": dump(ids), "last": LARGEST - 1},
    )
    return dict.fromkeys(ids, 0) | {row["request_id"]: row["number"] for row in rows}
