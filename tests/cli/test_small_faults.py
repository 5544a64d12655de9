"""Small faults in the counts, messages and stored values of commands: one test for each."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from dominoadmin.services.directory import leasing
from tests import builders
from tests.builders import CA, CA_NAME
from tests.cli.commands import Desk

ANN, ROB = "Ann Admin/MyCompany/US", "Rob Ra/MyCompany/US"


def test_pull_all_counts_requests_of_databases_only(office, ready: Desk) -> None:
    """A request to the CA process for a cross-certificate is in no database and is never pulled."""
    approved = builders.approved(office)
    builders.load_ca(office)
    builders.sql(office, "INSERT INTO requests SELECT 99, kind, '', certifier_id, csr, subject, applicant, key_ring, state,"
                         " 'X', fields, remarks, requested_at, NULL, key_fingerprint FROM requests WHERE id = ?", approved)  # fmt: skip
    builders.sql(office, "INSERT INTO admin_requests SELECT 99, certifier_id, 'Rejected', fields, decision, reason, NULL,"
                         " changed_at FROM admin_requests WHERE request_id = ?", approved)  # fmt: skip
    done = ready.run("request", "pull", "--all")
    assert "Successfully pulled 1 request(s)" in done.out
    assert "(requests 99) is not the one that was signed" in done.err


def test_crl_info_before_any_non_regular_list_says_how_one_is_made(ready: Desk) -> None:
    text = "\n".join(ready.console("tell ca crl info 1 N"))
    assert f"{CA_NAME} has no non-regular CRL yet." in text
    assert "It is issued on demand: tell ca CRL issue <certifier number>" in text


def test_an_id_named_for_one_command_is_not_the_default_of_the_next(office, ready: Desk) -> None:
    number = builders.submitted(office)
    ready.ok("--id", "rob-ra.id", "--id-password-file", ready.password("rob"), "request", "approve", number)
    assert ANN in ready.ok("id", "show")
    assert "From now on" in ready.ok("--id", "rob-ra.id", "id", "use")
    assert ROB in ready.ok("id", "show")
    assert json.loads(ready.ok("--json", "id", "show"))["name"].startswith("CN=Rob Ra")


def test_the_default_is_changed_to_an_id_of_this_domain_only(ready: Desk) -> None:
    assert "does not exist" in ready.refused("--id", "nobody.id", "id", "use")
    assert "--id" in ready.refused("id", "use")
    assert ANN in ready.ok("id", "show")
@pytest.mark.parametrize(
    ("line", "example"), [("load http", "load ca"), ("tell ca stat", "tell ca help"), ("restart task http", "restart task http")]
)
def test_a_console_command_typed_as_a_noun_says_where_it_belongs(desk: Desk, line: str, example: str) -> None:
    done = desk.run(*line.split())
    assert done.code == 2
    assert done.lines[-1] == (
        f"dominoadmin: error: {line.split(maxsplit=1)[0]!r} is a command of the server console, for example: "
        f'dominoadmin console -c "{example}"'
    )


def test_a_mistyped_noun_lists_each_noun_once(desk: Desk) -> None:
    done = desk.run("frob")
    assert done.code == 2
    assert done.lines[-1].startswith("dominoadmin: error: 'frob' is not a command (choose from setup, person, id, certifier, ")


def test_a_task_that_does_not_exist_is_not_said_to_be_unloaded(ready: Desk) -> None:
    for command in ("tell frob stat", "tell frob quit", "restart task frob"):
        text = "\n".join(ready.console(command))
        assert "frob is not a server task.\n  Available: ca, adminp, http." in text, command


def test_before_the_server_was_ever_started_every_hint_names_the_server(office, ready: Desk) -> None:
    waiting = builders.submitted(office)
    assert "once the server runs (dominoadmin server)" in ready.ok("request", "approve", waiting, signed="admin")
    assert "Check that the server is running" in ready.refused("request", "pull", waiting)
    assert "Check that the server is running" in " ".join(ready.ok("request", "show", waiting).split())
    assert "Start the server and activate the certifier" in ready.refused("crl", "show", CA)
    assert "Start the server and activate the certifier" in ready.refused("crl", "show", CA, "--kind", "regular")


def test_a_server_that_runs_elsewhere_says_how_to_stop_it(office, ready: Desk) -> None:
    office.clock.now = datetime.now(UTC)  # the command line has no other
    lease = leasing.take(office.domain, office.server.name)
    text = ready.run("console", "--server-password-file", ready.password("server"), "-c", "show tasks").refusal()
    assert f"has been run by process {lease.record.process}" in text
    assert "Use that console, or stop that server: enter 'quit' there, or end its process." in text
    waiting = builders.submitted(office)
    assert "once the server runs" not in ready.ok("request", "approve", waiting, signed="admin")


def test_one_entry_that_is_not_signed_yet_is_one(office, ready: Desk) -> None:
    builders.received(office)
    ready.ok("request", "submit", "1")
    text = ready.ok("audit", "verify")
    assert "1 entry is chained but not signed yet" in text or "entries are chained but not signed yet" in text


def test_a_document_without_fields_is_shown(office, ready: Desk) -> None:
    """Anyone may add a new request without any: the log commits it, and nobody has to sign it."""
    number = builders.submitted(office)
    builders.signed(office, "UPDATE admin_requests SET fields = '{}'")
    done = ready.run("request", "show", str(number))
    assert "Asked for: CN=www.example.com" in done.out
