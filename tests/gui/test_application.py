"""The start of the client: from the command to the window."""

import os
import subprocess
import sys
import time

import pytest
from PySide6.QtWidgets import QDialog, QMainWindow, QWidget

from dominoadmin import __main__
from dominoadmin.gui import preloading
from dominoadmin.gui.application import Client
from dominoadmin.gui.frame import jobs
from dominoadmin.services.identities import identifying
from dominoadmin.services.progress import Progress
from tests.conftest import ADMIN_PASSWORD


@pytest.fixture
def start(qapp, monkeypatch):
    """Start the client on a folder; its windows are closed at the end."""
    clients = []

    def started(root):
        client = Client(qapp, root)
        clients.append(client)
        client.start()
        return client

    yield started
    for client in clients:
        if isinstance(client.window, QMainWindow):
            client.window.server.stop()
            client.window.events.stop()
        jobs.wait_for_all(10)
        if client.window is not None:
            client.window.hide()
        if client._domain is not None:
            client._domain.store.close()


def log_in(hand, password):
    dialog = hand.dialog("Log In")
    hand.fill(dialog, "Password", password)
    hand.click(dialog, "OK")
    return dialog


def test_an_empty_folder_opens_the_first_start(start, hand, tmp_path) -> None:
    start(tmp_path / "nothing")
    window = hand.dialog("Domino Administrator", QWidget)
    for choice in ("Set up a new domain", "Open an existing data folder", "Look around with sample data"):
        assert hand.button(window, choice).isEnabled()
    assert not (tmp_path / "nothing").exists()


def test_what_the_commands_open_is_imported_behind_the_window(start, hand, office, qtbot) -> None:
    client = start(office.root)
    with qtbot.waitSignal(client.settled, timeout=20_000):
        log_in(hand, ADMIN_PASSWORD)
    assert "dominoadmin.gui.web.live_check" in sys.modules


def test_every_module_that_is_imported_behind_the_window_exists() -> None:
    preloading.preload(Progress())


def test_a_domain_asks_for_the_password_and_opens_the_window(start, hand, office) -> None:
    client = start(office.root)
    log_in(hand, ADMIN_PASSWORD)
    window = hand.until(lambda: isinstance(client.window, QMainWindow) and client.window, "no window")
    hand.says(window, "Ann Admin/MyCompany/US")
    assert window.windowTitle() == "MyCompany/US - Domino Administrator"


def test_a_server_with_the_same_password_starts_without_another_prompt(start, hand, office) -> None:
    identifying.change_password(office.domain, office.root / "server.id", office.server, ADMIN_PASSWORD)
    client = start(office.root)
    log_in(hand, ADMIN_PASSWORD)
    window = hand.until(lambda: isinstance(client.window, QMainWindow) and client.window, "no window")
    hand.until(lambda: window.server.is_running, "the server does not start")


def test_a_server_with_another_password_waits_for_it(start, hand, office) -> None:
    client = start(office.root)
    log_in(hand, ADMIN_PASSWORD)
    window = hand.until(lambda: isinstance(client.window, QMainWindow) and client.window, "no window")
    hand.says(window, "Server: not started")
    assert not window.server.is_running


def test_a_wrong_password_is_told_and_can_be_typed_again(start, hand, office) -> None:
    client = start(office.root)
    dialog = log_in(hand, "wrong")
    hand.says(dialog, "does not open the ID file")
    log_in(hand, ADMIN_PASSWORD)
    hand.until(lambda: isinstance(client.window, QMainWindow), "no window")


def test_a_damaged_store_is_told_and_the_other_ways_are_offered(start, hand, office) -> None:
    office.domain.store.close()
    (office.root / "domain.db").write_bytes(b"not a store" * 1000)
    start(office.root)
    said = hand.message("is not a store of this program")
    assert "Restore it from a backup" in said
    assert hand.button(hand.dialog("Domino Administrator", QWidget), "Open an existing data folder").isEnabled()
    assert not [w for w in hand.visible().split(";") if "Log In" in w]


def test_what_nobody_caught_is_shown_with_its_traceback(start, hand, office) -> None:
    client = start(office.root)
    dialog = hand.dialog("Log In")
    error = ZeroDivisionError("x")
    client.unexpected(type(error), error, None)
    hand.message("This is an error in the program, not in what you did.")
    assert isinstance(dialog, QDialog)


@pytest.mark.parametrize(
    ("words", "folder"),
    [([], ""), (["--data", "/x"], "/x"), (["--help"], None), (["setup"], None), (["--data", "/x", "id", "show"], None)],
)
def test_the_window_opens_without_a_command(words, folder) -> None:
    assert __main__._folder_of_the_window(words) == folder


def test_the_program_starts_as_a_process_and_ends_when_it_is_told(tmp_path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "dominoadmin", "--data", str(tmp_path / "data")],
        env={"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "QT_QPA_PLATFORM": "offscreen", "LANG": "C.UTF-8"},
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    time.sleep(3)
    assert process.poll() is None, process.stderr.read()
    process.terminate()
    out, err = process.communicate(timeout=20)
    assert out == ""
    assert "Traceback" not in err


@pytest.mark.parametrize("environment", [{"DISPLAY": ""}, {"DISPLAY": ":4711"}, {"QT_QPA_PLATFORM": "no-such-platform"}])
def test_without_a_display_it_says_so(environment, tmp_path):
    kept = {name: value for name, value in os.environ.items() if name not in {"DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM"}}
    command = [sys.executable, "-m", "dominoadmin", "--data", str(tmp_path)]
    done = subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "dominoadmin: The window cannot be opened: no display answers."
    assert len(done.stderr.splitlines()) == 2
