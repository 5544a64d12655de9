"""Signed decisions of a registration authority (technote, steps 20-21)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from dominoadmin.errors import Cancelled, NotAllowed, NotFound, Refused
from dominoadmin.pki import documents
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import inspecting
from dominoadmin.store import records
from tests import builders, specimens
from tests.builders import CA_NAME, sql

NOT_RA = "You are not a Registration Authority for the certifier."


def approve(office, *ids: int, by=None):
    return [(done.request_id, done.problem) for done in builders.approve(office.domain, by or office.ann, ids)]


def edit(office, changes: dict, subject: dict | None = None, by=None, request_id: int = 1):
    return builders.edit(office.domain, by or office.ann, request_id, changes, subject)


def decision(office, request_id: int = 1) -> tuple[str, dict]:
    data = sql(office, "SELECT document FROM decisions WHERE request_id = ? ORDER BY number DESC", request_id)[0]["document"]
    return office.actor().verifier().verify(documents.parse(data), "decision", office.clock())


def digest(office, fields: dict | None = None) -> str:
    """The digest of what is shown of request 1: JSON with sorted keys and no spaces."""
    shown = builders.view(office, 1)
    key = x509.load_der_x509_certificate(builders.record(office).active.certificate).public_key()
    spki = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    content = {
        "certifier": CA_NAME, "certifier_key": hashlib.sha256(spki).hexdigest(), "fields": fields or shown.document.fields,
        "kind": "server", "request": 1, "request_sha256": hashlib.sha256(shown.request.csr).hexdigest(),
    }  # fmt: skip
    return hashlib.sha256(json.dumps(content, separators=(",", ":"), sort_keys=True).encode()).hexdigest()


def test_an_approval_is_a_signature_over_the_request_and_its_fields(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    assert approve(office, 1) == [(1, "")]
    signer, content = decision(office)
    assert signer == office.ann.name
    assert content == {
        "decision": "approve", "request": 1, "number": 1, "previous": "", "version": 1, "shown": digest(office),
        "signed_at": records.instant(office.clock()), "reason": "", "becomes": "",
    }  # fmt: skip
    assert builders.actions(office)[-1] == ("request approved", "1")


def test_who_is_no_ra_approves_rejects_and_edits_nothing(office) -> None:
    builders.ready(office, caas=("Rob Ra",))  # a CAA is not an RA
    builders.submitted(office)
    assert approve(office, 1, by=office.rob) == [(1, NOT_RA)]
    assert builders.reject(office.domain, office.rob, [1], "No.")[0].problem == NOT_RA
    with pytest.raises(NotAllowed, match=NOT_RA):
        edit(office, {"days": 30}, by=office.rob)
    assert builders.state(office, 1) == "Submitted to Administration Process"
    assert approve(office, 1) == [(1, "")]


def test_a_request_is_decided_once(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    builders.received(office)
    assert approve(office, 1, 1) == [(1, "")]
    assert [object_ for action, object_ in builders.actions(office) if action == "request approved"] == ["1"]
    assert approve(office, 1) == [(1, "Request 1 has already been decided: its state is Approved.")]
    assert builders.reject(office.domain, office.ann, [1], "No.")[0].problem.startswith("Request 1 has already been decided")
    assert approve(office, 2) == [(2, "Request 2 has not been submitted to the Administration Process.")]
    with pytest.raises(Refused, match="has already been decided"):
        edit(office, {"days": 30})
    with pytest.raises(Refused, match="has not been submitted"):
        edit(office, {"days": 30}, request_id=2)


def test_of_many_at_once_the_good_ones_are_approved_and_each_bad_one_says_why(office) -> None:
    builders.ready(office)
    for number in range(1, 6):
        builders.submitted(office, f"host{number}.example.com")
    builders.reject(office.domain, office.ann, [2], "No.")
    sql(office, "UPDATE admin_requests SET fields = '{}' WHERE request_id = 4")
    outcomes = approve(office, 1, 2, 3, 4, 77, 5)
    assert [number for number, problem in outcomes if not problem] == [1, 3, 5]
    assert dict(outcomes)[2] == "Request 2 has already been decided: its state is Rejected."
    assert dict(outcomes)[4] == "The request's fields cannot be read."
    assert dict(outcomes)[77] == "Request 77 was not found."
    assert [builders.state(office, number) for number in (1, 3, 5)] == ["Approved"] * 3


def test_nothing_is_approved_by_who_stops_in_the_middle(office) -> None:
    class Impatient(Progress):
        def step(self, text: str) -> None:
            if text == "Request 2 of 2":
                raise Cancelled

    builders.ready(office)
    builders.submitted(office)
    builders.submitted(office)
    with pytest.raises(Cancelled):
        builders.approve(office.domain, office.ann, [1, 2], Impatient())
    assert builders.state(office, 1) == "Submitted to Administration Process"
    assert approve(office) == []


def narrowed(office, **changes) -> None:
    """Sign narrower settings by the CAA after a request was taken in."""
    first = builders.verified(office).configuration
    fields = {key: changes.pop(key) for key in ("enabled",) if key in changes}
    builders.next_version(office, 1, settings=replace(first.settings, **changes), **fields)


POLICY = CertificateSettings().names
FORBIDDEN = [
    ({"key_algorithms": ("rsa-3072",)}, "The certifier does not certify keys of type ECDSA P-256."),
    ({"maximum_days": 100, "default_days": 100}, "The certifier issues certificates that are valid for 1 to 100 days, not 200."),
    ({"names": replace(POLICY, dns_suffixes=("example.org",))}, "www.example.com is outside the domains"),
    ({"names": replace(POLICY, kinds=("email",))}, "The certifier does not allow subject alternate names of type dns"),
    ({"extended_key_usage": ("clientAuth",)}, "The certifier's settings do not allow the usage serverAuth."),
    ({"enabled": False}, "The certifier is disabled."),
]


@pytest.mark.parametrize(("changes", "rule"), FORBIDDEN, ids=[rule for _, rule in FORBIDDEN])
def test_what_the_configuration_forbids_is_refused_before_signing_naming_the_rule(office, changes: dict, rule: str) -> None:
    builders.ready(office)
    builders.submitted(office)
    narrowed(office, **changes)
    ((_, problem),) = approve(office, 1)
    assert rule in problem
    assert not sql(office, "SELECT 1 FROM decisions")
    inspection = inspecting.inspect(office.domain, office.actor(), 1)
    assert len(inspection.checks) == 7  # the lint comes last, of what keeps the others
    assert [check.problem for check in inspection.checks if check.problem] == [problem]


def test_a_certifiers_own_key_is_not_certified(office) -> None:
    from dominoadmin.services.certifiers.key_vault import KeyVault

    builders.ready(office)
    vault = KeyVault()
    vault.open(builders.verified(office), office.server)
    (key,) = vault._keys.values()
    builders.submitted(office, data=builders.csr(key=key))
    assert approve(office, 1) == [(1, "The request contains the certifier's own key.")]


def test_a_certificate_must_not_outlive_its_certifier(office) -> None:
    builders.ready(office, years=1)
    builders.submitted(office)
    office.clock.advance(days=200)
    ((_, problem),) = approve(office, 1)
    assert "would outlive its certifier" in problem
    # 365 days from five minutes before registration, less 200: 164 days and 23:54:59 are left.
    assert problem.endswith("choose at most 164 days.")
    edit(office, {"days": 164})
    assert approve(office, 1) == [(1, "")]


def test_an_expired_or_future_certifier_approves_nothing(office) -> None:
    builders.ready(office, years=1)
    builders.submitted(office)
    office.clock.advance(days=366)
    assert "The certifier expired on " in approve(office, 1)[0][1]
    office.clock.advance(days=-366, minutes=-6)
    ((_, problem),) = approve(office, 1)
    assert "not valid yet" in problem


def test_an_edit_is_recorded_and_the_approval_covers_the_whole(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    before = builders.view(office, 1).document.fields
    office.clock.advance(minutes=3)
    shown = edit(office, {"days": 90, "names": ["dns:WWW.example.com", "dns:www2.example.com"]}, {"country": "", "locality": "Westford"})
    after = shown.document.fields
    assert after == {
        **before, "days": 90, "names": ["dns:www.example.com", "dns:www2.example.com"],
        "subject": {"common_name": "www.example.com", "organization": "MyCompany", "locality": "Westford"},
    }  # fmt: skip
    (recorded,) = inspecting.inspect(office.domain, office.actor(), 1).edits
    assert (recorded.editor, recorded.edited_at) == (office.ann.name, office.clock())
    assert (recorded.before, recorded.after) == (before, after)
    row = sql(office, "SELECT * FROM audit ORDER BY number DESC LIMIT 1")[0]
    assert (row["action"], json.loads(row["detail"])) == ("request edited", {"before": before, "after": after})
    assert builders.view(office, 1).request.fields == before  # the applicant's request stays
    signer, edited = decision(office)
    assert signer == office.ann.name
    assert (edited["decision"], edited["number"]) == ("edit", 1)
    assert (edited["shown"], edited["becomes"]) == (digest(office, before), digest(office, after))
    approve(office, 1)
    approval = decision(office)[1]
    assert (approval["number"], approval["shown"]) == (2, digest(office, after))
    (first,) = sql(office, "SELECT document FROM decisions WHERE number = 1")
    assert approval["previous"] == hashlib.sha256(first["document"]).hexdigest()
    builders.load_ca(office)
    (certificate,) = builders.certificates(office)
    assert certificate.subject.rfc4514_string() == "CN=www.example.com,O=MyCompany,L=Westford"
    assert len(certificate.extensions.get_extension_for_class(specimens.x509.SubjectAlternativeName).value) == 2


def test_an_edit_that_changes_nothing_is_not_recorded(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    shown = builders.view(office, 1)
    assert edit(office, {"days": 200}, {"state": ""}) == shown
    assert inspecting.inspect(office.domain, office.actor(), 1).edits == []


BAD_EDITS = [
    ({"colour": "red"}, None, "Requests have no editable field named colour"),
    ({"kind": "client"}, None, "Requests have no editable field named kind"),
    ({"days": 0}, None, "The certifier issues certificates that are valid for 1 to 825 days, not 0"),
    ({"days": 10**15}, None, "The certifier issues certificates that are valid for 1 to 825 days, not 1000000000000000"),
    ({"days": "90"}, None, "fields cannot be read"),
    ({"days": 5000}, None, "The certifier issues certificates that are valid for 1 to 825 days, not 5000"),
    ({"names": []}, None, "needs a host name"),
    ({"names": ["dns:a b"]}, None, "a b"),
    ({"names": ["www.example.com"]}, None, "does not start with a known name type."),
    ({"key_usage": ["keyCertSign"]}, None, "keyCertSign is not a key usage"),
    ({"extended_key_usage": ["codeSigning"]}, None, "do not allow the usage codeSigning"),
    ({}, {"common_name": "a\x00b"}, "control character"),
    ({}, {"country": "USA"}, "Country Code must be two letters, such as US;"),
    ({}, {"title": "Dr"}, "fields cannot be read"),
    ({"subject": "CN=x"}, None, "fields cannot be read"),
]


@pytest.mark.parametrize(("changes", "subject", "problem"), BAD_EDITS, ids=str)
def test_an_edit_that_breaks_a_rule_is_refused(office, changes: dict, subject: dict | None, problem: str) -> None:
    builders.ready(office)
    builders.submitted(office)
    before = builders.view(office, 1)
    with pytest.raises(Refused, match=problem):
        edit(office, changes, subject)
    assert builders.view(office, 1) == before


def test_a_request_that_is_not_there_is_not_found(office) -> None:
    builders.ready(office)
    for act in (lambda: edit(office, {"days": 9}), lambda: inspecting.inspect(office.domain, office.actor(), 1)):
        with pytest.raises(NotFound, match="Request 1 was not found"):
            act()


def test_a_pending_request_can_be_looked_at(office) -> None:
    builders.ready(office)
    builders.received(office)
    inspection = inspecting.inspect(office.domain, office.actor(), 1)
    assert inspection.fields == inspection.shown.request.fields
    assert {check.problem for check in inspection.checks} == {""}


def test_a_rejection_is_signed_with_its_reason(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    (outcome,) = builders.reject(office.domain, office.ann, [1], "  Ask the\nnetwork people first. ")
    assert (outcome.problem, builders.state(office, 1)) == ("", "Rejected")
    assert builders.view(office, 1).document.reason == "Ask the\nnetwork people first."
    signer, content = decision(office)
    assert (signer, content["decision"]) == (office.ann.name, "reject")
    assert "refused" not in builders.said(builders.load_ca(office))
    assert builders.certificates(office) == []


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "a\x00b", "a\u202eb", "\udcff"])
def test_a_reason_that_nobody_can_read_is_refused(office, reason: str) -> None:
    builders.ready(office)
    builders.submitted(office)
    with pytest.raises(Refused, match="Enter a reason of 1 to 500"):
        builders.reject(office.domain, office.ann, [1], reason)
    assert builders.state(office, 1) == "Submitted to Administration Process"
