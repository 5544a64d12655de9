"""`dominoadmin request approve|reject|withdraw|edit`: what was displayed is what is signed (design: attack 5)."""

from __future__ import annotations

import json

import pytest

from tests import builders
from tests.builders import CA, DATABASE, sql
from tests.cli.commands import PROGRAM, Desk, Terminal
from tests.conftest import ADMIN_PASSWORD


def digest(desk: Desk, number: int = 1) -> str:
    return desk.json("request", "show", number)["digest"]


def rewrite(office, number: int = 1, **fields: object) -> None:
    """Change a request behind the program."""
    known = builders.view(office, number).document.fields
    sql(office, "UPDATE admin_requests SET fields = ? WHERE request_id = ?", json.dumps({**known, **fields}), number)


def test_a_digest_approves_exactly_what_was_shown(office, ready: Desk) -> None:
    builders.submitted(office)
    text = ready.ok("request", "show", 1)
    shown = digest(ready)
    assert f"Digest:    {shown}\n" in text
    done = ready.json("request", "approve", 1, "--digest", shown.upper(), signed="admin")
    assert done == {"approved": [1], "refused": [], "signed": [{"id": 1, "digest": shown}]}


@pytest.mark.parametrize("verb", [("approve",), ("reject", "--reason", "No."), ("edit", "--days", 30)])
def test_nothing_is_signed_about_a_request_that_has_changed_since_it_was_shown(office, ready: Desk, verb) -> None:
    builders.submitted(office)
    shown = digest(ready)
    builders.edit(office.domain, office.ann, 1, {"days": 90})
    refused = ready.refused("request", verb[0], 1, *verb[1:], "--digest", shown, signed="admin")
    assert "Request 1 has changed since it was shown; nothing was signed." in refused
    ready.ok("request", verb[0], 1, *verb[1:], "--digest", digest(ready), signed="admin")


def test_a_digest_is_for_one_request(office, ready: Desk) -> None:
    builders.submitted(office)
    builders.submitted(office, "two.example.com")
    for which in (("1", "2"), ("--all",)):
        assert "--digest is for one request." in ready.refused("request", "approve", *which, "--digest", digest(ready), signed="admin")


def at_terminal(desk: Desk, *arguments: str) -> Terminal:
    return Terminal.start([*PROGRAM, "request", *arguments], desk.environment, desk.folder)


def test_on_a_terminal_it_shows_what_it_will_sign_and_asks(office, ready: Desk) -> None:
    builders.submitted(office)
    terminal = at_terminal(ready, "approve", "1")
    try:
        seen = terminal.expect("Sign this approval? [y/N] ")
        assert digest(ready) in seen
        terminal.type("\n")
        assert "approved" not in terminal.rest()
    finally:
        terminal.close()
    assert builders.state(office, 1) == "Submitted to Administration Process"


def test_what_changes_while_it_asks_is_named_and_not_signed(office, ready: Desk) -> None:
    for host in ("one.example.com", "two.example.com"):
        builders.submitted(office, host)
    terminal = at_terminal(ready, "approve", "--all")
    try:
        seen = terminal.expect("Sign these 2 approvals? [y/N] ")
        assert digest(ready, 1) in seen and digest(ready, 2) in seen
        rewrite(office, 1, names=["dns:evil.example.com"])
        terminal.type("y\n")
        terminal.expect("(ann-admin.id): ")
        terminal.type(f"{ADMIN_PASSWORD}\n")
        said = terminal.rest()
    finally:
        terminal.close()
    assert "Request 1 has changed since it was shown (Subject alternate names); nothing was signed." in said
    assert terminal.process.returncode == 1
    assert [row["request_id"] for row in sql(office, "SELECT request_id FROM decisions")] == [2]


def test_fields_that_are_not_the_requests_own_are_marked_and_not_approved(office, ready: Desk) -> None:
    builders.submitted(office)
    rewrite(office, names=["dns:evil.example.com"])
    done = ready.run("request", "show", 1)
    assert (done.code, "(admin_requests 1) is not the one that was signed" in done.err) == (1, True)
    text = done.out
    assert "Differs from what was requested:\n  Subject alternate names: dns:www.example.com -> dns:evil.example.com\n" in text
    assert "  NO  This differs from the request itself, and no RA has changed it: Subject alternate names.\n" in text
    assert "no RA has changed it" in ready.refused("request", "approve", 1, signed="admin")


def test_what_was_asked_for_is_read_from_the_requests_own_bytes(office, ready: Desk) -> None:
    builders.submitted(office)
    sql(office, "UPDATE requests SET subject = 'CN=evil', fields = replace(fields, 'www.', 'evil.')")
    sql(office, "UPDATE admin_requests SET fields = replace(fields, 'www.', 'evil.')")
    done = ready.run("request", "show", 1)
    assert (done.code, "(admin_requests 1) is not the one that was signed" in done.err) == (1, True)
    text = done.out
    assert "Asked for: CN=www.example.com/O=MyCompany/C=US\n" in text
    assert "dns:www.example.com -> dns:evil.example.com" in text


def test_an_approval_is_withdrawn_and_given_again(office, ready: Desk) -> None:
    ready.ok("request", "submit", "--database", DATABASE, "--csr", ready.file("request.pem", builders.csr()))
    ready.ok("request", "approve", 1, signed="admin")
    assert ready.json("request", "withdraw", 1, signed="admin") == {"withdrawn": [1], "refused": []}
    assert "has no approval to withdraw" in ready.refused("request", "withdraw", 1, signed="admin")
    builders.load_ca(office)
    (row,) = ready.json("request", "list")
    assert (row["state"], row["admin_state"]) == ("Submitted to Administration Process", "New")
    text = ready.ok("request", "approve", 1, signed="admin")
    assert "1 request approved." in text
    assert ready.ok("request", "withdraw", "--all", signed="admin").startswith("1 approval withdrawn.\n")
    ready.ok("request", "approve", 1, signed="admin")
    builders.load_ca(office)
    refused = ready.refused("request", "withdraw", 1, signed="admin")
    assert "Request 1 has no approval to withdraw: its state is Issued." in refused
    assert "An issued certificate can be revoked." in refused
    assert builders.record(office, CA)
