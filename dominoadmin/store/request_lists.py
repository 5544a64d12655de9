"""Requests as views read them, of a database or of Admin4: all numbers in an order, then the rows of the screen."""

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
BY_NAMES, BY_CERTIFIER, BY_KIND, BY_REASON, BY_DECISION = range(6, 11)
"""Of views of Admin4 only."""
# A literal: orders have no values of their own. tests/services/test_states.py compares it with the enum.
_STATE: Final = "CASE WHEN coalesce(a.state, 'New') = 'New' THEN r.state ELSE a.state END"
_FIELDS: Final = "iif(json_valid(a.fields), a.fields, 'null')"
_SUBJECT: Final = f"coalesce('CN=' || nullif(json_extract({_FIELDS}, '$.subject.common_name'), ''), r.subject)"
"""What an RA has edited is in Admin4."""
_TIME: Final = "coalesce(r.pulled_at, r.requested_at)"
_EDITED: Final = f"(SELECT group_concat(value, '{{between}}') FROM json_each({_FIELDS}, '$.{{part}}'))"  # noqa: S608
"""To be searched only: SQLite joins in any order, and learned ORDER BY within group_concat after 3.40."""
_EDITED_NAMES: Final = _EDITED.format(part="names", between=", ")
_NAMES: Final = f"coalesce(nullif(json_extract({_FIELDS}, '$.names'), '[]'), '')"
"""To be sorted by: a list of JSON keeps its order."""
_ORDERS: Final = {
    BY_NUMBER: "r.id {way}",
    BY_STATE: f"{_STATE} {{way}}, r.id {{way}}",
    BY_SUBJECT: f"{_SUBJECT} COLLATE NOCASE {{way}}, r.id {{way}}",
    BY_KEY_RING: "r.key_ring COLLATE NOCASE {way}, r.id {way}",
    BY_TIME: f"{_TIME} {{way}}, r.id {{way}}",
    BY_APPLICANT: "r.applicant COLLATE NOCASE {way}, r.id {way}",
    BY_NAMES: f"{_NAMES} COLLATE NOCASE {{way}}, r.id {{way}}",
    BY_CERTIFIER: "c.name COLLATE NOCASE {way}, r.id {way}",
    BY_KIND: "r.kind {way}, r.id {way}",
    BY_DECISION: "a.state {way}, r.id {way}",
    BY_REASON: "a.reason COLLATE NOCASE {way}, r.id {way}",
}
_TEXTS: Final = (
    "r.subject || ' ' || coalesce({subject}, '') || ' ' || coalesce({names}, '') || ' ' || r.key_ring"
    " || ' ' || r.applicant || ' ' || r.id || ' ' || strftime('%Y-%m-%d %H:%M', {time}, 'localtime')"
).format(subject=_EDITED.format(part="subject", between="/"), names=_EDITED_NAMES, time=_TIME)
_MORE_TEXTS: Final = f"{_TEXTS} || ' ' || c.name || ' ' || a.reason"
_SUBMITTED: Final = (
    " FROM admin_requests a JOIN requests r ON r.id = a.request_id JOIN certifiers c ON c.id = r.certifier_id"
)


@dataclass(frozen=True)
class Wanted:
    """Which requests a view shows: those of a database that were pulled or were not, or those in Admin4.

    In Admin4 `states` says which there, and `kind` and `other_than` of which kind; empty: all.
    `labels` and `kinds`: the states and kinds and how they are called on the screen, which is searched.
    """

    database: str = ""
    pulled: bool = False
    search: str = ""
    labels: Mapping[str, str] | None = None
    kinds: Mapping[str, str] | None = None
    is_admin4: bool = False
    states: tuple[str, ...] = ()
    kind: str = ""
    other_than: str = ""


def ids(db: Connection, wanted: Wanted, order: int, *, descending: bool = False, limit: int = -1) -> array[int]:
    """Return the numbers of the requests in an order."""
    values: dict[str, Any] = {"database": wanted.database, "limit": limit}
    if wanted.is_admin4:
        conditions, source = _in_admin4(wanted, values), _SUBMITTED
    else:
        conditions = ["r.database = :database", f"r.pulled_at IS {'NOT ' if wanted.pulled else ''}NULL"]
        needs_document = bool(wanted.search.split()) or order in (BY_STATE, BY_SUBJECT)
        document = " LEFT JOIN admin_requests a ON a.request_id = r.id" if needs_document else ""
        source = f" FROM requests r{document}"
    for number, word in enumerate(words(wanted.search)):
        conditions.append(_word(number, word, wanted, values))
    way = "DESC" if descending else "ASC"
    # The pieces are constants of this module; what people type is in the values.
    query = f"SELECT r.id{source} WHERE {' AND '.join(conditions)}"
    rows = db.execute(f"{query} ORDER BY {_ORDERS[order].format(way=way)} LIMIT :limit", values)
    return array("q", (row[0] for row in rows))


def _in_admin4(wanted: Wanted, values: dict[str, Any]) -> list[str]:
    values |= {"kind": wanted.kind, "other": wanted.other_than}
    values |= {f"wanted{place}": state for place, state in enumerate(wanted.states)}
    conditions = ["(:kind = '' OR r.kind = :kind)", "(:other = '' OR r.kind <> :other)"]
    if wanted.states:
        conditions.append(f"a.state IN ({', '.join(f':wanted{place}' for place in range(len(wanted.states)))})")
    return conditions


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


def _word(number: int, word: str, wanted: Wanted, values: dict[str, Any]) -> str:
    name = f"like{number}"
    plain = re.sub("([%_!])", r"!\1", word)
    values[name] = f"%{plain}%"
    states = _called(f"state{number}", word, wanted.labels or {}, values)
    kinds = _called(f"kind{number}", word, wanted.kinds or {}, values)
    texts, state = (_MORE_TEXTS, "a.state") if wanted.is_admin4 else (_TEXTS, _STATE)
    return f"({texts} LIKE :{name} ESCAPE '!' OR {state} IN ({states}) OR r.kind IN ({kinds}))"


def _called(name: str, word: str, labels: Mapping[str, str], values: dict[str, Any]) -> str:
    """Return the places of the values whose label has the word in it."""
    called = [value for value, label in labels.items() if word.casefold() in label.casefold()]
    values |= {f"{name}_{place}": value for place, value in enumerate(called)}
    return ", ".join(f":{name}_{place}" for place in range(len(called)))
