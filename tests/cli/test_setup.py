"""`dominoadmin setup`: its results, its passwords, and its refusals."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.commands import PASSWORDS, PROGRAM, Desk, Terminal, contents
from tests.outside.disks import read_only, small_disk

USUAL = {
    "--organization": "MyCompany",
    "--country": "US",
    "--server": "Server1",
    "--host": "server1.example.com",
    "--admin": "Ann Admin",
    "--http-port": "0",
    "--ssl-port": "0",
}
KEYS = {
    "domain_id", "organization", "server", "administrator", "administrator_id", "certifier_id", "server_id", "keychain",
    "data",
}  # fmt: skip


def arguments(desk: Desk, password: str = "admin", **changes: str | None) -> list[str]:
    options = USUAL | {f"--{key.replace('_', '-')}": value for key, value in changes.items()}
    options |= {"--admin-password-file": desk.password(password), "--server-password-file": desk.password("server")}
    return ["setup", *(word for pair in options.items() if pair[1] is not None for word in pair)]


def test_setup_makes_a_private_domain_and_says_what_to_do_next(empty_desk: Desk) -> None:
    text = empty_desk.ok(*arguments(empty_desk))
    assert text.startswith("The domain has been set up.\n")
    assert "Administrator:        Ann Admin/MyCompany/US, ID file ann-admin.id" in text
    assert text.rstrip().endswith("Next: dominoadmin certifier register")
    assert stat.S_IMODE(empty_desk.data.stat().st_mode) == 0o700
    files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in empty_desk.data.iterdir()}
    assert {"cert.id", "server.id", "ann-admin.id", "domain.db"} <= set(files)
    assert set(files.values()) == {0o600}
    assert empty_desk.json("id", "show")["name"] == "CN=Ann Admin/O=MyCompany/C=US"


def test_setup_answers_in_json(empty_desk: Desk) -> None:
    made = empty_desk.json(*arguments(empty_desk, organization="Acme", country=None))
    assert set(made) == KEYS
    assert (made["organization"], made["server"]) == ("O=Acme", "CN=Server1/O=Acme")
    assert (made["administrator_id"], made["keychain"]) == (str(empty_desk.data / "ann-admin.id"), "")


@pytest.mark.parametrize("name", ["Ann Admin", "Ann Admin/MyCompany/US", "CN=Ann Admin/O=MyCompany/C=US"])
def test_setup_accepts_every_form_of_a_name(empty_desk: Desk, name: str) -> None:
    made = empty_desk.json(*arguments(empty_desk, admin=name, server=name.replace("Ann Admin", "Server1")))
    assert made["administrator"] == "CN=Ann Admin/O=MyCompany/C=US"


def test_three_passwords_come_from_standard_input_in_the_order_of_the_help(empty_desk: Desk) -> None:
    options = [word for pair in USUAL.items() for word in pair]
    files = [f"--{who}-password-file" for who in ("server", "admin", "certifier")]
    lines = "admin pass 1\ncertifier pass 2\nserver pass 3\n"
    empty_desk.ok("setup", *options, *(word for file in files for word in (file, "-")), stdin=lines)
    for id_file, password in zip(("ann-admin.id", "cert.id"), lines.splitlines(), strict=False):
        file = empty_desk.file("new.txt", f"{password}!")
        empty_desk.ok("id", "password", "--id", id_file, "--id-password-file", "-", "--new-password-file", file,
                      stdin=password)  # fmt: skip
    empty_desk.ok("console", "--server-password-file", "-", stdin="server pass 3\nquit\n")


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("organization", "", "The organization is required."),
        ("organization", "x" * 65, "The organization is too long: it has 65 bytes in UTF-8; at most 64 are allowed."),
        ("organization", "My\x07Company", "The organization contains an invisible or control character."),
        ("organization", "My<Company>", "The only allowed characters for a person, server, or certifier name are letters"),
        ("country", "USA", "Country Code must be two letters, such as US; 'USA' is not."),
        ("country", "1", "Country Code must be two letters, such as US;"),
        ("server", "", "The common name is required."),
        ("server", "Server1/Other", "Server1/Other is not in MyCompany/US."),
        ("server", "Ann Admin", "The server and the administrator must have different names."),
        ("admin", "x" * 65, "The common name is too long"),
        ("admin", "Ann\u202eAdmin", "The common name contains an invisible or control character."),
        ("admin", "Ann\ud800Admin", "The common name contains an invisible or control character."),
        ("admin", "cert", "The server and the administrator must have different names."),
        ("host", "", "is required"),
        ("host", "bad host", "contains a space, or an invisible or control character."),
        ("host", "-x.example.com", "hyphen"),
        ("http_port", "70000", "70000 is not a port number."),
        ("ssl_port", "-1", "-1 is not a port number."),
    ],
)
def test_setup_refuses_what_cannot_be_and_makes_nothing(empty_desk: Desk, option, value, sentence) -> None:
    line = [*arguments(empty_desk), f"--{option.replace('_', '-')}={value}"]
    assert sentence in empty_desk.refused(*line)
    assert not empty_desk.data.exists()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "begins with an empty line."),
        (b"\nsecond line\n", "begins with an empty line."),
        (b"short", "must have 8 to 1024 characters."),
        (b"x" * 1025, "must have 8 to 1024 characters."),
        (b"nul\0in the middle", "must have 8 to 1024 characters."),
        (bytes(range(128, 256)), "is not UTF-8 text."),
        (b"x" * 70_000, "is too large: more than 64 KB."),
        (None, "does not exist."),
    ],
)
def test_setup_refuses_password_files_that_hold_none(empty_desk: Desk, content, sentence) -> None:
    if content is not None:
        empty_desk.file("odd.txt", content)
    assert sentence in empty_desk.refused(*arguments(empty_desk, "odd"))
    assert not empty_desk.data.exists()


def test_a_sparse_password_file_and_a_folder_are_no_password_files(empty_desk: Desk) -> None:
    with empty_desk.file("odd.txt", b"").open("wb") as file:
        file.truncate(100_000_000)
    assert "is too large: more than 64 KB" in empty_desk.refused(*arguments(empty_desk, "odd"))
    (empty_desk.folder / "folder.txt").mkdir()
    assert "is a directory" in empty_desk.refused(*arguments(empty_desk, "folder"))


def test_a_password_keeps_its_blanks_and_a_windows_line_end_is_none_of_it(empty_desk: Desk) -> None:
    empty_desk.file("odd.txt", "\ufeff  two blanks\u2028and more \r\nnot this\r\n".encode())
    empty_desk.ok(*arguments(empty_desk, "odd"))
    new = empty_desk.file("new.txt", "another one")
    empty_desk.ok("id", "password", "--new-password-file", new, "--id-password-file", "-",
                  stdin="  two blanks\u2028and more \n")  # fmt: skip


def test_a_domain_is_never_set_up_over_another(desk: Desk) -> None:
    assert "already contains a domain." in desk.refused(*arguments(desk))


def test_a_folder_in_use_by_others_is_not_closed_to_them(empty_desk: Desk) -> None:
    empty_desk.data.mkdir()
    (empty_desk.data / "holiday.jpg").write_bytes(b"\xff\xd8")
    empty_desk.data.chmod(0o755)
    assert "is not empty, and other users can access its contents." in empty_desk.refused(*arguments(empty_desk))
    assert stat.S_IMODE(empty_desk.data.stat().st_mode) == 0o755


def test_setup_does_not_touch_an_id_file_that_lies_there(empty_desk: Desk) -> None:
    empty_desk.data.mkdir(mode=0o700)
    (empty_desk.data / "cert.id").write_bytes(b"somebody's only copy")
    assert "cert.id already exists." in empty_desk.run(*arguments(empty_desk)).refusal()
    assert (empty_desk.data / "cert.id").read_bytes() == b"somebody's only copy"
    assert not (empty_desk.data / "domain.db").exists()


def test_setup_refuses_a_read_only_folder_and_a_file(empty_desk: Desk) -> None:
    empty_desk.data.mkdir(mode=0o700)
    with read_only(empty_desk.data):
        assert "Choose" in empty_desk.refused(*arguments(empty_desk))
    nowhere = empty_desk.file("file", "x") / "data"
    assert "not a directory" in empty_desk.run("--data", nowhere, *arguments(empty_desk)).refusal()


@pytest.mark.parametrize("kilobytes", [16, 64, 200])
def test_setup_on_a_full_disk_leaves_nothing(empty_desk: Desk, kilobytes: int) -> None:
    with small_disk(empty_desk.data, kilobytes):
        sentence = empty_desk.run(*arguments(empty_desk)).refusal()
        left = [path.name for path in empty_desk.data.iterdir() if path.name != ".setup.lock"]
    assert left == []
    assert "full" in sentence or "no space left" in sentence


def test_two_setups_at_once_make_one_domain(empty_desk: Desk) -> None:
    line = arguments(empty_desk)
    started = [empty_desk.start(*line) for _ in range(3)]
    ended = [(process.communicate(timeout=60)[1], process.returncode) for process in started]
    assert sorted(code for _, code in ended) == [0, 1, 1]
    refusals = [text for text, code in ended if code]
    assert all("Another setup is running in" in text or "already contains a domain." in text for text in refusals), refusals
    assert len(list(empty_desk.data.glob("*.id"))) == 3
    assert empty_desk.ok("audit", "verify").startswith("The audit log is intact: 4 entries")


def test_a_killed_setup_can_be_repeated(empty_desk: Desk) -> None:
    process = empty_desk.start(*arguments(empty_desk))
    while process.poll() is None and not list(empty_desk.data.glob(".setup-*")):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    empty_desk.ok(*arguments(empty_desk))
    assert not list(empty_desk.data.glob(".setup-*"))


def test_setup_without_a_keychain_or_a_terminal_asks_for_a_password_file(empty_desk: Desk) -> None:
    line = arguments(empty_desk)[:-2]
    text = empty_desk.refused(*line)
    assert "The password of the server ID cannot be stored:" in text
    assert "--server-password-file" in text
    done = empty_desk.process(*line, DOMINOADMIN_KEYCHAIN="system")
    assert "--server-password-file" in done.refusal()
    assert not empty_desk.data.exists()


def test_on_a_terminal_setup_asks_for_what_is_missing(empty_desk: Desk) -> None:
    options = [word for pair in USUAL.items() for word in pair]
    terminal = Terminal.start([*PROGRAM, "setup", *options], empty_desk.environment, empty_desk.folder)
    try:
        for question, answer in (
            ("Password for the administrator's ID: ", PASSWORDS["admin"]),
            ("Confirm Password: ", PASSWORDS["admin"]),
            ("Choose a password for the server's ID: ", PASSWORDS["server"]),
            ("Confirm Password: ", PASSWORDS["server"]),
        ):
            terminal.expect(question)
            terminal.type(f"{answer}\n")
        shown = terminal.expect("Next: dominoadmin certifier register")
        terminal.rest()
    finally:
        terminal.close()
    assert terminal.process.returncode == 0
    assert not any(password in shown for password in PASSWORDS.values())
    said = empty_desk.console("quit")  # a server task is loaded, and the ID's password is right
    assert len(said) == 2 and "Administration Process started" in said[0] and "shutdown complete" in said[1]


def test_two_different_typed_passwords_and_ctrl_c_make_nothing(empty_desk: Desk) -> None:
    options = [word for pair in USUAL.items() for word in pair]
    for second, code, last in (("another one 2\n", 1, "The passwords do not match."), ("\x03", 130, "cancelled")):
        terminal = Terminal.start([*PROGRAM, "setup", *options], empty_desk.environment, empty_desk.folder)
        try:
            terminal.expect("Password for the administrator's ID: ")
            terminal.type("one of two 1\n")
            terminal.expect("Confirm Password: ")
            terminal.type(second)
            shown = terminal.rest()
        finally:
            terminal.close()
        assert last in shown
        assert terminal.process.returncode == code
        assert "Traceback" not in shown
    assert not empty_desk.data.exists()


def test_the_data_directory_is_the_option_else_the_variable_else_the_users(empty_desk: Desk) -> None:
    elsewhere, home = empty_desk.folder / "elsewhere", Path(empty_desk.environment["HOME"])
    empty_desk.ok("--data", elsewhere, *arguments(empty_desk))
    assert (elsewhere / "domain.db").exists() and not empty_desk.data.exists()
    assert empty_desk.ok("person", "list", "--data", elsewhere)
    assert "No domain was found in" in empty_desk.run("person", "list").refusal()
    environment = {key: value for key, value in empty_desk.environment.items() if key != "DOMINOADMIN_DATA"}
    run = subprocess.run([*PROGRAM, *arguments(empty_desk)], env=environment, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run
    assert (home / ".local/share/dominoadmin/domain.db").exists()
    assert contents(home / ".local/share/dominoadmin")[0].keys() >= {"cert.id"}
    assert os.environ["HOME"] == str(home)
