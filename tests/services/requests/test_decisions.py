"""A decision is valid only with an RA's signature, regardless of the row."""

from functools import partial

import pytest

from dominoadmin.errors import Refused, Tampered
from dominoadmin.services.domain import Actor
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import submitting
from tests import builders
from tests.builders import sql


def pull(office, number: int) -> list[int]:
    return submitting.pull(office.domain, office.actor(), [number])


def test_a_rejection_that_nobody_signed_is_not_pulled(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    sql(office, "UPDATE admin_requests SET state = 'Rejected', reason = 'No.'")

    with pytest.raises(Tampered, match="is not the one that was signed"):
        pull(office, number)
    assert builders.view(office, number).request.pulled_at is None


def test_a_rejection_whose_reason_was_changed_is_not_pulled(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    builders.reject(office.domain, office.ann, [number], "The host is unknown.")
    sql(office, "UPDATE admin_requests SET reason = 'You are fired.'")

    with pytest.raises(Tampered, match="is not the one that was signed"):
        pull(office, number)


def test_a_request_that_is_called_issued_without_a_certificate_is_not_pulled(office) -> None:
    builders.ready(office)
    number = builders.submitted(office)
    sql(office, "UPDATE admin_requests SET state = 'Issued'")

    with pytest.raises(Tampered, match="is marked as issued, but its certificate is not in the ICL"):
        pull(office, number)


def test_a_certificate_of_somebody_else_in_the_icl_is_not_pulled(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    builders.load_ca(office)
    der = office.ann.certificate.public_bytes(builders.Encoding.DER)
    sql(office, "UPDATE issued SET der = ?", der)

    with pytest.raises(Tampered, match="was not issued by CN=MyCompany CA"):
        pull(office, number)


def test_the_certificate_of_another_request_in_the_icl_is_not_pulled(office) -> None:
    builders.ready(office)
    number, _ = builders.approved(office, "one.example.com"), builders.approved(office, "two.example.com")
    builders.load_ca(office)
    sql(office, "UPDATE issued SET der = (SELECT der FROM issued WHERE request_id <> ?)", number)

    with pytest.raises(Tampered, match="was issued for another request"):
        pull(office, number)


def test_a_serial_that_was_changed_is_not_pulled(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    builders.load_ca(office)
    sql(office, "UPDATE admin_requests SET serial_hex = '1f'")

    with pytest.raises(Tampered, match="was issued for another request"):
        pull(office, number)


def test_automatic_processing_sets_a_forged_request_aside_and_goes_on(office) -> None:
    builders.certifier(office)
    builders.database(office, processing="automatic")
    forged, good = builders.submitted(office, "one.example.com"), builders.approved(office, "two.example.com")
    sql(office, "UPDATE admin_requests SET state = 'Rejected' WHERE request_id = ?", forged)
    builders.load_ca(office)

    said = "\n".join(adminp.process(office.domain, Actor.of(office.server)))

    assert f"Request {forged} was refused" in said
    assert "Successfully pulled 1 request(s) from the Administration Process" in said
    assert builders.state(office, forged) == "Rejected", "its row is left as it is, and stays named"
    assert builders.view(office, good).request.pulled_at is not None


@pytest.mark.parametrize("anew", ["approve", "reject"])
def test_what_the_ca_process_refused_can_be_decided_anew(office, anew) -> None:
    """As soon as what was altered is restored."""
    builders.ready(office)
    number = builders.approved(office)
    (before,) = sql(office, "SELECT applicant FROM requests")
    sql(office, "UPDATE requests SET applicant = 'evil@example.com'")
    builders.load_ca(office)
    assert builders.state(office, number) == "Error"
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert "is not the one that was signed" in outcome.problem
    sql(office, "UPDATE requests SET applicant = ?", *before)

    if anew == "approve":
        (outcome,) = builders.approve(office.domain, office.ann, [number])
        builders.load_ca(office)
    else:
        (outcome,) = builders.reject(office.domain, office.ann, [number], "It was forged.")

    assert not outcome.problem
    assert builders.state(office, number) == {"approve": "Issued", "reject": "Rejected"}[anew]
    assert pull(office, number) == [number]


def test_nobody_decides_about_a_document_that_was_altered(office) -> None:
    """A rejection would make the rest of it genuine."""
    builders.ready(office)
    number = builders.submitted(office)
    (before,) = sql(office, "SELECT changed_at FROM admin_requests")
    sql(office, "UPDATE admin_requests SET changed_at = '2020-01-01T00:00:00Z'")
    for decide in (builders.approve, partial(builders.reject, reason="No.")):
        (outcome,) = decide(office.domain, office.ann, [number])
        assert f"(admin_requests {number}) is not the one that was signed" in outcome.problem
    sql(office, "UPDATE admin_requests SET changed_at = ?", *before)
    (outcome,) = builders.reject(office.domain, office.ann, [number], "No.")
    assert not outcome.problem


def test_the_same_request_is_not_taken_in_twice_while_it_waits(office) -> None:
    builders.ready(office)
    data = builders.csr()
    first = builders.received(office, data=data)

    with pytest.raises(Refused, match=f"is already waiting in certreq.nsf, as request {first}"):
        builders.received(office, data=data)

    submitting.submit(office.domain, office.actor(), [first])
    builders.reject(office.domain, office.ann, [first], "Ask again in January.")
    assert builders.received(office, data=data) > first


@pytest.mark.parametrize("fields", ["{}", "[]", '{"processing": 7}', '{"server_requests": null, "client_requests": 1}'])
def test_an_altered_database_configuration_stops_nobody_else(office, fields) -> None:
    builders.certifier(office)
    builders.database(office, processing="automatic")
    builders.certifier(office, "Other CA")
    builders.database(office, "other.nsf", "Other CA", processing="automatic")
    good = builders.received(office, file="other.nsf")
    builders.signed(office, "UPDATE databases SET fields = ? WHERE file = 'certreq.nsf'", fields)

    said = "\n".join(adminp.process(office.domain, Actor.of(office.server)))

    assert "certreq.nsf: A Database Configuration in the store cannot be read." in said
    assert builders.state(office, good) == "Submitted to Administration Process"
