"""What ends in the next 90 days, as marks on a line: certifiers, CRLs, and certificates, which are counted if many."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.status.certifiers import CertifierFacts
from dominoadmin.services.status.gathering import Count, DomainStatus
from dominoadmin.store import figures, issued_lists
from dominoadmin.store.database import Connection
from dominoadmin.store.issued_lists import Line
from dominoadmin.viewmodels.badges import Tone
from dominoadmin.viewmodels.home.waiting import common_name
from dominoadmin.viewmodels.issuance.lists import SPANS
from dominoadmin.viewmodels.target import Target

DAYS: Final = 90
_SPAN: Final = timedelta(days=DAYS)
_DAY: Final = timedelta(days=1)
MOST: Final = 8
"""More marks would cover each other."""
_NAMED: Final = 5
"""So many certificates are named; more are counted for each week."""
_CERTIFIER, _CRL, _CERTIFICATE = range(3)
_LIMITS: Final = {_CERTIFIER: (30, DAYS), _CRL: (1, 3), _CERTIFICATE: (7, 30)}
"""Within how many days an end is urgent, and within how many it comes soon. A CRL is replaced automatically."""


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A mark: a short name and when, the sentence about it, and its place, from 0 for now to 1 for the end of the time.

    `when` is empty for what was counted: it has more than one end.
    """

    name: str
    when: str
    sentence: str
    place: float
    tone: Tone
    command: str
    target: Target


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """The marks in order, and all of them in words."""

    marks: tuple[Mark, ...]
    sentence: str


@dataclass(frozen=True, kw_only=True)
class _End:
    """One end, or `number` of a kind, of which the first is at `start` and the last before `until`."""

    kind: int
    start: datetime
    until: datetime
    name: str
    certifier_id: int
    number: int = 1


def first(db: Connection, status: DomainStatus) -> tuple[list[Line], bool]:
    """Return the certificates that end first, and whether these are all that end in the time."""
    start, end, most = status.at, status.at + _SPAN, _NAMED + 1
    ids = (facts.record.id for facts in status.certifiers)
    found = sorted(each for number in ids for each in figures.first_ending(db, number, start, end, most))[:most]
    pages = issued_lists.page(db, [number for _end, number in found])
    return [pages[number] for _end, number in found if number in pages], len(found) <= _NAMED


def title() -> str:
    """Return the title of the card."""
    return _("What ends, and when")


def timeline(status: DomainStatus, named: Sequence[Line], weeks: Sequence[Count]) -> Timeline:
    """Return the line for the certificates that are named, or else for those that were counted for each week."""
    ends = [*_of_certifiers(status)]
    if weeks:
        only = status.certifiers[0].record.id if len(status.certifiers) == 1 else 0
        ends += [
            _End(kind=_CERTIFICATE, start=each.start, until=each.end, name="", certifier_id=only, number=each.number)
            for each in weeks
            if each.number and each.start < status.at + _SPAN
        ]
    else:
        ends += [
            _End(
                kind=_CERTIFICATE,
                start=each.not_after,
                until=each.not_after,
                name=escaped(common_name(each.subject)),
                certifier_id=each.certifier_id,
            )
            for each in named
        ]
    marks = tuple(_mark(each, status.at) for each in _fewer(ends))
    nothing = _("Nothing ends in the next {n} days.").format(n=DAYS)
    return Timeline(
        marks=marks,
        sentence=" ".join(each.sentence for each in marks) or nothing,
    )


def _of_certifiers(status: DomainStatus) -> Iterator[_End]:
    for facts in status.certifiers:
        if facts.ends and status.at < facts.ends < status.at + _SPAN:
            yield _of(facts, _CERTIFIER, facts.ends)
        has_ended = facts.ends is not None and facts.ends <= status.at
        if facts.newest and not has_ended and status.at < facts.newest.next_update < status.at + _SPAN:
            yield _of(facts, _CRL, facts.newest.next_update)


def _of(facts: CertifierFacts, kind: int, at: datetime) -> _End:
    return _End(kind=kind, start=at, until=at, name=escaped(facts.name), certifier_id=facts.record.id)


def _fewer(ends: Sequence[_End]) -> list[_End]:
    """Return the ends in order, at most 8: those of a kind that are nearest to each other are counted together."""
    found = sorted(ends, key=lambda each: (each.start, each.kind))
    while len(found) > MOST:
        pairs = [(a, b) for kind in _LIMITS for a, b in _neighbours([each for each in found if each.kind == kind])]
        one, other = min(pairs, key=lambda pair: pair[1].start - pair[0].start)
        found[found.index(one)] = _together(one, other)
        found.remove(other)
    return found


def _neighbours(found: Sequence[_End]) -> Iterator[tuple[_End, _End]]:
    return pairwise(found)


def _together(one: _End, other: _End) -> _End:
    certifier = one.certifier_id if one.certifier_id == other.certifier_id else 0
    number = one.number + other.number
    return replace(one, until=max(one.until, other.until), name="", certifier_id=certifier, number=number)


def _mark(end: _End, now: datetime) -> Mark:
    days = (end.start - now) // _DAY
    urgent, soon = _LIMITS[end.kind]
    tone = Tone.ACT if days < urgent else Tone.SOON if days < soon else Tone.OK
    what = end.name or _counted(end)
    return Mark(
        name=_short(end, what),
        when=plural("{n} day", "{n} days", days).format(n=days) if end.name else "",
        sentence=_sentence(end, what),
        place=min(1.0, max(0.0, (end.start - now) / _SPAN)),
        tone=tone,
        command="issued-certificates" if end.kind == _CERTIFICATE else "certifiers",
        target=Target(certifier_id=end.certifier_id, days=_span(end.until - now) if end.kind == _CERTIFICATE else 0),
    )


def _span(left: timedelta) -> int:
    """Return the shortest time of the list's filter that contains an end."""
    return next((days for days in SPANS if left < timedelta(days=days)), DAYS)


def _short(end: _End, what: str) -> str:
    return _("CRL of {name}").format(name=end.name) if end.kind == _CRL and end.name else what


def _counted(end: _End) -> str:
    if end.kind == _CERTIFICATE:
        return plural("{n} certificate", "{n} certificates", end.number).format(n=end.number)
    if end.kind == _CRL:
        return plural("{n} CRL", "{n} CRLs", end.number).format(n=end.number)
    return plural("{n} certifier", "{n} certifiers", end.number).format(n=end.number)


def _sentence(end: _End, what: str) -> str:
    values = {"what": what, "date": f"{end.start.astimezone():%Y-%m-%d}", "last": f"{end.until.astimezone():%Y-%m-%d}"}
    if not end.name:
        return _("From {date} to {last}: {what}.").format(**values)
    if end.kind == _CRL:
        return _("The CRL of {what} expires on {date}.").format(**values)
    if end.kind == _CERTIFIER:
        return _("The certifier {what} expires on {date}.").format(**values)
    return _("The certificate of {what} expires on {date}.").format(**values)
