"""The memos in each person's mail file, and the pickup ID in them."""

from __future__ import annotations

from dataclasses import replace

from dominoadmin.services.directory import mailing
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.services.requests import submitting
from tests import builders


def told(office, host: str, **submission) -> int:
    number = builders.submitted(office, host, **submission)
    builders.reject(office.domain, office.ann, [number], "Pickup ID: unknown")
    submitting.pull(office.domain, office.actor(), [number])
    return number


def recipients(office, person: str) -> list[str]:
    return [memo.recipient for memo in mailing.mail_file(office.domain, person)]


def test_a_mail_file_holds_what_came_to_the_name_and_to_the_mail_address(office) -> None:
    builders.ready(office)
    identifying.register_person(
        office.domain, office.certifier, PersonRequest("Bob Boss", "purple monkey 4", "bob@example.com")
    )
    told(office, "a.example.com", applicant="bob@example.com")
    told(office, "b.example.com", applicant="Bob Boss")
    told(office, "c.example.com", applicant="other@example.com")
    told(office, "d.example.com")
    bob = office.domain.name("Bob Boss")
    assert recipients(office, bob) == ["bob@example.com", "Bob Boss/MyCompany/US"]
    assert recipients(office, office.ann.name) == ["Ann Admin/MyCompany/US"]
    assert recipients(office, office.rob.name) == []


def test_the_pickup_id_is_found_in_an_approval_only(office) -> None:
    builders.ready(office)
    number = builders.approved(office)
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [number])
    told(office, "b.example.com")
    approval, rejection = mailing.memos(office.domain)
    assert mailing.pickup_id(approval) == builders.view(office, number).pickup_id
    assert mailing.pickup_id(rejection) == ""


def test_the_pickup_id_in_a_memo_of_an_earlier_version_is_found(office) -> None:
    builders.ready(office)
    told(office, "b.example.com")
    (memo,) = mailing.memos(office.domain)
    number = "01234567-89ABCDEF-01234567-89ABCDEF"
    before = replace(memo, body=f"Your request has been approved.\n\nPickup ID: {number}\n\nPick it up.\n")
    assert mailing.pickup_id(before) == number
