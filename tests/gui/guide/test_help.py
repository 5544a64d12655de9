"""F1: the user's guide at the page for where you are."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QTextBrowser

from dominoadmin.gui.guide import help as user_guide
from dominoadmin.resources import guide_page


def page(guide) -> str:
    return guide.findChild(QTextBrowser).source().fileName()


@pytest.mark.parametrize(
    ("command", "file"),
    [
        ("home", "10-keep-healthy.md"),
        ("key-rings", "key-rings.md"),
        ("audit-log", "audit-log.md"),
        ("server-console", "02-run-the-ca-task.md"),
        ("server-document", "08-configure-port.md"),
    ],
)
def test_f1_opens_the_page_for_the_view_on_the_screen(window, hand, command, file) -> None:
    window.run(command)
    QTest.keyClick(window, Qt.Key.Key_F1)
    guide = hand.dialog("User's Guide")
    assert page(guide) == file
    assert guide.findChild(QTextBrowser).toPlainText().strip()
    guide.close()


def test_f1_in_a_dialog_opens_its_page_and_the_dialog_stays(window, hand) -> None:
    window.run("register-certifier")
    dialog = hand.dialog("Register Internet Certifier")
    QTest.keyClick(dialog, Qt.Key.Key_F1)
    guide = hand.dialog("User's Guide")
    assert page(guide) == "01-register-internet-certifier.md"
    guide.close()
    assert dialog.isVisible()
    dialog.discard()


def test_links_lead_on_and_back_and_web_pages_open_in_the_browser(window, hand, monkeypatch) -> None:
    opened = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    hand.menu(window, "Help > User's Guide")
    guide = hand.dialog("User's Guide")
    hand.click(guide, "Contents")
    assert page(guide) == "index.md"
    guide.browser.anchorClicked.emit(QUrl("00-set-up.md"))
    assert page(guide) == "00-set-up.md"
    guide.browser.anchorClicked.emit(QUrl("../../README.md"))
    assert page(guide) == "00-set-up.md"
    guide.browser.anchorClicked.emit(QUrl("https://example.com/"))
    assert opened == [QUrl("https://example.com/")]
    hand.click(guide, "Back")
    assert page(guide) == "index.md"
    guide.close()


def test_each_page_exists() -> None:
    assert [file for file in {*user_guide.PAGES.values(), user_guide.CONTENTS} if not guide_page(file).is_file()] == []
