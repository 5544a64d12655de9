"""Requests for views, of a Certificate Requests database and of Admin4: any order, any search, at any size."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from operator import attrgetter
from typing import Final

from dominoadmin.pki import profiles
from dominoadmin.services.domain import Domain
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.approving import UNDECIDED_STATES
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import AdminRequestState, RequestState
from dominoadmin.store import certifiers, request_lists
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AdminRequestRecord, RequestRecord
from dominoadmin.store.request_lists import (
    BY_APPLICANT,
    BY_CERTIFIER,
    BY_DECISION,
    BY_KEY_RING,
    BY_KIND,
    BY_NAMES,
    BY_NUMBER,
    BY_REASON,
    BY_STATE,
    BY_SUBJECT,
    BY_TIME,
    Wanted,
)

__all__ = [
    "ADMIN4_ORDERS",
    "CROSS",
    "FAILED",
    "ORDERS",
    "RECORDS",
    "UNDECIDED",
    "USUAL",
    "Admin4Source",
    "RequestSource",
    "rejected",
]

ORDERS: Final = (BY_STATE, BY_SUBJECT, BY_KEY_RING, BY_TIME, BY_APPLICANT, BY_NUMBER)
"""The orders of the views' columns."""
USUAL, CROSS, UNDECIDED, FAILED = "usual", "cross", "undecided", "failed"
_ADMIN4: Final = {
    USUAL: Wanted(is_admin4=True, other_than=profiles.CROSS),
    CROSS: Wanted(is_admin4=True, kind=profiles.CROSS),
    UNDECIDED: Wanted(is_admin4=True, states=UNDECIDED_STATES),
    FAILED: Wanted(is_admin4=True, states=(AdminRequestState.ERROR,)),
}
ADMIN4_ORDERS: Final = (
    BY_DECISION, BY_NUMBER, BY_SUBJECT, BY_NAMES, BY_CERTIFIER, BY_APPLICANT, BY_TIME, BY_KIND, BY_REASON,
)  # fmt: skip

RECORDS: Final = {RequestRecord: attrgetter("id"), AdminRequestRecord: attrgetter("request_id")}
"""Of each kind of record that a request's row is made of, the key of the row."""


class _Source:
    """The source of a windowed view: requests, newest first. `orders`: one for each column of the view."""

    def __init__(self, domain: Domain, wanted: Wanted, orders: Sequence[int]) -> None:
        self._domain, self._wanted, self._orders = domain, wanted, tuple(orders)
        self._certifiers: dict[int, str] = {}

    def arrange(self, column: int, search: str, *, descending: bool, limit: int = -1) -> array[int]:
        """Return the numbers of the requests in the order of a column; -1 is the newest first."""
        order, way = (BY_NUMBER, True) if column < 0 else (self._orders[column], descending)
        with self._domain.store.snapshot() as db:
            return request_lists.ids(db, self._chosen(db, search), order, descending=way, limit=limit)

    def _chosen(self, _db: Connection, search: str) -> Wanted:
        return replace(self._wanted, search=search)

    def rows(self, wanted: Sequence[int]) -> list[RequestView | None]:
        """Return requests by their numbers."""
        with self._domain.store.snapshot() as db:
            found = request_lists.page(db, wanted)
            if any(request.certifier_id not in self._certifiers for request, _document in found.values()):
                self._certifiers = certifiers.names(db)
        shown = {number: RequestView(*pair, self._certifiers[pair[0].certifier_id]) for number, pair in found.items()}
        return [shown.get(number) for number in wanted]


class RequestSource(_Source):
    """The requests of a database that were, or were not, pulled."""

    def __init__(self, domain: Domain, file: str, *, pulled: bool, labels: Mapping[str, str]) -> None:
        super().__init__(domain, Wanted(pulled=pulled, labels=labels), ORDERS)
        self._file = file

    def _chosen(self, db: Connection, search: str) -> Wanted:
        return replace(self._wanted, database=databases.get(db, self._file).file, search=search)


class Admin4Source(_Source):
    """The requests of a view of Admin4: USUAL, CROSS, UNDECIDED or FAILED ones."""

    def __init__(self, domain: Domain, view: str, *, labels: Mapping[str, str], kinds: Mapping[str, str]) -> None:
        super().__init__(domain, replace(_ADMIN4[view], labels=labels, kinds=kinds), ADMIN4_ORDERS)


def rejected(domain: Domain, ids: Sequence[int]) -> int:
    """Return how many of these requests were rejected."""
    with domain.store.snapshot() as db:
        found = request_lists.page(db, ids)
    return sum(request.state == RequestState.REJECTED for request, _document in found.values())
