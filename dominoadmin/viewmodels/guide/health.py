"""The Quick Guide's last chapter: how to keep an authority healthy after the technote's steps."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services.audit import checkpoints
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.revocation import lists, publishing
from dominoadmin.services.states import RevocationRequestState
from dominoadmin.store import certifiers, crls, guide_facts
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord, CrlRecord
from dominoadmin.viewmodels.guide.facts import GuideFacts
from dominoadmin.viewmodels.guide.steps import CONSOLE, Heading, ServerView, Step
from dominoadmin.viewmodels.target import NOTHING, Target
from dominoadmin.viewmodels.words import minute

SOON: Final = timedelta(days=30)
"""Certificates that expire within this time are reported."""
_LAST_DAYS: Final = timedelta(days=3)
_ENOUGH: Final = 2
"""The least number of CA administrators, as one may lose the ID."""


@dataclass(frozen=True, kw_only=True)
class _One:
    """The health of a certifier that can still sign. `certifier` is None if it was tampered with."""

    record: CertifierRecord
    certifier: Certifier | None
    newest: CrlRecord | None
    expiring: int
    unwritten: Path | None = None
    waiting: int = 0
    """Revocations that are not on a CRL yet."""

    @property
    def name(self) -> str:
        return self.record.name.removeprefix("CN=").partition("/")[0]


class HealthSteps:
    """Returns the steps, which are not in the technote and have no numbers."""

    def __init__(self, domain: Domain, actor: Actor, known: Certifier | None = None) -> None:
        """Read the facts for the steps. `known`: as `configuring.verified`.

        Raises:
            Error: the store cannot be read.

        """
        self._now = domain.now()
        with domain.store.snapshot() as db:
            self._certifiers = [self._one(db, record, actor, known) for record in certifiers.all_of(db)]
            self._waiting = guide_facts.revocation_requests(db, RevocationRequestState.NEW)
        self._overdue, self._checkpoint_problem = 0, ""
        try:
            self._overdue = checkpoints.overdue(domain, actor.verifier())
        except (Tampered, Damaged) as error:
            self._checkpoint_problem = error.text()

    def _one(self, db: Connection, record: CertifierRecord, actor: Actor, known: Certifier | None) -> _One:
        try:
            certifier = configuring.verified(db, record, actor.verifier(), self._now, known)
        except (Tampered, Damaged):
            certifier = None
        expiring = guide_facts.expiring(db, record.id, self._now, self._now + SOON)
        unwritten = publishing.unwritten(db, certifier) if certifier else None
        newest = crls.newest(db, record.id, generation=record.active.number)
        waiting = lists.waiting_for_next(db, record.id, newest.number) if newest else 0
        return _One(
            record=record,
            certifier=certifier,
            newest=newest,
            expiring=expiring,
            unwritten=unwritten,
            waiting=waiting,
        )

    def whole(self) -> Step:
        """Return the step about tampered configurations."""
        heading = Heading("", _("Configurations match their signatures"), "certifiers")
        if not self._certifiers:
            return heading.not_yet(_("There is no Internet certifier yet."))
        if bad := next((each for each in self._certifiers if each.certifier is None), None):
            text = _(
                "The configuration of {name} was tampered with, so the certifier is blocked. Open the configuration "
                "and restore its last good version."
            )
            return heading.to_do(text.format(name=bad.name))
        return heading.done(_("Every version was signed by a CA administrator of the version before it."))

    def lists(self) -> Step:
        """Return the step about revocation lists that expire soon."""
        heading = Heading("", _("Revocation lists are current"), "certifiers")
        made = sorted(
            ((each, each.newest.next_update) for each in self._certifiers if each.newest and self._lives(each)),
            key=_end,
        )
        if not made:
            return heading.not_yet(_("No CRL yet: an active certifier issues its first one automatically."))
        first, end = made[0]
        values = {"name": first.name, "date": minute(end)}
        if end <= self._now:
            text = _(
                "The CRL of {name} expired on {date}. Activate the certifier, or clients may reject its certificates."
            )
            return heading.to_do(text.format(**values))
        if behind := next((each for each, _end in made if each.waiting), None):
            text = plural(
                "{n} revocation of {name} is not on its CRL yet. Activate the certifier to issue the next CRL.",
                "{n} revocations of {name} are not on its CRL yet. Activate the certifier to issue the next CRL.",
                behind.waiting,
            )
            return heading.to_do(text.format(n=behind.waiting, name=behind.name))
        if end - self._now < _LAST_DAYS:
            text = _("The CRL of {name} expires on {date}. Activate the certifier before then.")
            return heading.to_do(text.format(**values))
        if late := next((each for each in self._certifiers if each.unwritten), None):
            text = _("The newest CRL of {name} could not be written to {path}. The running server will try again.")
            return heading.to_do(text.format(name=late.name, path=late.unwritten))
        return heading.done(_("Next to expire: {name}, {date}.").format(**values))

    def revocations(self) -> Step:
        """Return the step about revocations that have not been carried out."""
        heading = Heading("", _("Carry out revocations"), "revocation-requests")
        if not self._waiting:
            return heading.done(_("No revocation requests are waiting."))
        text = plural(
            "{n} revocation request is waiting. Start the server and activate its certifier.",
            "{n} revocation requests are waiting. Start the server and activate their certifiers.",
            self._waiting,
        )
        return heading.to_do(text.format(n=self._waiting))

    def expiring(self) -> Step:
        """Return the step about certificates that expire soon."""
        heading = Heading("", _("Renew certificates that expire soon"), "icl", is_optional=True)
        number = sum(each.expiring for each in self._certifiers)
        if not number:
            return heading.done(_("None expires within the next 30 days."))
        text = plural("{n} certificate expires within 30 days.", "{n} certificates expire within 30 days.", number)
        return heading.to_do(text.format(n=number))

    def administrators(self) -> Step:
        """Return the step about a second CA administrator."""
        alone = next((each for each in self._certifiers if each.certifier and len(_caas(each)) < _ENOUGH), None)
        target = Target(certifier_id=alone.record.id) if alone else NOTHING
        title = _("Every certifier has two CA administrators")
        heading = Heading("", title, "modify-certifier", target, is_optional=True)
        if not self._certifiers:
            return heading.not_yet(_("There is no Internet certifier yet."))
        if alone:
            return heading.to_do(
                _("{name} has only one. If that ID is lost, nobody can change the certifier.").format(name=alone.name)
            )
        return heading.done(_("Losing one ID does not lock you out."))

    def checkpoint(self, facts: GuideFacts, running: ServerView) -> Step:
        """Return the step about entries that wait for a checkpoint."""
        title, text = _("The audit log has a current checkpoint"), _("There is no Internet certifier yet.")
        heading = Heading("", title, "verify-audit-log")
        if not self._certifiers:
            return heading.not_yet(text)
        if self._checkpoint_problem:
            return heading.to_do(self._checkpoint_problem)
        if not self._overdue:
            return heading.done(_("The CA process verifies and signs new entries while the server runs."))
        text = plural(
            "{n} entry has been waiting for a checkpoint for more than a day.",
            "{n} entries have been waiting for a checkpoint for more than a day.",
            self._overdue,
        ).format(n=self._overdue)
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

    def _lives(self, each: _One) -> bool:
        # If the certifier itself has expired, its list is no longer needed.
        return each.certifier is None or each.certifier.issuer.certificate.not_valid_after_utc > self._now


def _end(pair: tuple[_One, datetime]) -> datetime:
    return pair[1]


def _caas(each: _One) -> tuple[str, ...]:
    return each.certifier.configuration.caas if each.certifier else ()
