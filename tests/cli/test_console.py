"""The server on a terminal, in a pipe, and as a service: `dominoadmin console` and `dominoadmin server`."""

from __future__ import annotations

import json
import logging
import re
import signal
import socket
import time
from contextlib import contextmanager

import pytest

from tests import builders
from tests.cli.commands import ACTIVATION_PASSWORD, PASSWORDS, PROGRAM, Desk, Terminal, read_until
from tests.conftest import ROB_PASSWORD, SERVER_PASSWORD

STAMP = re.compile(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d [AP]M  \S")


@contextmanager
def running(desk: Desk, *more: object):
    """A server that has loaded its three tasks."""
    process = desk.start("server", "--server-password-file", desk.password("server"), *more)
    try:
        lines = read_until(process, "HTTP Server started")
        yield process, lines
    finally:
        process.kill()
        process.communicate()


def end(process, number: int = signal.SIGTERM) -> tuple[str, str, float]:
    started = time.monotonic()
    process.send_signal(number)
    out, err = process.communicate(timeout=20)
    return out, err, time.monotonic() - started


def test_console_commands_stand_behind_c_as_often_as_one_likes(ready: Desk) -> None:
    done = ready.run("console", "--server-password-file", ready.password("server"), "-c", "load ca", "-c", "tell ca stat",
                     "-c", "show tasks")  # fmt: skip
    assert (done.code, done.err) == (0, "")
    lines = done.out.splitlines()
    assert all(STAMP.match(line) or line.startswith(" ") or not line for line in lines)
    assert "       Active: Yes" in lines
    assert lines[-1].endswith("CA Process: Certificate Authority process shutdown complete")


def test_the_console_reads_standard_input_and_ends_with_it_or_with_quit(ready: Desk) -> None:
    for last in ((), ("quit", "tell ca stat"), ("q",), ("exit",)):
        lines = ready.console("load ca", "help", *last)
        assert lines[0].endswith("CA Process: Certificate Authority process started")
        assert any("quit" in line and "stops the server" in line for line in lines)
        assert lines[-1].endswith("shutdown complete")


def test_the_console_answers_in_json(ready: Desk) -> None:
    done = ready.run("--json", "console", "--server-password-file", ready.password("server"), "-c", "load ca")
    assert set(json.loads(done.out)) == {"lines"}
    assert any("is active" in line for line in json.loads(done.out)["lines"])


def test_a_refused_console_command_is_shown_and_ends_in_exit_code_1(ready: Desk) -> None:
    secret = ["--server-password-file", ready.password("server")]
    for command, text in (("frob", "frob is not a console command."), ("load frob", "frob is not a server task."),
                          ("tell router show", "router is not a server task.")):  # fmt: skip
        done = ready.run("console", *secret, "-c", command, "-c", "load ca")
        assert (done.code, done.err) == (1, "")
        assert text in done.out
        assert "is active" in done.out
    done = ready.run("console", *secret, "-c", "tell ca quit", "-c", "tell ca stat")
    assert (done.code, "The task ca is not loaded." in done.out) == (1, True)


def test_a_password_in_an_argument_is_refused_before_anything_happens(ready: Desk) -> None:
    """All users of the machine can read the arguments of a process."""
    for command in ("tell ca activate 1 secret", "t ca activate * secret", "tell ca unlock rob-ra.id secret",
                    'tell ca unlock "rob ra.id" secret'):  # fmt: skip
        text = ready.refused(
            "console", "--server-password-file", ready.password("server"), "-c", "load ca", "-c", command
        )
        assert "Do not put a password on the command line: other users of this machine can read it." in text
        assert "secret" not in text
    done = ready.run(
        "console", "--server-password-file", ready.password("server"), "-c", "load ca", "-c", "tell ca activate 1"
    )
    assert "is already active" in done.out


def test_passwords_typed_into_the_console_are_kept_nowhere(office, ready: Desk, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    builders.certifier(office, "Password CA", "server-id-and-password", activation_password=ACTIVATION_PASSWORD)
    builders.certifier(office, "Locked CA", "locking-id", locking_id=public(office.rob))
    wrong = PASSWORDS["wrong"]
    lines = ready.console(
        "load ca", f"tell ca activate 2 {ACTIVATION_PASSWORD}", f"tell ca unlock rob-ra.id {ROB_PASSWORD}",
        f"tell ca activate {wrong}", f"tell ca activte 2 {wrong}", f"tell ca unlok rob-ra.id {wrong}", f"tell ca {wrong}",
        f"tell ca activate 2 {wrong}", "tell ca deactivate 2", f"tell ca activate 2 {wrong}",
        f"tell ca unlock rob-ra.id {wrong}", f"telll ca activate 2 {wrong}", "tell ca stat",
    )  # fmt: skip
    text = "\n".join(lines)
    assert text.count("Active: Yes") == 2  # the second was deactivated
    assert "cannot be opened with this password." in text
    for password in (ACTIVATION_PASSWORD, ROB_PASSWORD, SERVER_PASSWORD, wrong):
        tail = password.partition(" ")[2]  # the first word of a phrase may be mistaken for something else
        assert tail not in text
        assert tail not in caplog.text
        assert not [p for p in ready.data.rglob("*") if p.is_file() and password.encode() in p.read_bytes()]


def public(identity):
    from dominoadmin.pki.identities import PublicIdentity

    return PublicIdentity(identity.kind, identity.name, identity.chain)


def test_a_missing_password_without_a_terminal_is_a_sentence_not_a_hang(office, ready: Desk) -> None:
    builders.certifier(office, "Password CA", "server-id-and-password", activation_password=ACTIVATION_PASSWORD)
    text = "\n".join(ready.console("load ca", "tell ca activate 2", "tell ca stat"))
    assert "A password is required, and there is no terminal to prompt for it." in text
    assert "2 certifier(s) configured" in text
    sentence = ready.refused("console", "-c", "load ca")
    assert "Use --server-password-file; - is standard input." in sentence
    assert "cannot be opened with this password." in ready.refused(
        "console", "--server-password-file", ready.password("wrong"), "-c", "load ca"
    )


def test_a_server_loads_three_tasks_obeys_what_is_typed_and_ends_on_sigterm(ready: Desk) -> None:
    with running(ready) as (process, lines):
        for task in ("Certificate Authority process", "Administration Process", "HTTP Server"):
            assert any(line.endswith(f"{task} started") for line in lines)
        process.stdin.write("tell ca stat\nshow tasks\n")
        process.stdin.flush()
        read_until(process, "ICL DB Name")
        port = int(re.search(r"TCP Port:(\d+)", read_until(process, "Listen for connect requests")[-1])[1])
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
            assert connection.recv(100).split()[1] == b"200"
        out, err, seconds = end(process)
    assert (process.returncode, err) == (0, "")
    assert out.count("shutdown complete") == 3
    assert seconds < 5
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)


def test_a_server_goes_on_when_its_input_ends_and_stops_on_quit(ready: Desk) -> None:
    with running(ready) as (process, _):
        process.stdin.close()
        time.sleep(1.2)
        assert process.poll() is None
        process.stdin = None
        assert end(process)[1] == ""
    with running(ready) as (process, _):
        out, err = process.communicate("quit\n", timeout=20)
    assert (process.returncode, err, out.count("shutdown complete")) == (0, "", 3)


def test_ctrl_c_stops_a_server_cleanly_with_exit_code_130(ready: Desk) -> None:
    with running(ready) as (process, _):
        out, err, _ = end(process, signal.SIGINT)
    assert (process.returncode, err) == (130, "dominoadmin: cancelled\n")
    assert out.count("shutdown complete") == 3


def test_a_second_server_is_told_who_runs_it_and_since_when(ready: Desk) -> None:
    secret = ["--server-password-file", ready.password("server")]
    with running(ready) as (process, _):
        for command in (("console", *secret, "-c", "load ca"), ("server", *secret)):
            text = ready.process(*command).refusal()
            when = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
            assert re.search(rf"Server1/MyCompany/US has been run by process {process.pid} on \S+ since {when}\.", text)
        end(process)
    assert ready.process("console", *secret, "-c", "load ca").code == 0


def test_after_a_kill_the_server_starts_again_at_once(ready: Desk) -> None:
    with running(ready) as (process, _):
        end(process, signal.SIGKILL)
    with running(ready) as (process, _):
        _, err, _ = end(process)
    assert (process.returncode, err) == (0, "")


def test_a_server_whose_output_nobody_reads_any_more_ends_without_a_traceback(ready: Desk) -> None:
    process = ready.start("console", "--server-password-file", ready.password("server"))
    process.stdout.close()
    process.stdin.write("load ca\nload http\ntell ca stat\n")
    process.stdin.close()
    assert process.wait(20) == 0
    assert process.stderr.read() == ""
    process.stderr.close()
    assert ready.console("load ca")  # the lease was released


def test_odd_bytes_on_the_console_are_no_crash(ready: Desk) -> None:
    script = (
        SERVER_PASSWORD.encode() + b"\n\xff\xfe\x00\nload ca\n" + b"x" * 100_000 + b"\ntell ca \xff\n\ntell ca stat\n"
    )
    done = ready.process("console", "--server-password-file", "-", stdin=script)
    assert (done.code, done.err) == (0, "")
    assert "1 certifier(s) configured" in done.out
    done = ready.process("console", "--server-password-file", "-", stdin=script, PYTHONIOENCODING="ascii")
    assert (done.code, done.err) == (0, "")


@pytest.fixture
def terminal(office, ready: Desk):
    builders.certifier(office, "Password CA", "server-id-and-password", activation_password=ACTIVATION_PASSWORD)
    secret = ["--server-password-file", ready.password("server")]
    terminal = Terminal.start([*PROGRAM, "console", *secret], ready.environment, ready.folder)
    yield terminal
    terminal.close()


def test_a_console_on_a_terminal_asks_for_a_missing_password_without_showing_it(terminal: Terminal) -> None:
    terminal.expect("> ")
    terminal.type("load ca\n")
    terminal.expect("is already running")
    terminal.type("tell ca activate 2\n")
    terminal.expect("Activation password for CN=Password CA/O=MyCompany: ")
    terminal.type(f"{ACTIVATION_PASSWORD}\n")
    shown = terminal.expect("CN=Password CA/O=MyCompany is active")
    terminal.type("quit\n")
    terminal.rest()
    assert ACTIVATION_PASSWORD not in shown
    assert terminal.process.returncode == 0


def test_ctrl_c_at_the_password_gives_up_the_command_and_at_the_prompt_the_console(terminal: Terminal) -> None:
    terminal.expect("> ")
    terminal.type("load ca\n")
    terminal.expect("is already running")
    terminal.type("tell ca activate 2\n")
    terminal.expect("Activation password")
    time.sleep(0.3)
    terminal.type("\x03")
    terminal.expect("Cancelled")
    terminal.type("tell ca stat\n")
    terminal.expect("ICL DB Name")
    terminal.expect("> ")
    terminal.type("\x03")
    shown = terminal.rest()
    assert "Traceback" not in shown
    assert terminal.process.returncode == 130


def test_the_history_of_a_console_holds_commands_but_no_passwords(terminal: Terminal) -> None:
    terminal.expect("> ")
    for line, answer in (("load ca", "is already running"), (f"tell ca activate 2 {ACTIVATION_PASSWORD}", "is active")):
        terminal.type(f"{line}\n")
        terminal.expect(answer)
    terminal.expect("> ")
    terminal.type("\x10")  # Ctrl+P: the previous line
    shown = terminal.expect("tell ca activate 2")
    terminal.type("\n")
    shown += terminal.expect("is already active")
    assert "activate me" not in shown
    terminal.type("quit\n")
    terminal.rest()


def test_the_terminal_is_as_it_was_after_a_console_ends(terminal: Terminal) -> None:
    import termios

    before = termios.tcgetattr(terminal.master)
    terminal.expect("> ")
    time.sleep(0.5)
    terminal.process.send_signal(signal.SIGTERM)
    terminal.rest()
    assert terminal.process.returncode == 0
    assert termios.tcgetattr(terminal.master)[:4] == before[:4]
