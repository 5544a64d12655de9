"""The health of the authority: each concern of the status with the button that opens the place where it is mended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.services.status.gathering import DomainStatus
from dominoadmin.viewmodels.badges import Tone
from dominoadmin.viewmodels.guide.activation import Activation
from dominoadmin.viewmodels.guide.steps import CONSOLE, ServerView
from dominoadmin.viewmodels.home.rows import Button, HomeRow, HomeSection
from dominoadmin.viewmodels.target import Target
from dominoadmin.viewmodels.words import minute

_MOST: Final = 6
_BY_THE_SERVER: Final = (Matter.LISTS, Matter.REVOCATIONS, Matter.ISSUANCE, Matter.CHECKPOINTS)
"""The CA process mends them, if it runs."""


def section(
    status: DomainStatus, running: ServerView, databases: Mapping[int, str], idle: Mapping[int, Activation]
) -> HomeSection:
    """Return the card: the worst concerns, then what is well.

    `databases`: files by their certifiers' numbers. `idle`: how those certifiers become active that the server has, and
    that are not.
    """
    concerns = [*_told(status, running)]
    rows = [_activating(each, idle) or _row(each, _button(each, status, running, databases)) for each in concerns]
    rows = [*_audit(running), *rows]
    left = len(rows) - _MOST
    if left > 0:
        text = plural("{n} more needs your attention.", "{n} more need your attention.", left).format(n=left)
        rows = [*rows[:_MOST], HomeRow(text=text, badge=_said(Level.ATTENTION), tone=Tone.SOON)]
    return HomeSection(
        title=_("Health"), rows=(*rows, *_fine(status, running)), nothing=_("Nothing needs your attention.")
    )


def worrying(status: DomainStatus, running: ServerView) -> int:
    """Return how many concerns need a person; advice is none."""
    return sum(each.level > Level.ADVICE for each in _told(status, running)) + bool(running.audit)


def _told(status: DomainStatus, running: ServerView) -> Iterator[Concern]:
    """Yield the concerns that are not shown elsewhere on Home: what waits for your approval has its own card.

    That no process runs the server is not one while this window starts it.
    """
    for each in status.concerns:
        is_elsewhere = each.matter == Matter.APPROVALS and each.level != Level.ADVICE
        is_unknown = running.is_starting and each.matter == Matter.SERVER and each.level == Level.ATTENTION
        if not is_elsewhere and not is_unknown:
            yield each


def _audit(running: ServerView) -> Iterator[HomeRow]:
    if running.audit:
        button = Button(_("Verify"), "verify-audit-log")
        yield HomeRow(text=running.audit, badge=_said(Level.TROUBLE), tone=Tone.ACT, button=button)


def _activating(concern: Concern, idle: Mapping[int, Activation]) -> HomeRow | None:
    """Return the row of a concern that nobody but an active certifier can mend, if that is why it is one."""
    act = idle.get(concern.certifier_id)
    if act is None or concern.matter not in (Matter.LISTS, Matter.REVOCATIONS, Matter.ISSUANCE):
        return None
    return replace(_row(concern, Button(act.label, act.command)), remark=act.advice)


def _row(concern: Concern, button: Button) -> HomeRow:
    return HomeRow(
        text=translated(concern.text),
        remark=translated(concern.remedy),
        badge=_said(concern.level),
        tone=_TONES[concern.level],
        button=button,
    )


_TONES: Final = {
    Level.FINE: Tone.OK,
    Level.ADVICE: Tone.PLAIN,
    Level.ATTENTION: Tone.SOON,
    Level.UNKNOWN: Tone.SOON,
    Level.TROUBLE: Tone.ACT,
}


def _said(level: Level) -> str:
    labels = {
        Level.FINE: _("OK"),
        Level.ADVICE: _("advice"),
        Level.ATTENTION: _("act soon"),
        Level.UNKNOWN: _("not known"),
        Level.TROUBLE: _("act now"),
    }
    return labels[level]


def _button(concern: Concern, status: DomainStatus, running: ServerView, databases: Mapping[int, str]) -> Button:
    """Return the button of a concern. If a stopped server is the reason, it starts the server."""
    stopped = [each.level for each in status.about(Matter.SERVER)] == [Level.ATTENTION]
    needs_server = concern.matter in _BY_THE_SERVER and concern.level != Level.TROUBLE
    needs_server |= concern.matter == Matter.LISTS
    if stopped and (needs_server or concern.matter == Matter.SERVER):
        return Button(_("Start Server"), "start-server")
    if needs_server and running.is_running and "ca" not in running.tasks:
        return Button(_("Load CA Task"), f"{CONSOLE}load ca")
    label, command = _places()[concern.matter]
    if concern.matter == Matter.SUBMISSIONS:
        return Button(label, command, Target(database=databases.get(concern.certifier_id, "")))
    return Button(label, command, Target(certifier_id=concern.certifier_id, days=concern.days))


def _places() -> Mapping[Matter, tuple[str, str]]:
    label = _("Open")
    return {
        Matter.TRUST: (_("Verify"), "verify-audit-log"),
        Matter.CONFIGURATIONS: (label, "certifiers"),
        Matter.CHECKPOINTS: (_("Verify"), "verify-audit-log"),
        Matter.SERVER: (label, "server-document"),
        Matter.SERVER_CERTIFICATE: (_("Certify…"), "certify-key-ring"),
        Matter.IDS: (label, "directory"),
        Matter.CERTIFIERS: (_("Register…"), "register-certifier"),
        Matter.LISTS: (label, "certifiers"),
        Matter.REVOCATIONS: (label, "revocation-requests"),
        Matter.APPROVALS: (label, "pending-requests"),
        Matter.SUBMISSIONS: (label, "open-database"),
        Matter.ISSUANCE: (label, "admin4"),
        Matter.CERTIFICATES: (label, "issued-certificates"),
        Matter.ADMINISTRATORS: (_("Modify…"), "modify-certifier"),
    }


def _fine(status: DomainStatus, running: ServerView) -> Iterator[HomeRow]:
    """Yield what is well, for the matters about which a person would ask."""
    found = [*_lists(status)]
    if running.is_running and not status.about(Matter.SERVER):
        found.append((_("The server is running."), None))
    if status.certifiers and not running.audit and not status.about(Matter.TRUST, Matter.CONFIGURATIONS):
        found.append((_("The certifiers' configurations match their signatures."), None))
    for text, button in found:
        yield HomeRow(text=text, badge=_said(Level.FINE), tone=Tone.OK, button=button)


def _lists(status: DomainStatus) -> Sequence[tuple[str, Button | None]]:
    living = (each for each in status.certifiers if each.ends is None or each.ends > status.at)
    made = sorted((each.newest.next_update, each.name) for each in living if each.newest)
    if not made or status.about(Matter.LISTS):
        return ()
    end, name = made[0]
    text = _("CRLs are current. The next to expire: {name}, {date}.").format(name=name, date=minute(end))
    return ((text, Button(_("Open"), "certifiers")),)
