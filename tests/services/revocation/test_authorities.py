"""The two authorities by themselves: what is carried out and listed, and that nothing rests on altered revocations."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Error, Tampered
from dominoadmin.pki import documents, serial_numbers
from dominoadmin.services.audit import checking
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import crl_issuing, revoking
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.services.revocation.crl_issuing import CrlAuthority
from dominoadmin.services.revocation.revoking import RevocationOrder, RevokingAuthority
from dominoadmin.services.states import CrlKind, RevocationAction
from dominoadmin.store import revocation_seals
from tests import builders
from tests.builders import sql


@pytest.fixture
def two(office):
    """Two certificates; nothing is revoked, and no list was made yet."""
    builders.ready(office)
    for host in ("one.example.com", "two.example.com"):
        builders.approved(office, host)
    builders.authority(office).issue_approved()
    return office


def serials(office) -> list[str]:
    return [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL ORDER BY id")]


def ask(office, place: int = 0, **order) -> int:
    return revoking.request(office.domain, office.ann, 1, RevocationOrder((serials(office)[place],), **({"reason": "superseded"} | order)))


def entered(office, statement: str, *values: object) -> None:
    """Write, and enter it, so that the state agrees: what is left is the signature. (Otherwise the row is left as it is.)"""
    with builders.act(office, office.rob) as db:
        db.execute(statement, values)


def carried(office) -> list[str]:
    """Carry out what waits; return the problems."""
    authority = RevokingAuthority(office.domain, Actor.of(office.server), builders.verified(office))
    return [each.problem for each in authority.carry_out()]


def listed(office) -> int:
    """Make the next lists; return the number of entries."""
    certifier, vault = builders.verified(office), KeyVault()
    vault.open(certifier, office.server)
    return CrlAuthority(office.domain, Actor.of(office.server), vault, certifier).issue(CrlKind.REGULAR)[0].entries


def revoked(office) -> list[str]:
    return [row["serial_hex"] for row in sql(office, "SELECT serial_hex FROM revocations WHERE released_at IS NULL ORDER BY id")]


def sealed(office) -> None:
    """The state is the one that is stored."""
    with office.domain.store.snapshot() as db:
        revocation_state.check_all(db, builders.record(office), office.actor().verifier())


def test_a_revocation_is_carried_out_entered_sealed_and_listed(two) -> None:
    ask(two)
    assert carried(two) == [""] and revoked(two) == serials(two)[:1]
    assert builders.actions(two)[-1] == ("certificate revoked", serials(two)[0])
    sealed(two)
    assert listed(two) == 1
    sealed(two)
    assert checking.check(two.domain, two.actor()) == []


@pytest.mark.parametrize("act", ["a revocation", "a list"])
def test_an_act_without_its_entry_is_not_kept(two, monkeypatch, act: str) -> None:
    ask(two)
    before = sql(two, "SELECT count(*) FROM audit")[0][0]

    def full(*_given) -> None:
        raise Error("The disk is full.")

    module = revoking if act == "a revocation" else crl_issuing
    monkeypatch.setattr(module, "audit_log", type("Full", (), {"enter": staticmethod(full), "is_valid": staticmethod(audit_log.is_valid)}))
    with pytest.raises(Error, match="The disk is full"):
        carried(two) if act == "a revocation" else listed(two)
    assert revoked(two) == [] and sql(two, "SELECT 1 FROM crls") == [] and sql(two, "SELECT count(*) FROM audit")[0][0] == before


def test_a_list_entry_and_its_entry_in_the_log_are_one(two) -> None:
    ask(two)
    carried(two)
    listed(two)
    assert checking.check(two.domain, two.actor()) == []


@pytest.mark.parametrize("change", ["reason = 'keyCompromise'", "action = 'release'", "invalidity_at = '2026-01-01T00:00:00Z'", "created_at = '2026-01-01T00:00:00Z'"])
def test_what_was_not_signed_is_not_carried_out(two, change: str) -> None:
    ask(two)
    entered(two, f"UPDATE revocation_requests SET {change}")
    (problem,) = carried(two)
    assert "belongs to something else" in problem and revoked(two) == []


def test_other_certificates_than_the_signed_ones_are_not_revoked(two) -> None:
    ask(two)
    entered(two, "UPDATE revocation_requests SET serials = json_array(?)", serials(two)[1])
    (problem,) = carried(two)
    assert "are not the ones that" in problem and revoked(two) == []


def test_nobody_revokes_who_has_no_role(two) -> None:
    ask(two)
    (row,) = sql(two, "SELECT document FROM revocation_requests")
    content = documents.json.loads(documents.parse(row["document"]).content)
    entered(two, "UPDATE revocation_requests SET document = ?", documents.sign(revoking.KIND, content, two.rob).serialize())
    (problem,) = carried(two)
    assert "is neither a registration authority (RA) nor a CA administrator (CAA)" in problem and revoked(two) == []


def test_a_signature_counts_only_in_the_state_it_was_given_in(two) -> None:
    """A hold that was signed once cannot be repeated after its release."""
    ask(two, reason="certificateHold")
    (kept,) = sql(two, "SELECT * FROM revocation_requests")
    carried(two)
    ask(two, action=RevocationAction.RELEASE)
    assert carried(two) == [""] and revoked(two) == []
    entered(two, "UPDATE revocation_requests SET state = 'New' WHERE id = ?", kept["id"])
    (problem,) = carried(two)
    assert "has changed since the request was signed" in problem and revoked(two) == []


ALTERED = {
    "the signed state": "DELETE FROM revocation_states",
    "the digests": "UPDATE revocation_pages SET sha256 = 'x'",
    "the entries of the list": "UPDATE crl_chunks SET sha256 = 'x'",
    "a row": "UPDATE revocations SET not_after = '2035-01-01T00:00:00Z'",
}


@pytest.mark.parametrize("what", ALTERED)
def test_a_change_does_not_rest_on_altered_revocations(two, what: str) -> None:
    ask(two, reason="certificateHold")
    carried(two)
    listed(two)
    ask(two, action=RevocationAction.RELEASE)
    document = sql(two, "SELECT document FROM revocation_states")[0][0]
    sql(two, ALTERED[what])
    with pytest.raises(Tampered):
        carried(two)
    assert [row[0] for row in sql(two, "SELECT document FROM revocation_states")] in ([], [document])


@pytest.mark.parametrize("what", ALTERED)
def test_a_list_is_not_made_of_altered_revocations(two, what: str) -> None:
    for place in (0, 1):
        ask(two, place, reason="certificateHold")
        carried(two)
        listed(two)
    ask(two, 0, action=RevocationAction.RELEASE)
    carried(two)
    sql(two, ALTERED[what])
    with pytest.raises(Tampered):
        listed(two)
    assert sql(two, "SELECT max(number) FROM crls")[0][0] == 2


def test_a_list_is_not_made_of_a_row_whose_digest_was_altered_too(two) -> None:
    for place in (0, 1):
        ask(two, place)
        carried(two)
    with builders.behind(two.domain.store) as db:
        db.execute("UPDATE revocations SET released_at = revoked_at WHERE serial_hex = ?", serials(two)[:1])
        revocation_seals.keep(db, 1, [revocation_seals.page_of(serials(two)[0])])
    with pytest.raises(Tampered, match="The revocations of CN=MyCompany CA/O=MyCompany do not match"):
        listed(two)


def test_a_change_does_not_make_an_altered_row_of_the_same_page_genuine(two, monkeypatch) -> None:
    """What is sealed with a change is the page of its row."""
    numbers = iter(1 << 158 | number << 12 | 0xABC for number in range(10))
    monkeypatch.setattr(serial_numbers, "new", lambda: next(numbers))
    for host in ("three.example.com", "four.example.com"):
        builders.approved(two, host)
    builders.authority(two).issue_approved()
    ask(two, 2)
    carried(two)
    ask(two, 3)
    sql(two, "UPDATE revocations SET not_after = '2035-01-01T00:00:00Z'")
    with pytest.raises(Tampered, match="The revocations of CN=MyCompany CA/O=MyCompany do not match"):
        carried(two)
    assert revoked(two) == serials(two)[2:3]


NOT_SIGNED = r"A row of the store \(revocation_states 1\) is not the one that was signed"


@pytest.mark.parametrize(("is_entered", "told"), [(False, NOT_SIGNED), (True, "The audit log shows that the certificate")])
def test_a_list_is_not_made_without_the_revocation_that_the_log_has(two, is_entered: bool, told: str) -> None:
    """An older state, signed and whole in itself, put back: only the log has the later revocation."""
    ask(two)
    carried(two)
    listed(two)
    kept = {table: sql(two, f"SELECT * FROM {table}") for table in ("revocation_states", "revocation_pages")}
    ask(two, 1)
    carried(two)
    (later,) = serials(two)[1:]
    with builders.act(two, two.rob) if is_entered else builders.behind(two.domain.store) as db:
        db.execute("DELETE FROM revocations WHERE serial_hex = ?", [later])
        for table, rows in kept.items():
            db.execute(f"DELETE FROM {table}")
            for row in rows:
                db.execute(f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", [*row])
    with pytest.raises(Tampered, match=told):
        listed(two)


def test_the_state_is_sealed_by_the_server_of_the_certifier(two) -> None:
    ask(two)
    carried(two)
    with two.domain.store.snapshot() as db:
        content = documents.json.loads(documents.parse(sql(two, "SELECT document FROM revocation_states")[0][0]).content)
        assert db
    forged = documents.sign(revocation_state.KIND, content, two.rob).serialize()
    sql(two, "UPDATE revocation_states SET document = ?", forged)
    with pytest.raises(Tampered, match=NOT_SIGNED):
        sealed(two)
    with builders.act(two, two.rob) as db:
        db.execute("UPDATE revocation_states SET document = ?", [forged])
    with pytest.raises(Tampered, match="not by its server"):
        sealed(two)
    with pytest.raises(Tampered):
        listed(two)
