"""The server console: conversations, abbreviations, and the parts of a typed line that are never repeated."""

from __future__ import annotations

import logging
import re

import pytest

from dominoadmin.console.interpreter import Console, holds_password, without_secrets
from dominoadmin.errors import Cancelled
from dominoadmin.tasks.host import TaskHost
from tests import builders
from tests.builders import CA_NAME
from tests.conftest import ROB_PASSWORD

STAMP = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d (AM|PM)  ")


@pytest.fixture
def server(office):
    builders.certifier(office)
    running = builders.server(office)
    yield running
    list(running.stop())


def say(server, line: str) -> str:
    return builders.said(list(server.console.execute(line)))


def test_lines_carry_dominos_time_stamp_and_the_tasks_prefix(office, server) -> None:
    lines = list(server.console.execute("load ca"))
    assert all(STAMP.match(line) for line in lines)
    assert (
        f"{office.clock().astimezone():%m/%d/%Y %I:%M:%S %p}  CA Process: Certificate Authority process started"
        == lines[0]
    )


CONVERSATION = [
    ("", ""),
    ("show tasks", "\n       Task          Description"),
    ("load ca", (f"CA Process: Certificate Authority process started\nCA Process: {CA_NAME} is active\n"
                f"CA Process: CRL number 1 (regular) of {CA_NAME} was issued with 0 revoked certificates")),
    ("load ca", ("CA Process: The Certificate Authority process is already running.\n"
                 "  To make it look for changes now, enter: tell ca refresh")),
    ("load adminp", ("Admin Process: Administration Process started\n"
                    f"Admin Process: Store CA Policy Information in the Domino Directory: {CA_NAME}\n"
                    "Admin Process: Store Certificate Revocation List in Domino or LDAP Directory:"
                    f" {CA_NAME} (CRL number 1)")),
    ("show tasks", ("\n       Task          Description\n CA Process          Idle, 1 of 1 certifier active\n"
                   " Admin Process       Idle")),
    ("tell ca stat", ("CA Process: 1 certifier(s) configured\n"
                     f"  1. {CA_NAME}\n       Certifier type: Internet\n       Active: Yes\n"
                     "       ICL DB Name: icl\\MyCompany_CA.nsf")),
    ("tell adminp process all", "Admin Process: Searching Administration Requests database"),
    ("tell http show", "The task http is not loaded.\n  Enter: load http"),
    ("load mail", "mail is not a server task.\n  Available: ca, adminp, http."),
    ("tell ca frobnicate", "CA Process: The CA process does not know the command frobnicate.\n  Enter: tell ca help"),
    ("frobnicate", "frobnicate is not a console command.\n  Enter: help"),
    ("tell", "Incomplete or unknown: tell. Try: tell ca help"),
    ("load", "Incomplete or unknown: load. Try: load ca"),
    ("show", "Incomplete or unknown: show. Try: show tasks"),
    ("restart ca", "Incomplete or unknown: restart. Try: restart task http"),
    ("restart task ca", ("CA Process: Certificate Authority process shutdown complete\n"
                        f"CA Process: Certificate Authority process started\nCA Process: {CA_NAME} is active")),
    ("tell adminp quit", "Admin Process: Administration Process shutdown complete"),
    ("tell adminp quit", "The task adminp is not loaded.\n  Enter: load adminp"),
]  # fmt: skip


def test_a_conversation(server) -> None:
    for line, answer in CONVERSATION:
        assert say(server, line) == answer, line


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("lo ca", "load ca"), ("L CA", "load ca"), ("LOAD Ca", "load ca"), ("te ca stat", "tell ca stat"),
        ("t ca STATUS", "tell ca stat"), ("  tell   ca   stat  ", "tell ca stat"), ("sh ta", "show tasks"),
        ("show task", "show tasks"), ("h", "help"), ("?", "help"), ("res task ca", "restart task ca"),
        ("tell ca q", "tell ca quit"), ("TELL CA QUIT", "tell ca quit"), ("tell ca", "tell ca help"),
    ],
)  # fmt: skip
def test_abbreviations_mean_what_they_stand_for(office, short: str, long: str) -> None:
    builders.certifier(office)
    builders.load_ca(office)  # its first CRL is reported once
    answers = []
    for line in (short, long):
        running = builders.server(office)
        if "load" not in long:
            say(running, "load ca")
        answers.append(say(running, line))
        list(running.stop())
    assert answers[0] == answers[1] != ""


def test_help_names_every_command(server) -> None:
    assert "show tasks" in say(server, "help")
    say(server, "load ca")
    text = say(server, "tell ca help")
    for word in ("stat", "show queue", "activate", "deactivate", "lock", "unlock", "refresh", "CRL", "quit", "help"):
        assert f"tell ca {word}" in text
    assert say(server, "tell ca crl issue 1") == (
        f"CA Process: CRL number 2 (non-regular) of {CA_NAME} was issued with 0 revoked certificates"
    )
    assert "CRL number: 2 (non-regular)" in say(server, "t ca CRL INFO 1 N")
    assert (
        say(server, "tell ca CRL push 1") == f"CA Process: CRL number 1 of {CA_NAME} was pushed to the Domino Directory"
    )
    for words in ("", "issue", "info 1 x", "info 1 s n", "revoke 1"):
        assert say(server, f"tell ca CRL {words}").startswith("CA Process: Enter: tell ca CRL")


@pytest.mark.parametrize("word", ["quit", "q", "exit", "QUIT"])
def test_quit_stops_all_tasks_last_loaded_first(server, word: str) -> None:
    say(server, "load ca")
    say(server, "load adminp")
    assert not server.console.ended
    assert say(server, word) == (
        "Admin Process: Administration Process shutdown complete\nCA Process: Certificate Authority process shutdown complete"
    )
    assert server.console.ended
    assert server.host.running() == []


def test_a_refusal_is_remembered_for_the_exit_code(server) -> None:
    say(server, "load ca")
    assert not server.console.refused
    say(server, "nonsense")
    assert server.console.refused


def test_who_cancels_a_prompt_has_cancelled(office) -> None:
    class Gone:
        title, prefix, again = "Gone", "Gone", ""

        def start(self):
            raise Cancelled
            yield

    console = Console(TaskHost({"gone": Gone}, office.clock))
    assert builders.said(list(console.execute("load gone"))) == "Cancelled"
    assert console.refused


SECRETS = [
    ("tell ca activate 1 Geheim99", "tell ca activate 1"),
    ("tell ca activate * Geheim99", "tell ca activate *"),
    ("TELL CA ACTIVATE 1 Geheim99", "TELL CA ACTIVATE 1"),
    ("t ca activate 1 Geheim99 with blanks", "t ca activate 1"),
    ("tell ca activate Geheim99", "tell ca activate"),
    ("tell ca activate Geheim99 1", "tell ca activate"),
    ("tell ca unlock rob.id Geheim99", "tell ca unlock"),
    ('te ca unlock "rob ra.id" Geheim99', "te ca unlock"),
    ("tell ca unlock Geheim99", "tell ca unlock"),
    ("tell ca activte 1 Geheim99", "tell ca"),
    ("tell ac activate 1 Geheim99", "tell ac activate 1"),
    ("tel ca activate 1 Geheim99", ""),
    ("activate 1 Geheim99", ""),
    ("Geheim99", ""),
    ("tell ca lock rob.id Geheim99", "tell ca lock rob.id"),
    ("load ca x Geheim99", "load ca x"),
    ("tell ca stat", "tell ca stat"),
    ("tell ca show queue *", "tell ca show queue *"),
    ("tell ca", "tell ca"),
    ("load ca", "load ca"),
    ("show tasks", "show tasks"),
    ("tell adminp process all", "tell adminp process all"),
    ("", ""),
]


@pytest.mark.parametrize(("line", "kept"), SECRETS)
def test_what_may_be_a_password_is_not_kept_of_a_line(line: str, kept: str) -> None:
    assert without_secrets(line) == kept


@pytest.mark.parametrize(
    "line",
    ["tell ca activate 1 {}", "tell ca activate {}", "tell ca activate 2 {}", "tell ca unlock rob-ra.id {}", "tell ca unlock nobody.id {}",
     "tell ca activte 1 {}", "tel ca activate 1 {}", "tell http activate 1 {}", "tell ca show {}", "tell adminp frob {}"],
)  # fmt: skip
def test_a_password_reaches_neither_log_nor_answer(office, caplog, line: str) -> None:
    builders.certifier(office, protection="server-id-and-password", activation_password="Geheim 99 xyz")
    running = builders.server(office)
    with caplog.at_level(logging.DEBUG):
        for given in ("load ca", line.format("Geheim99xyz"), "tell ca stat"):
            answer = say(running, given)
            assert "Geheim99xyz" not in answer
    assert "console: load ca" in caplog.text
    if "show" not in line:
        assert "Geheim99xyz" not in caplog.text
    list(running.stop())


@pytest.mark.parametrize(
    ("line", "holds"),
    [
        ("tell ca activate 1 secret", True), ("tell ca activate 1 12345678", True), ("tell ca activate secret", True),
        ("t ca activate * secret", True), ("tell ca activate 1", False), ("tell ca activate *", False),
        ("tell ca unlock rob.id secret", True), ('tell ca unlock "rob ra.id" secret', True),
        ('tell ca unlock "rob ra.id"', False), ("tell ca unlock rob.id", False), ("tell ca stat", False),
        ("tell ca deactivate 1 x", False), ("load ca", False), ("", False), ("show x activate 1 secret", False),
    ],
)  # fmt: skip
def test_a_line_with_a_password_is_recognized(line: str, holds: bool) -> None:
    assert holds_password(line) is holds


def test_passwords_keep_their_case_and_their_blanks(office) -> None:
    builders.certifier(office, protection="server-id-and-password", activation_password="Two Words 12")
    running = builders.server(office)
    say(running, "load ca")
    assert say(running, "tell ca activate 1 two words 12") == (
        f"CA Process: The key of {CA_NAME} cannot be opened with this password.\n  Type the password again."
    )
    assert say(running, "tell ca activate 1 Two Words 12").split("\n")[0] == f"CA Process: {CA_NAME} is active"
    assert ROB_PASSWORD not in say(running, "tell ca stat")
    list(running.stop())
