"""Rows changed outside the program: refused on the console, in the audit log and in the request; the rest continues."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.x509.oid import NameOID

from dominoadmin.pki import documents
from dominoadmin.services.audit import roles, verifying
from dominoadmin.services.certifiers import configuring, modifying
from dominoadmin.services.requests.decisions import Case, History
from dominoadmin.services.states import Decision
from dominoadmin.store import requests
from tests import builders, ids, specimens
from tests.builders import CA_NAME, sql
from tests.conftest import NOW

OTHER = "CN=Other CA/O=MyCompany"


Write = Callable[..., object]


def set_decision(write: Write, request_id: int, document: documents.SignedDocument) -> None:
    write("UPDATE decisions SET document = ? WHERE request_id = ?", document.serialize(), request_id)


def decision(office, request_id: int, signer, **changes) -> documents.SignedDocument:
    """Sign an approval of a request as any person."""
    shown = builders.view(office, request_id)
    case = Case(shown.request, shown.document, builders.verified(office), History())
    statement = case.next(Decision.APPROVE, office.domain.now())
    return documents.sign("decision", {**statement.__dict__, **changes}, signer)


def set_field(office, write: Write, field: str, value: object) -> None:
    fields = {**builders.view(office, 1).document.fields, field: value}
    write("UPDATE admin_requests SET fields = ? WHERE request_id = 1", json.dumps(fields))


def stranger():
    other = ids.organization("O=MyCompany/C=US", 2**150 + 7, NOW)
    return ids.certify(other, "person", "CN=Ann Admin/O=MyCompany/C=US", 2**150 + 8, NOW)


def cross_certified_ann(office):
    """Another authority, cross-certified by the organization's certifier under Ann's name."""
    key = specimens.key("ec-p256", "stranger")
    subject = office.ann.certificate.subject
    builder = x509.CertificateBuilder(office.certifier.certificate.subject, subject, key.public_key(), 9)
    builder = builder.not_valid_before(NOW - timedelta(days=1)).not_valid_after(NOW + timedelta(days=99))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    certificate = builder.sign(office.certifier.signing_key, hashes.SHA256())
    return replace(office.ann, signing_key=key, chain=(certificate, office.ann.anchor))


def approved_by_nobody(_office, write: Write) -> None:
    write("DELETE FROM decisions WHERE request_id = 1")


def approval_of_another_request(_office, write: Write) -> None:
    write("UPDATE decisions SET document = (SELECT document FROM decisions WHERE request_id = 2) WHERE request_id = 1")


def the_request_itself_exchanged(_office, write: Write) -> None:
    der = x509.load_pem_x509_csr(builders.csr("evil.example.com")).public_bytes(specimens.Encoding.DER)
    write("UPDATE requests SET csr = ? WHERE id = 1", der)


TAMPERED = {
    "approved by nobody": (approved_by_nobody, ", but no signature confirms it."),
    "another request's approval": (approval_of_another_request, "belongs to something else."),
    "approved by who is no RA": (
        lambda office, write: set_decision(write, 1, decision(office, 1, office.rob)),
        "signed the decision, but is not a registration authority (RA) of the certifier.",
    ),
    "approved by the organisation's certifier": (
        lambda office, write: set_decision(write, 1, decision(office, 1, office.certifier)),
        "signed the decision, but is not a registration authority (RA) of the certifier.",
    ),
    "approved by the server": (
        lambda office, write: set_decision(write, 1, decision(office, 1, office.server)),
        "signed the decision, but is not a registration authority (RA) of the certifier.",
    ),
    "approved by another organisation": (
        lambda office, write: set_decision(write, 1, decision(office, 1, stranger())),
        "not certified by the organization's certifier",
    ),
    "approved by a cross-certified authority called Ann": (
        lambda office, write: set_decision(write, 1, decision(office, 1, cross_certified_ann(office))),
        "not certified by the organization's certifier",
    ),
    "a rejection used as an approval": (
        lambda office, write: set_decision(write, 1, decision(office, 1, office.ann, decision="reject")),
        "belongs to something else.",
    ),
    "an approval of another kind of document": (
        lambda office, write: set_decision(write, 1, documents.sign("audit head", {}, office.ann)),
        "The store contains a signed audit head where a decision is expected",
    ),
    "an approval that cannot be read": (
        lambda _office, write: write("UPDATE decisions SET document = x'FF00' WHERE request_id = 1"),
        "cannot be read",
    ),
    "a longer validity": (lambda office, write: set_field(office, write, "days", 800), "belongs to something else."),
    "another name": (lambda office, write: set_field(office, write, "names", ["dns:evil.example.com"]), "belongs to something else."),
    "another subject": (
        lambda office, write: set_field(office, write, "subject", {"common_name": "evil.example.com"}), "belongs to something else.",
    ),
    "another usage": (lambda office, write: set_field(office, write, "extended_key_usage", ["codeSigning"]), "belongs to something else."),
    "one more field": (lambda office, write: set_field(office, write, "ca", True), "belongs to something else."),
    "another PKCS #10": (the_request_itself_exchanged, "belongs to something else."),
    "a PKCS #10 of rubbish": (
        lambda _office, write: write("UPDATE requests SET csr = x'30' WHERE id = 1"), "belongs to something else.",
    ),
    "another kind of request": (
        lambda _office, write: write("UPDATE requests SET kind = 'client' WHERE id = 1"), "belongs to something else.",
    ),
    "an approval that does not follow the decision before it": (
        lambda office, write: set_decision(write, 1, decision(office, 1, office.ann, previous="00")), "belongs to something else.",
    ),
    "an approval with another number": (
        lambda office, write: set_decision(write, 1, decision(office, 1, office.ann, number=2)), "belongs to something else.",
    ),
    "an approval by a configuration that is not there": (
        lambda office, write: set_decision(write, 1, decision(office, 1, office.ann, version=2)), "names an unknown configuration.",
    ),
    "a rejection on top": (
        lambda office, write: write(
            "INSERT INTO decisions VALUES (1, 2, ?)",
            decision(office, 1, office.ann, decision="reject", number=2).serialize(),
        ),
        "belongs to something else.",
    ),
    "fields that are no JSON": (
        lambda _office, write: write("UPDATE admin_requests SET fields = '{' WHERE request_id = 1"), "cannot be read",
    ),
    "a time that is none": (
        lambda _office, write: write("UPDATE requests SET requested_at = 'soon' WHERE id = 1"), "cannot be read",
    ),
}  # fmt: skip


@pytest.fixture
def no_roles(monkeypatch) -> None:
    """As if everybody might enter everything: documents need the right signature all the same."""
    monkeypatch.setattr(roles, "problem", lambda *_given: "")


def by_a_member(office, statement: str, *values: object) -> None:
    """Write, and sign the log about it with an ordinary ID of the organization."""
    with builders.act(office, office.rob) as db:
        db.execute(statement, values)


@pytest.mark.parametrize("what", sorted(TAMPERED))
def test_a_request_that_a_member_tampers_with_is_refused_and_the_next_one_is_issued(office, no_roles, what: str) -> None:
    """His entry makes the state agree with the rows: what is left is the signature of an RA."""
    tamper, problem = TAMPERED[what]
    unread = what == "fields that are no JSON"  # then the entry itself is refused, so that the row can be set aside
    told = "Nobody can read its row (admin_requests 1)." if unread else problem
    refused(office, tamper, partial(by_a_member, office), told, is_left=unread)


@pytest.mark.parametrize("what", sorted(TAMPERED))
def test_a_tampered_request_is_refused_and_the_next_one_is_issued(office, what: str) -> None:
    tamper, problem = TAMPERED[what]
    told = problem if "a time" in what else "is not the one that was signed"
    refused(office, tamper, partial(sql, office), told, is_left=what in LEFT)


LEFT = {"a longer validity", "another name", "another subject", "another usage", "one more field", "fields that are no JSON"}
"""What was altered in the document in Admin4 itself: nothing is written there, since that would make it genuine."""


def refused(office, tamper: Callable[..., None], write: Write, problem: str, *, is_left: bool = False) -> None:
    builders.ready(office)
    builders.approved(office, "one.example.com")
    builders.approved(office, "two.example.com")
    tamper(office, write)
    said = builders.said(builders.load_ca(office))
    assert ("CA Process: Request 1 was rejected: " in said) is not is_left
    assert problem in said
    assert f"CA Process: Certificate issued for request 2 by {CA_NAME}" in said
    state, reason = sql(office, "SELECT state, reason FROM admin_requests WHERE request_id = 1")[0]
    assert (state, problem in reason) == (("Approved", False) if is_left else ("Error", True))
    assert builders.state(office, 2) == "Issued"
    entries = [json.loads(row["detail"]) for row in sql(office, "SELECT * FROM audit WHERE action = 'request refused' AND object = '1'")]
    assert [problem in entry["problem"] for entry in entries] == ([] if is_left else [True])
    (certificate,) = builders.certificates(office)
    (name,) = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert name.value == "two.example.com"
    assert verifying.verify(office.domain, office.actor()).signer == office.server.name


def test_an_approval_counts_once(office, no_roles) -> None:
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    by_a_member(office, "UPDATE admin_requests SET state = 'Approved', serial_hex = NULL")
    assert "A certificate has already been issued for request 1; an approval is valid only once." in builders.said(builders.load_ca(office))
    by_a_member(office, "UPDATE admin_requests SET state = 'Approved'")
    sql(office, "DELETE FROM issued")
    assert "; an approval is valid only once." in builders.said(builders.load_ca(office))
    assert (builders.state(office, 1), builders.certificates(office)) == ("Error", [])


def test_a_request_moved_to_another_certifier_is_refused_there(office, no_roles) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    builders.approved(office)
    by_a_member(office, "UPDATE admin_requests SET certifier_id = 2")
    assert "belongs to something else." in builders.said(builders.load_ca(office))
    assert builders.certificates(office) == []


def configuration(office, number: int = 1) -> configuring.Configuration:
    return builders.verified(office, CA_NAME if number == 1 else OTHER).configuration


def replace_configuration(office, document: documents.SignedDocument, version: int = 1) -> None:
    sql(office, "DELETE FROM configurations WHERE certifier_id = 1 AND version = ?", version)
    sql(office, "INSERT INTO configurations VALUES (1, ?, ?)", version, document.serialize())


def an_ra_added(office) -> None:
    document = documents.parse(sql(office, "SELECT document FROM configurations WHERE certifier_id = 1")[0]["document"])
    content = {**json.loads(document.content), "ras": [office.ann.name, office.rob.name]}
    replace_configuration(office, replace(document, content=documents.canonical(content)))


def rob(office) -> configuring.Configuration:
    return replace(configuration(office), caas=(office.rob.name,), ras=(office.rob.name,))


def certificate_exchanged(office) -> None:
    sql(office, "UPDATE certifiers SET certificate = (SELECT certificate FROM certifiers WHERE id = 2) WHERE id = 1")


CERTIFIERS = {
    "an RA added": (an_ra_added, ", which was altered after signing."),
    "signed by Rob, who is no CAA in it": (
        lambda office: replace_configuration(office, replace(configuration(office), ras=(office.rob.name,)).sign(office.rob)),
        "was not signed by a CA administrator",
    ),
    "Rob's own configuration from the start": (
        lambda office: replace_configuration(office, rob(office).sign(office.rob)),
        "is not the one that was signed",
    ),
    "a second version by Rob": (
        lambda office: replace_configuration(office, replace(rob(office), version=2).sign(office.rob), 2),
        "Version 2 of the configuration of CN=MyCompany CA/O=MyCompany was not signed by a CA administrator",
    ),
    "a second version that calls itself the first": (
        lambda office: replace_configuration(office, configuration(office).sign(office.ann), 2), "was not signed by a CA administrator",
    ),
    "another certifier's configuration": (
        lambda office: replace_configuration(office, configuration(office, 2).sign(office.ann)),
        "does not belong to this certifier.",
    ),
    "no configuration": (lambda office: sql(office, "DELETE FROM configurations WHERE certifier_id = 1"), "has no configuration"),
    "a configuration of rubbish": (
        lambda office: sql(office, "UPDATE configurations SET document = x'00' WHERE certifier_id = 1"), "cannot be read",
    ),
    "a configuration without fields": (
        lambda office: replace_configuration(office, documents.sign("certifier configuration", {}, office.ann)), "cannot be read",
    ),
    "a stranger's configuration": (
        lambda office: replace_configuration(office, configuration(office).sign(stranger())), "not certified by",
    ),
    "another certificate": (certificate_exchanged, "does not belong to this certifier."),
    "a certificate of rubbish": (
        lambda office: sql(office, "UPDATE certifiers SET certificate = x'30' WHERE id = 1"), "cannot be read",
    ),
    "another protection": (
        lambda office: sql(office, "UPDATE certifiers SET protection = 'locking-id' WHERE id = 1"), "does not belong to this certifier.",
    ),
    "another locking ID": (
        lambda office: sql(office, "UPDATE certifiers SET locking_id = 'CN=x/O=y' WHERE id = 1"), "does not belong to this certifier.",
    ),
    "another certifier's key": (
        lambda office: sql(office, "UPDATE certifiers SET sealed_key = (SELECT sealed_key FROM certifiers WHERE id = 2) WHERE id = 1"),
        "is not the one that was signed",
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", sorted(CERTIFIERS))
def test_a_tampered_certifier_issues_nothing_and_the_next_one_works(office, what: str) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", OTHER)
    builders.approved(office)
    builders.approved(office, "two.example.com", "other.nsf")
    tamper, problem = CERTIFIERS[what]
    tamper(office)
    running = builders.server(office)
    said = builders.said(list(running.console.execute("load ca")))
    assert f"CA Process: {CA_NAME}: " in said
    assert problem in said
    assert f"Certificate issued for request 2 by {OTHER}" in said
    assert "Active: No (" in builders.said(list(running.console.execute("tell ca stat")))
    list(running.stop())
    assert sql(office, "SELECT state FROM admin_requests WHERE request_id = 1")[0]["state"] == "Approved"
    assert len(builders.certificates(office)) == 1
    assert ("certifier refused", CA_NAME) in builders.actions(office)


def test_a_second_version_by_the_caa_is_followed(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    begun = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(begun, ras=(office.rob.name,), caas=(office.rob.name,)))
    second = configuration(office)
    (outcome,) = builders.approve(office.domain, office.ann, [1])
    assert outcome.problem == "You are not a Registration Authority for the certifier."
    assert outcome.hint == "Authorized for CN=MyCompany CA/O=MyCompany: Rob Ra/MyCompany/US."
    (outcome,) = builders.approve(office.domain, office.rob, [1])
    assert outcome.problem == ""
    assert "Certificate issued for request 1" in builders.said(builders.load_ca(office))
    # Ann has given up the certifier and cannot take it back.
    replace_configuration(office, replace(second, version=3).sign(office.ann), 3)
    assert "Version 3 of the configuration" in builders.said(builders.load_ca(office))


def test_a_configuration_that_changes_while_the_ca_process_runs_waits_for_a_refresh(office) -> None:
    builders.ready(office)
    running = builders.server(office)
    list(running.console.execute("load ca"))
    an_ra_added(office)
    said = builders.said(list(running.console.execute("tell ca refresh")))
    assert "altered after signing" in said
    builders.sql(office, "UPDATE admin_requests SET state = 'New'")
    list(running.stop())


def test_a_chain_exchanged_in_the_directory_changes_nobodys_signature(office, no_roles) -> None:
    builders.ready(office)
    builders.approved(office)
    chain = json.dumps([base64.b64encode(der).decode() for der in stranger().chain_der])
    sql(office, "UPDATE directory SET chain = ? WHERE kind IN ('person', 'certifier')", chain)
    set_decision(partial(by_a_member, office), 1, decision(office, 1, stranger()))
    assert "not certified by the organization's certifier" in builders.said(builders.load_ca(office))
    with office.domain.store.snapshot() as db:
        assert requests.find_admin_request(db, 1).state == "Error"
