"""`dominoadmin certifier modify|disable|enable|protect|restore|history|diff`."""

from __future__ import annotations

import json

from tests import builders
from tests.builders import CA, DATABASE, csr
from tests.cli.commands import ACTIVATION_PASSWORD, Desk
from tests.conftest import ADMIN_PASSWORD, SERVER_PASSWORD


def refused(desk: Desk, *arguments: object, **options: str) -> str:
    """Run a command that must be refused and must not change the configuration."""
    before = desk.json("certifier", "history", CA)
    sentence = desk.run(*arguments, **options).refusal()
    assert desk.json("certifier", "history", CA) == before
    return sentence


def test_modify_saves_a_version_that_history_and_diff_show(ready: Desk) -> None:
    text = ready.ok("certifier", "modify", CA, "--add-caa", "Rob Ra", "--default-days", 90, "--san-domain", "example.com",
                    "--base-url", "none", "--no-wildcards", signed="admin")  # fmt: skip
    assert text.startswith("Version 2 of the configuration of CN=MyCompany CA/O=MyCompany has been saved.")
    rows = ready.json("certifier", "history", CA)
    assert [(row["number"], row["signer"], row["in_force"]) for row in rows] == [
        (2, "Ann Admin/MyCompany/US", True), (1, "Ann Admin/MyCompany/US", False),
    ]  # fmt: skip
    found = {
        each["field"]: (each["before"], each["after"]) for each in ready.json("certifier", "diff", CA)["differences"]
    }
    assert found["default_days"] == ("200 days", "90 days")
    assert found["wildcards"] == ("Yes", "No")
    assert "90 days" in ready.ok("certifier", "diff", CA, 1, 2)
    assert "200 days" in ready.ok("certifier", "history", CA, "--version", 1)
    ready.ok("certifier", "modify", CA, "--remove-caa", "Ann Admin", signed="admin")
    assert "not a CA administrator" in refused(ready, "certifier", "disable", CA, signed="admin")


def test_a_certifier_is_limited_to_domains_addresses_and_networks(ready: Desk) -> None:
    limits = ("Example.com", "192.0.2.7", "2001:DB8:0::/32")
    ready.ok("certifier", "modify", CA, *(part for limit in limits for part in ("--san-domain", limit)), signed="admin")
    assert "example.com, 192.0.2.7, 2001:db8::/32" in ready.ok("certifier", "history", CA, "--version", 2)
    sentence = refused(ready, "certifier", "modify", CA, "--san-domain", "192.0.2.1/24", signed="admin")
    assert "'192.0.2.1/24' is not an IP address or network." in sentence
    file = ready.file("request.pem", csr(names=("www.example.com", "10.0.0.1")))
    problem = ready.refused("request", "submit", "--database", DATABASE, "--csr", file)
    assert "ip:10.0.0.1 is outside the domains and IP addresses that the certifier allows: example.com, 192.0.2.7, " in problem
    ready.ok("certifier", "modify", CA, "--san-domain", "none", signed="admin")
    ready.ok("request", "submit", "--database", DATABASE, "--csr", file)


def test_a_dry_run_needs_no_password_and_changes_nothing(ready: Desk) -> None:
    assert "10 days" in ready.ok("certifier", "modify", CA, "--crl-days", 10, "--dry-run")
    assert len(ready.json("certifier", "history", CA)) == 1


def test_refusals_are_sentences(ready: Desk) -> None:
    assert "Nothing was changed" in refused(ready, "certifier", "modify", CA, signed="admin")
    sentence = refused(ready, "certifier", "modify", CA, "--remove-caa", "Ann Admin", signed="admin")
    assert "last CA administrator cannot be removed" in sentence
    assert "does not have this role." in refused(ready, "certifier", "modify", CA, "--remove-ra", "Nobody", signed="admin")
    assert "There is nothing to compare: the configuration has never been changed." in refused(ready, "certifier", "diff", CA)
    assert "Two versions are required for a comparison." in refused(ready, "certifier", "diff", CA, 1)
    assert "no version 9" in refused(ready, "certifier", "history", CA, "--version", 9)
    assert "The configuration is intact. There is nothing to restore." in refused(ready, "certifier", "restore", CA, signed="admin")


def test_disable_and_enable(ready: Desk) -> None:
    ready.ok("certifier", "disable", CA, signed="admin")
    assert "version 2, disabled" in ready.ok("certifier", "show", CA)
    ready.ok("certifier", "enable", CA, signed="admin")
    assert "version 3, enabled" in ready.ok("certifier", "show", CA)


def test_protect_goes_all_three_ways(ready: Desk) -> None:
    server = ("--server-password-file", ready.password("server"))
    given = f"{ADMIN_PASSWORD}\n{SERVER_PASSWORD}\n{ACTIVATION_PASSWORD}\n"
    text = ready.ok("certifier", "protect", CA, "--protection", "server-id-and-password", "--id-password-file", "-",
                    "--server-password-file", "-", "--activation-password-file", "-", stdin=given)  # fmt: skip
    assert "tell ca activate" in text
    wrong = ("--present-password-file", ready.password("wrong"))
    refused(ready, "certifier", "protect", CA, "--protection", "server-id", *server, *wrong, signed="admin")
    (locking,) = [path.name for path in ready.data.glob("*.id") if path.name.startswith("rra") or "rob" in path.name]
    present = ("--present-password-file", ready.password("activation"))
    ready.ok(
        "certifier",
        "protect",
        CA,
        "--protection",
        "locking-id",
        "--locking-id",
        locking,
        *server,
        *present,
        signed="admin",
    )
    text = ready.ok("certifier", "protect", CA, "--protection", "server-id",
                    "--present-locking-password-file", ready.password("rob"), signed="admin")  # fmt: skip
    assert "resealed" in text
    assert ready.json("certifier", "show", CA)["protection"] == "server-id"


def test_restore_puts_a_tampered_certifier_back(office, ready: Desk) -> None:
    ready.ok("certifier", "modify", CA, "--crl-days", 10, signed="admin")
    builders.sql(office, "UPDATE configurations SET document = x'7b7d' WHERE version = 2")
    assert "cannot be read" in ready.ok("certifier", "history", CA)
    shown = json.loads(ready.ok("--json", "certifier", "history", CA, "--version", 2))
    assert shown["configuration"] is None
    refused(ready, "certifier", "disable", CA, signed="admin")
    assert "kept as evidence" in ready.ok("certifier", "restore", CA, signed="admin")
    ready.ok("certifier", "disable", CA, signed="admin")
