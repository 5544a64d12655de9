"""Approved requests as the CA process reads them: in batches, compared with the audit log."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple

from cryptography import x509

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.certifiable import Certifiable
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.issuance import Draft
from dominoadmin.services.audit import committed
from dominoadmin.services.issuance import orders
from dominoadmin.services.records.crl_parts import Parts
from dominoadmin.services.requests import decisions
from dominoadmin.services.requests.decisions import History
from dominoadmin.services.states import AdminRequestState
from dominoadmin.store import reading, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AdminRequestRecord, RequestRecord

_OWN: Final = ("requests", decisions.ROWS)
Work = tuple[RequestRecord, AdminRequestRecord, History]


class Impossible(NamedTuple):
    """A request that will be closed: its document, the number of the decision that cannot be carried out, and why.

    `is_left`: it waits, since somebody has altered, added or removed a row about something else by which it would be
    refused. If it is a row of its own, it is closed, and an RA decides again what is restored.
    """

    document: AdminRequestRecord
    decision: int
    problem: str
    is_left: bool = False

    @classmethod
    def of(cls, document: AdminRequestRecord, decision: int, error: Exception, problem: str = "") -> Impossible:
        """Return what to do after an error; `problem`: the sentence about it, if it is not the error's own."""
        which = error.which if isinstance(error, Tampered) else None
        return cls(document, decision, problem or str(error), which is not None and which[0] not in _OWN)


@dataclass(frozen=True, kw_only=True)
class VerifiedRequest:
    """An approved request whose approval, the decision with this number, was verified: the order of one certificate.

    `key` is the fingerprint of the subject's, `signed_with` that of the approver's ID.
    """

    record: RequestRecord
    document: AdminRequestRecord
    subject: Certifiable
    key: str
    approver: str
    signed_with: str
    decision: int


class RequestOrder:
    """A verified request in the issuance cycle; `part` is the CRL partition that the certificate names."""

    def __init__(self, verified: VerifiedRequest, parts: Parts, now: datetime) -> None:
        self.record, self.document = verified.record, verified.document
        self.subject, self.key = verified.subject, verified.key
        self.approver, self.decision = verified.approver, verified.decision
        self.signed_with = verified.signed_with
        self.part = 0
        self._parts, self._now = parts, now

    @property
    def request_id(self) -> int:
        """The request."""
        return self.record.id

    @property
    def issuer(self) -> x509.Certificate:
        """The certifier's certificate, with the addresses of the CRL partition."""
        return self._parts.issuer(self.part).certificate

    def build(self, serial_number: int) -> Draft:
        """Return the certificate without its signature, and give it a place in a CRL partition."""
        self.part = self._parts.next()
        issuer = self._parts.issuer(self.part)
        draft = orders.draft(self.subject, issuer, self._now, serial_number)
        self._parts.fill()
        return draft


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
