"""The page Home: everything but the figures is read at once; those are counted afterwards, as that takes longer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from dominoadmin.errors import Error
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit import shown
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.status import concerns as of_status
from dominoadmin.services.status import gathering
from dominoadmin.services.status.concerns import Matter
from dominoadmin.services.status.gathering import DomainStatus
from dominoadmin.store import reading, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.issued_lists import Line
from dominoadmin.viewmodels.guide import activation, chapters
from dominoadmin.viewmodels.guide.steps import ServerView, Step
from dominoadmin.viewmodels.home import ends, health, issued, news, waiting
from dominoadmin.viewmodels.home.ends import Timeline
from dominoadmin.viewmodels.home.issued import Bars
from dominoadmin.viewmodels.home.rows import Button, HomeRow, HomeSection

_MORNING, _EVENING = 12, 18  # hours: before noon, and from six


@dataclass(frozen=True, kw_only=True)
class Home:
    """What the page says. `waiting` is None for somebody who is no RA.

    `first`: what to do first in a domain without a certifier; then there is nothing else to say. `timeline` is None
    until the certificates that end were counted; `status` and `named` are for that.
    """

    headline: str
    summary: str
    first: HomeSection | None = None
    waiting: HomeSection | None = None
    health: HomeSection | None = None
    news: HomeSection | None = None
    timeline: Timeline | None = None
    status: DomainStatus
    named: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Counted:
    """The figures of the page."""

    timeline: Timeline
    bars: Bars


@dataclass(frozen=True, kw_only=True)
class _Read:
    number: int
    waiting: HomeSection | None
    news: HomeSection
    named: tuple[Line, ...]
    is_all: bool
    databases: dict[int, str]


def read(domain: Domain, actor: Actor, running: ServerView) -> Home:
    """Return the page for a person, who need not be logged in, without its figures.

    Raises:
        Error: the store cannot be read.

    """
    status = gathering.gather(domain, actor)
    headline = _greeting(status.at, actor.name)
    if not status.certifiers:
        first = _first(chapters.next_step(chapters.guide(domain, actor, running)))
        return Home(headline=headline, summary=_("The domain has no certifier yet."), first=first, status=status)
    with reading.leaving_out() as damaged, reading.noting() as rows, domain.store.snapshot() as db:
        found = _read(db, status, actor)
    differing: list[Error] = [*damaged, *shown.complaints(domain, actor, rows)]
    known = {str(each.text) for each in status.concerns}
    more = [of_status.of_error(Matter.TRUST, each) for each in differing if str(each) not in known]
    status = replace(status, concerns=(*more, *status.concerns))
    idle = activation.needed(domain, [each.record for each in status.certifiers], running)
    return Home(
        headline=headline,
        summary=_summary(found.number, health.worrying(status, running)),
        waiting=found.waiting,
        health=health.section(status, running, found.databases, idle),
        news=found.news,
        timeline=ends.timeline(status, found.named, ()) if found.is_all else None,
        status=status,
        named=found.named,
    )


def count(domain: Domain, home: Home) -> Counted:
    """Return the figures of a page that was read.

    Raises:
        Error: the store cannot be read.

    """
    figures = gathering.count(domain)
    timeline = home.timeline or ends.timeline(home.status, (), figures.ending)
    return Counted(timeline, issued.bars(figures, [each.record.id for each in home.status.certifiers]))


def _first(step: Step | None) -> HomeSection:
    """Return the card with the Quick Guide's next step."""
    rows = [step] if step else []
    shown = (HomeRow(text=each.title, remark=each.because, button=_opening(each)) for each in rows)
    nothing = _("The Quick Guide shows what comes next.")
    return HomeSection(title=_("What to do first"), rows=tuple(shown), nothing=nothing)


def _opening(step: Step) -> Button:
    label = _("Open step {numbers}").format(numbers=step.numbers) if step.numbers else _("Open")
    return Button(step.act.text if step.act else label, *step.acting())


def _read(db: Connection, status: DomainStatus, actor: Actor) -> _Read:
    certifiers, name = status.certifiers, actor.name
    number = waiting.count(db, certifiers, name)
    first = waiting.read(db, certifiers, name)
    is_ra = waiting.is_ra(certifiers, name)
    named, is_all = ends.first(db, status)
    return _Read(
        number=number,
        waiting=waiting.section(number, first, status.at, is_ra=is_ra),
        news=news.section(db, status.at),
        named=tuple(named),
        is_all=is_all,
        databases={record.certifier_id: record.file for record in requests.databases(db)},
    )


def _greeting(now: datetime, name: str) -> str:
    hour = now.astimezone().hour
    if hour < _MORNING:
        text = _("Good morning, {name}")
    elif hour < _EVENING:
        text = _("Good afternoon, {name}")
    else:
        text = _("Good evening, {name}")
    return text.format(name=escaped(waiting.common_name(name)))


def _summary(requests_waiting: int, worrying: int) -> str:
    """Return one or two sentences: what waits, and whether anything else needs a person."""
    said = []
    if requests_waiting:
        text = plural(
            "{n} request is waiting for your approval.", "{n} requests are waiting for your approval.", requests_waiting
        )
        said.append(text.format(n=requests_waiting))
    if worrying:
        said.append(plural("{n} matter needs attention.", "{n} matters need attention.", worrying).format(n=worrying))
    return " ".join(said) or _("Nothing needs your attention.")
