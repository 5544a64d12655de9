"""The requests of a database as a view reads them: all numbers in an order, then the rows of what is on the screen."""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dominoadmin.errors import Damaged
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AdminRequestRecord, RequestRecord, record, words

BY_NUMBER, BY_STATE, BY_SUBJECT, BY_KEY_RING, BY_TIME, BY_APPLICANT = range(6)
_STATE: Final = "CASE WHEN coalesce(a.state, 'New') = 'New' THEN r.state ELSE a.state END"
_FIELDS: Final = "iif(json_valid(a.fields), a.fields, 'null')"
_SUBJECT: Final = f"coalesce('CN=' || nullif(json_extract({_FIELDS}, '$.subject.common_name'), ''), r.subject)"
"""What an RA has edited is in Admin4."""
_TIME: Final = "coalesce(r.pulled_at, r.requested_at)"
_ORDERS: Final = {
    BY_NUMBER: "r.id {way}",
    BY_STATE: f"{_STATE} {{way}}, r.id {{way}}",
    BY_SUBJECT: f"{_SUBJECT} COLLATE NOCASE {{way}}, r.id {{way}}",
    BY_KEY_RING: "r.key_ring COLLATE NOCASE {way}, r.id {way}",
    BY_TIME: f"{_TIME} {{way}}, r.id {{way}}",
    BY_APPLICANT: "r.applicant COLLATE NOCASE {way}, r.id {way}",
}
_EDITED: Final = f"(SELECT group_concat(value, '/') FROM json_each({_FIELDS}, '$.{{part}}'))"  # noqa: S608
_TEXTS: Final = (
    "r.subject || ' ' || coalesce({subject}, '') || ' ' || coalesce({names}, '') || ' ' || r.key_ring"
    f" || ' ' || r.applicant || ' ' || r.id || ' ' || strftime('%Y-%m-%d %H:%M', {_TIME}, 'localtime')"
).format(subject=_EDITED.format(part="subject"), names=_EDITED.format(part="names"))


@dataclass(frozen=True)
class Wanted:
    """Which requests a view shows. `labels`: the states and how they are called on the screen, which is searched."""

    database: str
    pulled: bool
    search: str = ""
    labels: Mapping[str, str] | None = None


def ids(db: Connection, wanted: Wanted, order: int, *, descending: bool = False, limit: int = -1) -> array[int]:
    """Return the numbers of the requests in an order."""
    values: dict[str, Any] = {"database": wanted.database, "limit": limit}
    conditions = ["r.database = :database", f"r.pulled_at IS {'NOT ' if wanted.pulled else ''}NULL"]
    for number, word in enumerate(words(wanted.search)):
        conditions.append(_word(number, word, wanted.labels or {}, values))
    needs_document = bool(wanted.search.split()) or order in (BY_STATE, BY_SUBJECT)
    document = " LEFT JOIN admin_requests a ON a.request_id = r.id" if needs_document else ""
    way = "DESC" if descending else "ASC"
    # The pieces are constants of this module; what people type is in the values.
    query = f"SELECT r.id FROM requests r{document} WHERE {' AND '.join(conditions)}"  # noqa: S608
    rows = db.execute(f"{query} ORDER BY {_ORDERS[order].format(way=way)} LIMIT :limit", values)
    return array("q", (row[0] for row in rows))


def page(db: Connection, wanted: Sequence[int]) -> dict[int, tuple[RequestRecord, AdminRequestRecord | None]]:
    """Return requests with their documents by their numbers; without those whose rows the program never wrote so."""
    marks = ", ".join("?" * len(wanted))
    documents = db.execute(f"SELECT * FROM admin_requests WHERE request_id IN ({marks})", tuple(wanted))  # noqa: S608
    known = {row["request_id"]: row for row in documents}
    found: dict[int, tuple[RequestRecord, AdminRequestRecord | None]] = {}
    for row in db.execute(f"SELECT * FROM requests WHERE id IN ({marks})", tuple(wanted)):  # noqa: S608
        document = known.get(row["id"])
        try:
            found[row["id"]] = (record(RequestRecord, row), record(AdminRequestRecord, document) if document else None)
        except Damaged:
            continue
    return found


def _word(number: int, word: str, labels: Mapping[str, str], values: dict[str, Any]) -> str:
    name = f"like{number}"
    plain = re.sub("([%_!])", r"!\1", word)
    values[name] = f"%{plain}%"
    called = [state for state, label in labels.items() if word.casefold() in label.casefold()]
    for place, state in enumerate(called):
        values[f"state{number}_{place}"] = state
    states = ", ".join(f":state{number}_{place}" for place in range(len(called)))
    return f"({_TEXTS} LIKE :{name} ESCAPE '!' OR {_STATE} IN ({states}))"
