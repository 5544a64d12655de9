"""The Administration Process: submits and pulls requests, and publishes to the Domino Directory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from dominoadmin.errors import Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import mailing, server_entries
from dominoadmin.services.directory.server_entries import ServerEntry
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests import numbers, pullable, submitting
from dominoadmin.services.requests.databases import Processing, check, configuration_of
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.revocation import publishing
from dominoadmin.services.states import CrlKind, RequestState
from dominoadmin.store import certifiers, crls, reading, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import DatabaseRecord

# Fact sheet 8.2.
STORE_POLICY: Final = "Store CA Policy Information in the Domino Directory"
STORE_LIST: Final = "Store Certificate Revocation List in Domino or LDAP Directory"
# The technote's note to step 13.
UNRESTRICTED: Final = _(
    'The person who has been designated as an RA must appear in the list of people who can "Run unrestricted methods '
    "and operations\" in the Administration Server's Server document. If you do not set this field properly, the "
    "agents in the Certificate Requests database are unable to run."
)


class LastingProblem(str):
    """A line about something that stays as it is until somebody mends it: it is told once."""

    __slots__ = ()


def process(domain: Domain, server: Actor) -> Iterator[str]:
    """Do all waiting work in the store; yield a line for each task done. `relay` sends the mail."""
    with reading.leaving_out() as damaged:
        lines = [*publish_policies(domain, server), *publish_lists(domain, server), *transfer(domain, server)]
    yield from lines
    yield from (LastingProblem(error.whole()) for error in damaged)


def publish_lists(domain: Domain, server: Actor) -> Iterator[str]:
    """Store new regular CRLs in the certifier documents of the Domino Directory; others need `tell ca CRL push`."""
    with domain.store.snapshot() as db:
        known = certifiers.all_of(db, server.name)
        found = [
            (record, crls.newest(db, record.id, kind=CrlKind.REGULAR, generation=record.active.number))
            for record in known
        ]
    for record, regular in found:
        if regular is None or regular.pushed_at:
            continue
        try:
            pushed = publishing.push(domain, server, record.id)
            yield f"{STORE_LIST}: {record.name} (CRL number {pushed.number})"
        except Error as error:
            yield LastingProblem(f"{record.name}: {error}")


def publish_policies(domain: Domain, server: Actor) -> Iterator[str]:
    """Store the policy information of new certifiers in the Domino Directory."""
    with domain.store.snapshot() as db:
        waiting = [record for record in certifiers.all_of(db, server.name) if record.published_at is None]
    for record in waiting:
        now = domain.now()
        try:
            with domain.store.transaction() as db:
                configuring.verified(db, record, server.verifier(), now)
                certifiers.set_published(db, record.id, now)
                audit_log.enter(db, now, server, [Event(AuditAction.POLICY_PUBLISHED, record.name, {})])
            yield f"{STORE_POLICY}: {record.name}"
        except Error as error:
            yield LastingProblem(f"{record.name}: {error}")


def transfer(domain: Domain, server: Actor) -> Iterator[str]:
    """Submit and pull the requests of databases whose processing method is Automatic."""
    with domain.store.snapshot() as db:
        databases = requests.databases(db)
    for database in databases:
        try:
            with domain.store.snapshot() as db:  # of all of them: what was Automatic may say Manual now
                check(db, server.verifier(), database)
            configuration = configuration_of(database)
            ours = (configuration.transfer_server or database.server) == server.name
            if ours and configuration.processing == Processing.AUTOMATIC:
                yield from _transfer_one(domain, server, database)
        except Error as error:
            yield LastingProblem(f"{database.file}: {error}")


def _transfer_one(domain: Domain, server: Actor, database: DatabaseRecord) -> list[str]:
    """Submit and pull the waiting requests of one database; return lines about them."""
    with domain.store.snapshot() as db:  # most of the time there are none: other writers need not wait for that
        if not requests.transferable(db, database.file):
            return []
    with domain.store.transaction() as db:
        record = certifiers.get(db, database.certifier_id)
        certifier = configuring.verified(db, record, server.verifier(), domain.now())
        if not may_run_agents(server_entries.checked(db, server.verifier(), database.server), certifier):
            return [LastingProblem(f"{database.file}: {UNRESTRICTED}")]
        waiting = requests.transferable(db, database.file)
        shown = [submitting.view(db, request.id, {record.id: certifier}) for request in waiting]
        pending = [each for each in shown if each.state == RequestState.PENDING]
        decided = [each for each in shown if each.state in (RequestState.ISSUED, RequestState.REJECTED)]
        altered = numbers.altered(db, server, [each.request.id for each in pending])
        altered |= pullable.altered(db, server.verifier(), [each.decided for each in decided])
        pending, decided = ([each for each in some if each.request.id not in altered] for some in (pending, decided))
        for each in pending:
            submitting.submit_one(db, domain, server, each.request)
        refused = [line for each in decided if (line := _pulled(db, domain, server, each, certifier))]
    pulled = len(decided) - len(refused)
    done = [submitted_message(len(pending))] if pending else []
    done += [pulled_message(pulled)] if pulled else []
    # To set an altered row aside would make it genuine: it is left as it is until it is restored.
    lasting = [LastingProblem(_refusal(number, error)) for number, error in altered.items()]
    return [*refused, *lasting, *(f"{database.file}: {message}" for message in done)]


def may_run_agents(server: ServerEntry, certifier: Certifier) -> bool:
    """Return whether the server document lets an RA of the certifier run the agents of an Automatic database."""
    return bool(set(server.run_unrestricted) & set(certifier.configuration.ras))


def _pulled(db: Connection, domain: Domain, server: Actor, shown: RequestView, certifier: Certifier) -> str:
    """Pull one request; return the reason of a refusal, or an empty string."""
    try:
        submitting.pull_one(db, domain, server, shown, certifier)
    except Tampered as error:
        _set_aside(db, domain, server, shown, str(error))
        return _refusal(shown.request.id, error)
    return ""


def _refusal(number: int, error: Tampered) -> str:
    return f"Request {number} was refused: {error}"


def _set_aside(db: Connection, domain: Domain, server: Actor, shown: RequestView, problem: str) -> None:
    """Set a request that is not as its document says to the state Error, so that the others continue."""
    assert shown.document is not None
    now = domain.now()
    document = replace(shown.document, state=RequestState.ERROR, reason=problem, changed_at=now)
    requests.decide(db, [document], shown.document.state)
    audit_log.enter(db, now, server, [Event(AuditAction.REQUEST_REFUSED, str(shown.request.id), {"problem": problem})])


def relay(domain: Domain, server: Actor) -> Iterator[str]:
    """Offer queued mail to the relay.

    Raises:
        Tampered: the Server document, which names the relay, is not the one that was signed.

    """
    for memo in mailing.deliver_due(domain, server):
        if memo.problem:
            yield f"Mail to {memo.recipient} is delayed: {memo.problem}"
        else:
            yield f"Mail sent to {memo.recipient}: {memo.subject}"


def submitted_message(count: int) -> str:
    """Return the technote's message (step 19)."""
    return _("Successfully submitted {count} request(s) to the Administration Process", count=count)


def pulled_message(count: int) -> str:
    """Return the technote's message (step 22)."""
    return _("Successfully pulled {count} request(s) from the Administration Process", count=count)
