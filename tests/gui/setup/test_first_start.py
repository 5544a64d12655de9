"""The empty start and its three choices."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog

from dominoadmin import application
from dominoadmin.gui.frame import theme
from dominoadmin.gui.setup.first_start import FirstStart
from dominoadmin.services.identities import identifying
from tests.conftest import ADMIN_PASSWORD, NO_KEYCHAIN


@pytest.fixture
def start(qtbot, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    theme.apply(theme.LIGHT)
    calls = []
    window = FirstStart(tmp_path / "data", lambda *arguments: calls.append(arguments))
    window.calls = calls
    window.show()
    qtbot.waitExposed(window)
    yield window
    window.hide()
    window.deleteLater()


def sample_ready(qtbot, hand):
    """Wait without holding Python's lock: the worker needs five seconds."""
    titles = lambda: [w.windowTitle() for w in QApplication.topLevelWidgets() if w.isVisible()]  # noqa: E731
    qtbot.waitUntil(lambda: "Sample Data" in titles(), timeout=60_000)
    return hand.dialog("Sample Data")


def samples(tmp_path):
    return list(tmp_path.glob("dominoadmin-sample-*"))


def test_the_three_choices_are_offered_with_a_sentence_each(start, hand, tmp_path):
    hand.picture(start, "/tmp/shots/first_start.png")
    for title in ("Set up a new domain", "Open an existing data folder", "Look around with sample data"):
        button = hand.button(start, title)
        assert button.isEnabled()
        assert button.accessibleDescription().endswith(".")
    hand.says(start, str(tmp_path / "data"))


def test_sample_data_show_their_password_and_open(start, hand, qtbot):
    hand.click(start, "Look around with sample data")
    assert not hand.button(start, "Set up a new domain").isEnabled()
    hand.picture(start, "/tmp/shots/first_start_running.png")
    dialog = sample_ready(qtbot, hand)
    hand.picture(dialog, "/tmp/shots/sample.png")
    password = hand.editor(dialog, "Password").text()
    hand.click(dialog, "Copy the Password")
    assert QApplication.clipboard().text() == password
    hand.click(dialog, "Open the Administrator")
    hand.until(lambda: start.calls, "nothing was opened")
    [(root, identity, server)] = start.calls
    assert (identity.kind, server.kind) == ("person", "server")
    domain = application.open_domain(root, NO_KEYCHAIN)
    assert identifying.open_id(domain, root / "rob-ra.id", password).name == "CN=Rob Ra/O=MyCompany/C=US"
    domain.store.close()


def test_a_cancelled_sample_leaves_nothing_behind(start, hand, tmp_path):
    hand.click(start, "Look around with sample data")
    hand.click(start, "Cancel")
    hand.until(lambda: hand.button(start, "Set up a new domain").isEnabled(), "the choices stay off")
    assert samples(tmp_path) == []
    assert start.calls == []


def test_a_sample_nobody_wants_is_deleted(start, hand, qtbot, tmp_path):
    hand.click(start, "Look around with sample data")
    hand.click(sample_ready(qtbot, hand), "Cancel")
    hand.until(lambda: not samples(tmp_path), "the folder stays")


def test_closing_during_the_work_asks(start, hand, tmp_path):
    hand.click(start, "Look around with sample data")
    start.close()
    hand.message("The sample domain is still being created. Stop it?", "Stop")
    hand.until(lambda: not samples(tmp_path), "the folder stays")
    assert start.isVisible()


def test_a_data_folder_is_opened(start, hand, office):
    hand.click(start, "Open an existing data folder")
    chooser = hand.dialog("Open a Data Folder", QFileDialog)
    chooser.fileSelected.emit(str(office.root))
    chooser.reject()
    hand.until(lambda: start.calls == [(office.root, None, None)], "the folder is not opened")


def test_a_folder_without_a_domain_is_refused_in_words(start, hand, tmp_path):
    hand.click(start, "Open an existing data folder")
    chooser = hand.dialog("Open a Data Folder", QFileDialog)
    chooser.fileSelected.emit(str(tmp_path))
    chooser.reject()
    hand.message("No domain was found in")
    assert start.calls == []


def test_the_wizard_is_opened_for_the_data_folder(start, hand, tmp_path):
    hand.click(start, "Choose Another")
    chooser = hand.dialog("Data Folder of the New Domain", QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "elsewhere"))
    chooser.reject()
    hand.click(start, "Set up a new domain")
    wizard = hand.dialog("Set Up a New Domain")
    assert wizard.draft.root == tmp_path / "elsewhere"
    wizard.discard()


def test_a_folder_that_cannot_be_used_is_refused_before_anything_is_typed(start, hand, tmp_path):
    (tmp_path / "data").mkdir(mode=0o755)
    (tmp_path / "data").chmod(0o755)
    (tmp_path / "data" / "something").touch()
    hand.click(start, "Set up a new domain")
    hand.message("is not empty, and other users can access its contents.")


def test_what_the_wizard_made_is_handed_over(start, hand, tmp_path):
    hand.click(start, "Set up a new domain")
    wizard = hand.dialog("Set Up a New Domain")
    draft = wizard.draft
    hand.fill(wizard, "Organization Name", "MyCompany")
    hand.click(wizard, "Next >")
    hand.fill(wizard, "Host name", "server1.example.com")
    hand.click(wizard, "Next >")
    hand.fill(wizard, "Your name", "Ann Admin")
    hand.fill(wizard, "Password", ADMIN_PASSWORD)
    hand.fill(wizard, "Confirm Password", ADMIN_PASSWORD)
    hand.click(wizard, "Next >")
    hand.click(wizard, "Next >")
    draft.backup_folder = str(tmp_path / "stick")
    hand.tick(wizard, "Copy the ID files to another folder", on=False)
    hand.click(wizard, "Next >")
    hand.click(wizard, "Set Up")
    hand.click(wizard, "Open the Administrator")
    hand.until(lambda: start.calls, "nothing was opened")
    [(root, identity, server)] = start.calls
    assert root == tmp_path / "data"
    assert (identity.kind, server.kind) == ("person", "server")


def test_the_keyboard_is_enough(start, hand):
    assert start.focusWidget() is hand.button(start, "Set up a new domain")
    QTest.keyClick(start.focusWidget(), Qt.Key.Key_Tab)
    assert start.focusWidget() is hand.button(start, "Open an existing data folder")
    QTest.keyClick(start.focusWidget(), Qt.Key.Key_Backtab)
    QTest.keyClick(start.focusWidget(), Qt.Key.Key_Return)
    hand.dialog("Set Up a New Domain").discard()


@pytest.mark.parametrize("choice", ["Open an existing data folder", "Look around with sample data", "Set up a new domain"])
def test_each_choice_leads_on_without_a_crash(choice, office, tmp_path):
    """The empty start closes while one of its dialogs is still closing."""
    command = [sys.executable, "-X", "faulthandler", "-m", "tests.gui.setup.first_start_program"]
    done = subprocess.run(
        [*command, str(tmp_path / "none"), choice, str(office.root)],
        env={**os.environ, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "there\n"), done.stderr
