"""What waits for somebody: requests to submit or approve, approvals to carry out, revocations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import Processing
from dominoadmin.services.status import certifiers as of_certifiers
from dominoadmin.services.status.certifiers import CertifierFacts
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.store import certifiers, figures, requests, revocation_requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import DatabaseRecord

_LATE: Final = timedelta(minutes=5)
"""The CA process issues within seconds; what has waited for longer waits for a person."""


def concerns(db: Connection, known: Mapping[int, CertifierFacts], reader: str, now: datetime) -> Iterator[Concern]:
    """Yield what waits, for the certifiers with these numbers; `reader`: who asks."""
    for certifier_id, facts in known.items():
        yield from _undecided(db, facts, reader)
        if number := figures.approved(db, certifier_id, now - _LATE):
            text = marked_plural(
                "{count} approved request has been waiting for {name} for more than five minutes.",
                "{count} approved requests have been waiting for {name} for more than five minutes.",
                number,
                name=facts.name,
            )
            yield _attention(
                Matter.ISSUANCE,
                text,
                _("Start the server, load the CA task, and activate the certifier."),
                certifier_id,
            )
        if number := revocation_requests.count_waiting(db, certifier_id):
            text = marked_plural(
                "{count} revocation request of {name} is waiting.",
                "{count} revocation requests of {name} are waiting.",
                number,
                name=facts.name,
            )
            yield _attention(Matter.REVOCATIONS, text, _("Start the server and activate the certifier."), certifier_id)
    for database in requests.databases(db):
        yield from _unsubmitted(db, database)


def undecided(domain: Domain, actor: Actor) -> int:
    """Return how many requests wait for somebody's decision: those of the certifiers of which he is an RA.

    Raises:
        Error: the store cannot be read.

    """
    now, number = domain.now(), 0
    with domain.store.snapshot() as db:
        for record in certifiers.all_of(db):
            if waiting := figures.undecided(db, record.id):
                facts = of_certifiers.read(db, record, actor.verifier(), now)
                if facts.certifier is not None and actor.name in facts.certifier.configuration.ras:
                    number += waiting
    return number


def _undecided(db: Connection, facts: CertifierFacts, reader: str) -> Iterator[Concern]:
    number = figures.undecided(db, facts.record.id)
    if not number:
        return
    if facts.certifier is not None and reader in facts.certifier.configuration.ras:
        level, remedy = Level.ATTENTION, _("Approve or reject them.")
        text = marked_plural(
            "{count} request is waiting for your approval ({name}).",
            "{count} requests are waiting for your approval ({name}).",
            number,
            name=facts.name,
        )
    else:
        level, remedy = Level.ADVICE, _("Only an RA can approve or reject them.")
        text = marked_plural(
            "{count} request is waiting for an RA of {name}.",
            "{count} requests are waiting for an RA of {name}.",
            number,
            name=facts.name,
        )
    yield Concern(matter=Matter.APPROVALS, level=level, text=text, remedy=remedy, certifier_id=facts.record.id)


def _unsubmitted(db: Connection, database: DatabaseRecord) -> Iterator[Concern]:
    number = figures.unsubmitted(db, database.file)
    if not number or _is_automatic(database):
        return
    text = marked_plural(
        "{count} request in {file} has not been submitted.",
        "{count} requests in {file} have not been submitted.",
        number,
        file=database.file,
    )
    yield _attention(Matter.SUBMISSIONS, text, _("Submit them to the Administration Process."), database.certifier_id)


def _attention(matter: Matter, text: str, remedy: str, certifier_id: int) -> Concern:
    return Concern(matter=matter, level=Level.ATTENTION, text=text, remedy=remedy, certifier_id=certifier_id)


def _is_automatic(database: DatabaseRecord) -> bool:
    """Return whether the Administration Process submits what is there; altered databases do not say so."""
    try:
        return databases.configuration_of(database).processing == Processing.AUTOMATIC
    except Tampered:
        return False
