"""Small faults in the counts, messages and stored values of commands: one test for each."""

from __future__ import annotations

import json

from tests import builders
from tests.builders import CA_NAME
from tests.cli.commands import Desk

ANN, ROB = "Ann Admin/MyCompany/US", "Rob Ra/MyCompany/US"


def test_pull_all_counts_requests_of_databases_only(office, ready: Desk) -> None:
    """A request to the CA process for a cross-certificate is in no database and is never pulled."""
    approved = builders.approved(office)
    builders.load_ca(office)
    builders.sql(office, "INSERT INTO requests SELECT 99, kind, '', certifier_id, csr, subject, applicant, key_ring, state,"
                         " 'X', fields, remarks, requested_at, NULL FROM requests WHERE id = ?", approved)  # fmt: skip
    builders.sql(office, "INSERT INTO admin_requests SELECT 99, certifier_id, 'Rejected', fields, decision, reason, NULL,"
                         " changed_at FROM admin_requests WHERE request_id = ?", approved)  # fmt: skip
    out = ready.ok("request", "pull", "--all")
    assert "Successfully pulled 1 request(s)" in out


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
