"""Requests: intake, submission, pull, pickup."""

from __future__ import annotations

import pytest

from dominoadmin.errors import NotFound, Refused
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import ids as request_ids
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.databases import Customization
from dominoadmin.services.requests.submitting import Submission
from tests import builders, specimens
from tests.builders import CA_NAME, sql


def take_in(office, **fields):
    fields.setdefault("data", builders.csr())
    return submitting.take_in(office.domain, office.actor(), "certreq.nsf", Submission(**fields))


def submit(office, *ids: int):
    return submitting.submit(office.domain, office.actor(), ids)


def pull(office, *ids: int):
    return submitting.pull(office.domain, office.actor(), ids)


def test_a_request_waits_for_its_submission(office) -> None:
    builders.ready(office)
    found = submitting.summary(take_in(office, applicant="Rob Ra"))
    assert found == {
        "id": 1, "kind": "server", "state": "Pending Submission", "admin_state": None,
        "subject": "CN=www.example.com/O=MyCompany/C=US", "names": ["dns:www.example.com"], "certifier": CA_NAME,
        "database": "certreq.nsf", "applicant": "Rob Ra/MyCompany/US", "key_ring": None, "pickup_id": None,
        "serial": None, "reason": None, "requested_at": office.clock(), "pulled_at": None,
    }  # fmt: skip


def test_the_way_of_a_request_through_its_states(office) -> None:
    builders.ready(office)
    take_in(office)
    assert submit(office, 1) == [1]
    assert builders.state(office, 1) == "Submitted to Administration Process"
    builders.approve(office.domain, office.ann, [1])
    assert builders.state(office, 1) == "Approved"
    assert builders.view(office, 1).pickup_id is None
    builders.load_ca(office)
    shown = builders.view(office, 1)
    assert (shown.state, shown.request.state) == ("Issued", "Submitted to Administration Process")
    assert pull(office, 1) == [1]
    found = submitting.summary(builders.view(office, 1))
    assert (found["state"], found["admin_state"], found["pulled_at"]) == ("Issued", "Issued", office.clock())
    assert found["serial"] == f"{builders.certificates(office)[0].serial_number:x}"
    assert [action for action, _ in builders.actions(office) if action.startswith("request")] == [
        "request received", "request submitted", "request approved", "request pulled",
    ]  # fmt: skip


def test_a_rejected_request_is_pulled_with_its_reason(office) -> None:
    builders.ready(office)
    builders.submitted(office)
    builders.reject(office.domain, office.ann, [1], "Nobody knows you.")
    pull(office, 1)
    found = submitting.summary(builders.view(office, 1))
    assert (found["state"], found["reason"], found["pickup_id"]) == ("Rejected", "Nobody knows you.", None)


def test_a_pickup_id_is_128_random_bits(office) -> None:
    ids = {request_ids.new() for _ in range(500)}
    assert len(ids) == 500
    assert all(len(bytes.fromhex(text.replace("-", ""))) == 16 for text in ids)
    every = 0
    for text in ids:
        every |= int(text.replace("-", ""), 16)
    assert every == 2**128 - 1


def test_a_pickup_id_finds_its_request_however_it_was_typed(office) -> None:
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    pickup_id = builders.view(office, 1).pickup_id
    with office.domain.store.snapshot() as db:
        for text in (
            pickup_id, f" {pickup_id.lower()}\n", pickup_id.replace("-", ""), pickup_id.replace("-", " "),
            pickup_id.replace("-", "\u2013"), pickup_id.replace("-", "\u2011"), pickup_id.replace("-", "-\r\n"),
        ):  # fmt: skip
            assert submitting.by_pickup_id(db, text).request.id == 1
        for text in ("", pickup_id[:-1], "%", "' OR 1=1"):
            with pytest.raises(NotFound, match="No request with this Request ID was found"):
                submitting.by_pickup_id(db, text)


def test_only_pending_requests_are_submitted_and_all_or_none(office) -> None:
    builders.ready(office)
    for _ in range(3):
        take_in(office)
    submit(office, 2)
    with pytest.raises(Refused, match="Request 2 has already been submitted"):
        submit(office, 1, 2)
    with pytest.raises(NotFound, match="Request 9 was not found"):
        submit(office, 1, 9)
    assert [view.state for view in submitting.views(office.domain)] == [
        "Pending Submission", "Submitted to Administration Process", "Pending Submission",
    ]  # fmt: skip


@pytest.mark.parametrize("number", [0, -1, 99, 2**63, 10**30])
def test_a_number_that_no_request_has_is_not_found(office, number: int) -> None:
    with pytest.raises(NotFound, match=f"Request {number} was not found"):
        submit(office, number)


def test_what_is_not_decided_is_not_pulled_and_the_hint_says_who_must_act(office) -> None:
    builders.ready(office)
    take_in(office)
    hints = {}
    with pytest.raises(Refused, match="cannot be pulled: its state is Pending Submission") as refusal:
        pull(office, 1)
    hints["pending"] = refusal.value.hint
    submit(office, 1)
    with pytest.raises(Refused, match="its state is Submitted to Administration Process") as refusal:
        pull(office, 1)
    hints["new"] = refusal.value.hint
    builders.approve(office.domain, office.ann, [1])
    with pytest.raises(Refused, match="its state is Approved") as refusal:
        pull(office, 1)
    hints["approved"] = refusal.value.hint
    assert hints == {
        "pending": "Submit it first.",
        "new": "A registration authority must approve it first.",
        "approved": "The CA process issues the certificate. Check that the server is running, the CA process is loaded ('load ca'), and the certifier is active.",
    }


def test_a_request_in_error_is_not_pulled_and_says_why(office) -> None:
    builders.ready(office)
    builders.approved(office)
    sql(office, "UPDATE requests SET applicant = 'evil@example.com'")
    builders.load_ca(office)
    with pytest.raises(Refused, match="cannot be pulled: its state is Error") as refusal:
        pull(office, 1)
    assert "is not the one that was signed" in refusal.value.hint


def test_a_request_is_pulled_once_and_all_or_none(office) -> None:
    builders.ready(office)
    for _ in range(3):
        builders.approved(office)
    builders.load_ca(office)
    pull(office, 1)
    with pytest.raises(Refused, match="Request 1 has already been pulled"):
        pull(office, 2, 1)
    assert builders.view(office, 2).request.pulled_at is None
    assert pull(office, 2, 3) == [2, 3]


def test_a_key_ring_is_refused_by_a_database_for_clients_in_the_technotes_words(office) -> None:
    builders.certifier(office)
    builders.database(office, supports="client")
    with pytest.raises(Refused) as refusal:
        take_in(office, key_ring="keyfile.kyr")
    assert str(refusal.value) == (
        '"Client Certificates Only" should not be chosen if you wish to create a Server Key Ring for SSL.'
    )
    with pytest.raises(Refused, match="This database accepts Client Certificates Only"):
        take_in(office)
    assert take_in(office, kind="client").request.kind == "client"


def test_a_database_for_servers_takes_no_client(office) -> None:
    builders.certifier(office)
    builders.database(office, supports="server")
    with pytest.raises(Refused, match="This database accepts Server Certificates Only"):
        take_in(office, kind="client")


@pytest.mark.parametrize(
    ("applicant", "kept"),
    [
        ("", ""), ("  ", ""), ("rob@Example.COM", "rob@example.com"), ("Rob Ra", "Rob Ra/MyCompany/US"),
        ("CN=Rob Ra/O=MyCompany/C=US", "Rob Ra/MyCompany/US"), ("Somebody Else/Other", "Somebody Else/Other"),
    ],
)  # fmt: skip
def test_an_applicant_is_an_address_or_a_name(office, applicant: str, kept: str) -> None:
    builders.ready(office)
    assert take_in(office, applicant=applicant).request.applicant == kept


@pytest.mark.parametrize("applicant", ["a@b\nBcc: c@d.example", "@", "Rob+Ra", "a/b/c/d=e", "x" * 200, "\udcff", "<b>Rob</b>"])
def test_an_applicant_nobody_can_write_to_is_refused(office, applicant: str) -> None:
    builders.ready(office)
    with pytest.raises(Refused):
        take_in(office, applicant=applicant)
    assert sql(office, "SELECT * FROM requests") == []


def test_the_address_in_a_request_is_its_applicant(office) -> None:
    builders.ready(office)
    subject = specimens.name("www.example.com", email_address="web@example.com")
    taken = take_in(office, data=builders.csr(subject=subject))
    assert taken.request.applicant == "web@example.com"
    assert taken.request.remarks


def test_a_request_that_breaks_the_certifiers_rules_is_refused_at_once(office) -> None:
    builders.ready(office, settings=CertificateSettings(key_algorithms=("rsa-3072",)))
    with pytest.raises(Refused, match="The certifier does not certify keys of type ECDSA P-256") as refusal:
        take_in(office)
    assert "Create a new request" in refusal.value.hint
    with pytest.raises(Refused):
        take_in(office, data=b"rubbish")
    assert sql(office, "SELECT * FROM requests") == []


def test_the_databases_customisation_decides_days_and_usages(office) -> None:
    builders.certifier(office)
    builders.database(office, server_requests=Customization(90, ("digitalSignature",), ("serverAuth", "clientAuth")))
    fields = take_in(office).request.fields
    assert (fields["days"], fields["key_usage"]) == (90, ["digitalSignature"])
    assert fields["extended_key_usage"] == ["serverAuth", "clientAuth"]
    assert take_in(office, kind="client").request.fields["days"] == 200


def test_a_request_without_a_subject_is_called_by_its_first_name(office) -> None:
    builders.ready(office)
    taken = take_in(office, data=builders.csr(subject=specimens.x509.Name([]), names=("a.example.com", "b.example.com")))
    assert taken.request.subject == "dns:a.example.com"


def test_views_are_of_one_database_or_of_all(office) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA")
    take_in(office)
    builders.received(office, file="other.nsf")
    assert [view.request.id for view in submitting.views(office.domain)] == [1, 2]
    assert [view.certifier for view in submitting.views(office.domain, "Other.NSF")] == ["CN=Other CA/O=MyCompany"]
    with pytest.raises(NotFound) as refusal:
        submitting.views(office.domain, "none.nsf")
    assert refusal.value.hint == "Available: certreq.nsf, other.nsf."


def test_whoever_claims_a_name_may_ask_and_the_log_says_that_it_was_claimed(office) -> None:
    builders.ready(office)
    claimed = Actor("CN=Eve/O=MyCompany/C=US", office.ann.anchor)
    submitting.take_in(office.domain, claimed, "certreq.nsf", Submission(builders.csr()))
    row = sql(office, "SELECT * FROM audit ORDER BY number DESC LIMIT 1")[0]
    assert (row["actor"], row["signed_in"], row["action"]) == (claimed.name, 0, "request received")
