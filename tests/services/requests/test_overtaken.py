"""What an RA has not signed last, or has not seen, is not issued (design: attacks 5 and 9)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import timedelta

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki import documents
from dominoadmin.services.audit import checking, verifying
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.requests import approved, approving, decisions, inspecting, issuing
from dominoadmin.services.requests.decisions import Case
from dominoadmin.services.states import Decision
from dominoadmin.store import decisions as stored
from dominoadmin.store import requests
from dominoadmin.store.records import AdminRequestRecord, EditRecord
from tests import builders
from tests.builders import sql

TOLD = "is not the one that was signed"
ROWS = ("admin_requests", "decisions")


def rows(office) -> dict[str, list[dict]]:
    return {table: [dict(row) for row in sql(office, f"SELECT * FROM {table}")] for table in ROWS}


def put_back(office, before: dict[str, list[dict]]) -> None:
    """Make the rows what they were."""
    for table in reversed(ROWS):
        sql(office, f"DELETE FROM {table}")
    for table in ROWS:
        for row in before[table]:
            sql(office, f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})", *row.values())


def test_an_approval_put_back_after_a_signed_rejection_is_refused(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    before = rows(office)
    approving.withdraw(office.domain, office.ann, [number])
    builders.reject(office.domain, office.ann, [number], "No.")
    put_back(office, before)
    (refusal,) = builders.authority(office).issue_approved().refused
    assert TOLD in refusal.problem
    assert not builders.certificates(office)


@pytest.mark.parametrize("while_signing", [False, True])
def test_a_configuration_that_is_removed_while_the_process_issues_by_the_one_before_is_missed(office, while_signing, monkeypatch) -> None:
    """A CAA has disabled the certifier, or removed the RA: the process knows the version before."""
    builders.ready(office)
    builders.approved(office)
    authority, sign = builders.authority(office), KeyVault.sign

    def disable() -> None:
        builders.next_version(office, 1, enabled=False)
        sql(office, "DELETE FROM configurations WHERE version = 2")

    def signing(*given):
        disable()
        return sign(*given)

    if while_signing:
        monkeypatch.setattr(KeyVault, "sign", signing)
    else:
        disable()
        monkeypatch.setattr(KeyVault, "sign", lambda *_given: pytest.fail("nothing is signed"))
    with pytest.raises(Tampered, match="configurations 1 2"):
        authority.issue_approved()
    assert not builders.certificates(office)


def test_an_approval_put_back_after_its_withdrawal_is_refused(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    before = rows(office)
    approving.withdraw(office.domain, office.ann, [number])
    put_back(office, before)
    assert TOLD in builders.authority(office).issue_approved().refused[0].problem
    # Nobody can decide on top of a decision that is missing.
    (outcome,) = approving.withdraw(office.domain, office.ann, [number])
    assert TOLD in outcome.problem
    sql(office, "UPDATE admin_requests SET state = 'New'")
    for outcome in (*builders.reject(office.domain, office.ann, [number], "No."), *builders.approve(office.domain, office.ann, [number])):
        assert TOLD in outcome.problem


def test_a_state_that_was_set_back_is_refused_although_every_decision_is_there(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    approving.withdraw(office.domain, office.ann, [number])
    sql(office, "UPDATE admin_requests SET state = 'Approved'")
    assert TOLD in builders.authority(office).issue_approved().refused[0].problem


CUTS = {
    "the newest": "DELETE FROM decisions WHERE number = 3",
    "one in the middle": "DELETE FROM decisions WHERE number = 2",
    "the first": "DELETE FROM decisions WHERE number = 1",
    "all": "DELETE FROM decisions",
    "exchanged": "UPDATE decisions SET document = (SELECT document FROM decisions WHERE number = 1) WHERE number = 3",
    "renumbered": "UPDATE decisions SET number = 4 WHERE number = 3",
}


@pytest.mark.parametrize("cut", CUTS)
def test_decisions_that_were_cut_are_refused(office, cut: str) -> None:
    builders.ready(office)
    number = builders.approved(office)
    approving.withdraw(office.domain, office.ann, [number])
    builders.approve(office.domain, office.ann, [number])
    good = builders.approved(office, "two.example.com")
    sql(office, f"{CUTS[cut]}{' AND' if 'WHERE' in CUTS[cut] else ' WHERE'} request_id = ?", number)
    result = builders.authority(office).issue_approved()
    assert (result.issued, TOLD in result.refused[0].problem) == ([good], True)
    assert "decisions" in {each.table for each in checking.check(office.domain, office.actor())}


def test_nothing_is_signed_about_a_row_that_changed_after_it_was_shown(office) -> None:
    """Attack 5; of many, the others are signed."""
    builders.ready(office)
    changed, good = builders.submitted(office), builders.submitted(office, "two.example.com")
    shown = inspecting.digests(office.domain, office.actor(), [changed, good])
    sql(office, "UPDATE admin_requests SET fields = replace(fields, '200', '800') WHERE request_id = ?", changed)
    first, second = approving.approve(office.domain, office.ann, shown)
    assert (first.is_changed, second.problem) == (True, "")
    assert first.problem == f"Request {changed} has changed since it was shown; nothing was signed."
    (first,) = approving.reject(office.domain, office.ann, {changed: shown[changed]}, "No.")
    assert first.is_changed
    with pytest.raises(approving.ChangedError):
        approving.edit(office.domain, office.ann, changed, {"days": 30}, shown=shown[changed])
    assert [row["request_id"] for row in sql(office, "SELECT request_id FROM decisions")] == [good]


@pytest.mark.parametrize("column", ["csr", "kind", "certifier_id"])
def test_what_is_signed_is_the_request_itself_too(office, column: str) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    number = builders.submitted(office)
    shown = inspecting.digests(office.domain, office.actor(), [number])
    value = {"csr": builders.csr("evil.example.com"), "kind": "client", "certifier_id": 2}[column]
    sql(office, f"UPDATE requests SET {column} = ?", value)
    (outcome,) = approving.approve(office.domain, office.ann, shown)
    assert outcome.is_changed


def by_a_member(office, fields: dict, number: int) -> None:
    """A member of the organization enters other fields: the state agrees with the rows."""
    with builders.act(office, office.rob) as db:
        for table, key in (("requests", "id"), ("admin_requests", "request_id")):
            db.execute(f"UPDATE {table} SET fields = ? WHERE {key} = ?", (json.dumps(fields), number))


OTHER_NAMES = ["dns:www.example.com", "dns:evil.example.com"]


@pytest.mark.parametrize(("field", "value", "label"), [
    ("names", OTHER_NAMES, "Subject alternate names"), ("subject", {"common_name": "evil.example.com"}, "Subject name"),
])  # fmt: skip
def test_a_field_that_differs_from_the_requests_own_bytes_without_an_edit_is_a_broken_rule(office, field, value, label) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    by_a_member(office, {**builders.view(office, number).fields, field: value}, number)
    inspection = inspecting.inspect(office.domain, office.actor(), number)
    problems = [check.problem for check in inspection.checks if check.problem]
    assert problems[0] == f"This differs from the request itself, and no RA has changed it: {label}."
    assert inspection.asked[field] != value
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert outcome.problem == problems[0]


def test_an_edit_of_another_field_does_not_make_it_good_and_an_edit_of_it_does(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    by_a_member(office, {**builders.view(office, number).fields, "names": OTHER_NAMES}, number)
    with pytest.raises(approving.Refused, match="no RA has changed it"):
        builders.edit(office.domain, office.ann, number, {"days": 30})
    builders.edit(office.domain, office.ann, number, {"names": ["dns:www.example.com"]})
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert not outcome.problem


@pytest.mark.parametrize("edited", [False, True])
def test_an_edit_that_no_ra_of_the_certifier_has_signed_is_none(office, edited: bool) -> None:
    """Any member registers a certifier, is its RA, and may enter edits: in the name of another RA, too."""
    builders.ready(office)
    builders.certifier(office, "Rob CA", creator=office.rob, caas=("Rob Ra",), ras=("Rob Ra",))
    number = builders.received(office)
    asked = builders.view(office, number).request.fields
    wanted = {**asked, "names": OTHER_NAMES}
    with builders.act(office, office.rob) as db:
        requests.add_admin_request(db, AdminRequestRecord(request_id=number, certifier_id=1, state="New", fields=wanted, decision=None, reason="", serial_hex=None, changed_at=office.clock()))
        db.execute("UPDATE requests SET state = 'Submitted to Administration Process'")
        requests.add_edit(db, EditRecord(id=0, request_id=number, editor=office.ann.name, edited_at=office.clock(), before=asked, after=wanted))
    assert not [line for line in builders.load_ca(office) if "refused" in line]
    if edited:
        with pytest.raises(approving.Refused, match="no RA has changed it"):
            builders.edit(office.domain, office.ann, number, {"days": 30})
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert outcome.problem == "This differs from the request itself, and no RA has changed it: Subject alternate names."
    assert not inspecting.inspect(office.domain, office.actor(), number).edits


def test_an_edit_that_was_removed_leaves_its_field_without_one(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    builders.edit(office.domain, office.ann, number, {"days": 30})
    sql(office, "DELETE FROM request_edits")
    inspection = inspecting.inspect(office.domain, office.actor(), number)
    assert "This differs from the request itself, and no RA has changed it: Valid for." in [c.problem for c in inspection.checks]


@pytest.mark.parametrize("statement", [
    "UPDATE request_edits SET editor = 'CN=Rob Ra/O=MyCompany/C=US'", "UPDATE request_edits SET before = 'no JSON'",
    "UPDATE request_edits SET edited_at = 'soon'", "UPDATE requests SET applicant = 'web@evil.example'",
])  # fmt: skip
def test_a_row_of_one_request_that_was_altered_keeps_that_one_from_being_approved(office, statement: str) -> None:
    builders.ready(office)
    number, good = builders.submitted(office), builders.submitted(office, "two.example.com")
    builders.edit(office.domain, office.ann, number, {"days": 30})
    builders.edit(office.domain, office.ann, good, {"days": 30})
    table = statement.split()[1]
    sql(office, f"{statement} WHERE {'id' if table == 'requests' else 'request_id'} = ?", number)
    first, second = builders.approve(office.domain, office.ann, [number, good])
    assert (TOLD in first.problem or "no RA has changed" in first.problem, second.problem) == (True, "")
    assert any(each.problem for each in inspecting.inspect(office.domain, office.actor(), number).checks)


# withdrawing


def test_an_approval_is_withdrawn_until_it_is_issued(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    (outcome,) = approving.withdraw(office.domain, office.ann, [number])
    assert not outcome.problem
    assert builders.state(office, number) == "Submitted to Administration Process"
    assert builders.view(office, number).document.state == "New"
    assert builders.authority(office).issue_approved().issued == []
    assert builders.actions(office)[-1] == ("request approval withdrawn", str(number))
    first, second = (row["document"] for row in sql(office, "SELECT document FROM decisions ORDER BY number"))
    signer, content = office.actor().verifier().verify(documents.parse(second), "decision", office.clock())
    assert (signer, content["decision"], content["number"]) == (office.ann.name, "withdraw", 2)
    assert content["previous"] == hashlib.sha256(first).hexdigest()
    builders.approve(office.domain, office.ann, [number])
    assert builders.authority(office).issue_approved().issued == [number]
    (outcome,) = approving.withdraw(office.domain, office.ann, [number])
    assert outcome.problem == f"Request {number} has no approval to withdraw: its state is Issued."
    verifying.verify(office.domain, office.actor())
    assert checking.check(office.domain, office.actor()) == []


def test_only_an_ra_withdraws_and_only_an_approval(office) -> None:
    builders.ready(office)
    number, other = builders.approved(office), builders.submitted(office, "two.example.com")
    first, second = approving.withdraw(office.domain, office.rob, [number, other])
    assert first.problem == second.problem == "You are not a Registration Authority for the certifier."
    _first, second = approving.withdraw(office.domain, office.ann, [77, other])
    assert second.problem == f"Request {other} has no approval to withdraw: its state is New."
    assert builders.state(office, number) == "Approved"


def test_what_is_withdrawn_while_it_is_signed_is_not_issued_and_the_others_are(office, monkeypatch) -> None:
    builders.ready(office)
    number, good = builders.approved(office), builders.approved(office, "two.example.com")
    authority = builders.authority(office)
    real = KeyVault.sign

    def signing(*given):
        if builders.state(office, number) == "Approved":
            approving.withdraw(office.domain, office.ann, [number])
        return real(*given)

    monkeypatch.setattr(KeyVault, "sign", signing)
    result = authority.issue_approved()
    assert (result.issued, result.refused) == ([good], [])
    assert builders.view(office, number).document.state == "New"
    assert len(builders.certificates(office)) == 1
    verifying.verify(office.domain, office.actor())
    monkeypatch.undo()
    builders.approve(office.domain, office.ann, [number])
    assert authority.issue_approved().issued == [number]


# who signed


def test_the_signer_is_an_ra_by_the_version_that_he_names_and_by_the_newest(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    builders.next_version(office, 1, ras=(office.rob.name,))
    assert "is not a registration authority" in builders.authority(office).issue_approved().refused[0].problem
    builders.approve(office.domain, office.rob, [number])
    with office.domain.store.snapshot() as db:
        record, document = requests.find(db, number), requests.find_admin_request(db, number)
        history = decisions.histories(db, office.actor().verifier(), [number])[number]
    case = Case(record, document, builders.verified(office), history)
    assert case.signer(Decision.APPROVE, office.actor().verifier(), office.clock()) == office.rob.name
    # Rob names the version before, in which he was no RA yet.
    before = replace(case, history=replace(history, decisions=history.decisions[:-1]))
    statement = replace(before.next(Decision.APPROVE, office.clock()), version=1)
    with builders.act(office, office.rob) as db:
        db.execute("DELETE FROM decisions WHERE number = 2")
        stored.add(db, [decisions.sign(office.rob, statement)])
    assert "is not a registration authority" in builders.authority(office).issue_approved().refused[0].problem


def test_everything_that_is_signed_leads_from_one_decision_to_the_next(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    builders.edit(office.domain, office.ann, number, {"days": 30})
    builders.approve(office.domain, office.ann, [number])
    approving.withdraw(office.domain, office.ann, [number])
    builders.reject(office.domain, office.ann, [number], "No.")
    found = [documents.parse(row["document"]) for row in sql(office, "SELECT document FROM decisions ORDER BY number")]
    contents = [json.loads(each.content) for each in found]
    assert [each["decision"] for each in contents] == ["edit", "approve", "withdraw", "reject"]
    assert [each["number"] for each in contents] == [1, 2, 3, 4]
    raw = [row["document"] for row in sql(office, "SELECT document FROM decisions ORDER BY number")]
    assert [each["previous"] for each in contents] == ["", *(hashlib.sha256(each).hexdigest() for each in raw[:-1])]
    assert contents[0]["becomes"] == contents[1]["shown"] == contents[2]["shown"] == contents[3]["shown"]


# decided again while the CA process was at it


def decided_again(office, number: int, days: int) -> None:
    """Withdraw, edit and approve."""
    assert not approving.withdraw(office.domain, office.ann, [number])[0].problem
    builders.edit(office.domain, office.ann, number, {"days": days})
    assert not builders.approve(office.domain, office.ann, [number])[0].problem


def issued_for(office) -> list[int]:
    return [row["request_id"] for row in sql(office, "SELECT request_id FROM issued WHERE request_id IS NOT NULL")]


def test_what_is_approved_again_while_it_is_signed_is_issued_next(office, monkeypatch) -> None:
    builders.ready(office)
    number, good = builders.approved(office), builders.approved(office, "two.example.com")
    authority = builders.authority(office)
    real = KeyVault.sign

    def signing(*given):
        if len(sql(office, "SELECT 1 FROM decisions WHERE request_id = ?", number)) == 1:
            decided_again(office, number, 30)
        return real(*given)

    monkeypatch.setattr(KeyVault, "sign", signing)
    refused = authority.issue_approved().refused + authority.issue_approved().refused
    assert (sorted(issued_for(office)), refused) == ([number, good], [])
    assert checking.check(office.domain, office.actor()) == []


@pytest.mark.parametrize("where", ["build", "verify", "sign"])
def test_what_is_approved_again_while_it_fails_is_not_refused_for_the_approval_before(office, monkeypatch, where: str) -> None:
    """The reason would not be true of what is approved now, and what was edited would be set back."""
    builders.ready(office)
    number, good = builders.approved(office), builders.approved(office, "two.example.com")
    authority = builders.authority(office)
    owner, name = {"build": (approved.RequestOrder, "build"), "verify": (issuing.IssuingAuthority, "_verify"), "sign": (KeyVault, "sign")}[where]
    real = getattr(owner, name)

    def failing(*given):
        if len(sql(office, "SELECT 1 FROM decisions WHERE request_id = ?", number)) == 1:
            decided_again(office, number, 30)
            raise ValueError("of the approval before")
        return real(*given)

    monkeypatch.setattr(owner, name, failing)
    result = authority.issue_approved()
    assert (result.refused, good in result.issued) == ([], True)
    monkeypatch.undo()
    assert authority.issue_approved().refused == []
    assert sorted(issued_for(office)) == [number, good]
    issued = builders.certificates(office)[0]
    assert issued.not_valid_after_utc - issued.not_valid_before_utc < timedelta(days=31), "as it was edited"
    assert not [entry for entry in builders.actions(office) if entry[0] == "request refused"]
    assert checking.check(office.domain, office.actor()) == []
