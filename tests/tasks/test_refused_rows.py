"""What the CA process and the Administration Process refuse, as its row was altered with SQL, does not become genuine by the refusal."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.audit import checking
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import issuing
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store import directory, requests
from dominoadmin.tasks.adminp import AdminpTask
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import behind, sql


def started(office) -> CaTask:
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    return task


@pytest.fixture
def ca(office):
    builders.ready(office)
    return started(office)


def named(office) -> list[tuple[str, str]]:
    """The rows that `store check` names."""
    return [(each.table, each.key) for each in checking.check(office.domain, office.actor())]


def row(office, table: str, where: str) -> tuple:
    (found,) = sql(office, f"SELECT * FROM {table} WHERE {where}")
    return tuple(found)


def told(lines: list[str], what: str) -> list[str]:
    return [line for line in lines if f"({what}) is not the one that was signed" in line]


REVOCATIONS = {
    "its reason": "reason = 'superseded'",
    "its certificates": "serials = '[\"ab\"]'",
    "who asked for it": "requested_by = 'CN=Rob Ra/O=MyCompany/C=US'",
    "its signature": "document = x'00'",
    "its time": "created_at = '2020-01-01T00:00:00Z'",
    "its state": "state = 'Lost'",
    "its problem": "problem = 'none'",
}


@pytest.mark.parametrize("how", REVOCATIONS)
def test_an_altered_revocation_request_stays_as_it_is_and_is_named(office, ca, how: str) -> None:
    number = builders.approved(office)
    list(ca.run_due())
    (issued,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", number)
    genuine = revoking.request(office.domain, office.ann, 1, RevocationOrder((issued["serial_hex"],), reason="keyCompromise"))
    before = row(office, "revocation_requests", f"id = {genuine}")
    sql(office, f"UPDATE revocation_requests SET {REVOCATIONS[how]}")
    altered = row(office, "revocation_requests", f"id = {genuine}")
    entries = len(builders.actions(office))

    lines = [*ca.run_due(), *ca.run_due()]

    assert len(told(lines, f"revocation_requests {genuine}")) == 1, lines
    assert told(ca.status(), f"revocation_requests {genuine}")
    assert row(office, "revocation_requests", f"id = {genuine}") == altered
    assert named(office) == [("revocation_requests", str(genuine))]
    assert len(builders.actions(office)) == entries
    assert not sql(office, "SELECT 1 FROM revocations")
    with behind(office.domain.store) as db:
        db.execute("DELETE FROM revocation_requests")
        db.execute(f"INSERT INTO revocation_requests VALUES ({', '.join('?' * len(before))})", before)
    list(ca.run_due())
    assert named(office) == []
    assert [each["reason"] for each in sql(office, "SELECT reason FROM revocations")] == ["keyCompromise"]


def test_the_others_are_carried_out(office, ca) -> None:
    numbers = [builders.approved(office, f"host{each}.example.com") for each in range(3)]
    list(ca.run_due())
    for number in numbers:
        (issued,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", number)
        revoking.request(office.domain, office.ann, 1, RevocationOrder((issued["serial_hex"],), reason="superseded"))
    sql(office, "UPDATE revocation_requests SET reason = 'keyCompromise' WHERE id = 2")
    list(ca.run_due())
    states = [each["state"] for each in sql(office, "SELECT state FROM revocation_requests ORDER BY id")]
    assert states == ["Done", "New", "Done"]
    assert named(office) == [("revocation_requests", "2")]


REQUESTS = {
    "its fields": "fields = json_set(fields, '$.names[0]', 'evil.example.com')",
    "its reason": "reason = 'because'",
    "its serial number": "serial_hex = 'ab'",
    "its time": "changed_at = '2020-01-01T00:00:00Z'",
    "fields that cannot be read": "fields = '['",
    "a time that cannot be read": "changed_at = 'never'",
}


@pytest.mark.parametrize("how", REQUESTS)
def test_an_altered_request_stays_as_it_is_and_is_named(office, ca, how: str) -> None:
    number, other = builders.approved(office), builders.approved(office, "two.example.com")
    before = row(office, "admin_requests", f"request_id = {number}")
    sql(office, f"UPDATE admin_requests SET {REQUESTS[how]} WHERE request_id = ?", number)
    altered = row(office, "admin_requests", f"request_id = {number}")

    lines = [*ca.run_due(), *ca.run_due()]

    assert f"Certificate issued for request {other} by {builders.CA_NAME}" in lines
    assert len(told(lines, f"admin_requests {number}")) == 1, lines
    assert told(ca.status(), f"admin_requests {number}")
    assert row(office, "admin_requests", f"request_id = {number}") == altered
    assert named(office) == [("admin_requests", str(number))]
    assert [entry for entry in builders.actions(office) if entry[0] == "request refused"] == []
    sql(office, "DELETE FROM admin_requests WHERE request_id = ?", number)
    with behind(office.domain.store) as db:
        db.execute(f"INSERT INTO admin_requests VALUES ({', '.join('?' * len(before))})", before)
    assert f"Certificate issued for request {number} by {builders.CA_NAME}" in list(ca.run_due())
    assert named(office) == []
    assert not told(ca.status(), f"admin_requests {number}")


def test_an_approval_by_sql_stays_as_it_is_and_is_named(office, ca) -> None:
    number = builders.submitted(office)
    sql(office, "UPDATE admin_requests SET state = 'Approved'")
    assert told(list(ca.run_due()), f"admin_requests {number}")
    assert named(office) == [("admin_requests", str(number))]
    assert not sql(office, "SELECT 1 FROM issued WHERE request_id IS NOT NULL")


def test_a_thousand_altered_requests_do_not_keep_the_others_from_their_certificates(office, ca, monkeypatch) -> None:
    monkeypatch.setattr(issuing, "BATCH", 2)
    numbers = [builders.submitted(office, f"host{each}.example.com") for each in range(5)]
    sql(office, "UPDATE admin_requests SET state = 'Approved'")
    good = builders.approved(office, "good.example.com")
    lines = list(ca.run_due())
    assert f"Certificate issued for request {good} by {builders.CA_NAME}" in lines
    assert named(office) == [("admin_requests", str(number)) for number in numbers]


def test_a_request_whose_other_row_was_altered_is_closed_and_that_row_stays_named(office, ca) -> None:
    """Its document in Admin4 is genuine, and may say so."""
    number = builders.approved(office)
    sql(office, "UPDATE requests SET applicant = 'evil@example.com'")
    assert any(line.startswith(f"Request {number} was rejected") for line in ca.run_due())
    assert builders.state(office, number) == "Error"
    assert named(office) == [("requests", str(number))]


@pytest.mark.parametrize("state", ["Issued", "Rejected"])
def test_the_administration_process_leaves_an_altered_request_as_it_is(office, state: str) -> None:
    builders.certifier(office)
    builders.database(office, processing="automatic")
    number = builders.submitted(office)
    sql(office, f"UPDATE admin_requests SET state = '{state}'")
    adminp = AdminpTask(office.domain, office.server)
    lines = [*adminp.start(), *adminp.tell("process all")]
    assert any(line.startswith(f"Request {number} was refused") for line in lines), lines
    office.clock.advance(seconds=30)
    assert not list(adminp.run_due()), "once"
    assert builders.state(office, number) == state
    assert named(office) == [("admin_requests", str(number))]


def entered(office, write) -> None:
    """Write with the program's own functions, and enter it as the organization's certifier, who may do everything."""
    with office.domain.store.transaction() as db:
        write(db)
        event = Event(AuditAction.SERVER_DOCUMENT_CHANGED, "x", {})
        audit_log.enter(db, office.domain.now(), Actor.of(office.certifier), [event])


def approve(db) -> None:
    documents = requests.open_documents(db, 1, "New")
    requests.set_states(db, [replace(each, state="Approved") for each in documents], "New")


ACTS = {
    "directory": ("UPDATE directory SET created_at = '2020-01-01T00:00:00Z' WHERE kind = 'server'", lambda db: directory.set_fields(db, directory.fact(db, "server"), {})),
    "databases": ("UPDATE databases SET title = 'Evil'", lambda db: requests.set_database_fields(db, builders.DATABASE, {})),
    "admin_requests": ("UPDATE admin_requests SET fields = '{}'", approve),
}


@pytest.mark.parametrize("kind", ACTS)
def test_no_act_makes_an_altered_row_genuine(office, kind: str) -> None:
    """Whatever the program forgets to compare: a change of a row that was altered cannot be entered."""
    builders.ready(office)
    builders.submitted(office)
    statement, write = ACTS[kind]
    sql(office, statement)
    before = named(office)
    assert {table for table, _key in before} == {kind}
    with pytest.raises(Tampered, match=rf"A row of the store \({kind} .*\) is not the one that was signed"):
        entered(office, write)
    assert named(office) == before
