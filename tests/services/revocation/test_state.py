"""The revocations must match the audit log's entries since the last list."""

from __future__ import annotations

from datetime import timedelta

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.store import revocations
from dominoadmin.store.records import RevocationRecord
from tests import builders

SERIALS = ("abc001", "abc002")


def enter(office, request: int, *, released: bool = False, said: bool = True) -> None:
    """Hold or release two certificates with audit entries, like the CA process."""
    now, server, record = office.clock(), Actor.of(office.server), builders.verified(office).record
    builders.sql(
        office,
        "INSERT OR IGNORE INTO revocation_requests VALUES (?, 1, 'revoke', '[]', '', NULL, 'nobody', x'', 'Done', '', '', '')",
        request,
    )
    action = "certificate released" if released else "certificate revoked"
    rows = [
        RevocationRecord(
            certifier_id=1, serial_hex=serial, reason="certificateHold", revoked_at=now, invalidity_at=None, released_at=now if released else None, request_id=request, since=1, not_after=now + timedelta(days=300),
            key_fingerprint="", part=0, chunk=None, entry=Revocation(serial, "certificateHold", now).entry(),
        )
        for serial in SERIALS
    ]  # fmt: skip
    with office.domain.store.transaction() as db:
        revocations.keep(db, rows)
        if said:
            detail = {"certifier": record.name, "request": request}
            audit_log.enter(db, now, server, [Event(action, serial, detail) for serial in SERIALS])
        revocation_state.seal(db, record, server, SERIALS, now)


def check(office) -> None:
    with office.domain.store.snapshot() as db:
        revocation_state.check(db, builders.verified(office).record, office.actor().verifier())


def test_of_two_entries_about_one_certificate_the_later_counts(office) -> None:
    builders.ready(office)
    enter(office, 1)
    check(office)
    enter(office, 2, released=True)
    check(office)
    enter(office, 3)
    check(office)


@pytest.mark.parametrize(("request_id", "released"), [(1, False), (2, False), (1, True)])
def test_an_older_state_that_was_sealed_again_disagrees_with_the_audit_log(office, request_id, released) -> None:
    builders.ready(office)
    enter(office, 1)
    enter(office, 2, released=True)
    enter(office, request_id, released=released, said=False)
    with pytest.raises(Tampered, match="certificate abc001 was released, but the revocations of"):
        check(office)


def test_a_row_that_is_gone_disagrees_with_the_audit_log(office) -> None:
    builders.ready(office)
    enter(office, 1)
    builders.sql(office, "DELETE FROM revocations")
    record = builders.verified(office).record
    with office.domain.store.transaction() as db:
        revocation_state.seal(db, record, Actor.of(office.server), SERIALS, office.clock())
    with pytest.raises(Tampered, match="certificate abc001 was revoked, but the revocations of"):
        check(office)
