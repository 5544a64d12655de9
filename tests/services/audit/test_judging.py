"""Entries that a member makes with a program of his own, where the verdict on one depends on another (design: attacks 1, 2, 12 and 19)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.services.audit import checking, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.store import ledger
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.ledger import Object
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import behind, sql

MOVED = "UPDATE requests SET certifier_id = 2"
REJECTED = "UPDATE admin_requests SET state = 'Rejected', reason = 'x'"
NOT_ALLOWED = r"was refused. Rob Ra/MyCompany/US may not change this ({})"


@pytest.fixture
def rivals(office):
    """Two certifiers with an RA each, and an approved request of the first one."""
    builders.ready(office)
    builders.certifier(office, "Rob CA", creator=office.rob, caas=("Rob Ra",), ras=("Rob Ra",))
    builders.approved(office)
    return office


def enter(office, who, *statements: str) -> None:
    """Enter statements, each as an act of its own."""
    for statement in statements:
        with builders.act(office, who) as db:
            assert db.execute(statement).rowcount > 0


def put_back(office, table: str, kept) -> None:
    with behind(office.domain.store) as db:
        db.execute(f"DELETE FROM {table}")
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(kept[0]))})", [tuple(row) for row in kept])


def test_an_approval_is_not_judged_by_what_a_request_became_later(rivals) -> None:
    """No server runs, and there is no checkpoint: the approval is judged after the request was moved."""
    kept, documents = sql(rivals, "SELECT * FROM requests"), sql(rivals, "SELECT * FROM admin_requests")
    enter(rivals, rivals.rob, MOVED, REJECTED)
    said = "\n".join(builders.load_ca(rivals))
    assert NOT_ALLOWED.format("requests 1") in said
    assert NOT_ALLOWED.format("admin_requests 1") in said
    assert "Ann Admin" not in said
    assert "A row of the store (requests 1) is not the one that was signed" in "\n".join(builders.load_ca(rivals))
    put_back(rivals, "requests", kept)
    put_back(rivals, "admin_requests", documents)
    assert "Certificate issued for request 1" in "\n".join(builders.load_ca(rivals))
    verifying.verify(rivals.domain, rivals.actor())


def test_nobody_decides_a_request_that_he_moves_to_his_certifier_later(rivals) -> None:
    kept, documents = sql(rivals, "SELECT * FROM requests"), sql(rivals, "SELECT * FROM admin_requests")
    enter(rivals, rivals.rob, REJECTED, MOVED)
    assert NOT_ALLOWED.format("requests 1") in "\n".join(builders.load_ca(rivals))
    put_back(rivals, "requests", kept)
    assert NOT_ALLOWED.format("admin_requests 1") in "\n".join(builders.load_ca(rivals))
    put_back(rivals, "admin_requests", documents)
    assert "Certificate issued for request 1" in "\n".join(builders.load_ca(rivals))


def test_a_request_is_decided_once_the_change_of_it_is_refused_and_its_row_is_back(rivals) -> None:
    number = builders.submitted(rivals, "two.example.com")
    kept = sql(rivals, "SELECT * FROM requests")
    ca = CaTask(rivals.domain, rivals.server, builders.no_password)
    list(ca.start())
    enter(rivals, rivals.rob, f"{MOVED} WHERE id = {number}")
    assert NOT_ALLOWED.format(f"requests {number}") in "\n".join(ca.run_due())
    put_back(rivals, "requests", kept)
    (outcome,) = builders.approve(rivals.domain, rivals.ann, [number])
    assert not outcome.problem
    assert f"Certificate issued for request {number}" in "\n".join(ca.run_due())
    ca.stop()
    verifying.verify(rivals.domain, rivals.actor())


def plant(office, monkeypatch, *commits: Commit) -> None:
    """Sign an entry that says that it makes these changes, whatever is in the rows."""
    with monkeypatch.context() as patched:
        patched.setattr(audit_log._End, "commits", lambda *_given: [*commits])
        patched.setattr(audit_log, "_committing", lambda entries, *_given: [replace(entries[0], commits=commits)])
        with builders.act(office, office.rob):
            pass


def digest(office, which: Object) -> str:
    with office.domain.store.snapshot() as db:
        return ledger.find(db, which).digest


REMADE = {
    Object("certifiers", "1"): "UPDATE certifiers SET sealed_key = x'00' WHERE id = 1",
    Object("founding_statements", "1"): "UPDATE founding_statements SET signature = x'00' WHERE certifier_id = 1",
    Object("requests", "1"): MOVED,
    Object("admin_requests", "1"): REJECTED,
}


@pytest.mark.parametrize("which", REMADE, ids=" ".join)
@pytest.mark.parametrize("running", [False, True])
def test_who_removes_something_does_not_add_it_anew(rivals, monkeypatch, which: Object, running: bool) -> None:
    """Whoever may add something could otherwise replace what somebody else has made."""
    ca = CaTask(rivals.domain, rivals.server, builders.no_password)
    if running:
        list(ca.start())
    before = digest(rivals, which)
    sql(rivals, REMADE[which])
    after = digest(rivals, which)
    created = [Commit(Object("certifiers", "1"), "", "00" * 32)] if which.kind == "founding_statements" else []
    removed = [Commit(each.object, digest(rivals, each.object), "") for each in created]
    plant(rivals, monkeypatch, Commit(which, before, ""), *removed)
    plant(rivals, monkeypatch, Commit(which, "", after), *created)
    number = sql(rivals, "SELECT max(number) FROM audit")[0][0]
    said = "\n".join(ca.run_due() if running else ca.start())
    ca.stop()
    assert [f"Entry {each} of the audit log was refused." in said for each in (number - 1, number)] == [True, True], said
    assert str(which.key) in {each.key for each in checking.check(rivals.domain, rivals.actor()) if each.table == which.kind}


NUMBERED = {
    "requests": "kind, database, certifier_id, csr, subject, applicant, key_ring, state, 'other', fields, remarks, requested_at, pulled_at, key_fingerprint FROM requests WHERE id = 1",
    "revocation_requests": "2, 'revoke', '[]', '', '', 'CN=Rob Ra/O=MyCompany/C=US', x'00', 'Done', '', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'",
}


@pytest.mark.parametrize("kind", NUMBERED)
@pytest.mark.parametrize("number", [30, (1 << 63) - 1, 0, -5])
def test_a_number_that_does_not_follow_the_others_is_refused(rivals, kind: str, number: int) -> None:
    """Behind the gap, removed rows would not be missed; after the largest number, there is none."""
    (row,) = sql(rivals, f"SELECT count(*) FROM {kind}")
    enter(rivals, rivals.rob, f"INSERT INTO {kind} SELECT {number}, {NUMBERED[kind]}")
    said = "\n".join(builders.load_ca(rivals))
    assert f"was refused. Its number does not follow the ones before ({kind} {number})" in said
    sql(rivals, f"DELETE FROM {kind} WHERE id = ?", number)
    assert sql(rivals, f"SELECT count(*) FROM {kind}")[0][0] == row[0]
    builders.submitted(rivals, "three.example.com")
    verifying.verify(rivals.domain, rivals.actor())
    ca = CaTask(rivals.domain, rivals.server, builders.no_password)
    assert "refused" not in "\n".join(ca.start()), "the numbers go on from the checkpoint"
    enter(rivals, rivals.rob, f"INSERT INTO {kind} SELECT 40, {NUMBERED[kind]}")
    assert f"Its number does not follow the ones before ({kind} 40)" in "\n".join(ca.run_due())
    ca.stop()
