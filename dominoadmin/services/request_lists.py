"""The requests of a Certificate Requests database for views: any order, any search, at any size."""

from __future__ import annotations

from array import array
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from dominoadmin.services import databases
from dominoadmin.services.domain import Domain
from dominoadmin.services.requesting import RequestView
from dominoadmin.store import certifiers, request_lists
from dominoadmin.store.request_lists import BY_APPLICANT, BY_KEY_RING, BY_NUMBER, BY_STATE, BY_SUBJECT, BY_TIME, Wanted

__all__ = ["ORDERS", "RequestSource"]

ORDERS: Final = (BY_STATE, BY_SUBJECT, BY_KEY_RING, BY_TIME, BY_APPLICANT, BY_NUMBER)
"""Of the columns of the views."""


class RequestSource:
    """What a windowed view reads: the requests of a database that were pulled, or were not; the newest first."""

    def __init__(self, domain: Domain, file: str, *, pulled: bool, labels: Mapping[str, str]) -> None:
        self._domain, self._file = domain, file
        self._wanted = Wanted("", pulled, labels=labels)
        self._certifiers: dict[int, str] = {}

    def arrange(self, column: int, search: str, *, descending: bool, limit: int = -1) -> array[int]:
        """Return the numbers of the requests in the order of a column; -1 is the newest first."""
        order, way = (BY_NUMBER, True) if column < 0 else (ORDERS[column], descending)
        with self._domain.store.snapshot() as db:
            wanted = replace(self._wanted, database=databases.get(db, self._file).file, search=search)
            return request_lists.ids(db, wanted, order, descending=way, limit=limit)

    def rows(self, wanted: Sequence[int]) -> list[RequestView | None]:
        """Return requests by their numbers."""
        with self._domain.store.snapshot() as db:
            found = request_lists.page(db, wanted)
            if any(request.certifier_id not in self._certifiers for request, _document in found.values()):
                self._certifiers = {certifier.id: certifier.name for certifier in certifiers.all_of(db)}
        shown = {number: RequestView(*pair, self._certifiers[pair[0].certifier_id]) for number, pair in found.items()}
        return [shown.get(number) for number in wanted]
