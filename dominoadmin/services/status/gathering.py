"""The status of a domain: all concerns, and the figures behind them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.services.audit import shown
from dominoadmin.services.audit.anchoring import Seen
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import server_entries
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.status import certifiers as of_certifiers
from dominoadmin.services.status import concerns, requests, servers, trust
from dominoadmin.services.status.certifiers import CertifierFacts
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.services.web.live_check import LiveCheck
from dominoadmin.store import certifiers, directory, figures, reading
from dominoadmin.store.database import Connection

WEEKS: Final = 13
"""A quarter: what ends later needs nobody today."""
MONTHS: Final = 12


@dataclass(frozen=True)
class Count:
    """A number of certificates in a span of time: from `start`, and before `end`."""

    start: datetime
    end: datetime
    number: int


@dataclass(frozen=True, kw_only=True)
class Figures:
    """Certificates that end in each of the next weeks, and those issued in each of the last months.

    `revoked`: how many of all certificates are revoked now, whenever they were issued.
    """

    ending: tuple[Count, ...]
    issued: tuple[Count, ...]
    revoked: int


@dataclass(frozen=True, kw_only=True)
class DomainStatus:
    """The state of a domain at a time; the worst concerns come first."""

    at: datetime
    concerns: tuple[Concern, ...]
    certifiers: tuple[CertifierFacts, ...]

    @property
    def level(self) -> Level:
        """The worst level of all concerns."""
        return concerns.worst(self.concerns)

    def about(self, *matters: Matter) -> list[Concern]:
        """Return the concerns about some matters, the worst first."""
        return [each for each in self.concerns if each.matter in matters]


def gather(
    domain: Domain,
    actor: Actor,
    *,
    seen: Seen | None = None,
    live: LiveCheck | None = None,
    known: Certifier | None = None,
) -> DomainStatus:
    """Return the status for somebody, who need not be logged in.

    `seen`: what a look at the audit log has found, `live`: a live check; without them nothing is said about that.
    `known`: as `configuring.verified`.

    Raises:
        Error: the store cannot be read.

    """
    now = domain.now()
    with reading.leaving_out() as damaged, reading.noting() as rows, domain.store.snapshot() as db:
        facts = tuple(of_certifiers.read(db, record, actor.verifier(), now, known) for record in certifiers.all_of(db))
        found = [*_in_store(domain, db, facts, actor, now)]
    found += [concerns.of_error(Matter.TRUST, error) for error in damaged]
    found += [concerns.of_error(Matter.TRUST, error) for error in shown.complaints(domain, actor, rows, is_list=True)]
    found += trust.checkpoint(domain, actor) if facts else ()
    found += trust.log(seen) if seen else ()
    found += servers.live(live) if live else ()
    found.sort(key=_urgency)
    return DomainStatus(at=now, concerns=tuple(found), certifiers=facts)


def count(domain: Domain) -> Figures:
    """Return the figures of all certifiers together.

    Raises:
        Error: the store cannot be read.

    """
    now = domain.now()
    with domain.store.snapshot() as db:
        ids = [record.id for record in certifiers.all_of(db)]
        ending = tuple(_counts(db, ids, figures.ending, _weeks(now)))
        issued = tuple(_counts(db, ids, figures.issued, _months(now)))
        return Figures(ending=ending, issued=issued, revoked=sum(figures.revoked(db, each) for each in ids))


def _urgency(concern: Concern) -> tuple[int, int]:
    return -concern.level, [*Matter].index(concern.matter)


def _in_store(
    domain: Domain, db: Connection, facts: tuple[CertifierFacts, ...], actor: Actor, now: datetime
) -> Iterator[Concern]:
    for each in facts:
        yield from of_certifiers.concerns(each, now)
    yield from requests.concerns(db, {each.record.id: each for each in facts}, actor.name, now)
    yield from servers.ids(db, _owners(db, facts, actor), now)
    try:
        server = server_entries.of_domain(db)
    except Error as error:
        yield concerns.of_error(Matter.SERVER, error)
        return
    yield from servers.certificate(domain, db, server, now)
    if facts:  # before, there is nothing to do for it
        yield from servers.running(domain, server)


def _owners(db: Connection, facts: tuple[CertifierFacts, ...], actor: Actor) -> Iterator[str]:
    """Yield whose IDs the domain needs: its certifier's, its server's, and those of the people with a role."""
    yield actor.name
    with suppress(Error):
        yield directory.fact(db, "organization")
        yield directory.fact(db, "server")
    for each in facts:
        if each.certifier:
            yield from (*each.certifier.configuration.caas, *each.certifier.configuration.ras)


def _counts(
    db: Connection,
    ids: Sequence[int],
    number: Callable[[Connection, int, datetime, datetime], int],
    spans: Iterable[tuple[datetime, datetime]],
) -> Iterator[Count]:
    for start, end in spans:
        yield Count(start, end, sum(number(db, each, start, end) for each in ids))


def _weeks(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    for number in range(WEEKS):
        yield now + timedelta(weeks=number), now + timedelta(weeks=number + 1)


def _months(now: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Yield the last months of the calendar; the current one last, to its end."""
    first = now.year * 12 + now.month - MONTHS
    for each in range(first, first + MONTHS):
        yield _first_day(now, each), _first_day(now, each + 1)


def _first_day(now: datetime, months: int) -> datetime:
    """Return the beginning of a month, by its number since the year 0."""
    return now.replace(year=months // 12, month=months % 12 + 1, day=1, hour=0, minute=0, second=0)
