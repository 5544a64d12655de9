"""What comes next for a request, in the window's words."""

from __future__ import annotations

from dataclasses import replace

from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import inspecting, submitting
from dominoadmin.viewmodels.requests import next_steps
from dominoadmin.viewmodels.requests.next_steps import Audience
from dominoadmin.viewmodels.words import minute
from tests import builders


def said(office, number: int) -> str:
    return next_steps.sentence(Audience.AUTHORITY, builders.view(office, number))


def pulled(office, number: int) -> str:
    """Pull a request; return when that was."""
    submitting.pull(office.domain, office.actor(), [number])
    return minute(builders.view(office, number).request.pulled_at)


def test_an_authority_reads_that_a_certificate_has_been_pulled(office) -> None:
    builders.ready(office)
    number = builders.approved(office, "www.example.com")
    builders.authority(office).issue_approved()
    assert said(office, number).startswith("The applicant pulls the request")
    time = pulled(office, number)
    assert said(office, number) == (
        f"The request was pulled on {time}. Anyone who has the Request ID can pick up the certificate."
    )
    builders.sql(office, "UPDATE requests SET key_ring = 'keyfile.kyr'")
    assert said(office, number) == (
        f"The request was pulled on {time}. The applicant picks up the certificate into the key ring."
    )


def test_an_authority_reads_that_a_rejection_has_been_pulled(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    builders.reject(office.domain, office.ann, [number], "Not ours.")
    assert said(office, number) == "The applicant sees the reason when the request is pulled: Not ours."
    time = pulled(office, number)
    assert said(office, number) == f"The request was pulled on {time}. The applicant sees the reason: Not ours."


def test_what_comes_next_follows_from_the_rules_and_from_who_reads_it(office) -> None:
    builders.ready(office, ras=(office.ann.name,))
    number = builders.submitted(office)
    actor = office.actor()
    found = inspecting.inspect(office.domain, actor, number)
    assert next_steps.decision(found, actor) == "Verify what will be issued, then click Approve Request or Reject Request."
    assert next_steps.decision(found, Actor.of(office.server)) == "A registration authority of the certifier decides on it."
    (first, *others) = found.checks
    failed = replace(found, checks=[replace(first, problem="It is not."), *others])
    assert next_steps.decision(failed, actor).startswith("Not every rule is met. Click Edit Request")
