"""The Administration Process: moves requests along and publishes what others are to find in the Domino Directory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.services import auditing, configuring, mailing, requesting
from dominoadmin.services.auditing import Event
from dominoadmin.services.databases import AUTOMATIC
from dominoadmin.services.domain import Actor, Domain, server_entry
from dominoadmin.services.requesting import ISSUED, PENDING, REJECTED, SUBMITTED
from dominoadmin.store import certifiers, requests
from dominoadmin.store.records import DatabaseRecord

# Fact sheet 8.2.
STORE_POLICY: Final = "Store CA Policy Information in the Domino Directory"
# The technote's note to step 13.
UNRESTRICTED: Final = (
    'The person who has been designated as an RA must appear in the list of people who can "Run unrestricted methods '
    "and operations\" in the Administration Server's Server document. If you do not set this field properly, the "
    "agents in the Certificate Requests database are unable to run."
)


def process(domain: Domain, server: Actor) -> Iterator[str]:
    """Do everything in the store that waits; yield a line for each thing done. Mail goes out by `relay`."""
    yield from publish_policies(domain, server)
    yield from transfer(domain, server)


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
                auditing.enter(db, now, server, [Event("policy published", record.name, {})])
            yield f"{STORE_POLICY}: {record.name}"
        except Error as error:
            yield f"{record.name}: {error}"


def transfer(domain: Domain, server: Actor) -> Iterator[str]:
    """Submit and pull by itself for databases whose processing method is Automatic."""
    with domain.store.snapshot() as db:
        chosen = [
            database
            for database in requests.databases(db)
            if (database.fields["transfer_server"] or database.server) == server.name
            and database.fields["processing"] == AUTOMATIC
        ]
    for database in chosen:
        try:
            yield from _transfer_one(domain, server, database)
        except Error as error:
            yield f"{database.file}: {error}"


def _transfer_one(domain: Domain, server: Actor, database: DatabaseRecord) -> Iterator[str]:
    with domain.store.transaction() as db:
        waiting = requests.all_of(db, database.file, (PENDING, SUBMITTED))
        if not waiting:
            return
        certifier = certifiers.get(db, database.certifier_id)
        verified = configuring.verified(db, certifier, server.verifier(), domain.now())
        allowed = server_entry(db, database.server).fields["run_unrestricted"]
        if not set(allowed) & set(verified.configuration.ras):
            yield f"{database.file}: {UNRESTRICTED}"
            return
        submitted, pulled = 0, 0
        for record in waiting:
            shown = requesting.view(db, record.id)
            if shown.state == PENDING:
                requesting.submit_one(db, domain, server, record)
                submitted += 1
            elif shown.state in (ISSUED, REJECTED):
                requesting.pull_one(db, domain, server, shown)
                pulled += 1
    if submitted:
        yield f"{database.file}: {submitted_message(submitted)}"
    if pulled:
        yield f"{database.file}: {pulled_message(pulled)}"


def relay(domain: Domain) -> Iterator[str]:
    """Offer queued mail to the relay."""
    for memo in mailing.deliver_due(domain):
        if memo.problem:
            yield f"Mail to {memo.recipient} is delayed: {memo.problem}"
        else:
            yield f"Mail sent to {memo.recipient}: {memo.subject}"


def submitted_message(count: int) -> str:
    """Return the technote's message (step 19)."""
    return f"Successfully submitted {count} request(s) to the Administration Process"


def pulled_message(count: int) -> str:
    """Return the technote's message (step 22)."""
    return f"Successfully pulled {count} request(s) from the Administration Process"
