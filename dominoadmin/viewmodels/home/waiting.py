"""The requests that wait for the approval of the person who looks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.status.certifiers import CertifierFacts
from dominoadmin.store import figures, request_lists
from dominoadmin.store.database import Connection
from dominoadmin.viewmodels import words
from dominoadmin.viewmodels.home.rows import Button, HomeRow, HomeSection
from dominoadmin.viewmodels.requests import texts
from dominoadmin.viewmodels.target import Target

MOST: Final = 4
_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


def count(db: Connection, certifiers: Sequence[CertifierFacts], reader: str) -> int:
    """Return how many requests wait for `reader`: as many as the certifiers have of which that is an RA."""
    return sum(figures.undecided(db, each.record.id) for each in certifiers if _is_ra(each, reader))


def read(db: Connection, certifiers: Sequence[CertifierFacts], reader: str) -> list[RequestView]:
    """Return the requests that have waited longest for `reader`."""
    known = {each.record.id: each.record.name for each in certifiers if _is_ra(each, reader)}
    numbers = sorted(number for each in known for number in figures.first_undecided(db, each, MOST))[:MOST]
    pages = request_lists.page(db, numbers)
    return [
        RequestView(*pages[number], known.get(pages[number][0].certifier_id, ""))
        for number in numbers
        if number in pages
    ]


def section(number: int, first: Sequence[RequestView], now: datetime, *, is_ra: bool) -> HomeSection | None:
    """Return the card about `number` requests, of which the `first` are shown; None for somebody who is no RA."""
    if not is_ra:
        return None
    label = _("Show all {n} Requests").format(n=number)
    return HomeSection(
        title=_("Waiting for you"),
        rows=tuple(_row(each, now) for each in first),
        nothing=_("No request is waiting for your approval."),
        more=Button(label, "pending-requests") if number > len(first) else None,
    )


def is_ra(certifiers: Sequence[CertifierFacts], reader: str) -> bool:
    """Return whether a person is an RA of any certifier."""
    return any(_is_ra(each, reader) for each in certifiers)


def ago(past: timedelta) -> str:
    """Return how long ago something was, in its largest unit."""
    if past < _MINUTE:
        return _("just now")
    if past < _HOUR:
        return plural("{n} minute ago", "{n} minutes ago", past // _MINUTE).format(n=past // _MINUTE)
    if past < _DAY:
        return plural("{n} hour ago", "{n} hours ago", past // _HOUR).format(n=past // _HOUR)
    return plural("{n} day ago", "{n} days ago", past // _DAY).format(n=past // _DAY)


def _is_ra(facts: CertifierFacts, reader: str) -> bool:
    return facts.certifier is not None and reader in facts.certifier.configuration.ras


def _row(shown: RequestView, now: datetime) -> HomeRow:
    record = shown.request
    values = {
        "kind": words.kind_label(record.kind),
        "certifier": words.certifier_label(shown.certifier),
        "applicant": escaped(record.applicant),
        "ago": ago(now - record.requested_at),
    }
    known = _("{kind} of {certifier}, requested by {applicant} {ago}")
    remark = known if record.applicant else _("{kind} of {certifier}, requested {ago}")
    return HomeRow(
        text=common_name(texts.subject_of(shown)),
        remark=remark.format(**values),
        button=Button(_("Review"), "admin4", Target(request_id=record.id)),
    )


def common_name(subject: str) -> str:
    """Return the common name of a subject for a short label; a subject without one as it is."""
    first = subject.partition("/")[0]
    return first.removeprefix("CN=") or subject
