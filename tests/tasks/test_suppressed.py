"""Somebody makes signed work disappear with SQL, while the server runs or before it starts: it is told, and nothing is done twice."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Error, Refused, Tampered
from dominoadmin.pki.publication import Publication
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.databases import Processing
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.tasks.adminp import AdminpTask
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import behind, sql

SUPPRESSED = {
    "done": "UPDATE revocation_requests SET state = 'Done'",
    "refused": "UPDATE revocation_requests SET state = 'Error'",
    "removed": "DELETE FROM revocation_requests",
    "renumbered": "UPDATE revocation_requests SET id = id + 1000, state = 'Done'",
}
TOLD = "A row of the store (revocation_requests 1) is not the one that was signed"


def started(office) -> CaTask:
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    return task


@pytest.fixture
def ca(office):
    builders.ready(office, publication=Publication(("http://server1.example.com/pki",)))
    builders.certifier(office, "Second CA")
    return started(office)


def compromised(office, ca) -> None:
    """A certificate whose key is compromised, as an administrator has signed; the CA process has not seen it yet."""
    number = builders.approved(office)
    list(ca.run_due())
    (row,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", number)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="keyCompromise"))


def rows(office, table: str) -> list[tuple]:
    return [tuple(row) for row in sql(office, f"SELECT * FROM {table}")]


def put_back(office, table: str, kept: list[tuple]) -> None:
    with behind(office.domain.store) as db:
        db.execute(f"DELETE FROM {table}")
        db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(kept[0]))})", kept)


@pytest.mark.parametrize("how", SUPPRESSED)
@pytest.mark.parametrize("runs", [True, False])
def test_a_signed_revocation_cannot_be_made_to_disappear(office, ca, how: str, runs: bool) -> None:
    compromised(office, ca)
    kept = rows(office, "revocation_requests")
    sql(office, SUPPRESSED[how])
    if not runs:
        ca.stop()
        ca = started(office)
    list(ca.run_due())
    assert any(TOLD in line for line in ca.status()), ca.status()
    put_back(office, "revocation_requests", kept)
    list(ca.run_due())
    assert not any(TOLD in line for line in ca.status())
    assert len(sql(office, "SELECT 1 FROM revocations")) == 1


def test_a_revocation_that_was_given_to_another_certifier_is_told(office, ca) -> None:
    """That one does nothing by it, and nothing to it: an entry would make it genuine."""
    compromised(office, ca)
    before = builders.actions(office)
    sql(office, "UPDATE revocation_requests SET certifier_id = 2")
    lines = list(ca.run_due())
    assert any(TOLD in line for line in lines), lines
    assert builders.actions(office) == before


def test_a_request_that_was_carried_out_is_not_told(office, ca) -> None:
    compromised(office, ca)
    list(ca.run_due())
    assert ca.status() == ["Idle, 2 of 2 certifiers active"]
    assert started(office).status() == ["Idle, 2 of 2 certifiers active"]


@pytest.mark.parametrize("how", ["UPDATE certifiers SET server = 'CN=Server2/O=MyCompany/C=US' WHERE id = 2", "DELETE FROM certifiers WHERE id = 2"])
def test_a_certifier_that_nobody_would_serve_is_told(office, ca, how: str) -> None:
    ca.stop()
    builders.sql(office, how)
    assert any("A row of the store (certifiers 2) is not the one that was signed" in line for line in started(office).status())


AGAIN = {
    "its state was altered": ["UPDATE requests SET state = 'Pending Submission'"],
    "its decisions were removed, too": ["UPDATE requests SET state = 'Pending Submission'", "DELETE FROM decisions", "DELETE FROM admin_requests", "DELETE FROM serials WHERE request_id = 1"],
}


@pytest.mark.parametrize("how", AGAIN)
@pytest.mark.parametrize("actor", ["nobody", "ann"])
def test_an_issued_request_is_not_submitted_again(office, ca, how: str, actor: str) -> None:
    number = builders.approved(office)
    list(ca.run_due())
    for statement in AGAIN[how]:
        sql(office, statement)
    who = office.actor() if actor == "ann" else type(office.actor())(office.ann.name, office.ann.anchor)
    before = rows(office, "audit")
    with pytest.raises(Tampered, match=rf"\((admin_)?requests {number}\)"):
        submitting.submit(office.domain, who, [number])
    assert rows(office, "audit") == before


def test_the_administration_process_does_not_submit_it_either(office) -> None:
    builders.certifier(office, ras=("Ann Admin",))
    builders.database(office, processing=Processing.AUTOMATIC)
    task = started(office)
    number = builders.approved(office)
    list(task.run_due())
    for statement in AGAIN["its decisions were removed, too"]:
        sql(office, statement)
    adminp = AdminpTask(office.domain, office.server)
    lines = [*adminp.start(), *adminp.run_due()]
    assert any(f"(admin_requests {number}) is not the one that was signed" in line for line in lines), lines


def test_a_request_that_was_submitted_is_refused_in_the_usual_words(office, ca) -> None:
    number = builders.submitted(office)
    with pytest.raises(Refused, match="has already been submitted") as refusal:
        submitting.submit(office.domain, office.actor(), [number])
    assert not isinstance(refusal.value, Tampered)


@pytest.mark.parametrize("number", [100, 2**63 - 1])
def test_a_row_put_in_does_not_lead_the_next_revocation_away(office, ca, number: int) -> None:
    """Behind the gap, nobody would look for it once it is removed."""
    request = builders.approved(office)
    list(ca.run_due())
    (row,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", request)
    sql(
        office,
        "INSERT INTO revocation_requests VALUES (?, 1, 'revoke', '[]', 'superseded', NULL, '', x'00', 'Done', '', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')",
        number,
    )
    order = RevocationOrder((row["serial_hex"],), reason="keyCompromise")
    with pytest.raises(Tampered, match=r"A row of the store \(revocation_requests -?\d+\) is not the one that was signed"):
        revoking.request(office.domain, office.ann, 1, order)
    sql(office, "DELETE FROM revocation_requests")
    revoking.request(office.domain, office.ann, 1, order)
    list(ca.run_due())
    assert [each["reason"] for each in sql(office, "SELECT reason FROM revocations")] == ["keyCompromise"]


HINDERED = {
    "its certificate was removed": ("issued", "DELETE FROM issued"),
    "its certificate was altered": ("issued", "UPDATE issued SET der = x'00'"),
    "a row says that it is revoked": (
        "revocations",
        ("INSERT INTO revocations (certifier_id, serial_hex, reason, revoked_at, request_id, since, not_after, key_fingerprint, part, entry)"
        " SELECT 1, serial_hex, 'superseded', '2026-01-01T00:00:00Z', 9, 1, not_after, '', 0, x'00' FROM issued"),
    ),
}


@pytest.mark.parametrize("how", HINDERED)
def test_a_signed_revocation_waits_for_a_row_that_hinders_it(office, ca, how: str) -> None:
    """It became an Error: once the row was right again, nobody revoked the certificate."""
    compromised(office, ca)
    table, statement = HINDERED[how]
    kept, revoked = rows(office, table), tuple(row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id = 1"))
    with behind(office.domain.store) as db:
        db.execute(statement)
    said = [*ca.run_due(), *ca.status()]
    assert any(f"({table} 1 " in line and "is not the one that was signed" in line for line in said), said
    with pytest.raises(Error, match=rf"\({table} 1 "):  # the RA is also told about the row, and not what it says
        revoking.request(office.domain, office.ann, 1, RevocationOrder(revoked, reason="keyCompromise"))
    with behind(office.domain.store) as db:
        db.execute(f"DELETE FROM {table}")
    if kept:
        put_back(office, table, kept)
    list(ca.tell("refresh"))
    assert [each["state"] for each in sql(office, "SELECT state FROM revocation_requests")] == ["Done"]
    assert [each["reason"] for each in sql(office, "SELECT reason FROM revocations")] == ["keyCompromise"]
