"""The revocations must match the audit log's entries since the last list, and the rows of a delta what was signed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from cryptography import x509

from dominoadmin.errors import Tampered
from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.revocation.state import Made
from dominoadmin.store import revocations
from dominoadmin.store.records import RevocationRecord
from tests import builders
from tests.services.revocation import scene
from tests.services.revocation.scene import Scene

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
    with office.domain.store.transaction() if said else builders.behind(office.domain.store) as db:
        revocations.keep(db, rows)
        revocation_state.seal(db, record, server, SERIALS, now, lists=Made())
        if said:
            detail = {"certifier": record.name, "request": request}
            audit_log.enter(db, now, server, [Event(action, serial, detail) for serial in SERIALS])


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
def test_an_older_state_that_was_sealed_again_is_not_the_one_that_the_log_commits(office, request_id, released) -> None:
    builders.ready(office)
    enter(office, 1)
    enter(office, 2, released=True)
    enter(office, request_id, released=released, said=False)
    with pytest.raises(Tampered, match=r"A row of the store \(revocation_states 1\) is not the one that was signed"):
        check(office)


def test_a_row_that_is_gone_disagrees_with_the_audit_log(office) -> None:
    builders.ready(office)
    enter(office, 1)
    builders.sql(office, "DELETE FROM revocations")
    record = builders.verified(office).record
    with office.domain.store.transaction() as db:
        revocation_state.seal(db, record, Actor.of(office.server), SERIALS, office.clock(), lists=Made())
        audit_log.enter(db, office.clock(), Actor.of(office.server), [Event("crl refused", record.name, {})])
    with pytest.raises(Tampered, match="certificate abc001 was revoked, but the revocations of"):
        check(office)


def test_a_release_without_a_time_is_not_taken_for_none(office) -> None:
    """To SQL, an empty text is a release, which takes the certificate off the next list."""
    builders.ready(office)
    number = builders.approved(office)
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", number)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="superseded"))
    builders.load_ca(office)
    builders.sql(office, "UPDATE revocations SET released_at = ''")
    running = builders.server(office)
    said = builders.said([*running.console.execute("load ca"), *running.console.execute("tell ca crl issue 1")])
    list(running.stop())
    assert "The revocations of CN=MyCompany CA/O=MyCompany do not match the signature of its server." in said
    assert [each["entries"] for each in builders.sql(office, "SELECT entries FROM crls ORDER BY number")][-1] == 1


def test_two_rows_cannot_be_hidden_in_one(office) -> None:
    """A text that has in it what stands between columns, and between rows, would have the digest of both."""
    builders.ready(office)
    serials = ("a1abc", "b2abc")  # of one page
    now, server, record = office.clock(), Actor.of(office.server), builders.verified(office).record
    builders.sql(office, "INSERT INTO revocation_requests VALUES (1, 1, 'revoke', '[]', '', NULL, 'nobody', x'', 'Done', '', '', '')")
    rows = [
        RevocationRecord(
            certifier_id=1, serial_hex=serial, reason="superseded", revoked_at=now, invalidity_at=None, released_at=None, request_id=1, since=1, not_after=now + timedelta(days=300),
            key_fingerprint="ab", part=0, chunk=None, entry=Revocation(serial, "superseded", now).entry(),
        )
        for serial in serials
    ]  # fmt: skip
    with office.domain.store.transaction() as db:
        revocations.keep(db, rows)
        revocation_state.seal(db, record, server, serials, now, lists=Made())
        detail = {"certifier": record.name, "request": 1}
        audit_log.enter(db, now, server, [Event("certificate revoked", serial, detail) for serial in serials])
    with office.domain.store.snapshot() as db:
        revocation_state.check_rows(db, record, serials)
    first, second = (builders.sql(office, "SELECT * FROM revocations WHERE serial_hex = ?", serial)[0] for serial in serials)
    columns = ("serial_hex", "reason", "revoked_at", "invalidity_at", "released_at", "request_id", "since", "not_after", "key_fingerprint", "part")
    hidden = "\x1f".join([*(""  if first[column] is None else str(first[column]) for column in columns), first["entry"].hex().upper()])
    builders.sql(office, "DELETE FROM revocations WHERE id = ?", first["id"])
    builders.sql(office, "UPDATE revocations SET serial_hex = ? WHERE id = ?", f"{hidden}\x1e{second['serial_hex']}", second["id"])
    with office.domain.store.snapshot() as db, pytest.raises(Tampered):
        revocation_state.check_rows(db, record, serials)


# Deltas, which are made of rows and not of sealed chunks


ALTERED = {
    "it was released": "released_at = '2026-01-01T00:00:00Z'",
    "another entry": "entry = x'3000'",
    "another date": "revoked_at = '2020-01-01T00:00:00Z'",
    "it is older than the base": "since = 0",
}


@pytest.fixture
def stage(office) -> Scene:
    return scene.authority(office, base="http://pki.example.com/pki", delta_hours=6)


def newest(office) -> int:
    return builders.sql(office, "SELECT max(number) FROM crls")[0][0]


def revoked(stage: Scene) -> set[int]:
    return {each.serial_number for each in x509.load_der_x509_crl(stage.list_of(delta=True))}


@pytest.mark.parametrize("what", ["removed", *ALTERED])
def test_no_delta_is_made_of_a_row_that_nobody_signed(office, stage, what: str) -> None:
    one, two = stage.issue("one.example.com", "two.example.com")
    stage.revoke(one)
    number, (kept,) = newest(office), builders.sql(office, "SELECT * FROM revocations")
    builders.sql(office, f"UPDATE revocations SET {ALTERED[what]}" if what in ALTERED else "DELETE FROM revocations")
    stage.revoke(two)
    assert newest(office) == number
    builders.sql(office, "DELETE FROM revocations WHERE serial_hex = ?", kept["serial_hex"])
    columns = [each for each in kept.keys() if each != "id"]  # noqa: SIM118 - a row has no `in`
    builders.sql(office, f"INSERT INTO revocations ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", *(kept[each] for each in columns))
    stage.ca.stop()
    builders.load_ca(office)
    assert revoked(stage) == {one.serial_number, two.serial_number}


def test_deltas_say_what_has_changed_since_their_base(office, stage) -> None:
    one, two = stage.issue("one.example.com", "two.example.com")
    stage.revoke(one, reason="certificateHold")
    stage.revoke(two)
    stage.release(one)
    assert revoked(stage) == {one.serial_number, two.serial_number}
    office.clock.advance(days=7)
    stage.run()
    office.clock.advance(days=7)
    stage.run()
    assert revoked(stage) == set(), "the base says so"


@pytest.mark.parametrize("number", ["x", None, [1], 1.5])
@pytest.mark.parametrize("signs", [True, False])
def test_what_somebody_says_about_a_list_stops_no_delta(office, stage, number: object, signs: bool) -> None:
    """An entry cannot be taken back: there would be no list for ever, neither a delta nor a complete one."""
    who = Actor.of(office.rob) if signs else Actor(office.rob.name, office.rob.anchor)
    with office.domain.store.transaction() as db:
        event = Event(AuditAction.CRL_ISSUED, builders.CA_NAME, {"number": number})
        audit_log.enter(db, office.clock(), who, [event])
    (leaf,) = stage.issue("one.example.com")
    stage.revoke(leaf)
    assert revoked(stage) == {leaf.serial_number}
