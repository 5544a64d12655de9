"""`dominoadmin person revoke` and `person renew`: the end of an ID, on the command line."""

from __future__ import annotations

import pytest

from dominoadmin.services.domain import system_clock
from dominoadmin.services.identities import identifying
from tests import builders
from tests.cli.commands import PASSWORDS, Desk


def test_a_revoked_id_is_refused_in_one_sentence(office, desk: Desk) -> None:
    text = desk.ok("person", "revoke", "Rob Ra", "--reason", "keyCompromise", signed="admin")
    assert text.startswith("The ID of Rob Ra/MyCompany/US has been revoked.")
    said = desk.refused("id", "remember", "--id", "rob-ra.id", signed="rob")
    assert "The ID of Rob Ra/MyCompany/US has been revoked since" in said
    assert "'dominoadmin person renew'" in said
    rows = desk.json("person", "list")
    assert {row["name"]: row["revoked"] for row in rows} == {office.ann.name: "", office.rob.name: "keyCompromise"}
    assert "has been revoked since" in desk.refused("person", "revoke", "Rob Ra", signed="admin")
    assert "keyCompromise" in desk.ok("person", "list")


def test_a_renewed_id_has_a_file_of_its_own(office, desk: Desk) -> None:
    new = ("--password-file", desk.password("backup"))
    office.clock.now = system_clock()  # as the commands have it
    made = desk.json("person", "renew", "Rob Ra", *new, signed="admin")
    assert made == {"name": office.rob.name, "id_file": str(office.root / "rob-ra-2.id"), "locked": []}
    assert "superseded by a newer one" in desk.refused("id", "remember", "--id", "rob-ra.id", signed="rob")
    assert identifying.open_id(office.domain, office.root / "rob-ra-2.id", PASSWORDS["backup"]).name == office.rob.name
    assert "has a new ID; the old one can no longer be used." in desk.ok("person", "renew", "Rob Ra", *new, signed="admin")


@pytest.mark.parametrize("verb", [("revoke",), ("renew", "--password-file", "ROB")])
def test_only_cert_id_ends_ids(office, desk: Desk, verb: tuple[str, ...]) -> None:
    line = [desk.password("rob") if word == "ROB" else word for word in verb]
    refused = desk.refused("person", *line, "Rob Ra", "--certifier-id", "ann-admin.id", signed="admin")
    assert "Only the organization's certifier ID revokes and renews IDs." in refused
    assert "The person Eve/MyCompany/US is not in the Domino Directory." in desk.refused("person", *line, "Eve", signed="admin")


def test_a_reason_that_there_is_not_is_refused(desk: Desk) -> None:
    assert "superseded is not a reason for revoking an ID." in desk.refused("person", "revoke", "Rob Ra", "--reason", "superseded", signed="admin")


def test_the_server_gets_a_new_id_and_starts_with_it(office, ready: Desk) -> None:
    new = ("--password-file", ready.password("backup"), "--server-password-file", ready.password("server"))
    text = ready.ok("server", "renew", *new, signed="admin")
    assert text == f"Server1/MyCompany/US has a new ID; the old one can no longer be used. ID file: {office.root / 'server-2.id'}\n"
    said = ready.ok("console", "--server-password-file", ready.password("backup"), "-c", "tell ca stat")
    assert "MyCompany CA" in said
    assert "cannot be opened with this password" in ready.refused("console", "--server-password-file", ready.password("server"), "-c", "tell ca stat")


def test_after_a_leak_the_keys_are_sealed_again(office, ready: Desk) -> None:
    new = ("--password-file", ready.password("backup"), "--server-password-file", ready.password("server"))
    text = ready.ok("server", "renew", "--reason", "keyCompromise", *new, signed="admin")
    assert "The key of CN=MyCompany CA/O=MyCompany is sealed to the old ID. Use certifier protect with --present-server-id server.id." in text
    ready.ok(
        "certifier", "protect", "MyCompany CA", "--protection", "server-id-and-password", "--present-server-id", "server.id",
        "--server-password-file", ready.password("server"), "--activation-password-file", ready.password("activation"), signed="admin",
    )
    ready.ok(
        "certifier", "protect", "MyCompany CA", "--protection", "server-id", "--present-password-file", ready.password("activation"),
        "--server-password-file", ready.password("backup"), signed="admin",
    )
    office.clock.now = system_clock()
    builders.approved(office)
    ready.ok("console", "--server-password-file", ready.password("backup"), "-c", "load ca")
    assert builders.state(office, 1) == "Issued"
