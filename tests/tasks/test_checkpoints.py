"""The CA process and the log: what goes backwards is refused, what is new is verified and signed before anything is done."""

from __future__ import annotations

import json
import stat
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.x509 import ocsp

from dominoadmin import application
from dominoadmin.errors import Error, Tampered
from dominoadmin.pki import documents, merkle
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import checkpoints, sightings, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import publishing
from dominoadmin.store import audit, state
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import behind, sql
from tests.conftest import NO_KEYCHAIN
from tests.tasks.copies import copies
from tests.tasks.test_ca_lists import BASE, issued, revoke, started
from tests.tasks.test_put_back import asked

__all__ = ["copies"]


@pytest.fixture
def ca(office) -> CaTask:
    builders.ready(office, publication=Publication((BASE,)))
    return started(office)


def approve(office, host: str) -> None:
    builders.approve(office.domain, office.ann, [builders.submitted(office, host)])


def seen(office) -> sightings.Sighting:
    found = sightings.of_account(office.domain)
    assert found is not None
    return found


def checkpoint(office) -> sightings.Sighting | None:
    with office.domain.store.snapshot() as db:
        found = checkpoints.newest(db, office.actor().verifier())
    return found and found[1]


def size(office) -> int:
    return sql(office, "SELECT max(number) AS n FROM audit")[0]["n"]


def root(office, number: int) -> str:
    leaves = [row["octets"] for row in sql(office, "SELECT octets FROM audit WHERE number <= ? ORDER BY number", number)]
    return merkle.root(map(merkle.leaf, leaves)).hex()


def leaves(office) -> list[x509.Certificate]:
    return [each for each in builders.certificates(office) if "example.com" in each.subject.rfc4514_string()]


def settle(ca: CaTask) -> list[str]:
    return [line for _turn in range(3) for line in ca.run_due()]


# What is seen, signed and kept


def test_each_turn_signs_what_is_new_and_keeps_it_outside_the_data_folder(office, ca) -> None:
    settle(ca)
    approve(office, "www.example.com")
    settle(ca)
    signed = checkpoint(office)
    assert (signed.size, signed.log) == (size(office), root(office, size(office))), "also what nobody has signed yet"
    assert seen(office) == signed
    file = office.domain.account.path
    assert not file.is_relative_to(office.root)
    assert (stat.S_IMODE(file.stat().st_mode), stat.S_IMODE(file.parent.stat().st_mode)) == (0o600, 0o700)
    assert list(ca.run_due()) == [], "nothing new, nothing to do"


def test_without_anything_new_nothing_is_written(office, ca) -> None:
    settle(ca)
    before, written = checkpoint(office), office.domain.account.path.stat().st_mtime_ns
    office.clock.advance(seconds=60)
    settle(ca)
    assert checkpoint(office) == before
    assert office.domain.account.path.stat().st_mtime_ns == written


def test_a_slower_process_does_not_set_the_account_back(office, ca) -> None:
    settle(ca)
    newest = seen(office)
    sightings.note(office.domain, replace(newest, size=newest.size - 1, log="0" * 64))
    assert seen(office) == newest


def test_a_kill_between_signature_and_file_leaves_a_start_that_works(office, ca, monkeypatch) -> None:
    settle(ca)
    approve(office, "www.example.com")

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sightings, "note", killed)
    with pytest.raises(KeyboardInterrupt):
        list(ca.run_due())
    monkeypatch.undo()
    assert checkpoint(office).size > seen(office).size
    settle(started(office))
    assert seen(office) == checkpoint(office)
    assert len(leaves(office)) == 1


# What goes backwards


@pytest.fixture
def revoked(office, ca, copies):
    """A certificate that is revoked; the copy of the store is older."""
    (serial,) = issued(office, ca, "bad.example.com")
    settle(ca)
    before = copies.take()
    revoke(office, serial)
    settle(ca)
    return serial, before


def test_a_store_that_was_put_back_stops_the_ca_process(office, ca, copies, revoked) -> None:
    serial, before = revoked
    ca.stop()
    copies.put_back(before)
    end = size(office)
    again = CaTask(office.domain, office.server, builders.no_password)
    told = list(again.start())
    assert len(told) == 1
    assert f"its audit log ends at entry {end}, but this account has seen entry {seen(office).size}" in told[0]
    approve(office, "new.example.com")
    number = size(office)
    assert all("The store" in line for line in settle(again))
    assert size(office) == number, "nothing was entered or issued"
    assert any("The store is not the one that this account has seen" in line for line in again.status())
    for command in ("activate 1", "crl issue 1", "show queue 1"):
        with pytest.raises(Tampered, match="this account has seen") as refused:
            list(again.tell(command))
        assert "dominoadmin server accept-restore" in refused.value.hint
    assert asked(office, serial).response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL
    key = builders.verified(office).configuration.key_fingerprint[:16]
    with pytest.raises(Tampered):
        publishing.published(office.domain, office.actor(), f"{key}.crl")


def test_a_store_that_grew_again_after_it_was_put_back_is_told(office, ca, copies, revoked) -> None:
    _serial, before = revoked
    ca.stop()
    copies.put_back(before)
    for host in ("one", "two", "three", "four"):
        approve(office, f"{host}.example.com")
    assert size(office) > seen(office).size
    (line,) = CaTask(office.domain, office.server, builders.no_password).start()
    assert f"The store is not the one that this account has seen: entry {seen(office).size} of its audit log is another" in line


def test_what_goes_backwards_while_it_runs_is_refused_at_once_and_goes_on_when_it_is_right_again(office, ca, copies, revoked) -> None:
    serial, before = revoked
    right = copies.take()
    office.domain.account.change(lambda kept: {key: value for key, value in kept.items() if key != "seen"})  # this process alone can tell
    copies.put_back(before)
    (line,) = ca.run_due()
    assert "this server has seen entry" in line
    assert asked(office, serial).response_status is not ocsp.OCSPResponseStatus.SUCCESSFUL
    assert list(ca.run_due()) == []
    copies.put_back(right)
    settle(ca)
    assert ca.status() == ["Idle, 1 of 1 certifier active"]
    assert asked(office, serial).certificate_status is ocsp.OCSPCertStatus.REVOKED


def test_a_checkpoint_in_the_store_holds_without_the_account(office, ca) -> None:
    """W deletes the last entries with their heads, and the account's file is gone."""
    settle(ca)
    office.domain.account.path.unlink()
    sql(office, "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)")
    sql(office, "DELETE FROM audit_heads WHERE size = (SELECT max(size) FROM audit_heads)")
    told = list(CaTask(office.domain, office.server, builders.no_password).start())
    assert any("the checkpoint of Server1/MyCompany/US has seen entry" in line for line in told)


def test_requests_that_nobody_signed_are_told_when_they_are_gone_after_a_checkpoint(office, ca) -> None:
    """The last entries have no signature of their own yet: the checkpoint covers them."""
    settle(ca)
    unsigned = replace(office.actor(), identity=None)
    builders.submitting.take_in(office.domain, unsigned, builders.DATABASE, builders.submitting.Submission(builders.csr()))
    settle(ca)
    assert sql(office, "SELECT max(size) AS n FROM audit_heads")[0]["n"] < checkpoint(office).size
    sql(office, "DELETE FROM audit WHERE number = (SELECT max(number) FROM audit)")
    sql(office, "DELETE FROM requests WHERE id = (SELECT max(id) FROM requests)")
    (line,) = ca.run_due()
    assert "has seen entry" in line


# The account's file

HUGE = b'{"seen": {"at": "2026-11-30T10:00:00Z", "epoch": 1, "size": 9223372036854775808, "log": "%s", "state": "%s"}}' % (b"0" * 64, b"0" * 64)


@pytest.mark.parametrize("content", [b"", b"[]", b"\xff", b'{"seen": 1}', b'{"seen": {}}', b'{"seen"', b'{"seen": {"epoch": 0}}', HUGE])
def test_a_damaged_file_of_the_account_is_told_and_stops_it(office, ca, content: bytes) -> None:
    settle(ca)
    office.domain.account.path.write_bytes(content)
    told = list(started_lines(office))
    assert any("it has what this account has seen of the store" in line for line in told)
    assert size(office) == seen_size(office)


def started_lines(office) -> list[str]:
    return [*CaTask(office.domain, office.server, builders.no_password).start()]


def seen_size(office) -> int:
    return checkpoint(office).size


@pytest.mark.parametrize("has_run_elsewhere", [False, True])
def test_a_folder_that_cannot_be_used_is_told(office, tmp_path, has_run_elsewhere: bool) -> None:
    """It stops nothing, unless the store has a number: nobody can say then whether this is a copy."""
    builders.ready(office)
    if has_run_elsewhere:
        started(office).stop()
    (tmp_path / "file").write_bytes(b"")
    domain = application.open_domain(office.root, NO_KEYCHAIN | {"DOMINOADMIN_STATE": str(tmp_path / "file")}, office.clock)
    task = CaTask(domain, office.server, builders.no_password)
    told = list(task.start())
    assert any(str(tmp_path / "file") in line for line in told)
    assert ("1 of 1 certifier active" in task.status()[0]) != has_run_elsewhere
    assert list(task.run_due()) == []
    task.stop()
    domain.store.close()


# What is verified


def sign_head(office, signer, *, state_root: bytes) -> None:
    """An entry of a member, with a head over another state than the entries lead to."""
    with office.domain.store.transaction() as db:
        record = audit.head(db)
        _signer, head = audit_log.verified_head(record, office.actor().verifier())
        number = audit.size(db)
        entries = audit_log._entries(office.clock(), Actor.of(signer), [Event(AuditAction.REQUEST_PULLED, "1", {})], is_signed=True, after=number)
        audit_log._add(db, number, entries)
        frontier = audit.frontier(db, number + 1)
        made = replace(
            head, at=office.clock(), size_before=head.size, size=number + 1, log_before=head.log, log=frontier.root().hex(),
            state_before=head.state, state=state_root.hex(),
        )
        audit_log._sign(db, made, signer, frontier)


def test_a_member_who_signs_a_state_that_no_entry_leads_to_is_found(office, ca) -> None:
    """R writes his row, the pages of the state and a head that he signs; only no entry says so."""
    settle(ca)
    which = audit_log.ledger.Object("domain", "administrator")
    with office.domain.store.snapshot() as db:
        before = audit_log.verified_head(audit.head(db), office.actor().verifier())[1].state
    with behind(office.domain.store) as db:
        forged = state.apply(db, {which.hash(): b"\x01" * 32}, bytes.fromhex(before))
    sign_head(office, office.rob, state_root=forged)
    (line,) = ca.run_due()
    assert "does not match its signature at entry" in line
    assert seen(office).size < size(office)


@pytest.mark.parametrize("statement", [
    "UPDATE audit SET action = 'x' WHERE number = (SELECT max(number) FROM audit)",
    "UPDATE audit_heads SET signature = x'00' WHERE size = (SELECT max(size) FROM audit_heads)",
    "UPDATE state_root SET entries = x''",
])
def test_what_is_new_and_altered_stops_it(office, ca, statement: str) -> None:
    settle(ca)
    approve(office, "www.example.com")
    sql(office, statement)
    told = list(ca.run_due())
    assert any("audit" in line for line in told)
    assert leaves(office) == []


def test_a_long_log_takes_several_turns_and_nothing_is_done_before(office, monkeypatch) -> None:
    builders.ready(office)
    approve(office, "www.example.com")
    monkeypatch.setattr(verifying, "PAGE", 3)
    ca = CaTask(office.domain, office.server, builders.no_password)
    assert list(ca.start()) == []
    assert checkpoint(office) is None
    turns = 1
    while not leaves(office):
        list(ca.run_due())
        turns += 1
    assert 3 < turns < 20
    ca.stop()


def test_if_very_much_is_new_the_state_is_made_again_instead_of_remembered(office, ca, monkeypatch) -> None:
    settle(ca)
    monkeypatch.setattr(checkpoints, "_MANY", 1)
    approve(office, "www.example.com")
    settle(ca)
    assert seen(office).size == size(office) == checkpoint(office).size


def test_only_a_servers_checkpoint_counts(office, ca) -> None:
    settle(ca)
    forged = documents.sign(checkpoints.KIND, replace(seen(office), size=seen(office).size - 1).content(), office.rob)
    with behind(office.domain.store) as db:
        db.execute("UPDATE checkpoints SET document = ?", [forged.serialize()])
    (line,) = ca.run_due() or [""]
    assert "The checkpoint of Server1/MyCompany/US is signed by" in line
    with behind(office.domain.store) as db:
        db.execute("UPDATE checkpoints SET document = x'00'")
    assert list(ca.run_due()) != []


def test_an_expired_id_of_the_server_is_told_as_long_as_no_checkpoint_is_signed(office, ca) -> None:
    settle(ca)
    before = checkpoint(office)
    office.clock.advance(days=40_000)
    approve_error = None
    try:
        approve(office, "www.example.com")
    except Error as error:
        approve_error = error
    told = [*list(ca.run_due()), *ca.status()]
    assert checkpoint(office) == before
    assert approve_error or told


def test_the_file_holds_no_secret(office, ca) -> None:
    settle(ca)
    assert set(json.loads(office.domain.account.path.read_bytes())) == {"seen", "folder", "installations"}


def test_a_head_of_a_member_over_another_state_is_told(office, ca) -> None:
    """R puts his own head in the place of the last one: the same log, another state, and the pages to it."""
    settle(ca)
    with office.domain.store.snapshot() as db:
        record = audit.head(db)
        _signer, head = audit_log.verified_head(record, office.actor().verifier())
    with behind(office.domain.store) as db:
        forged = state.apply(db, {b"\x01" * 32: b"\x02" * 32}, bytes.fromhex(head.state))
        db.execute("DELETE FROM audit_heads WHERE size = ?", [head.size])
        db.execute("UPDATE checkpoints SET document = document")
    with office.domain.store.transaction() as db:
        audit_log._sign(db, replace(head, state=forged.hex()), office.rob, audit.frontier(db, head.size))
    (line,) = CaTask(office.domain, office.server, builders.no_password).start()
    assert f"does not match its signature at entry {head.size}" in line


@pytest.mark.parametrize("size", [-1, 1000])
def test_a_checkpoint_that_a_member_has_added_under_his_own_name_is_none(office, ca, size: int) -> None:
    """It would stop the CA process for ever, as the log does not continue it."""
    settle(ca)
    forged = documents.sign(checkpoints.KIND, replace(seen(office), size=seen(office).size + size, log="00" * 32).content(), office.rob)
    with behind(office.domain.store) as db:
        db.execute("INSERT INTO checkpoints VALUES (?, ?, x'')", [office.rob.name, forged.serialize()])
    approve(office, "www.example.com")
    assert "Certificate issued for request 1" in "\n".join(ca.run_due())
    other = CaTask(office.domain, office.server, builders.no_password)
    assert not [line for line in other.start() if "checkpoint" in line or "log" in line]
    other.stop()
