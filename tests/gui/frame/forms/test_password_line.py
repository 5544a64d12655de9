"""Every password of the window: hidden unless its eye is on, with its owner's name, selected when it was wrong."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QMenu, QToolButton

from dominoadmin.gui.frame import messages
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.gui.key_rings.password import OpenKeyRingDialog
from tests.conftest import ADMIN_PASSWORD
from tests.gui.directory.test_view import fill_person

HIDDEN = QLineEdit.EchoMode.Password


@pytest.fixture
def line(window, hand):
    """The line of a prompt."""
    messages.ask_password(window, "Ask", "Password of Ann:", print)
    return hand.dialog("Ask").findChild(QLineEdit)


def eye(line: QLineEdit) -> QToolButton:
    return next(button for button in line.findChildren(QToolButton) if button.isVisible())


def test_a_password_is_shown_while_its_eye_is_on(line) -> None:
    QTest.keyClicks(line, "secret")
    assert line.displayText() != "secret"
    QTest.mouseClick(eye(line), Qt.MouseButton.LeftButton)
    assert line.displayText() == "secret"
    QTest.mouseClick(eye(line), Qt.MouseButton.LeftButton)
    assert line.displayText() != "secret"


def test_a_shown_password_is_hidden_when_the_window_is_locked(window, line, hand) -> None:
    QTest.keyClicks(line, "secret")
    QTest.mouseClick(eye(line), Qt.MouseButton.LeftButton)
    window.locking.lock()
    assert not line.isVisible()
    log_in = hand.dialog("Log In")
    hand.fill(log_in, "Password", ADMIN_PASSWORD)
    hand.click(log_in, "OK")
    hand.until(line.isVisible, "the prompt does not come back")
    assert line.text() == "secret"
    assert line.echoMode() == HIDDEN


def test_the_eye_is_in_the_context_menu_too(line, hand) -> None:
    QTest.keyClicks(line, "secret")
    place = line.rect().center()
    line.contextMenuEvent(QContextMenuEvent(QContextMenuEvent.Reason.Keyboard, place, line.mapToGlobal(place)))
    menu = next(top for top in QApplication.topLevelWidgets() if isinstance(top, QMenu) and top.isVisible())
    next(each for each in menu.actions() if each.text() == "Show Password").trigger()
    assert line.displayText() == "secret"
    menu.close()


def test_a_shown_password_is_not_learned_by_a_keyboard_on_the_screen(line) -> None:
    for _press in range(2):
        QTest.mouseClick(eye(line), Qt.MouseButton.LeftButton)
        assert line.inputMethodHints() & Qt.InputMethodHint.ImhSensitiveData


def test_a_shown_password_is_forgotten_when_its_dialog_closes(window, hand) -> None:
    dialog = OpenKeyRingDialog(window, "keyfile.kyr")
    dialog.open()
    line = hand.editor(dialog, "Key Ring Password")
    QTest.keyClicks(line, "secret")
    QTest.mouseClick(eye(line), Qt.MouseButton.LeftButton)
    dialog.done(0)
    assert line.text() == ""


def test_only_the_one_class_hides_texts() -> None:
    users = [str(file) for file in Path("dominoadmin/gui").rglob("*.py") if "EchoMode" in file.read_text()]
    assert users == ["dominoadmin/gui/frame/forms/password_line.py"]


def test_a_wrong_password_of_the_certifier_is_selected_not_that_of_the_new_id(window, hand) -> None:
    window.run("directory")
    hand.click(window.page(), "Register Person")
    dialog = hand.dialog("Register Person")
    fill_person(hand, dialog)
    hand.fill(dialog, "Certifier ID password", "not that one")
    hand.editor(dialog, "Name").setFocus()
    hand.click(dialog, "Register")
    hand.says(dialog, "cannot be opened with this password.")
    line = hand.editor(dialog, "Certifier ID password")
    assert (dialog.focusWidget(), line.selectedText()) == (line, line.text())
    dialog.discard()


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("ann-admin.id", "The password of Ann Admin/MyCompany/US: chosen at set-up"),
        ("server.id", "The password of the server Server1/MyCompany/US: chosen at set-up"),
        ("cert.id", "The password of the certifier ID of MyCompany/US: the first administrator chose it at set-up."),
    ],
)
def test_log_in_says_whose_password_it_wants(window, hand, office, file, said) -> None:
    dialog = LogIn(window, office.domain, path=office.root / file)
    dialog.open()
    hand.says(dialog, said)
    dialog.reject()
    QApplication.processEvents()
