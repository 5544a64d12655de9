"""The command line is a contract: option places, exit codes, the keys of every JSON answer, times, serials, help."""

from __future__ import annotations

import argparse
import re

import pytest

from dominoadmin.cli.main import build_parser
from tests import builders
from tests.builders import CA, CA_NAME, DATABASE
from tests.cli.commands import Desk

TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
SERIAL = re.compile(r"[1-9a-f][0-9a-f]{15,39}")

CERTIFIER = {
    "id", "name", "server", "icl", "protection", "locking_id", "key", "fingerprint", "serial", "not_before", "not_after",
    "created_at", "published_at",
}  # fmt: skip
DATABASE_KEYS = {
    "file", "title", "template", "server", "certifier", "supports", "processing", "transfer_server", "mail_confirmation",
    "server_requests", "client_requests", "created_at",
}  # fmt: skip
REQUEST = {
    "id", "kind", "state", "admin_state", "subject", "names", "certifier", "database", "applicant", "key_ring", "pickup_id",
    "serial", "reason", "requested_at", "pulled_at",
}  # fmt: skip
CERTIFICATE = {
    "subject", "issuer", "serial", "not_before", "not_after", "key", "names", "is_ca", "key_usage", "extended_key_usage",
    "sha256", "pem",
}  # fmt: skip
MEMO = {"id", "recipient", "subject", "created_at", "relay_state", "attempts", "next_attempt_at", "problem"}
LISTS = {
    ("certifier", "list"): CERTIFIER,
    ("person", "list"): {"name", "id_file", "mail_address", "administrator", "revoked"},
    ("database", "list"): DATABASE_KEYS,
    ("request", "list"): REQUEST,
    ("icl", "list"): {
        "serial", "subject", "certifier", "kind", "not_before", "not_after", "sha256", "request", "issued_at",
    },
    ("mail", "list"): MEMO,
    ("audit", "list"): {"number", "at", "actor", "signed_in", "action", "object", "detail", "previous", "hash", "commits"},
}  # fmt: skip
SHOWS = {
    ("certifier", "show", CA): CERTIFIER
    | {"caas", "ras", "registered_by", "configuration", "database", "certificate"},
    ("id", "show"): {"name", "kind", "file", "not_after", "issuer", "sha256", "pem"},
    ("database", "show", DATABASE): DATABASE_KEYS,
    ("request", "show", "1"): REQUEST | {"digest", "asked", "fields", "remarks", "preflight", "edits"},
    ("mail", "show", "1"): MEMO | {"body"},
    ("server", "show"): {
        "name", "host_name", "ssl_key_file", "ports", "run_unrestricted", "id_file", "relay",
    },
    ("audit", "verify"): {"entries", "signed", "signer", "compared"},
}  # fmt: skip


@pytest.fixture
def issued(office, ready: Desk) -> Desk:
    """One certificate is issued and pulled, and a second request is waiting."""
    builders.approved(office)
    builders.authority(office).issue_approved()
    ready.ok("request", "pull", "1")
    builders.received(office, "other.example.com")
    return ready


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_every_list_has_its_keys(issued: Desk, command: tuple[str, ...]) -> None:
    rows = issued.json(*command)
    assert rows
    assert all(set(row) == LISTS[command] for row in rows)
    check_values(rows)


@pytest.mark.parametrize("command", SHOWS, ids=" ".join)
def test_every_show_has_its_keys(issued: Desk, command: tuple[str, ...]) -> None:
    shown = issued.json(*command)
    assert set(shown) == SHOWS[command]
    check_values(shown)


def test_certificates_look_the_same_from_a_list_and_from_a_file(issued: Desk) -> None:
    serial = issued.json("icl", "list")[0]["serial"]
    file = issued.folder / "leaf.pem"
    shown = issued.json("icl", "show", serial, "--out", file)
    assert set(shown) == CERTIFICATE | {"request", "issued_at"}
    assert issued.json("certificate", "show", file) == {key: shown[key] for key in CERTIFICATE}
    check_values(shown)
    for spelling in (f"0x{serial}", serial.upper(), ":".join(re.findall("..?", serial)), f"00{serial}"):
        assert issued.json("icl", "show", spelling)["serial"] == serial


@pytest.mark.parametrize("command", LISTS, ids=" ".join)
def test_every_table_is_aligned(issued: Desk, command: tuple[str, ...]) -> None:
    head, *rows = issued.ok(*command).splitlines()
    assert len(rows) == len(issued.json(*command))
    starts = [match.start() for match in re.finditer(r"(?:^|(?<=  ))\S", head)]
    assert all(start == 0 or len(row) <= start or row[start - 2 : start] == "  " for row in rows for start in starts)
    assert not any(line != line.rstrip() for line in (head, *rows))


@pytest.mark.parametrize(
    "command", [("certifier", "list"), ("database", "list"), ("request", "list"), ("icl", "list"), ("mail", "list")]
)
def test_a_list_of_nothing_says_so(desk: Desk, command: tuple[str, ...]) -> None:
    assert desk.ok(*command) == "(none)\n"
    assert desk.json(*command) == []


def test_global_options_stand_before_the_noun_or_behind_the_verb(issued: Desk, tmp_path) -> None:
    issued.monkeypatch.setenv("DOMINOADMIN_DATA", str(tmp_path / "nowhere"))
    options = ["--data", issued.data, "--id", "rob-ra.id", "--json"]
    assert issued.run(*options, "id", "show") == issued.run("id", "show", *options)
    assert issued.run(*options[:2], "id", "show", *options[2:]) == issued.run("id", "show", *options)
    assert '"CN=Rob Ra/O=MyCompany/C=US"' in issued.run("id", "show", *options).out
    secret = ["--id-password-file", issued.password("rob")]
    assert issued.run(*options, *secret, "request", "approve", "2").code == 1  # pending
    assert issued.run("request", "submit", "2", *options).code == 0
    assert issued.run(*options, *secret, "request", "approve", "2").code == 0


def test_the_default_id_is_the_first_administrators_until_id_use_names_another(office, ready: Desk) -> None:
    for number in ("1", "2"):
        builders.received(office, f"www{number}.example.com")
        ready.ok("request", "submit", number)
    assert ready.json("id", "show")["name"] == "CN=Ann Admin/O=MyCompany/C=US"
    ready.ok("request", "approve", "1", "--id", "rob-ra.id", signed="rob")
    assert ready.json("id", "show")["name"] == "CN=Ann Admin/O=MyCompany/C=US"
    ready.ok("id", "use", "--id", "rob-ra.id")
    assert ready.json("id", "show")["name"] == "CN=Rob Ra/O=MyCompany/C=US"
    ready.ok("request", "approve", "2", "--id", ready.data / "ann-admin.id", signed="admin")
    assert ready.json("id", "show")["name"] == "CN=Rob Ra/O=MyCompany/C=US"
    ready.ok("id", "use", "--id", ready.data / "ann-admin.id")
    assert ready.json("id", "show")["file"] == str(ready.data / "ann-admin.id")
    (ready.data / "ann-admin.id").unlink()
    assert "no longer exists." in ready.refused("id", "show")


def test_identity_is_another_spelling_of_id_that_the_help_does_not_list(desk: Desk) -> None:
    desk.ok("identity", "use", "--id", "rob-ra.id")
    assert desk.json("identity", "show") == desk.json("id", "show")
    assert desk.json("id", "show")["name"] == "CN=Rob Ra/O=MyCompany/C=US"
    assert "identity" not in desk.run("--help").out


@pytest.mark.parametrize("name", ["Rob Ra", "Rob Ra/MyCompany/US", "CN=Rob Ra/O=MyCompany/C=US", "cn=Rob Ra/o=MyCompany/c=us"])
def test_every_form_of_a_persons_name_is_accepted(desk: Desk, name: str) -> None:
    desk.ok("certifier", "register", "--common-name", CA, "--encrypt-with", "server-id", "--ra", name, "--caa", name,
            "--server", name.replace("Rob Ra", "Server1"), signed="admin")  # fmt: skip
    shown = desk.json("certifier", "show", CA)
    assert shown["ras"] == shown["caas"] == ["CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US"]
    assert desk.json("server", "set", "--run-unrestricted", name, signed="admin")["run_unrestricted"] == ["CN=Rob Ra/O=MyCompany/C=US"]
    assert desk.json("server", "set", "--run-unrestricted", "", signed="admin")["run_unrestricted"] == []
    made = desk.json("person", "register", "--name", name.replace("Rob", "Bob"), "--password-file", desk.password("rob"),
                     signed="admin")  # fmt: skip
    assert made["name"] == "CN=Bob Ra/O=MyCompany/C=US"


@pytest.mark.parametrize("name", [CA, CA_NAME, CA.upper(), f"ca:{CA}"])
def test_every_form_of_a_certifiers_name_is_accepted(ready: Desk, name: str) -> None:
    assert ready.json("certifier", "show", name)["name"] == CA_NAME


@pytest.mark.parametrize(
    "line",
    [
        "", "frob", "request", "request frob", "request approve x", "request show", "request reject 1", "certifier register",
        "certifier register --common-name X --encrypt-with magic", "console --frob", "server set --ssl-port many",
        "--data", "request list --jso", "audit list --last 0", "audit list --last -3", "icl show", "mail show one",
        "database create --title T", "keyring export --file k.kyr --format zip --out x", "--json",
        "certifier register --common-name X --encrypt-with server-id --activation-password secret",
    ],
)  # fmt: skip
def test_a_mistyped_command_is_a_usage_error(desk: Desk, line: str) -> None:
    done = desk.run(*line.split())
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("usage: dominoadmin ")
    assert "error: " in done.lines[-1]


def parsers(parser: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    children = [a for a in parser._actions if isinstance(a, argparse._SubParsersAction)]
    return [parser, *(found for action in children for child in action.choices.values() for found in parsers(child))]


@pytest.mark.parametrize("parser", parsers(build_parser()), ids=lambda parser: parser.prog)
def test_every_help_has_one_example_that_can_be_typed(desk: Desk, parser: argparse.ArgumentParser) -> None:
    import shlex

    done = desk.run(*parser.prog.split()[1:], "--help")
    assert (done.code, done.err) == (0, "")
    _, _, example = done.out.partition("\nexample:\n  dominoadmin ")
    assert example and len(example.strip().splitlines()) == 1
    build_parser().parse_args(shlex.split(example))
    assert example.startswith(parser.prog.removeprefix("dominoadmin").strip().split(" VERB")[0])


@pytest.mark.parametrize("parser", parsers(build_parser()), ids=lambda parser: parser.prog)
def test_no_option_takes_a_password_and_none_may_be_cut_short(parser: argparse.ArgumentParser) -> None:
    options = [option for action in parser._actions for option in action.option_strings]
    takes = [action for action in parser._actions if action.nargs != 0 and "password" in action.dest]
    assert all(option.endswith("-file") for action in takes for option in action.option_strings), options
    assert not parser.allow_abbrev


def test_the_version_is_printed(desk: Desk) -> None:
    assert re.fullmatch(r"dominoadmin \d+\.\d+\.\d+\n", desk.run("--version").out)


def check_values(value: object, key: str = "") -> None:
    """Check that every time is ISO 8601 UTC and every serial is hex, at any depth."""
    if isinstance(value, dict):
        for name, item in value.items():
            check_values(item, name)
    elif isinstance(value, list):
        for item in value:
            check_values(item, key)
    elif value is not None and (key.endswith("_at") or key in ("at", "not_before", "not_after")):
        assert TIME.fullmatch(str(value)), (key, value)
    elif value is not None and key in ("serial", "serial_hex"):
        assert SERIAL.fullmatch(str(value)), (key, value)
