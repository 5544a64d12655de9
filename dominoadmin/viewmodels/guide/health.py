"""The Quick Guide's last chapter: how to keep an authority healthy after the technote's steps."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from dominoadmin.i18n import joined, plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.status import gathering
from dominoadmin.services.status.concerns import Concern, Level, Matter
from dominoadmin.store import figures
from dominoadmin.viewmodels.guide.facts import GuideFacts
from dominoadmin.viewmodels.guide.steps import CONSOLE, Act, Heading, ServerView, Step
from dominoadmin.viewmodels.target import NOTHING, Target
from dominoadmin.viewmodels.words import minute

_MOST: Final = 1000
"""More requests of one certifier are not counted."""


class HealthSteps:
    """Returns the steps, which are not in the technote and have no numbers."""

    def __init__(self, domain: Domain, actor: Actor, known: Certifier | None = None) -> None:
        """Gather the status for the steps. `known`: as `configuring.verified`.

        Raises:
            Error: the store cannot be read.

        """
        self._domain, self._actor = domain, actor
        self._status = gathering.gather(domain, actor, known=known)
        self._has_certifiers = bool(self._status.certifiers)

    def _first(self, matter: Matter) -> Concern | None:
        return next(iter(self._status.about(matter)), None)

    def decisions(self, facts: GuideFacts) -> Step:
        """Return the step about the requests of all certifiers that wait for the reader; steps 20-21 have their own."""
        own = facts.ring.request.request.id if facts.ring and facts.ring.request else 0
        numbers = self._undecided(own)
        target = Target(request_id=numbers[0]) if numbers else NOTHING
        act = Act(_("Review the Request"), "admin4")
        title = _("Decide about the requests that wait for you")
        heading = Heading("", title, "pending-requests", target, act=act, is_decision=True)
        if not self._has_certifiers:
            return heading.not_yet(_("There is no Internet certifier yet."))
        if not numbers:
            return heading.done(_("No request of anybody else is waiting for your decision."))
        text = plural(
            "Request {first} is waiting for your decision.",
            "{n} requests are waiting for your decision, request {first} for the longest time.",
            len(numbers),
        )
        return heading.to_do(text.format(n=len(numbers), first=numbers[0]))

    def _undecided(self, own: int) -> list[int]:
        """Return the numbers of the requests for the reader, oldest first; of each certifier at most `_MOST`."""
        decided_by_reader = [
            each.record.id
            for each in self._status.certifiers
            if each.certifier and self._actor.name in each.certifier.configuration.ras
        ]
        with self._domain.store.snapshot() as db:
            found = [number for each in decided_by_reader for number in figures.first_undecided(db, each, _MOST)]
        return sorted(number for number in found if number != own)

    def whole(self) -> Step:
        """Return the step about tampered configurations."""
        heading = Heading("", _("Configurations match their signatures"), "certifiers")
        if not self._has_certifiers:
            return heading.not_yet(_("There is no Internet certifier yet."))
        if bad := self._first(Matter.CONFIGURATIONS):
            return heading.to_do(_said(bad))
        return heading.done(_("Every version was signed by a CA administrator of the version before it."))

    def lists(self) -> Step:
        """Return the step about revocation lists that expire soon."""
        heading = Heading("", _("Revocation lists are current"), "certifiers")
        now = self._status.at
        living = (each for each in self._status.certifiers if each.ends is None or each.ends > now)
        made = sorted((each.newest.next_update, each.name) for each in living if each.newest)
        if not made:
            return heading.not_yet(_("No CRL yet: an active certifier issues its first one automatically."))
        if late := self._first(Matter.LISTS):
            return heading.to_do(_said(late))
        end, name = made[0]
        return heading.done(_("Next to expire: {name}, {date}.").format(name=name, date=minute(end)))

    def revocations(self) -> Step:
        """Return the step about revocations that have not been carried out."""
        heading = Heading("", _("Carry out revocations"), "revocation-requests")
        if waiting := self._first(Matter.REVOCATIONS):
            return heading.to_do(_said(waiting))
        return heading.done(_("No revocation requests are waiting."))

    def expiring(self) -> Step:
        """Return the step about certificates that expire soon."""
        heading = Heading("", _("Renew certificates that expire soon"), "icl", is_optional=True)
        if soon := self._first(Matter.CERTIFICATES):
            just_these = Target(certifier_id=soon.certifier_id, days=soon.days)
            return replace(heading, target=just_these).to_do(_said(soon))
        return heading.done(_("None expires within the next 30 days."))

    def administrators(self) -> Step:
        """Return the step about a second CA administrator."""
        alone = self._first(Matter.ADMINISTRATORS)
        target = Target(certifier_id=alone.certifier_id) if alone else NOTHING
        title = _("Every certifier has two CA administrators")
        heading = Heading("", title, "modify-certifier", target, is_optional=True)
        if not self._has_certifiers:
            return heading.not_yet(_("There is no Internet certifier yet."))
        if alone:
            return heading.to_do(_said(alone))
        return heading.done(_("Losing one ID does not lock you out."))

    def checkpoint(self, facts: GuideFacts, running: ServerView) -> Step:
        """Return the step about entries that wait for a checkpoint."""
        title, text = _("The audit log has a current checkpoint"), _("There is no Internet certifier yet.")
        heading = Heading("", title, "verify-audit-log")
        if not self._has_certifiers:
            return heading.not_yet(text)
        late = self._first(Matter.CHECKPOINTS)
        if late is None:
            return heading.done(_("The CA process verifies and signs new entries while the server runs."))
        text = translated(late.text)
        if late.level == Level.TROUBLE:
            return heading.to_do(text)
        if facts.run_by is None and not running.is_running:
            hint = _("Start the server: it verifies and signs them.")
            return Heading("", title, "start-server").to_do(f"{text} {hint}")
        if running.is_running and "ca" not in running.tasks:
            hint = _("Load the CA task: it verifies and signs them.")
            return Heading("", title, f"{CONSOLE}load ca").to_do(f"{text} {hint}")
        hint = _("The server's console shows why the CA process has not signed one.")
        return heading.to_do(f"{text} {hint}")

    def audit(self, problem: str) -> Step:
        """Return the step about the audit log: only a person can compare it with an anchor on paper."""
        heading = Heading("", _("Verify the audit log"), "verify-audit-log", is_optional=True)
        if problem:
            return replace(heading, is_optional=False).to_do(problem)
        return heading.to_do(_("Once a month: compare its anchor with the printed one, then print the new one."))


def _said(concern: Concern) -> str:
    return translated(joined(concern.text, concern.remedy))
