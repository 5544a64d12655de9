"""The tasks that a server loads by itself, like `ServerTasks` of a Domino server."""

from __future__ import annotations

import re
import socket

import pytest

from tests import builders
from tests.cli.commands import PROGRAM, Desk, Terminal, read_until


def say(desk: Desk, *commands: str):
    options = [part for command in commands for part in ("-c", command)]
    return desk.run("console", "--server-password-file", desk.password("server"), *options)


@pytest.mark.parametrize(
    ("command", "answer"),
    [
        ("load ca", "CA Process: The Certificate Authority process is already running."),
        ("tell ca refresh", "CA Process: CN=MyCompany CA/O=MyCompany is active"),
        ("tell ca stat", "1 certifier(s) configured"),
        ("tell adminp process all", "Searching Administration Requests database"),
        ("load adminp", "Admin Process: The Administration Process is already running."),
    ],
)
def test_the_technotes_commands_work_with_nothing_before_them(ready: Desk, command: str, answer: str) -> None:
    done = say(ready, command)
    assert (done.code, done.err) == (0, "")
    assert answer in done.out


def test_step_8_word_for_word(ready: Desk) -> None:
    done = say(
        ready, "load ca", "tell adminp process all", "tell ca refresh", "tell ca stat", "tell adminp process all"
    )
    assert (done.code, done.err) == (0, "")
    assert "Active: Yes" in done.out


def test_commands_that_do_not_speak_to_http_open_no_port(ready: Desk) -> None:
    done = say(ready, "show tasks")
    assert re.search(r" CA Process +Idle, 1 of 1", done.out) and re.search(r" Admin Process +Idle", done.out)
    assert "HTTP Server started" not in done.out
    assert re.search(r"^ HTTP Server +Starts with the first command for it$", done.out, re.MULTILINE)
    assert "HTTP Server started" not in "\n".join(ready.console("show tasks", "tell ca stat"))


def test_step_29_starts_http_because_it_is_spoken_to(ready: Desk) -> None:
    for commands in (
        ("tell http restart", "show task"),
        ("load http", "show task"),
        ("restart task http", "show task"),
    ):
        done = say(ready, *commands)
        assert (done.code, done.err) == (0, ""), done
        assert "Listen for connect requests on TCP Port:" in done.out
        assert done.out.count("HTTP Server: HTTP Server shutdown complete") == 1
    assert "Listen for connect requests" in "\n".join(ready.console("tell http restart", "show task"))


def test_without_a_certifier_there_is_no_ca_task_until_it_is_loaded(desk: Desk) -> None:
    assert "CA Process" not in say(desk, "show tasks").out
    done = say(desk, "tell ca refresh")
    assert (done.code, "The task ca is not loaded." in done.out) == (1, True)
    done = say(desk, "load ca", "tell ca stat")
    assert (done.code, "0 certifier(s) configured" in done.out) == (0, True)


def test_a_server_that_stays_loads_ca_when_the_first_certifier_is_registered(office, desk: Desk) -> None:
    process = desk.start("server", "--server-password-file", desk.password("server"))
    try:
        lines = read_until(process, "HTTP Server started")
        assert not any("CA Process" in line for line in lines)
        builders.certifier(office)
        assert read_until(process, "CN=MyCompany CA/O=MyCompany is active")
        process.stdin.write("tell ca quit\nshow tasks\n")
        process.stdin.flush()
        assert read_until(process, "Certificate Authority process shutdown complete")
        out, _ = process.communicate("quit\n", timeout=20)  # a manually stopped task is not started again
        assert "Certificate Authority process started" not in out
    finally:
        process.kill()
        process.communicate()


def test_a_console_on_a_terminal_is_the_server_as_long_as_it_is_open(ready: Desk) -> None:
    secret = ["--server-password-file", ready.password("server")]
    terminal = Terminal.start([*PROGRAM, "console", *secret], ready.environment, ready.folder)
    try:
        terminal.expect("> ")
        terminal.type("show tasks\n")
        terminal.expect("Listen for connect requests on TCP Port:")
        port = int(re.match(r"\d+", terminal.expect("\n"))[0])
        socket.create_connection(("127.0.0.1", port), 5).close()
        terminal.type("quit\n")
        terminal.rest()
    finally:
        terminal.close()
    assert terminal.process.returncode == 0


@pytest.mark.parametrize(
    ("what", "answer"),
    [
        ("people", "Admin Process: There are no requests for Person documents."),
        ("time", "Admin Process: There are no requests to delete unlinked mail files."),
        ("mail policy", "Admin Process: There are no mail policies in this domain."),
        ("mb", "Admin Process: There are no mail files with an Inbox Maintenance agent."),
    ],
)
def test_dominos_other_words_for_adminp_are_answered(ready: Desk, what: str, answer: str) -> None:
    done = say(ready, f"tell adminp process {what}", "tell adminp help")
    assert (done.code, done.err) == (0, "")
    assert answer in done.out
    assert what in done.out.partition(" tell adminp process all|")[2]


def test_adminp_says_what_it_can_process(ready: Desk) -> None:
    done = say(ready, "tell adminp process nonsense")
    assert done.code == 1
    assert "The Administration Process cannot process nonsense." in done.out


def test_restart_server_stops_its_tasks_and_loads_them_again(ready: Desk) -> None:
    done = say(ready, "restart server", "tell ca stat")
    assert (done.code, done.err) == (0, "")
    for title in ("Certificate Authority process", "Administration Process"):
        assert done.out.count(f"{title} started") == done.out.count(f"{title} shutdown complete") == 2
    assert "HTTP Server started" not in done.out
    assert "Active: Yes" in done.out
