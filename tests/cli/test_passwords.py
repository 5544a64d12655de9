"""Passwords from files, standard input, the terminal and a real keychain, and never from arguments."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from tests import builders
from tests.builders import csr
from tests.cli.commands import BACKUP_PASSWORD, PASSWORDS, PROGRAM, Desk, Terminal
from tests.conftest import ADMIN_PASSWORD, ROB_PASSWORD
from tests.outside.keychain_session import ROOT, run_in_bare_bus_session, run_in_keychain_session

# Commands one after the other in one session: the keychain must remember from one process to the next.
STEPS = """
import json, subprocess, sys
done = []
for step in json.loads(sys.argv[1]):
    run = subprocess.run([sys.executable, "-m", "dominoadmin", *step["line"]], input=step.get("stdin", ""),
                         capture_output=True, text=True)
    done.append([run.returncode, run.stdout, run.stderr])
print(json.dumps(done))
"""


def test_several_passwords_on_standard_input_stand_in_the_order_of_the_help(desk: Desk) -> None:
    files = ["--backup-password-file", "-", "--activation-password-file", "-", "--id-password-file", "-"]
    backup = desk.folder / "backup.id"
    desk.ok("certifier", "register", "--common-name", "Password CA", "--encrypt-with", "server-id-and-password", "--backup-file",
            backup, *files, stdin=f"{ADMIN_PASSWORD}\nactivation 11\n{BACKUP_PASSWORD}\n")  # fmt: skip
    lines = desk.console("load ca", "tell ca activate 1 activation 11")
    assert any(line.endswith("CN=Password CA is active") for line in lines)
    assert backup.exists()


def test_one_line_serves_the_certifier_and_the_actor(desk: Desk) -> None:
    """Both open with the password of --id-password-file, which is read once."""
    made = desk.json("person", "register", "--name", "Bob Ra", "--password-file", "-", "--id-password-file", "-",
                     stdin=f"{ADMIN_PASSWORD}\nbob's own 12\n")  # fmt: skip
    desk.ok("id", "password", "--id", made["id_file"], "--id-password-file", "-", "--new-password-file", "-",
            stdin="bob's own 12\nanother 13\n")  # fmt: skip
    assert "cannot be opened with this password." in desk.refused("request", "approve", "1", "--id", made["id_file"], "--id-password-file", "-",
                                           stdin="bob's own 12\n")  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        (b"", "Standard input does not contain a password."),
        (b"\n", "Standard input does not contain a password."),
        (b"\xff\xfe\n", "The password on standard input is not UTF-8 text."),
        (b"wrong one 1\n", "cannot be opened with this password."),
        (ADMIN_PASSWORD.encode() + b" \n", "cannot be opened with this password."),
        (b"x" * 1_000_000, "cannot be opened with this password."),
    ],
)
def test_standard_input_without_the_right_password_is_refused(ready: Desk, lines: bytes, sentence: str) -> None:
    ready.ok("request", "submit", "--database", "certreq.nsf", "--csr", ready.file("r.pem", csr()))
    assert sentence in ready.refused("request", "approve", "1", "--id-password-file", "-", stdin=lines)


def test_a_closed_standard_input_is_no_crash(ready: Desk) -> None:
    ready.ok("request", "submit", "--database", "certreq.nsf", "--csr", ready.file("r.pem", csr()))
    for option in (["--id-password-file", "-"], []):
        line = ["bash", "-c", 'exec "$@" <&-', "_", *PROGRAM, "request", "approve", "1", *option]
        done = ready.process_of(line)
        assert done.refusal()
    assert "Use --id-password-file; - is standard input." in done.err


def test_a_password_is_asked_for_on_a_terminal_and_not_shown(office, ready: Desk) -> None:
    builders.submitted(office)
    terminal = Terminal.start([*PROGRAM, "request", "approve", "1", "--yes", "--id", "rob-ra.id"], ready.environment, ready.folder)
    try:
        terminal.expect("Password for Rob Ra/MyCompany/US (rob-ra.id): ")
        terminal.type(f"{ROB_PASSWORD}\n")
        shown = terminal.rest()
    finally:
        terminal.close()
    assert "1 request approved." in shown
    assert ROB_PASSWORD not in shown
    assert terminal.process.returncode == 0


def test_ctrl_c_and_ctrl_d_at_a_password_cancel(office, ready: Desk) -> None:
    builders.submitted(office)
    for key in ("\x03", "\x04"):
        terminal = Terminal.start([*PROGRAM, "request", "approve", "1", "--yes"], ready.environment, ready.folder)
        try:
            terminal.expect("(ann-admin.id): ")
            terminal.type(key)
            shown = terminal.rest()
        finally:
            terminal.close()
        assert shown.strip().endswith("dominoadmin: cancelled")
        assert terminal.process.returncode == 130
    assert builders.state(office, 1) == "Submitted to Administration Process"


def in_keychain(home: Path, *steps: dict) -> list[list]:
    session = run_in_keychain_session([sys.executable, "-c", STEPS, json.dumps(steps)], home=home)
    assert session.returncode == 0, session
    return json.loads(session.stdout.splitlines()[-1])


@pytest.mark.keychain
def test_with_a_keychain_the_server_needs_no_password_from_anybody(empty_desk: Desk, tmp_path: Path) -> None:
    data = ["--data", str(empty_desk.data)]
    setup = [*data, "--json", "setup", "--organization", "MyCompany", "--server", "Server1", "--host", "s1.example.com",
             "--admin", "Ann Admin", "--admin-password-file", empty_desk.password("admin"), "--http-port", "0",
             "--ssl-port", "0"]  # fmt: skip
    register = [*data, "certifier", "register", "--common-name", "MyCompany CA", "--encrypt-with", "server-id"]
    remember = [*data, "id", "remember", "--id-password-file", "-"]
    done = in_keychain(
        tmp_path / "home",
        {"line": setup},
        {"line": register},
        {"line": remember, "stdin": f"{PASSWORDS['wrong']}\n"},
        {"line": register},
        {"line": remember, "stdin": f"{ADMIN_PASSWORD}\n"},
        {"line": register},
        {"line": [*data, "console", "-c", "load ca", "-c", "tell ca stat"]},
        {"line": [*data, "id", "password", "--new-password-file", empty_desk.password("rob")]},
        {"line": [*data, "certifier", "register", "--common-name", "Second CA", "--encrypt-with", "server-id"]},
        {"line": [*data, "id", "forget"]},
        {"line": [*data, "certifier", "register", "--common-name", "Third CA", "--encrypt-with", "server-id"]},
    )
    codes = [code for code, _, _ in done]
    assert codes == [0, 1, 1, 1, 0, 0, 0, 0, 0, 0, 1], done
    assert json.loads(done[0][1])["keychain"]
    assert "A password is required, and there is no terminal to prompt for it." in done[1][2]
    assert "cannot be opened with this password." in done[2][2]
    assert "A password is required, and there is no terminal to prompt for it." in done[3][2]
    assert "has been stored in" in done[4][1]
    assert "Active: Yes" in done[6][1]
    assert "is no longer in the keychain." in done[9][1]
    assert all(len(err.splitlines()) <= 2 and "Traceback" not in err for _, _, err in done)


@pytest.mark.keychain
def test_the_random_password_of_the_server_is_long_and_nowhere_on_disk(empty_desk: Desk, tmp_path: Path) -> None:
    setup = ["--data", str(empty_desk.data), "setup", "--organization", "MyCompany", "--server", "Server1", "--host",
             "s1.example.com", "--admin", "Ann Admin", "--admin-password-file", empty_desk.password("admin")]  # fmt: skip
    reading = (
        "import subprocess, sys; subprocess.run([sys.executable, '-m', 'dominoadmin', *sys.argv[2:]], check=True);"
        "from pathlib import Path; from dominoadmin.application import open_domain;"
        "print('secret', open_domain(Path(sys.argv[1])).keychain.get('server-id'))"
    )
    argv = [sys.executable, "-c", reading, empty_desk.data, *setup]
    session = run_in_keychain_session(argv, home=tmp_path / "home")
    secret = session.stdout.split("secret ")[-1].strip()
    assert len(secret) >= 43, session  # 256 bits in base64
    assert "kept in " in session.stdout
    found = [p for p in empty_desk.data.rglob("*") if p.is_file() and secret.encode() in p.read_bytes()]
    assert found == []
    assert secret not in session.stdout.replace(f"secret {secret}", "")


@pytest.mark.keychain
def test_without_any_keychain_remembering_is_refused_and_setup_wants_a_password(ready: Desk, tmp_path: Path) -> None:
    environment = {"DOMINOADMIN_DATA": str(ready.data)}
    program = [sys.executable, "-m", "dominoadmin"]
    for line in (["id", "remember", "--id-password-file", ready.password("admin")], ["console", "-c", "load ca"]):
        done = run_in_bare_bus_session([*program, *line], home=tmp_path / "home", env=environment)
        assert done.returncode == 1, done
        ours = [line for line in done.stderr.splitlines() if not line.startswith("dbus-daemon")]
        assert 1 <= len(ours) <= 2, done.stderr
        assert "Traceback" not in done.stderr
    setup = ["setup", "--organization", "MyCompany", "--server", "Server1", "--host", "s1.example.com", "--admin",
             "Ann Admin", "--admin-password-file", ready.password("admin")]  # fmt: skip
    nowhere = tmp_path / "new"
    done = run_in_bare_bus_session([*program, "--data", str(nowhere), *setup], home=tmp_path / "home")
    assert done.returncode == 1
    assert "dominoadmin: The password of the server ID cannot be stored: " in done.stderr
    assert done.stderr.endswith("  Choose a password and specify it with --server-password-file.\n")
    assert not nowhere.exists()


def test_the_source_asks_for_passwords_in_one_place_only() -> None:
    asking = [path.name for path in (ROOT / "dominoadmin").rglob("*.py") if "getpass" in path.read_text()]
    assert asking == ["passwords.py"]
