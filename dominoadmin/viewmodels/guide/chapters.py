"""The Quick Guide: the technote's nine chapters and one for later, computed from store and server."""

from __future__ import annotations

from collections.abc import Sequence

from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.viewmodels.guide import facts as guide_facts
from dominoadmin.viewmodels.guide import requests as guide_requests
from dominoadmin.viewmodels.guide import servers as guide_servers
from dominoadmin.viewmodels.guide.health import HealthSteps
from dominoadmin.viewmodels.guide.steps import CONSOLE, Chapter, ServerView, Step, StepState

__all__ = ["CONSOLE", "Chapter", "ServerView", "Step", "StepState", "guide", "next_step"]


def guide(domain: Domain, actor: Actor, running: ServerView, certifier_id: int = 0) -> list[Chapter]:
    """Return the current chapters, for one certifier, or for the newest that is not finished, and its key ring.

    Raises:
        Error: the store cannot be read.

    """
    facts = guide_facts.gather(domain, actor, certifier_id, running.put_aside())
    ca, web, own, asking = (
        guide_servers.CaSteps(facts, running),
        guide_servers.WebSteps(facts.of_key_ring, running),
        guide_requests.RequestSteps(facts),
        guide_requests.RequestSteps(facts.of_key_ring),
    )
    health = HealthSteps(domain, actor, facts.certifier)
    # The first four and the last two are the technote's own headings; its chapter "Create Key Ring" is long.
    return [
        Chapter(_("Register Internet Certifier"), (ca.launch(), ca.register())),
        Chapter(_("Run the CA task"), (ca.load(), ca.publish(), ca.activate())),
        Chapter(_("Create and set up Certificate Request database"), (own.database(), own.configuration())),
        Chapter(_("Create Key Ring"), (asking.key_ring(), asking.certify())),
        Chapter(_("Approve the request"), (asking.submit(), asking.approve())),
        Chapter(_("Pull the request and cross-certify"), (asking.pull(), asking.cross_certify())),
        Chapter(_("Pick up the certificate"), (asking.request_id(), asking.pick_up(), asking.install())),
        Chapter(_("Configure port"), (web.configure(), web.restart())),
        Chapter(_("Test and configure Web browser"), (web.check(), web.trust(), web.browse())),
        Chapter(
            _("Keep the authority healthy"),
            (
                health.decisions(facts),
                health.whole(),
                health.lists(),
                health.revocations(),
                health.expiring(),
                health.administrators(),
                health.checkpoint(facts, running),
                health.audit(running.audit),
            ),
        ),
    ]


def certifiers(domain: Domain) -> list[tuple[int, str]]:
    """Return the certifiers that the guide can follow: the number in the store and the common name, newest first.

    Raises:
        Error: the store cannot be read.

    """
    return guide_facts.certifier_names(domain)


def urgent(chapters: Sequence[Chapter]) -> Step | None:
    """Return the step for an urgent health problem, such as a list that expires soon, or None."""
    steps = (step for step in chapters[-1].steps if not step.is_optional and not step.is_decision)
    return next((step for step in steps if step.state == StepState.TO_DO), None)


def next_step(chapters: Sequence[Chapter]) -> Step | None:
    """Return the first required step, or None. What other people wait for comes first, then what is urgent."""
    steps = [step for chapter in chapters for step in chapter.steps]
    to_do = [step for step in steps if step.state == StepState.TO_DO and not step.is_optional]
    decision = next((step for step in to_do if step.is_decision), None)
    return decision or urgent(chapters) or next(iter(to_do), None)
