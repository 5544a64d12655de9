"""`dominoadmin find`: what it finds, and in which form."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

import pytest

from dominoadmin.services.search import finding
from dominoadmin.services.search.finding import Findings, Searched
from tests import builders
from tests.builders import sql


@pytest.fixture
def full(office, ready):
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    return ready


def test_each_result_is_a_line_with_the_id_that_other_commands_take(office, full) -> None:
    (row,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = 1")
    lines = full.ok("find", "www.example.com").splitlines()
    assert lines[0].split() == ["Kind", "ID", "Name", "Details"]
    assert lines[1].split()[:3] == ["certificate", row["serial_hex"], "CN=www.example.com/O=MyCompany/C=US"]
    assert lines[2].split()[:3] == ["request", "1", "CN=www.example.com/O=MyCompany/C=US"]
    assert len(lines) == 3
    full.ok("icl", "show", lines[1].split()[1])
    full.ok("request", "show", lines[2].split()[1])


def test_several_words_need_no_quotes(full) -> None:
    assert full.ok("find", "rob", "ra") == full.ok("find", "rob ra")
    assert "person  -   Rob Ra/MyCompany/US" in full.ok("find", "rob", "ra")


def test_the_keys_of_its_json(full) -> None:
    found = full.json("find", "MyCompany")
    assert {kind: len(rows) for kind, rows in found.items()} == {
        "certificates": 1, "requests": 1, "people": 2, "servers": 1, "certifiers": 1, "key_rings": 0, "databases": 0, "unfinished": 0,
    }  # fmt: skip
    assert found["certificates"][0].keys() == {"serial", "subject", "names", "certifier", "request", "issued_at"}
    assert found["people"][1] == {"name": "CN=Rob Ra/O=MyCompany/C=US", "mail_address": None}
    assert found["certifiers"][0].keys() == {"id", "name", "icl"}
    assert full.json("find", "certreq")["databases"] == [
        {"file": "certreq.nsf", "title": "Certificate Requests", "certifier": "CN=MyCompany CA/O=MyCompany"}
    ]


def test_the_limit_is_for_each_kind(full) -> None:
    found = full.json("find", "MyCompany", "--limit", "1")
    assert len(found["people"]) == len(found["certificates"]) == 1


def test_nothing_found_is_no_error(full) -> None:
    assert full.ok("find", "nothing-like-this") == "(none)\n"
    assert full.ok("find", " ") == "(none)\n"


def test_what_was_not_searched_is_said(full, monkeypatch) -> None:
    monkeypatch.setattr(finding, "find", lambda *_given: Findings(unfinished=frozenset(Searched)))
    assert "Not all certificates were searched." in full.ok("find", "x")
    assert full.json("find", "x")["unfinished"] == ["certificates", "directory", "requests"]


def test_a_row_that_cannot_be_read_is_named(office, full) -> None:
    sql(office, "UPDATE directory SET created_at = 'never' WHERE name LIKE 'CN=Rob%'")
    done = full.run("find", "MyCompany")
    assert done.code == 1
    assert "cannot be read" in done.err
    assert "Ann Admin" in done.out


def test_hostile_names_are_one_harmless_line(office, full) -> None:
    sql(office, "UPDATE issued SET names = 'a' || char(27) || '[2Jb' || char(10) || 'SPOOF ' || char(8238), subject = 'CN=' || char(10) || 'x'")
    sql(office, "INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
    for arguments in (("find", "SPOOF"), ("--json", "find", "SPOOF")):
        done = full.run(*arguments)
        assert "\x1b" not in done.out and "\u202e" not in done.out
        assert not [line for line in done.out.splitlines() if line.startswith(("SPOOF", "x"))]
    assert json.loads(done.out)["certificates"]


@pytest.mark.parametrize(("change", "text"), [
    ("UPDATE directory SET kind = 'persona' WHERE name LIKE '%Rob Ra%'", "rob"),
    ("UPDATE directory SET kind = 'persona' WHERE kind = 'server'", "example"),
    ("UPDATE directory SET name = 'CN=Bob Ra/O=MyCompany/C=US' WHERE name LIKE '%Rob Ra%'", "rob"),
    ("DELETE FROM directory WHERE name LIKE '%Rob Ra%'", "rob"),
    ("UPDATE databases SET title = 'Xertificate'", "certificate requests"),
    ("UPDATE databases SET file = 'x.nsf'", "certreq"),
    ("DELETE FROM databases", "certreq"),
    ("UPDATE certifiers SET name = 'CN=Other CA/O=Other'", "mycompany ca"),
])  # fmt: skip
def test_what_an_altered_row_keeps_from_being_found_is_named(office, full, change, text) -> None:
    """Otherwise, nothing is said: the row does not contain what is searched for."""
    before = full.run("find", *text.split())
    with closing(sqlite3.connect(office.root / "domain.db")) as db, db:
        db.execute(change)
    after = full.run("find", *text.split())
    assert before.code == 0
    assert after.code == 1, after
    assert after.lines[0].startswith("dominoadmin: "), after
