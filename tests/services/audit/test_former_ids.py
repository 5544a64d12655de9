"""A revoked or superseded ID signs nothing more: not with the program, not with one of its own, not with a time before."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import utils
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dominoadmin.errors import NotAllowed, Refused, Tampered
from dominoadmin.pki import documents, identities
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.audit import checking, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.identities import identifying, renewing
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.services.processes import deep_checks
from dominoadmin.services.requests import decisions
from dominoadmin.services.requests.decisions import Case, Decision
from dominoadmin.services.requests.issuing import IssuingAuthority
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from dominoadmin.store import decisions as stored_decisions
from dominoadmin.store import requests
from dominoadmin.store.records import instant
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql
from tests.conftest import ROB_PASSWORD

REVOKED = "The ID of Rob Ra/MyCompany/US has been revoked"


@pytest.fixture
def robs(office):
    """An office in which Rob is CAA and RA of the certifier, and a request waits."""
    builders.ready(office, caas=("Rob Ra",), ras=("Rob Ra",))
    builders.submitted(office)
    return office


def revoke(office, reason: str = Reason.KEY_COMPROMISE) -> int:
    """Revoke Rob's ID, and return the number of the entry about it."""
    renewing.revoke(office.domain, office.certifier, "Rob Ra", reason)
    return last(office)


def last(office) -> int:
    return sql(office, "SELECT max(number) FROM audit")[0][0]


def forge_approval(office, who, db, request_id: int = 1) -> None:
    """Approve with Rob's stolen ID, at a time before it was revoked, and store that as somebody else or he himself."""
    past = office.clock() - timedelta(days=30)
    known = builders.verified(office)
    found = builders.view(office, request_id)
    case = Case(found.request, found.document, known, decisions.History())
    stored_decisions.add(db, [decisions.sign(who, case.next(Decision.APPROVE, past))])
    db.execute("UPDATE admin_requests SET state = 'Approved' WHERE request_id = ?", (request_id,))


ACTS = {
    "an approval": lambda office: builders.approve(office.domain, office.rob, [1]),
    "a configuration": lambda office: modifying.save(office.domain, office.rob, replace(modifying.begin(office.domain, office.actor(), 1), crl_days=20)),
    "a revocation": lambda office: revoking.request(office.domain, office.rob, 1, RevocationOrder((issued(office),), reason=Reason.SUPERSEDED)),
    "a password": lambda office: identifying.change_password(office.domain, office.root / "rob-ra.id", office.rob, "another password 1"),
}  # fmt: skip


def issued(office) -> str:
    return sql(office, "SELECT serial_hex FROM issued")[0]["serial_hex"]


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("is_superseded", [False, True])
def test_the_program_enters_nothing_by_such_an_id(robs, act: str, is_superseded: bool) -> None:
    builders.approved(robs, "two.example.com")
    builders.load_ca(robs)
    if is_superseded:
        renewing.renew(robs.domain, robs.certifier, "Rob Ra", "a new password 4")
    else:
        revoke(robs)
    before = last(robs)
    with pytest.raises(NotAllowed, match="superseded by a newer one" if is_superseded else REVOKED):
        ACTS[act](robs)
    assert last(robs) == before
    verifying.verify(robs.domain, robs.actor())


def test_an_approval_with_a_time_before_the_revocation_is_refused_and_nothing_is_issued(robs) -> None:
    """Attack: the stolen ID, a program of his own, a claimed time of last month."""
    revoke(robs)
    with builders.act(robs, robs.rob, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, robs.rob, db)
    number = last(robs)
    with pytest.raises(Tampered, match=f"Entry {number} of the audit log was not allowed. {REVOKED}"):
        verifying.verify(robs.domain, robs.actor())
    assert [each.key for each in checking.check(robs.domain, robs.actor()) if each.table == "audit"] == [str(number)]
    said = "\n".join(builders.load_ca(robs))
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in said
    assert not sql(robs, "SELECT * FROM issued")
    verifying.verify(robs.domain, robs.actor())


def test_a_head_that_claims_an_earlier_time_does_not_help_either(robs) -> None:
    revoke(robs)
    now, robs.clock.now = robs.clock.now, robs.rob.certificate.not_valid_before_utc
    with builders.act(robs, robs.rob, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, robs.rob, db)
    number, robs.clock.now = last(robs), now
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in "\n".join(builders.load_ca(robs))
    assert not sql(robs, "SELECT * FROM issued")


def test_a_configuration_of_the_stolen_id_is_refused(robs) -> None:
    robs.clock.advance(days=30)
    before = robs.clock()
    robs.clock.advance(days=30)
    revoke(robs)
    with builders.act(robs, robs.rob, AuditAction.CERTIFIER_MODIFIED) as db:
        known = modifying.current(db, robs.actor(), 1, before)
        modifying.add_version(db, robs.rob, known, replace(known.configuration, crl_days=20), before)
    number = last(robs)
    with pytest.raises(Tampered, match=f"Entry {number} of the audit log was not allowed. {REVOKED}"):
        verifying.verify(robs.domain, robs.actor())
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in "\n".join(builders.load_ca(robs))
    with pytest.raises(Tampered, match=r"configurations 1 2\) is not the one that was signed"):
        builders.verified(robs)


def test_a_document_of_the_stolen_id_in_the_entry_of_another_member_is_refused(robs) -> None:
    """Ann helps, or her ID is stolen, too: what Rob's ID signs after its end is no decision of Rob's."""
    revoke(robs)
    with builders.act(robs, robs.ann, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, robs.rob, db)
    number = last(robs)
    with pytest.raises(Tampered, match=f"Entry {number} of the audit log was not allowed. {REVOKED}"):
        verifying.verify(robs.domain, robs.actor())
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in "\n".join(builders.load_ca(robs))
    assert not sql(robs, "SELECT * FROM issued")


def test_such_a_document_is_not_entered_by_the_program(robs) -> None:
    revoke(robs)
    with pytest.raises(NotAllowed, match=REVOKED), robs.domain.store.transaction() as db:
        forge_approval(robs, robs.rob, db)
        audit_log.enter(db, robs.clock(), robs.actor(), [Event(AuditAction.REQUEST_APPROVED, "1", {})])


def test_an_approval_by_sql_behind_the_log_is_nothing(robs) -> None:
    revoke(robs)
    with builders.behind(robs.domain.store) as db:
        forge_approval(robs, robs.rob, db)
    builders.load_ca(robs)
    assert not sql(robs, "SELECT * FROM issued")


def test_removing_the_row_of_the_revocation_does_not_bring_the_id_back(robs) -> None:
    revoke(robs)
    sql(robs, "DELETE FROM former_ids")
    with pytest.raises(Tampered, match=r"former_ids [0-9a-f]{64}\) is not the one that was signed"):
        identifying.open_id(robs.domain, robs.root / "rob-ra.id", ROB_PASSWORD)
    with pytest.raises(NotAllowed, match="signed with an ID that has been revoked or superseded"):
        builders.approve(robs.domain, robs.rob, [1])
    with builders.act(robs, robs.rob, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, robs.rob, db)
    with pytest.raises(Tampered, match=f"Entry {last(robs)} of the audit log was not allowed. It is signed with an ID that"):
        verifying.verify(robs.domain, robs.actor())
    builders.load_ca(robs)
    assert not sql(robs, "SELECT * FROM issued")
    assert "former_ids" in {each.table for each in checking.check(robs.domain, robs.actor())}


def test_a_member_takes_no_revocation_back(robs) -> None:
    revoke(robs)
    with builders.act(robs, robs.ann, AuditAction.ID_RENEWED) as db:
        db.execute("DELETE FROM former_ids")
    assert "was refused. Ann Admin/MyCompany/US may not change this (former_ids" in "\n".join(builders.load_ca(robs))
    with pytest.raises(Tampered):
        identifying.open_id(robs.domain, robs.root / "rob-ra.id", ROB_PASSWORD)
    with builders.act(robs, robs.rob, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, robs.rob, db)
    builders.load_ca(robs)
    assert not sql(robs, "SELECT * FROM issued")


def test_a_row_that_was_added_by_sql_revokes_nobody_in_silence(robs) -> None:
    fingerprint = hashlib.sha256(robs.ann.signing_key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()
    sql(robs, "INSERT INTO former_ids VALUES (?, ?, 'keyCompromise', '2026-01-01T00:00:00Z')", fingerprint, robs.ann.name)
    with pytest.raises(Tampered, match=r"former_ids .* is not the one that was signed"):
        identifying.open_id(robs.domain, robs.root / "ann-admin.id", "correct horse 1")
    assert not builders.approve(robs.domain, robs.ann, [1])[0].problem, "the log says nothing of it"


def test_the_revoked_id_is_not_registered_again(robs) -> None:
    revoke(robs)
    with pytest.raises(Refused, match="is already in the Domino Directory"):
        identifying.register_person(robs.domain, robs.certifier, PersonRequest("Rob Ra", "another password 4"))
    chain = sql(robs, "SELECT chain FROM directory WHERE name = ?", robs.rob.name)[0]["chain"]
    made = renewing.renew(robs.domain, robs.certifier, "Rob Ra", "another password 4")
    rob = identifying.open_id(robs.domain, made.path, "another password 4")
    assert rob.name == robs.rob.name
    sql(robs, "UPDATE directory SET chain = ? WHERE name = ?", chain, robs.rob.name)
    with pytest.raises(Tampered, match=r"directory CN=Rob Ra.* is not the one that was signed"):
        identifying.open_id(robs.domain, robs.root / "rob-ra.id", ROB_PASSWORD)
    with builders.act(robs, robs.rob, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, robs.rob, db)
    with pytest.raises(Tampered, match=f"Entry {last(robs)} of the audit log was not allowed. {REVOKED}"):
        verifying.verify(robs.domain, robs.actor())


def test_what_the_id_signed_before_stays_valid(robs) -> None:
    modifying.save(robs.domain, robs.rob, replace(modifying.begin(robs.domain, robs.actor(), 1), crl_days=20))
    assert not builders.approve(robs.domain, robs.rob, [1])[0].problem
    builders.load_ca(robs)
    revoke(robs)
    assert builders.verified(robs).configuration.crl_days == 20
    verifying.verify(robs.domain, robs.actor())
    assert not [line for line in builders.load_ca(robs) if "refused" in line]
    assert deep_checks.check(robs.domain, robs.actor()) == []
    assert builders.state(robs, 1) == "Issued"


def test_an_approval_that_was_not_issued_yet_has_to_be_decided_again(robs) -> None:
    """As with any approval of somebody who is not trusted any more: the request waits for another RA."""
    assert not builders.approve(robs.domain, robs.rob, [1])[0].problem
    revoke(robs)
    builders.load_ca(robs)
    assert builders.state(robs, 1) == "Error"
    assert f"The approval counts no longer; decide again. {REVOKED}" in builders.view(robs, 1).document.reason
    assert not sql(robs, "SELECT * FROM issued")
    assert not builders.approve(robs.domain, robs.ann, [1])[0].problem
    builders.load_ca(robs)
    assert builders.state(robs, 1) == "Issued"


def test_an_id_that_is_revoked_while_the_certificate_is_signed_issues_nothing(robs, monkeypatch) -> None:
    assert not builders.approve(robs.domain, robs.rob, [1])[0].problem
    authority = builders.authority(robs)
    untainted = IssuingAuthority._untainted

    def then_revoked(self, works, refusals):
        yield from untainted(self, works, refusals)
        revoke(robs)

    monkeypatch.setattr(IssuingAuthority, "_untainted", then_revoked)
    assert not authority.issue_approved().issued
    assert builders.state(robs, 1) == "Approved"
    monkeypatch.undo()
    assert REVOKED in authority.issue_approved().refused[0].problem
    assert not sql(robs, "SELECT * FROM issued")


def test_an_approval_of_an_id_that_was_only_superseded_is_issued(robs) -> None:
    assert not builders.approve(robs.domain, robs.rob, [1])[0].problem
    renewing.renew(robs.domain, robs.certifier, "Rob Ra", "another password 4")
    builders.load_ca(robs)
    assert builders.state(robs, 1) == "Issued"


def test_an_approval_is_not_issued_although_the_row_of_the_revocation_is_gone(robs) -> None:
    assert not builders.approve(robs.domain, robs.rob, [1])[0].problem
    revoke(robs)
    sql(robs, "DELETE FROM former_ids")
    builders.load_ca(robs)
    assert not sql(robs, "SELECT * FROM issued")


def test_a_running_server_and_the_next_start_know_it(robs) -> None:
    ca = CaTask(robs.domain, robs.server, builders.no_password)
    list(ca.start())
    revoke(robs)
    list(ca.run_due())
    with builders.act(robs, robs.rob, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, robs.rob, db)
    number = last(robs)
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in "\n".join(ca.run_due())
    ca.stop()
    with builders.act(robs, robs.rob):
        pass
    number = last(robs)
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in "\n".join(builders.load_ca(robs))


def hold(office) -> str:
    """A certificate that is on hold."""
    builders.approved(office, "two.example.com")
    builders.load_ca(office)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((issued(office),), reason=Reason.HOLD))
    builders.load_ca(office)
    return issued(office)


def pretend(office, who) -> None:
    key = identities.fingerprint(who.chain_der[0])
    sql(office, "INSERT INTO former_ids VALUES (?, ?, 'keyCompromise', '2026-11-23T17:00:00Z')", key, who.name)


def test_nobody_is_told_that_an_id_was_revoked_by_a_row_that_nobody_has_signed(robs) -> None:
    """It would be valid again without that row."""
    pretend(robs, robs.rob)
    with pytest.raises(Tampered, match=r"\(former_ids [0-9a-f]+\) is not the one that was signed"):
        revoke(robs)
    with pytest.raises(Tampered, match="is not the one that was signed"):
        renewing.renew(robs.domain, robs.certifier, "Rob Ra", "a new password 1")
    sql(robs, "DELETE FROM former_ids")
    revoke(robs)


def test_nor_is_a_server_renewed_by_such_a_row(office) -> None:
    pretend(office, office.server)
    with pytest.raises(Tampered, match="is not the one that was signed"):
        renewing.renew_server(office.domain, office.certifier, office.server, "a new password 1")


def test_a_release_waits_while_a_row_that_nobody_has_signed_says_that_the_id_was_revoked(robs) -> None:
    serial = hold(robs)
    revoking.request(robs.domain, robs.rob, 1, RevocationOrder((serial,), RevocationAction.RELEASE))
    pretend(robs, robs.rob)
    said = "\n".join(builders.load_ca(robs))
    assert "is not the one that was signed" in said
    (asked,) = sql(robs, "SELECT state FROM revocation_requests WHERE action = 'release'")
    assert asked["state"] == "New"
    sql(robs, "DELETE FROM former_ids")
    builders.load_ca(robs)
    assert not sql(robs, "SELECT 1 FROM revocations WHERE released_at IS NULL")


def test_a_revoked_id_releases_nothing_that_was_not_carried_out(robs) -> None:
    """To revoke is the safe side, and is carried out; to take a hold back is not."""
    serial = hold(robs)
    revoking.request(robs.domain, robs.rob, 1, RevocationOrder((serial,), RevocationAction.RELEASE))
    revoke(robs)
    builders.load_ca(robs)
    (asked,) = sql(robs, "SELECT state, problem FROM revocation_requests WHERE action = 'release'")
    assert asked["state"] == "Error"
    assert REVOKED in asked["problem"]
    revoking.request(robs.domain, robs.ann, 1, RevocationOrder((serial,), RevocationAction.RELEASE))
    builders.load_ca(robs)
    assert sql(robs, "SELECT released_at FROM revocations")[0]["released_at"]


def test_a_revocation_that_was_signed_before_is_carried_out(robs) -> None:
    builders.approved(robs, "two.example.com")
    builders.load_ca(robs)
    revoking.request(robs.domain, robs.rob, 1, RevocationOrder((issued(robs),), reason=Reason.KEY_COMPROMISE))
    revoke(robs)
    builders.load_ca(robs)
    assert [row["reason"] for row in sql(robs, "SELECT reason FROM revocations")] == ["keyCompromise"]


def test_a_revocation_in_the_entry_of_another_authority_is_refused(robs) -> None:
    """An RA of any certifier may enter requests: one that a stolen ID has signed after its end is none."""
    serial = hold(robs)
    revoke(robs)
    with builders.act(robs, robs.ann, AuditAction.REVOCATION_REQUESTED) as db:
        known, order, now = builders.verified(robs), RevocationOrder((serial,), RevocationAction.RELEASE), robs.clock()
        (row,) = db.execute("SELECT * FROM revocations")
        marks = {serial: f"{row['request_id']} revoked"}
        document = documents.sign(revoking.KIND, revoking.content(known, order, marks, now), robs.rob).serialize()
        db.execute(
            "INSERT INTO revocation_requests (certifier_id, action, serials, reason, requested_by, document, state, problem, created_at, changed_at)"
            " SELECT certifier_id, 'release', serials, ?, ?, ?, 'New', '', ?, ? FROM revocation_requests",
            (order.reason, robs.rob.name, document, instant(now), instant(now)),
        )
    number = last(robs)
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in "\n".join(builders.load_ca(robs))
    assert sql(robs, "SELECT released_at FROM revocations")[0]["released_at"] is None


def other_encoding(who):
    """The same ID with a certificate of other octets: an ECDSA signature (r, s) is as valid as (r, n - s)."""
    der = who.chain_der[0]
    r, s = utils.decode_dss_signature(who.certificate.signature)
    changed = utils.encode_dss_signature(r, 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551 - s)
    inner, algorithm, _old = asn1_parts(der)
    bits = b"\x00" + changed
    body = inner + algorithm + b"\x03" + bytes([len(bits)]) + bits
    certificate = x509.load_der_x509_certificate(b"\x30\x82" + len(body).to_bytes(2, "big") + body)
    certificate.verify_directly_issued_by(who.anchor)
    assert certificate.public_bytes(Encoding.DER) != der
    return replace(who, chain=(certificate, who.anchor))


def asn1_parts(der: bytes) -> list[bytes]:
    """The three parts of a certificate whose outer length, and that of its first part, have two octets."""
    parts, place = [], 4
    while place < len(der):
        head, length = (4, int.from_bytes(der[place + 2 : place + 4], "big")) if der[place + 1] == 0x82 else (2, der[place + 1])
        parts.append(der[place : place + head + length])
        place += head + length
    return parts


@pytest.mark.parametrize("who", ["rob", "ann"])
def test_another_encoding_of_the_certificate_does_not_help(robs, who: str) -> None:
    """Attack: whoever has a certificate can write it with other octets that the certifier's signature covers as well."""
    revoke(robs)
    stolen = other_encoding(robs.rob)
    with builders.act(robs, stolen if who == "rob" else robs.ann, AuditAction.REQUEST_APPROVED) as db:
        forge_approval(robs, stolen, db)
    number = last(robs)
    assert f"Entry {number} of the audit log was refused. {REVOKED}" in "\n".join(builders.load_ca(robs))
    assert not sql(robs, "SELECT * FROM issued")


def enter_earlier_approval(robs) -> int:
    """Enter a request that Rob approves in the form of an earlier version; return its number."""
    number = builders.received(robs, "two.example.com")
    request = builders.view(robs, number).request
    document = replace(builders.view(robs, 1).document, request_id=number, state="Approved", fields=request.fields)
    said = decisions._earlier(Case(request, document, builders.verified(robs), decisions.History()), "approve")
    with builders.act(robs, robs.ann) as db:
        requests.add_admin_request(db, replace(document, decision=documents.sign(decisions.KIND, said, robs.rob).serialize()))
    return number


@pytest.mark.parametrize("is_superseded", [False, True])
def test_an_approval_in_the_form_of_an_earlier_version_is_refused_too(robs, is_superseded: bool) -> None:
    """It is no document of its own, but in the request's document in Admin4, which anybody adds to a new request."""
    if is_superseded:
        renewing.renew(robs.domain, robs.certifier, "Rob Ra", "a new password 4")
    else:
        revoke(robs)
    enter_earlier_approval(robs)
    told = "superseded by a newer one" if is_superseded else REVOKED
    assert f"Entry {last(robs)} of the audit log was refused." in (found := "\n".join(builders.load_ca(robs))) and told in found
    assert not sql(robs, "SELECT * FROM issued")
    verifying.verify(robs.domain, robs.actor())


def test_nor_is_it_carried_out_if_it_appears_once_the_entry_was_judged(robs) -> None:
    renewing.renew(robs.domain, robs.certifier, "Rob Ra", "a new password 4")
    number = enter_earlier_approval(robs)
    (row,) = sql(robs, "SELECT * FROM admin_requests WHERE request_id = ?", number)
    sql(robs, "DELETE FROM admin_requests WHERE request_id = ?", number)
    builders.load_ca(robs)
    sql(robs, f"INSERT INTO admin_requests VALUES ({', '.join('?' * len(tuple(row)))})", *tuple(row))
    told = "\n".join(builders.load_ca(robs))
    assert "The approval counts no longer; decide again. This ID of Rob Ra/MyCompany/US has been superseded" in told
    assert not sql(robs, "SELECT * FROM issued")
