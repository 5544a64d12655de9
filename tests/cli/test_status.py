"""`dominoadmin status`: its exit code is for monitoring, its words are for people."""

from __future__ import annotations

import json

import pytest

from tests import builders
from tests.cli.commands import Desk


def test_a_domain_without_anything_to_do_is_fine(desk: Desk) -> None:
    done = desk.run("status")
    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[0].startswith("MyCompany/US, ")
    assert done.out.splitlines()[0].endswith(": fine")
    assert "0 certificates issued in 12 months; 0 will expire in the next 13 weeks.\n0 of all certificates are revoked." in done.out


def test_what_needs_a_person_is_attention_with_what_to_do(office, ready: Desk) -> None:
    builders.submitted(office)
    done = ready.run("status")
    assert done.code == 1
    assert "attention  1 request is waiting for your approval (MyCompany CA).\n           Approve or reject them.\n" in done.out
    assert "attention  Server1/MyCompany/US is not running.\n" in done.out
    assert "advice     MyCompany CA has only one CA administrator.\n" in done.out


def test_an_altered_store_is_trouble(office, ready: Desk) -> None:
    builders.sql(office, "UPDATE configurations SET document = x'00'")
    done = ready.run("status")
    assert done.code == 2
    assert "trouble    The configuration of MyCompany CA was tampered with" in done.out


def test_without_a_domain_nothing_can_be_determined(empty_desk: Desk) -> None:
    done = empty_desk.run("status")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith("dominoadmin: No domain was found in ")
    assert json.loads(empty_desk.run("--json", "status").out)["level"] == "not known"


@pytest.mark.parametrize("arguments", [("status", "--bogus"), ("status", "more"), ("status", "--data")])
def test_wrong_usage_is_not_taken_for_trouble(desk: Desk, arguments) -> None:
    assert desk.run(*arguments).code == 3
    assert desk.run("icl", "list", "--bogus").code == 2, "only this command counts so"


def test_the_keys_of_its_json(office, ready: Desk) -> None:
    builders.submitted(office)
    found = json.loads(ready.run("--json", "status").out)
    assert list(found) == ["level", "at", "organization", "concerns", "certifiers", "ending", "issued", "revoked"]
    assert (found["level"], found["organization"]) == ("attention", "MyCompany/US")
    assert {tuple(each) for each in found["concerns"]} == {("matter", "level", "text", "remedy", "certifier_id")}
    assert ("approvals", "attention", 1) in [(each["matter"], each["level"], each["certifier_id"]) for each in found["concerns"]]
    assert [len(found["ending"]), len(found["issued"])] == [13, 12]
    (certifier,) = found["certifiers"]
    assert (certifier["id"], certifier["name"], certifier["crl_number"]) == (1, "CN=MyCompany CA/O=MyCompany", None)
