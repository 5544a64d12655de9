"""The issuing authority by itself: certificates and their entries are one, and everything is looked at again."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Error
from dominoadmin.pki import keys
from dominoadmin.services.audit import checking, roles
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.requests import decisions, issuing
from dominoadmin.services.requests.decisions import Case, History
from dominoadmin.services.states import Decision
from tests import builders, specimens
from tests.builders import sql


@pytest.fixture
def approved(office) -> int:
    builders.ready(office)
    return builders.approved(office)


def serials(office) -> list[str]:
    return [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")]


def compromise(office) -> None:
    """The applicant's key was revoked because it is compromised, by a certificate that is not in this list."""
    key = keys.fingerprint(specimens.key("ec-p256", "applicant").public_key())
    with builders.act(office, office.server) as db:
        db.execute("INSERT INTO barred_keys VALUES (?, 9, 'ab')", (key,))


class Disturbing(KeyVault):
    """A vault beside which something happens while it signs."""

    def __init__(self, happens) -> None:
        super().__init__()
        self._happens = happens

    def sign(self, certifier, tbs):
        self._happens()
        return super().sign(certifier, tbs)


def issue(office, happens=lambda: None):
    vault = Disturbing(happens)
    vault.open(builders.verified(office), office.server)
    return builders.authority(office, vault=vault).issue_approved()


def test_what_is_issued_is_entered(office, approved) -> None:
    assert issue(office).issued == [approved]
    (serial,) = serials(office)
    assert builders.actions(office)[-1] == ("certificate issued", serial)
    assert checking.check(office.domain, office.actor()) == []


def test_a_certificate_without_its_entry_is_not_kept(office, approved, monkeypatch) -> None:
    def full(*_given) -> None:
        raise Error("The disk is full.")

    monkeypatch.setattr(issuing, "audit_log", type("Full", (), {"enter": staticmethod(full)}))
    with pytest.raises(Error, match="The disk is full"):
        issue(office)
    assert serials(office) == [] and builders.state(office, approved) == "Approved"
    assert [row["state"] for row in builders.journal(office) if row["request_id"]] == ["void"]
    monkeypatch.undo()
    assert issue(office).issued == [approved]


def test_a_request_is_issued_once(office, approved, monkeypatch) -> None:
    issue(office)
    document = sql(office, "SELECT * FROM audit ORDER BY number DESC LIMIT 1")
    monkeypatch.setattr(roles, "problem", lambda *_given: "")
    with builders.act(office, office.rob) as db:
        db.execute("UPDATE admin_requests SET state = 'Approved', serial_hex = NULL")
    (refusal,) = issue(office).refused
    assert "has already been issued" in refusal.problem and len(serials(office)) == 1 and document


def test_a_configuration_that_changed_while_signing_issues_nothing(office, approved) -> None:
    assert issue(office, lambda: builders.next_version(office, 1, crl_days=9)).issued == []
    assert serials(office) == [] and builders.state(office, approved) == "Approved"


def test_a_compromised_key_gets_no_certificate(office, approved) -> None:
    compromise(office)
    (refusal,) = issue(office).refused
    assert "compromised" in refusal.problem and serials(office) == []


def test_a_compromise_that_comes_out_while_signing_is_seen(office, approved) -> None:
    (refusal,) = issue(office, lambda: compromise(office)).refused
    assert "compromised" in refusal.problem and serials(office) == []


def test_a_row_that_appears_while_signing_and_that_nobody_has_signed_ends_nothing(office, approved) -> None:
    key = keys.fingerprint(specimens.key("ec-p256", "applicant").public_key())
    (refusal,) = issue(office, lambda: sql(office, "INSERT INTO barred_keys VALUES (?, 9, 'ab')", key)).refused
    assert refusal.is_left and "is not the one that was signed" in refusal.problem
    assert serials(office) == [] and builders.state(office, approved) == "Approved"
    sql(office, "DELETE FROM barred_keys")
    assert issue(office).issued == [approved]


ALTERED = ["UPDATE admin_requests SET fields = json_set(fields, '$.days', 9)", "UPDATE admin_requests SET reason = 'x'", "DELETE FROM decisions"]


@pytest.mark.parametrize("statement", ALTERED)
def test_what_was_not_approved_is_not_issued(office, approved, statement: str) -> None:
    sql(office, statement)
    assert len(issue(office).refused) == 1 and serials(office) == []


@pytest.mark.parametrize("statement", ALTERED)
def test_what_no_ra_has_approved_is_not_issued_although_it_was_entered(office, approved, statement: str) -> None:
    with builders.act(office, office.rob) as db:
        db.execute(statement)
    assert len(issue(office).refused) == 1 and serials(office) == []


def test_an_approval_of_somebody_without_the_role_is_not_carried_out(office, approved) -> None:
    view = builders.view(office, approved)
    statement = Case(view.request, view.document, builders.verified(office), History()).next(Decision.APPROVE, office.clock())
    with builders.act(office, office.rob) as db:
        db.execute("UPDATE decisions SET document = ?", [decisions.sign(office.rob, statement).document])
    (refusal,) = issue(office).refused
    assert "is not a registration authority" in refusal.problem and serials(office) == []
    assert builders.entries(office)[-1].action == "request refused"
