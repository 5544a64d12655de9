"""Rows that were altered behind the program are told before anything is done by them (design: attacks 1, 2, 3)."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki import documents
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.domain import Actor
from dominoadmin.store import certifiers
from dominoadmin.store.records import instant
from tests import builders
from tests.builders import sql

TOLD = r"A row of the store \(.*\) is not the one that was signed"


def without_rob(office) -> None:
    """A second version in which Rob is no RA any more."""
    begun = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(begun, ras=(office.ann.name,)))


@pytest.fixture
def removed(office):
    builders.ready(office, ras=("CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US"))
    request = builders.submitted(office)
    without_rob(office)
    (outcome,) = builders.approve(office.domain, office.rob, [request])
    assert "not a Registration Authority" in outcome.problem
    return request


CUTS = {
    "the row": ["DELETE FROM configurations WHERE version = 2"],
    "the row and its page of the state": ["DELETE FROM configurations WHERE version = 2", "DELETE FROM state_pages"],
    "the row and the state": [
        "DELETE FROM configurations WHERE version = 2", "DELETE FROM state_pages", "DELETE FROM state_groups", "DELETE FROM state_root",
    ],
    "the row, its entry and its head": [
        "DELETE FROM configurations WHERE version = 2",
        "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)",
        "DELETE FROM audit_heads WHERE size = (SELECT max(size) FROM audit_heads)",
    ],
}  # fmt: skip


@pytest.mark.parametrize("cut", CUTS)
def test_a_removed_ra_does_not_come_back_with_the_version_before(office, removed, cut: str) -> None:
    for statement in CUTS[cut]:
        sql(office, statement)
    (outcome,) = builders.approve(office.domain, office.rob, [removed])
    assert "was signed" in outcome.problem or "does not match its signature" in outcome.problem
    with pytest.raises(Tampered):
        builders.verified(office)
    with suppress(Tampered):
        builders.load_ca(office)
    assert not sql(office, "SELECT 1 FROM issued WHERE request_id IS NOT NULL")


def forge(office, forger) -> None:
    """Make the first version the forger's own, as anyone with an ID can sign one."""
    known = builders.verified(office)
    forged = replace(known.versions[0].configuration, caas=(forger.name,), ras=(forger.name,))
    with builders.behind(office.domain.store) as db:
        db.execute("DELETE FROM configurations")
        certifiers.add_configuration(db, 1, 1, forged.sign(forger).serialize())


def test_nobody_makes_himself_the_founder(office) -> None:
    builders.ready(office)
    request = builders.submitted(office)
    forge(office, office.rob)
    with pytest.raises(Tampered, match=TOLD):
        builders.verified(office)
    (outcome,) = builders.approve(office.domain, office.rob, [request])
    assert "was signed" in outcome.problem
    with pytest.raises(Tampered, match=TOLD):
        modifying.begin(office.domain, Actor.of(office.rob), 1)
    builders.load_ca(office)
    assert not sql(office, "SELECT 1 FROM issued WHERE request_id IS NOT NULL")


def test_a_whole_state_leads_from_every_act_to_the_next(office) -> None:
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    assert verifying.verify(office.domain, office.actor()).signer == office.server.name


def test_a_version_that_a_caa_signed_counts_only_once_it_is_entered(office) -> None:
    """Found on a disk, or signed by a CAA who meant to: nobody has entered it."""
    builders.ready(office)
    known = builders.verified(office)
    follows = {"version": 2, "signed_at": instant(office.domain.now()), "previous": documents.digest(known.versions[0].document)}
    document = replace(known.configuration, crl_days=9, **follows).sign(office.ann).serialize()
    with builders.behind(office.domain.store) as db:
        certifiers.add_configuration(db, 1, 2, document)
    with pytest.raises(Tampered, match=TOLD):
        builders.verified(office)
