"""What the pull of a decided request goes by, as it says something to the applicant: each row is compared first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain

from dominoadmin.errors import Tampered
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import mailing
from dominoadmin.services.records import issued_certificates
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.decisions import Case, histories
from dominoadmin.services.states import Decision, RequestState
from dominoadmin.store import requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AdminRequestRecord, DatabaseRecord, RequestRecord

Decided = tuple[RequestRecord, AdminRequestRecord]


def check(db: Connection, decided: Decided, certifier: Certifier, verifier: Verifier, now: datetime) -> None:
    """Check the state in Admin4 against the ICL or the RA's signature, as the state itself is not signed.

    Raises:
        Tampered: the certificate is not in the ICL, or nobody signed the rejection.

    """
    request, document = decided
    if document.state == RequestState.REJECTED:
        history = histories(db, verifier, [request.id], edits=False)[request.id]
        Case(request, document, certifier, history).signer(Decision.REJECT, verifier, now)
        return
    issued_certificates.issued_for(db, request, document, certifier)


def altered(db: Connection, verifier: Verifier, decided: Iterable[Decided]) -> dict[int, Tampered]:
    """Return a refusal for each request, by its number, that goes by a row which is not as the log commits it.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last, or a database cannot be read.

    """
    rows = {request.id: [*_rows(db, request, document)] for request, document in decided}
    differing = committed.find_differing(db, verifier, [*chain.from_iterable(rows.values())])
    found = {number: next((each for each in own if each in differing), None) for number, own in rows.items()}
    return {number: committed.altered(which) for number, which in found.items() if which}


def database_of(db: Connection, request: RequestRecord) -> DatabaseRecord | None:
    """Return the Certificate Requests database of a request; None if it was not made in one."""
    return requests.find_database(db, request.database) if request.database else None


def _rows(db: Connection, request: RequestRecord, document: AdminRequestRecord) -> Iterator[Object]:
    """Yield the rows that the state of a request goes by, and its memo, if its database has one sent."""
    yield Object("requests", str(request.id))
    yield Object("admin_requests", str(request.id))
    if document.state == RequestState.ISSUED:
        yield Object("issued", f"{request.certifier_id} {document.serial_hex}")
    if request.database:
        yield Object("databases", request.database)
    if database := database_of(db, request):
        yield Object("databases", database.file)  # case is ignored: it may be another one
        if databases.configuration_of(database).mail_confirmation:
            yield from mailing.rows(db, request)
