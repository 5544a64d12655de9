"""One act verifies the signed history of a certifier's configuration once; changes in between are detected."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki.identities import PublicIdentity
from dominoadmin.services.certifiers import configuration_versions, configuring, modifying, protecting
from dominoadmin.services.certifiers.protecting import KeyOpening, ProtectionOrder
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.requests import approving, inspecting
from dominoadmin.services.states import Protection
from dominoadmin.viewmodels.guide import chapters
from dominoadmin.viewmodels.guide.steps import ServerView
from dominoadmin.viewmodels.requests import texts as request_texts
from tests import builders
from tests.builders import sql
from tests.services.key_rings.conftest import DATABASE, ring_template, stage
from tests.verifications import verified_versions

__all__ = ["ring_template", "stage", "verified_versions"]


def change(office, **fields) -> modifying.Saved:
    draft = modifying.begin(office.domain, office.actor(), 1)
    return modifying.save(office.domain, office.ann, replace(draft, **fields))


@pytest.fixture
def two_versions(office):
    """A certifier whose configuration has two versions, and its database."""
    builders.ready(office)
    change(office, crl_days=25)
    return office


def test_saving_a_version_verifies_each_version_once(two_versions, verified_versions) -> None:
    draft = replace(modifying.begin(two_versions.domain, two_versions.actor(), 1), crl_days=26)
    verified_versions.clear()
    modifying.save(two_versions.domain, two_versions.ann, draft)
    assert verified_versions == [1, 2, 3]  # the third was just signed


def test_disabling_a_certifier_verifies_each_version_once(two_versions, verified_versions) -> None:
    verified_versions.clear()
    modifying.set_enabled(two_versions.domain, two_versions.ann, 1, enabled=False)
    assert verified_versions == [1, 2, 3]


def test_changing_the_protection_verifies_each_version_once(two_versions, verified_versions) -> None:
    rob = two_versions.rob
    order = ProtectionOrder(1, 2, Protection.LOCKING_ID, locking_id=PublicIdentity(rob.kind, rob.name, rob.chain))
    verified_versions.clear()
    protecting.change(two_versions.domain, two_versions.ann, order, KeyOpening(two_versions.server, ""))
    assert verified_versions == [1, 2, 3]


def test_putting_a_certifier_back_verifies_each_version_once(two_versions, verified_versions) -> None:
    sql(two_versions, "UPDATE configurations SET document = x'7b7d' WHERE version = 2")
    verified_versions.clear()
    configuration_versions.restore(two_versions.domain, two_versions.ann, 1)
    assert verified_versions == [1, 2]  # version 2 is the new one: the unreadable one was set aside


def test_looking_at_requests_before_they_are_approved_verifies_each_version_once(two_versions, verified_versions) -> None:
    ids = [builders.submitted(two_versions, f"host{number}.example.com") for number in range(3)]
    verified_versions.clear()
    found = request_texts.preflights(two_versions.domain, two_versions.actor(), ids)
    assert [each.problem for each in found] == ["", "", ""]
    assert verified_versions == [1, 2]


def test_approving_requests_verifies_each_version_once(two_versions, verified_versions) -> None:
    ids = [builders.submitted(two_versions, f"host{number}.example.com") for number in range(3)]
    shown = inspecting.digests(two_versions.domain, two_versions.actor(), ids)
    verified_versions.clear()
    assert [each.problem for each in approving.approve(two_versions.domain, two_versions.ann, shown)] == ["", "", ""]
    assert verified_versions == [1, 2]


def test_the_guide_verifies_each_version_once(two_versions, verified_versions) -> None:
    verified_versions.clear()
    chapters.guide(two_versions.domain, two_versions.actor(), ServerView())
    assert verified_versions == [1, 2]


def test_each_act_from_the_key_ring_to_the_pickup_verifies_the_history_once(stage, verified_versions) -> None:
    verified_versions.clear()
    stage.create(file="web.kyr")
    assert verified_versions == [1]
    verified_versions.clear()
    root = key_rings.trusted_root_of(stage.domain, stage.actor, DATABASE)
    assert verified_versions == [1]
    verified_versions.clear()
    number = key_rings.certify(stage.domain, stage.actor, stage.access("web.kyr"), DATABASE, root).request.id
    assert verified_versions == [1]
    pickup_id = stage.issue(number)
    verified_versions.clear()
    key_rings.pickup_preview(stage.domain, stage.actor, stage.access("web.kyr"), pickup_id)
    assert verified_versions == [1]
    verified_versions.clear()
    stage.pickup("web.kyr", pickup_id)
    assert verified_versions == [1]


@pytest.mark.parametrize(
    "altered",
    [
        "UPDATE configurations SET document = x'7b7d' WHERE version = 2",
        "UPDATE configurations SET document = (SELECT document FROM configurations WHERE version = 2) WHERE version = 1",
        "DELETE FROM configurations",
        "UPDATE certifiers SET locking_id = 'CN=Mallory/O=MyCompany'",
        "UPDATE certifiers SET server = 'CN=Other/O=MyCompany'",
        "UPDATE certifiers SET sealed_key = x'00', protection = 'password'",
        "UPDATE certifiers SET certificate = x'00'",
    ],
)
def test_what_was_altered_after_it_was_verified_does_not_hold(two_versions, altered) -> None:
    known = builders.verified(two_versions)
    sql(two_versions, altered)
    domain, actor = two_versions.domain, two_versions.actor()
    with domain.store.snapshot() as db, pytest.raises(Tampered):
        record = builders.record(two_versions)
        configuring.verified(db, record, actor.verifier(), domain.now(), known)


def test_a_version_that_was_added_after_the_others_were_verified_is_verified(two_versions, verified_versions) -> None:
    known = builders.verified(two_versions)
    change(two_versions, crl_days=27)
    domain, actor = two_versions.domain, two_versions.actor()
    verified_versions.clear()
    with domain.store.snapshot() as db:
        now_known = configuring.verified(db, builders.record(two_versions), actor.verifier(), domain.now(), known)
    assert (now_known.configuration.version, now_known.configuration.crl_days) == (3, 27)
    assert verified_versions == [1, 2, 3]


def test_another_certifier_is_never_taken_for_the_one_that_was_verified(two_versions) -> None:
    builders.certifier(two_versions, "Other CA")
    known = builders.verified(two_versions)
    domain, actor = two_versions.domain, two_versions.actor()
    with domain.store.snapshot() as db:
        other = configuring.verified(
            db, builders.record(two_versions, "Other CA"), actor.verifier(), domain.now(), known
        )
    assert other.configuration.certifier == other.record.name == "CN=Other CA/O=MyCompany"
