"""Every dialog has a heading, and F1 opens the guide in it."""

from __future__ import annotations

import ast

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser

from dominoadmin.gui.frame import messages, widget_tree
from dominoadmin.gui.frame.forms.password_prompt import PasswordPrompt
from dominoadmin.gui.identities.log_in import LogIn
from tests.source import modules


def test_every_dialog_has_the_common_heading() -> None:
    bare = {
        node.name
        for module in modules()
        if module.name.startswith("gui.")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ClassDef) and "QDialog" in map(ast.unparse, node.bases)
    }
    assert bare == {"HeadedDialog", "Guide"}  # the guide is what F1 opens


@pytest.mark.parametrize("kind", ["log in", "password"])
def test_f1_opens_the_guide_in_a_window_that_edits_no_draft(window, office, hand, kind: str) -> None:
    if kind == "log in":
        dialog = LogIn(window, office.domain)
        dialog.open()
    else:
        messages.ask_password(window, "Certifier ID Password", "Enter the password:", print)
        dialog = hand.dialog("Certifier ID Password", PasswordPrompt)
    QTest.keyClick(dialog, Qt.Key.Key_F1)
    guide = hand.dialog("User's Guide")
    assert guide.findChild(QTextBrowser).toPlainText().strip()
    guide.close()
    assert dialog.isVisible()
    dialog.reject()


def test_the_heading_has_the_title_and_the_context(window, office, qtbot) -> None:
    dialog = LogIn(window, office.domain)
    dialog.open()
    assert dialog.heading.isVisible()
    assert dialog.heading.accessibleName() == "Log In - MyCompany/US"
    dialog.setWindowTitle("Server ID")
    assert dialog.heading.accessibleName() == "Server ID - MyCompany/US"
    dialog.reject()


def test_on_a_low_screen_there_is_no_heading(window, office, monkeypatch) -> None:
    room = widget_tree.room(window)
    room.setHeight(10 * window.fontMetrics().height())
    monkeypatch.setattr(widget_tree, "room", lambda _widget: room)
    dialog = LogIn(window, office.domain)
    dialog.open()
    assert not dialog.heading.isVisible()
    dialog.reject()
