"""Versions of a configuration that somebody signs and enters with a program of his own: each rule holds by itself."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.store import certifiers
from dominoadmin.store.records import instant
from tests import builders


@pytest.fixture
def founded(office):
    builders.ready(office)
    return office


def entered(office, signer, **changes) -> None:
    """Enter a second version, as the log then has it."""
    known = builders.verified(office)
    follows = {"version": 2, "signed_at": instant(office.domain.now()), "previous": audit_log.documents.digest(known.versions[-1].document)}
    document = replace(known.configuration, **(follows | changes)).sign(signer).serialize()
    with office.domain.store.transaction() as db:
        certifiers.add_configuration(db, 1, 2, document)
        event = Event(AuditAction.CERTIFIER_MODIFIED, known.record.name, {})
        audit_log.enter(db, office.domain.now(), office.actor(), [event])


def test_the_next_version_is_followed(founded) -> None:
    entered(founded, founded.ann, crl_days=9)
    assert builders.verified(founded).configuration.crl_days == 9


def test_a_version_that_no_caa_signed_is_refused(founded) -> None:
    entered(founded, founded.rob, caas=(founded.rob.name,))
    with pytest.raises(Tampered, match="was not signed by a CA administrator"):
        builders.verified(founded)


@pytest.mark.parametrize("number", [1, 3])
def test_a_version_with_another_number_is_refused(founded, number: int) -> None:
    entered(founded, founded.ann, version=number)
    with pytest.raises(Tampered):
        builders.verified(founded)


@pytest.mark.parametrize("previous", ["", "0" * 64])
def test_a_version_that_follows_another_one_is_refused(founded, previous: str) -> None:
    entered(founded, founded.ann, previous=previous)
    with pytest.raises(Tampered, match="does not follow the version before it"):
        builders.verified(founded)


def test_a_version_that_is_older_than_the_one_before_is_refused(founded) -> None:
    entered(founded, founded.ann, signed_at=instant(founded.domain.now() - timedelta(hours=2)))
    with pytest.raises(Tampered, match="was signed earlier than the version before it"):
        builders.verified(founded)


@pytest.mark.parametrize(
    "changes",
    [
        {"certificate_sha256": "0" * 64}, {"key_fingerprint": "0" * 64}, {"certifier": "CN=Other/O=MyCompany"}, {"seal": "0" * 64},
        {"protection": "password"}, {"locking_id": "CN=Rob Ra/O=MyCompany/C=US"}, {"server": "CN=Other/O=MyCompany/C=US"},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_a_version_for_another_certifier_is_refused(founded, changes: dict) -> None:
    entered(founded, founded.ann, **changes)
    with pytest.raises(Tampered, match="does not belong to this certifier"):
        builders.verified(founded)
