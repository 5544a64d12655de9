"""Requests of a database or of Admin4 for views: all numbers in an order, then the rows on the screen."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dominoadmin.errors import Damaged
from dominoadmin.store.database import Connection, Row
from dominoadmin.store.reading import leave_out, listed, note
from dominoadmin.store.records import AdminRequestRecord, RequestRecord, dump, record
from dominoadmin.store.sqlite import documents, limits, plans, texts

BY_NUMBER, BY_STATE, BY_SUBJECT, BY_KEY_RING, BY_TIME, BY_APPLICANT = range(6)
BY_NAMES, BY_CERTIFIER, BY_KIND, BY_REASON, BY_DECISION = range(6, 11)
"""Only of views of Admin4."""
# A literal: orders have no values of their own. tests/services/test_states.py compares it with the enum.
_STATE: Final = "CASE WHEN coalesce(a.state, 'New') = 'New' THEN r.state ELSE a.state END"
_FIELDS: Final = documents.readable("a.fields")
_SUBJECT: Final = f"coalesce('CN=' || nullif({documents.value(_FIELDS, 'subject.common_name')}, ''), r.subject)"
"""An RA's edits are in Admin4."""
_TIME: Final = "coalesce(r.pulled_at, r.requested_at)"
_NAMES: Final = f"coalesce(nullif({documents.value(_FIELDS, 'names')}, '[]'), '')"
"""For sorting: a JSON list keeps its order."""
_ORDERS: Final = {
    BY_NUMBER: "r.id {way}",
    BY_STATE: f"{_STATE} {{way}}, r.id {{way}}",
    BY_SUBJECT: f"{texts.in_any_case(_SUBJECT)} {{way}}, r.id {{way}}",
    BY_KEY_RING: f"{texts.in_any_case('r.key_ring')} {{way}}, r.id {{way}}",
    BY_TIME: f"{_TIME} {{way}}, r.id {{way}}",
    BY_APPLICANT: f"{texts.in_any_case('r.applicant')} {{way}}, r.id {{way}}",
    BY_NAMES: f"{texts.in_any_case(_NAMES)} {{way}}, r.id {{way}}",
    BY_CERTIFIER: f"{texts.in_any_case('c.name')} {{way}}, r.id {{way}}",
    BY_KIND: "r.kind {way}, r.id {way}",
    BY_DECISION: "a.state {way}, r.id {way}",
    BY_REASON: f"{texts.in_any_case('a.reason')} {{way}}, r.id {{way}}",
}
_TEXTS: Final = (
    "r.subject || ' ' || coalesce({subject}, '') || ' ' || coalesce({names}, '') || ' ' || r.key_ring"
    " || ' ' || r.applicant || ' ' || r.id || ' ' || {time}"
).format(
    subject=documents.joined(_FIELDS, "subject", "/"),
    names=documents.joined(_FIELDS, "names", ", "),
    time=texts.local_minute(_TIME),
)
_MORE_TEXTS: Final = f"{_TEXTS} || ' ' || c.name || ' ' || a.reason"
_STORED: Final = "coalesce(a.fields, r.fields)"
_ISSUING: Final = documents.readable(_STORED)
_NEWEST: Final = "SELECT r.id, r.id FROM requests r LEFT JOIN admin_requests a ON a.request_id = r.id"
_ROWS_TEXTS: Final = "r.subject || ' ' || r.applicant || ' ' || r.key_ring"
_NAMES_TEXTS: Final = (
    f"coalesce({documents.joined(_ISSUING, 'subject', '/')}, '') || ' ' ||"
    f" coalesce({documents.joined(_ISSUING, 'names', ', ')}, '')"
)
_SUBMITTED: Final = (
    " FROM admin_requests a JOIN requests r ON r.id = a.request_id JOIN certifiers c ON c.id = r.certifier_id"
)


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The filter of a view: requests of a database that were pulled or not, or those in Admin4.

    In Admin4 `states` filters by state, and `kind` and `other_than` by kind; empty: all.
    `labels` and `kinds`: the labels of states and kinds on the screen, which are searched.
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
    for number, word in enumerate(texts.words(wanted.search)):
        conditions.append(_word(number, word, wanted, values))
    way = "DESC" if descending else "ASC"
    # The pieces are constants of this module; typed text is in the values.
    query = f"SELECT r.id{source} WHERE {' AND '.join(conditions)}"
    rows = db.execute(f"{query} ORDER BY {_ORDERS[order].format(way=way)} {plans.AT_MOST}", values)
    return array("q", (row[0] for row in rows))


def newest(db: Connection, search: str) -> Iterator[int]:
    """Yield requests of all databases with all words in subject, names, applicant or key ring, the newest first.

    All rows are looked at until the caller has enough. JSON is only read if its text contains the word, which is four
    times faster.
    """
    values: dict[str, str] = {}
    conditions = []
    for number, word in enumerate(texts.words(search)):
        name, stored = f"like{number}", f"stored{number}"
        values |= {name: texts.pattern(word), stored: texts.pattern(dump(word)[1:-1])}
        in_names = f"{texts.contains(_STORED, stored)} AND {texts.contains(_NAMES_TEXTS, name)}"
        conditions.append(f"({texts.contains(_ROWS_TEXTS, name)} OR ({in_names}))")
    # The pieces are constants of this module; typed text is in the values.
    query = f"{_NEWEST} WHERE r.id < :after AND {' AND '.join(conditions)} ORDER BY r.id DESC"
    return limits.one_by_one(db, query, values, limits.ABOVE_ALL)


def _in_admin4(wanted: Wanted, values: dict[str, Any]) -> list[str]:
    values |= {"kind": wanted.kind, "other": wanted.other_than}
    values |= {f"wanted{place}": state for place, state in enumerate(wanted.states)}
    conditions = ["(:kind = '' OR r.kind = :kind)", "(:other = '' OR r.kind <> :other)"]
    if wanted.states:
        conditions.append(f"a.state IN ({', '.join(f':wanted{place}' for place in range(len(wanted.states)))})")
    return conditions


def page(db: Connection, wanted: Sequence[int]) -> dict[int, tuple[RequestRecord, AdminRequestRecord | None]]:
    """Return requests with their documents by their numbers."""
    chosen, values = documents.one_of("wanted"), {"wanted": dump(list(wanted))}
    submitted = db.execute(f"SELECT * FROM admin_requests WHERE request_id {chosen}", values)  # noqa: S608
    rows = db.execute(f"SELECT * FROM requests WHERE id {chosen}", values)  # noqa: S608
    return {request.id: (request, document) for request, document in _pairs(rows, submitted, note)}


def all_of(db: Connection, database: str = "") -> list[tuple[RequestRecord, AdminRequestRecord | None]]:
    """Return requests with their documents, oldest first; of one database, or all."""
    listed(RequestRecord)
    rows = db.execute("SELECT * FROM requests WHERE :d = '' OR database = :d ORDER BY id", {"d": database})
    return list(_pairs(rows, db.execute("SELECT * FROM admin_requests"), leave_out))


def _pairs(
    requests: Iterable[Row], documents: Iterable[Row], go_without: Callable[[Damaged], None]
) -> Iterator[tuple[RequestRecord, AdminRequestRecord | None]]:
    """Yield requests with their documents; without its document, a request would look as if it were undecided."""
    known = {row["request_id"]: row for row in documents}
    for row in requests:
        document = known.get(row["id"])
        try:
            pair = record(RequestRecord, row), record(AdminRequestRecord, document) if document else None
        except Damaged as error:
            go_without(error)
        else:
            yield pair


def _word(number: int, word: str, wanted: Wanted, values: dict[str, Any]) -> str:
    name = f"like{number}"
    values[name] = texts.pattern(word)
    states = _called(f"state{number}", word, wanted.labels or {}, values)
    kinds = _called(f"kind{number}", word, wanted.kinds or {}, values)
    shown, state = (_MORE_TEXTS, "a.state") if wanted.is_admin4 else (_TEXTS, _STATE)
    return f"({texts.contains(shown, name)} OR {state} IN ({states}) OR r.kind IN ({kinds}))"


def _called(name: str, word: str, labels: Mapping[str, str], values: dict[str, Any]) -> str:
    """Return the positions of the values whose label contains the word."""
    called = [value for value, label in labels.items() if word.casefold() in label.casefold()]
    values |= {f"{name}_{place}": value for place, value in enumerate(called)}
    return ", ".join(f":{name}_{place}" for place in range(len(called)))
