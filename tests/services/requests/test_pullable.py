"""A pull says something to the applicant: each row that it goes by is compared with what was signed."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.directory import mailing
from dominoadmin.services.domain import Actor
from dominoadmin.services.processes import adminp
from dominoadmin.services.requests import inspecting, submitting
from dominoadmin.services.web import request_site
from tests import builders
from tests.builders import sql

TOLD = r"A row of the store \(.*\) is not the one that was signed"
ALTERED = {
    "the applicant": "UPDATE requests SET applicant = 'mallory@example.com'",
    "the Request ID": "UPDATE requests SET pickup_id = 'A' || pickup_id",
    "the name in the memo": "UPDATE requests SET subject = 'CN=evil.example.com'",
    "the key ring": "UPDATE requests SET key_ring = 'evil.kyr'",
    "the database": "UPDATE requests SET database = 'other.nsf'",
    "whether there is a memo": "UPDATE databases SET fields = replace(fields, 'mail_confirmation\": true', 'mail_confirmation\": false')",
    "whether there is a database": "DELETE FROM databases",
    "the date of the issue": "UPDATE admin_requests SET changed_at = '2020-01-01T00:00:00Z'",
    "the entry of the list": "UPDATE issued SET subject = 'CN=evil.example.com'",
    "the address of the pages": "UPDATE directory SET fields = replace(fields, 'server1.example.com', 'evil.example.com')",
    "the server": "UPDATE domain SET value = 'CN=Server2/O=MyCompany/C=US' WHERE key = 'server'",
    "the administrator": "UPDATE domain SET value = 'CN=Mallory/O=MyCompany/C=US' WHERE key = 'administrator'",
    "the applicant's document": "UPDATE directory SET fields = '{\"mail_address\": \"m@example.com\"}' WHERE name LIKE 'CN=Rob%'",
    "whether he has one": "DELETE FROM directory WHERE name LIKE 'CN=Rob%'",
}


def issued(office, *applicants: str) -> list[int]:
    numbers = [builders.approved(office, f"host{number}.example.com", applicant=each) for number, each in enumerate(applicants)]
    builders.load_ca(office)
    return numbers


def pull(office, *numbers: int) -> list[int]:
    return submitting.pull(office.domain, office.actor(), numbers)


@pytest.mark.parametrize("what", ALTERED)
def test_nothing_is_pulled_by_a_row_that_nobody_signed(office, what: str) -> None:
    builders.ready(office)
    numbers = issued(office, "", "Rob Ra")
    sql(office, ALTERED[what])
    with pytest.raises(Tampered, match=TOLD):
        pull(office, *numbers)
    assert mailing.memos(office.domain) == []
    assert sql(office, "SELECT count(*) FROM requests WHERE pulled_at IS NULL")[0][0] == len(numbers)


def test_a_request_that_nobody_has_submitted_is_not_pulled_by_its_state(office) -> None:
    builders.ready(office)
    number = builders.received(office)
    sql(office, "UPDATE requests SET state = 'Issued'")
    with pytest.raises(Tampered, match=TOLD):
        pull(office, number)


def test_a_rejection_goes_to_nobody_else(office) -> None:
    builders.ready(office)
    number = builders.submitted(office, applicant="Rob Ra")
    builders.reject(office.domain, office.ann, [number], "Nobody knows you.")
    sql(office, ALTERED["the applicant's document"])
    with pytest.raises(Tampered, match=TOLD):
        pull(office, number)


def test_a_document_of_somebody_else_hinders_nobody(office) -> None:
    builders.ready(office)
    number, *_others = issued(office, "", "Rob Ra")
    sql(office, ALTERED["the applicant's document"])
    assert pull(office, number) == [number]


def test_where_there_are_no_memos_no_address_is_compared(office) -> None:
    builders.certifier(office)
    builders.database(office, mail_confirmation=False)
    numbers = issued(office, "", "Rob Ra")
    sql(office, ALTERED["the applicant's document"])
    assert pull(office, *numbers) == numbers


def test_an_automatic_database_leaves_the_altered_request_and_pulls_the_others(office) -> None:
    builders.certifier(office)
    builders.database(office, processing="automatic")
    altered, other = issued(office, "rob@example.com", "rob@example.com")
    sql(office, "UPDATE requests SET applicant = 'mallory@example.com' WHERE id = ?", altered)
    told = f"Request {altered} was refused: A row of the store (requests {altered}) is not the one that was signed"
    lines = [*adminp.process(office.domain, Actor.of(office.server))]
    (line,) = (each for each in lines if told in each)
    assert isinstance(line, adminp.LastingProblem), "it is told once"
    assert "certreq.nsf: Successfully pulled 1 request(s) from the Administration Process" in lines
    assert [builders.state(office, each) for each in (altered, other)] == ["Issued", "Issued"]
    assert [memo.recipient for memo in mailing.memos(office.domain)] == ["rob@example.com"]
    sql(office, "UPDATE requests SET applicant = 'rob@example.com'")
    assert [*adminp.process(office.domain, Actor.of(office.server))] == ["certreq.nsf: Successfully pulled 1 request(s) from the Administration Process"]


def test_a_certificate_of_another_request_for_the_same_key_is_not_handed_out(office) -> None:
    """It may have been revoked: somebody has exchanged the rows of the two."""
    builders.ready(office)
    numbers = issued(office, "", "")
    serials = [builders.view(office, each).document.serial_hex for each in numbers]
    for number, other in zip(numbers, reversed(serials), strict=True):
        sql(office, "UPDATE issued SET request_id = ? WHERE serial_hex = ?", number, other)
        sql(office, "UPDATE admin_requests SET serial_hex = ? WHERE request_id = ?", other, number)
    with pytest.raises(Tampered, match="is not the one that was signed"):
        inspecting.certificate_chain(office.domain, office.actor(), inspecting.inspect(office.domain, office.actor(), numbers[0]))
    with pytest.raises(Tampered, match="is not the one that was signed"):
        request_site.pickup(office.domain, Actor.of(office.server), builders.view(office, numbers[0]).request.pickup_id)
