"""Approved requests as the CA process reads them: in batches, compared with the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.requests import decisions
from dominoadmin.services.requests.decisions import History
from dominoadmin.services.states import AdminRequestState
from dominoadmin.store import reading, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AdminRequestRecord, RequestRecord

Work = tuple[RequestRecord, AdminRequestRecord, History]


class Impossible(NamedTuple):
    """A request that will be closed: its document, the number of the decision that cannot be carried out, and why."""

    document: AdminRequestRecord
    decision: int
    problem: str


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Approved requests: those that can be read, and what is wrong with others, by their numbers.

    `altered`: their documents in Admin4 are not the ones that were signed. To write there would make them genuine.
    """

    works: list[Work]
    unreadable: dict[int, str]
    altered: dict[int, str]
    last: int


def next_batch(db: Connection, verifier: Verifier, certifier_id: int, *, size: int, after: int) -> Batch | None:
    """Return the next approved requests of a certifier, those after a number; None if there are no more."""
    numbers = requests.open_numbers(db, certifier_id, AdminRequestState.APPROVED, limit=size, after=after)
    if not numbers:
        return None
    with reading.leaving_out():
        histories = decisions.histories(db, verifier, numbers, edits=False)
        documents = {each: Object("admin_requests", str(each)) for each in numbers}
        altered = {
            each: str(committed.altered(document))
            for each, document in documents.items()
            if document in histories[each].altered
        }
        found = requests.with_documents(db, [each for each in numbers if each not in altered])
    works = [(record, document, histories[record.id]) for record, document in found]
    readable = {record.id for record, _document in found}
    return Batch(
        works=works,
        unreadable={each: _problem(db, each) for each in numbers if each not in altered and each not in readable},
        altered=altered,
        last=numbers[-1],
    )


def _problem(db: Connection, number: int) -> str:
    """Return why a request or its document cannot be read."""
    try:
        if requests.find(db, number) and requests.find_admin_request(db, number):
            return ""
    except Damaged as error:
        return str(error)
    return str(_("Request {request_id} was not found.", request_id=number))
