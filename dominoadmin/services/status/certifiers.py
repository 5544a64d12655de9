"""What concerns one certifier: its configuration, its CRLs, its certificate, and what it has issued."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural
from dominoadmin.pki import names
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.revocation import lists, publishing
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.store import crls, figures
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord, CrlRecord

SOON: Final = timedelta(days=30)
"""Certificates that end within this time are reported."""
_LONG_BEFORE: Final = timedelta(days=90)
"""A certifier is replaced by several people, and its successor has to reach every device."""
_LAST_DAYS: Final = timedelta(days=3)
_ENOUGH: Final = 2
"""The least number of CA administrators, as one may lose the ID."""


@dataclass(frozen=True, kw_only=True)
class CertifierFacts:
    """A certifier as the status needs it. `certifier` is None if its configuration does not hold.

    `ending`: how many of its certificates end within 30 days. `waiting`: revocations that are not on a CRL yet.
    """

    record: CertifierRecord
    certifier: Certifier | None
    newest: CrlRecord | None
    ending: int
    unwritten: Path | None
    waiting: int

    @property
    def name(self) -> str:
        """Its common name."""
        return names.certifier_common_name(self.record.name)

    @property
    def ends(self) -> datetime | None:
        """The end of its certificate; None if that is not known for sure."""
        return self.certifier.issuer.certificate.not_valid_after_utc if self.certifier else None


def read(
    db: Connection, record: CertifierRecord, verifier: Verifier, now: datetime, known: Certifier | None = None
) -> CertifierFacts:
    """Read the facts about a certifier. `known`: as `configuring.verified`."""
    try:
        certifier = configuring.verified(db, record, verifier, now, known)
    except (Tampered, Damaged):
        certifier = None
    newest = crls.newest(db, record.id, generation=record.active.number)
    return CertifierFacts(
        record=record,
        certifier=certifier,
        newest=newest,
        ending=figures.ending(db, record.id, now, now + SOON),
        unwritten=publishing.unwritten(db, certifier) if certifier else None,
        waiting=lists.waiting_for_next(db, record.id, newest.number) if newest else 0,
    )


def concerns(facts: CertifierFacts, now: datetime) -> Iterator[Concern]:
    """Yield what concerns a certifier, the worst first."""
    if facts.certifier is None:
        yield _of(
            facts,
            Matter.CONFIGURATIONS,
            Level.TROUBLE,
            _("The configuration of {name} was tampered with, so the certifier is blocked.", name=facts.name),
            _("Open the configuration and restore its last good version."),
        )
    has_ended = facts.ends is not None and facts.ends <= now
    if not has_ended:  # its lists are no longer needed
        yield from _lists(facts, now)
    yield from _end(facts, now)
    if facts.ending:
        text = marked_plural(
            "{count} certificate of {name} expires within 30 days.",
            "{count} certificates of {name} expire within 30 days.",
            facts.ending,
            name=facts.name,
        )
        soon = _of(facts, Matter.CERTIFICATES, Level.ATTENTION, text, _("Renew those that are still needed."))
        yield replace(soon, days=SOON.days)
    if facts.certifier and not has_ended and len(facts.certifier.configuration.caas) < _ENOUGH:
        yield _of(
            facts,
            Matter.ADMINISTRATORS,
            Level.ADVICE,
            _("{name} has only one CA administrator.", name=facts.name),
            _("Add another one: if that ID is lost, nobody can change the certifier."),
        )


def _lists(facts: CertifierFacts, now: datetime) -> Iterator[Concern]:
    if facts.newest is None:
        return
    name, end = facts.name, facts.newest.next_update
    values = {"name": name, "date": _minute(end)}
    if end <= now:
        text = _("The CRL of {name} expired on {date}, so clients may reject its certificates.", **values)
        yield _of(facts, Matter.LISTS, Level.TROUBLE, text, _ACTIVATE)
    elif facts.waiting:
        text = marked_plural(
            "{count} revocation of {name} is not on its CRL yet.",
            "{count} revocations of {name} are not on its CRL yet.",
            facts.waiting,
            name=name,
        )
        yield _of(facts, Matter.LISTS, Level.ATTENTION, text, _ACTIVATE)
    elif end - now < _LAST_DAYS:
        text = _("The CRL of {name} expires on {date}.", **values)
        yield _of(facts, Matter.LISTS, Level.ATTENTION, text, _ACTIVATE)
    elif facts.unwritten:
        text = _("The newest CRL of {name} could not be written to {path}.", name=name, path=facts.unwritten)
        yield _of(facts, Matter.LISTS, Level.ATTENTION, text, _("The running server will try again."))


_ACTIVATE: Final = _("Start the server and activate the certifier: it issues the next CRL.")


def _end(facts: CertifierFacts, now: datetime) -> Iterator[Concern]:
    if facts.ends is None or not facts.certifier or not facts.certifier.configuration.enabled:
        return  # nobody works with it
    values = {"name": facts.name, "date": f"{facts.ends:%Y-%m-%d}"}
    if facts.ends <= now:
        yield _of(facts, Matter.CERTIFIERS, Level.TROUBLE, _("{name} expired on {date}.", **values), _SUCCEED)
    elif facts.ends - now <= _LONG_BEFORE:
        yield _of(facts, Matter.CERTIFIERS, Level.ATTENTION, _("{name} expires on {date}.", **values), _SUCCEED)


_SUCCEED: Final = _("Register another certifier, and disable this one when it is no longer needed.")


def _of(facts: CertifierFacts, matter: Matter, level: Level, text: str, remedy: str) -> Concern:
    return Concern(matter=matter, level=level, text=text, remedy=remedy, certifier_id=facts.record.id)


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone():%Y-%m-%d %H:%M}"
