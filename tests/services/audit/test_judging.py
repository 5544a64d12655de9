"""Entries that a member makes with a program of his own, where the verdict on one depends on another (design: attacks 1, 2, 12 and 19)."""

from __future__ import annotations

import sqlite3
from contextlib import closing, suppress
from dataclasses import replace

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki.documents import SignedDocument
from dominoadmin.services.audit import checking, repairing, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.certifiers import registering
from dominoadmin.store import ledger, role_facts
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.ledger import Object
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import behind, sql
from tests.services.audit.test_roles import busy, busy_template, objects  # noqa: F401 - fixtures

MOVED = "UPDATE requests SET certifier_id = 2"
REJECTED = "UPDATE admin_requests SET state = 'Rejected', reason = 'x'"
NOT_ALLOWED = r"was refused. Rob Ra/MyCompany/US may not change this ({})"


@pytest.fixture
def rivals(office):
    builders.rivals(office)
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
    """Otherwise, a person who may add something could replace what somebody else has created."""
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
    enter(rivals, rivals.rob, f"INSERT INTO {kind} SELECT 90, {NUMBERED[kind]}")
    assert f"Its number does not follow the ones before ({kind} 90)" in "\n".join(ca.run_due())
    ca.stop()


ROWS = {"certifiers": "id", "configurations": "certifier_id", "founding_statements": "certifier_id"}
CERTIFIER = [Object("certifiers", "2"), Object("configurations", "2 1"), Object("founding_statements", "2")]


def sign(office, monkeypatch, who, *commits: Commit) -> None:
    """Sign an entry with these changes, whatever the rows say."""
    with monkeypatch.context() as patch:
        patch.setattr(audit_log._End, "commits", lambda *_given: [*commits])
        patch.setattr(audit_log, "_committing", lambda entries, *_given: [replace(entries[0], commits=commits)])
        with builders.act(office, who):
            pass


def digests(office, which: list[Object]) -> dict[Object, str]:
    with office.domain.store.snapshot() as db:
        return {each: found.digest for each, found in ledger.find_all(db, which).items()}


def replace_certifier(office) -> None:
    """Put a certifier that Rob has founded in the place of number 2."""
    builders.certifier(office, "Rob CA", creator=office.rob, caas=("Rob Ra",), ras=("Rob Ra",))
    for table, column in ROWS.items():
        for row in [tuple(each) for each in sql(office, f"SELECT * FROM {table} WHERE {column} = 3")]:
            sql(office, f"DELETE FROM {table} WHERE {column} = 2")
            changed = (2, "CN=Third CA/O=MyCompany", row[2], "icl\\x.nsf", *row[4:]) if table == "certifiers" else (2, *row[1:])
            sql(office, f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *changed)


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("entries", [1, 2])
def test_nobody_registers_a_certifier_again_that_he_has_removed(busy, monkeypatch, runs: bool, entries: int) -> None:  # noqa: F811
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    if runs:
        list(ca.start())
    before, genuine = objects(busy), digests(busy, CERTIFIER)
    replace_certifier(busy)
    planted = digests(busy, CERTIFIER)
    gone = [Commit(each, genuine[each], "") for each in CERTIFIER]
    new = [Commit(each, "", planted[each]) for each in CERTIFIER]
    for commits in [[*gone, *new]] if entries == 1 else [gone, new]:
        sign(busy, monkeypatch, busy.rob, *commits)
    said = "\n".join(ca.run_due() if runs else ca.start())
    assert said.count("was refused. Rob Ra/MyCompany/US may not change this") == entries, said
    assert {each: objects(busy)[each] for each in CERTIFIER} == {each: before[each] for each in CERTIFIER}
    verifying.verify(busy.domain, busy.actor())
    ca.stop()


def test_what_its_administrator_changes_afterwards_is_judged_by_what_was_right_before(busy, monkeypatch) -> None:  # noqa: F811
    """A database that somebody without a role removed: the administrator's own change of it counts."""
    database = Object("databases", "other.nsf")
    (genuine,) = digests(busy, [database]).values()
    sign(busy, monkeypatch, busy.rob, Commit(database, genuine, "00" * 32))
    sign(busy, monkeypatch, busy.ann, Commit(database, "00" * 32, "11" * 32))
    sign(busy, monkeypatch, busy.rob, Commit(database, "11" * 32, "22" * 32))
    assert "\n".join(builders.load_ca(busy)).count("was refused") == 2
    assert objects(busy)[database] == "11" * 32
    verifying.verify(busy.domain, busy.actor())


@pytest.mark.parametrize("runs", [False, True])
def test_an_ra_decides_about_a_request_after_an_entry_about_it_was_refused(busy, monkeypatch, runs: bool) -> None:  # noqa: F811
    builders.certifier(busy, "Rob CA", creator=busy.rob, caas=("Rob Ra",), ras=("Rob Ra",))  # Ann is not an RA of all
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    request = Object("requests", "2")
    (genuine,) = digests(busy, [request]).values()
    sign(busy, monkeypatch, busy.rob, Commit(request, genuine, "00" * 32))
    assert "was refused" in "\n".join(ca.run_due())
    if not runs:
        ca.stop()
        ca = CaTask(busy.domain, busy.server, builders.no_password)
        list(ca.start())
    (outcome,) = builders.approve(busy.domain, busy.ann, [2])
    assert not outcome.problem
    assert "Certificate issued for request 2" in "\n".join(ca.run_due())
    verifying.verify(busy.domain, busy.actor())
    ca.stop()


NAMES = {
    "of several types": b'{"caas": [1, "x"], "ras": []}', "none at all": b'{"caas": [null, "x"], "ras": []}',
    "half a character": b'{"caas": ["\\ud800"], "ras": []}', "no number": b'{"caas": [NaN, 1], "ras": []}',
}  # fmt: skip


@pytest.mark.parametrize("who", NAMES)
@pytest.mark.parametrize("running", [False, True])
def test_a_configuration_that_names_no_people_stops_only_its_own_certifier(rivals, who: str, running: bool) -> None:
    """The CA process signs who has which role: a CAA can write anything into a version of his own certifier."""
    ca = CaTask(rivals.domain, rivals.server, builders.no_password)
    if running:
        list(ca.start())
    document = SignedDocument("certifier configuration", NAMES[who], b"", rivals.rob.chain_der).serialize()
    with builders.act(rivals, rivals.rob) as db:
        db.execute("INSERT INTO configurations (certifier_id, version, document) VALUES (2, 2, ?)", (document,))
    said = "\n".join(ca.run_due() if running else ca.start())
    assert "program" not in said, said
    builders.approved(rivals, "two.example.com")
    assert "Certificate issued for request" in "\n".join(ca.run_due())
    ca.stop()
    verifying.verify(rivals.domain, rivals.actor())


@pytest.mark.parametrize("number", [10**12, -5, 0, 1 << 62])
@pytest.mark.parametrize("signs", [True, False])
def test_a_decision_with_any_number_is_told_at_once(rivals, number: int, signs: bool) -> None:
    """Nobody looks for all decisions up to the highest number: the CA process would need all memory for that.

    One that cannot be read is nobody's: it stops no request, neither its own nor the others of the certifier.
    """
    add = f"INSERT INTO decisions (request_id, number, document) VALUES (1, {number}, x'00')"
    other = builders.approved(rivals, "two.example.com")
    if signs:
        enter(rivals, rivals.ann, add)
    else:
        sql(rivals, add)
    said = "\n".join(builders.load_ca(rivals))
    assert f"Certificate issued for request {other}" in said, said
    assert ("Certificate issued for request 1" in said) == (number in (-5, 1 << 62)), said


def test_a_decision_whose_number_nobody_can_read_is_missed(rivals) -> None:
    """Otherwise, the approval before a withdrawal would count."""
    sql(rivals, "UPDATE decisions SET number = -5 WHERE request_id = 1")
    said = "\n".join(builders.load_ca(rivals))
    assert "Certificate issued for request 1" not in said
    assert "A row of the store (decisions 1 1) is not the one that was signed" in said, said


TAKEN = {"its name": ("MyCompany CA", "icl\\x.nsf"), "its name in other letters": ("MYCOMPANY  ca", "icl\\x.nsf"), "its list": ("Rob CA", "icl\\MyCompany_CA.nsf")}
FREED = "UPDATE certifiers SET name = 'CN=Gone CA/O=MyCompany', icl_file = 'icl\\gone.nsf' WHERE id = 1"


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("what", TAKEN)
def test_nobody_gives_his_certifier_what_another_one_has(office, tmp_path, monkeypatch, what: str, running: bool) -> None:
    """The genuine row was altered first, and could never be put back: only one can have the name."""
    builders.ready(office)
    builders.load_ca(office)
    with closing(sqlite3.connect(tmp_path / "backup.db")) as kept, behind(office.domain.store) as db:
        db.backup(kept)
    ca = CaTask(office.domain, office.server, builders.no_password)
    if running:
        list(ca.start())
    sql(office, FREED)
    name, file = TAKEN[what]
    with monkeypatch.context() as patch:  # a program of his own
        patch.setattr(registering._Registration, "_check_new", lambda own, _db: setattr(own, "_icl", file))
        with suppress(Tampered):  # the server of this process is asked at once
            builders.certifier(office, name, creator=office.rob, icl_file=file)
    said = "\n".join(ca.run_due() if running else ca.start())
    assert "was refused. Another certifier has its name or its ICL database (certifiers 2)" in said
    repairing.repair(office.domain, office.ann, tmp_path / "backup.db")
    assert not checking.check(office.domain, office.actor())
    assert not sql(office, "SELECT 1 FROM certifiers WHERE id = 2")
    assert "Certificate issued for request" in "\n".join([str(builders.approved(office)), *ca.run_due()])
    ca.stop()


@pytest.mark.parametrize("key", ["", "x", "1 2", "-1", "1.0", "\u00b2", "9" * 30, "9" * 5000])
def test_whatever_key_a_signer_writes_it_is_no_certifiers(office, key) -> None:
    builders.ready(office)
    with office.domain.store.snapshot() as db:
        assert role_facts.called(db, Object("certifiers", key), "00" * 32) is None


@pytest.mark.parametrize("running", [False, True])
@pytest.mark.parametrize("what", ["added", "changed"])
def test_who_hides_his_certifier_until_it_is_judged_does_not_get_the_name_of_another_one(office, tmp_path, monkeypatch, what: str, running: bool) -> None:
    """Its row has not the name when his entry is judged, and gets it afterwards."""
    builders.ready(office)
    if what == "changed":
        builders.certifier(office, "Rob CA", creator=office.rob)
    builders.load_ca(office)
    with closing(sqlite3.connect(tmp_path / "backup.db")) as kept, behind(office.domain.store) as db:
        db.backup(kept)
    sql(office, FREED)
    if what == "added":
        monkeypatch.setattr(registering._Registration, "_check_new", lambda own, _db: setattr(own, "_icl", "icl\\x.nsf"))
        builders.certifier(office, creator=office.rob, icl_file="icl\\x.nsf")
    else:
        enter(office, office.rob, f"UPDATE certifiers SET name = '{builders.CA_NAME}' WHERE id = 2")
    sql(office, "UPDATE certifiers SET name = 'CN=Hidden CA/O=MyCompany' WHERE id = 2")
    ca = CaTask(office.domain, office.server, builders.no_password)
    assert "was refused" not in "\n".join(ca.start())
    if not running:
        ca.stop()
        ca = CaTask(office.domain, office.server, builders.no_password)
    sql(office, "UPDATE certifiers SET name = ? WHERE id = 2", builders.CA_NAME)
    said = "\n".join(ca.run_due() if running else ca.start())
    assert "was refused. Another certifier has its name or its ICL database (certifiers 2)" in said
    repairing.repair(office.domain, office.ann, tmp_path / "backup.db")
    assert not checking.check(office.domain, office.actor())
    assert "Certificate issued for request" in "\n".join([str(builders.approved(office)), *ca.run_due()])
    verifying.verify(office.domain, office.actor())
    ca.stop()


def test_a_certifier_whose_row_is_put_back_keeps_its_name(office) -> None:
    """Its row was altered before its entry was judged: it gets its name when the row is right again."""
    builders.ready(office)
    builders.load_ca(office)
    builders.certifier(office, "Rob CA", creator=office.rob)
    sql(office, "UPDATE certifiers SET name = 'CN=Hidden CA/O=MyCompany' WHERE id = 2")
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    sql(office, "UPDATE certifiers SET name = 'CN=Rob CA/O=MyCompany' WHERE id = 2")
    assert "CN=Rob CA/O=MyCompany is active" in "\n".join(ca.run_due())
    assert not checking.check(office.domain, office.actor())
    ca.stop()
