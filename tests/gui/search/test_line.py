"""The search line, used by keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from tests.gui.search.conftest import find, titles


def test_a_certificate_is_found_and_opened_by_keyboard(filled, place, hand) -> None:
    window, line = place(filled)
    QTest.keyClick(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
    assert line.hasFocus()
    found = find(line, hand, "www.exa")
    print(titles(found))
    assert titles(found)[:2] == ["Certificates", "CN=www.example.com/O=MyCompany/C=US"]
    QTest.keyClick(line, Qt.Key.Key_Return)
    QApplication.processEvents()
    assert not found.isVisible()
    assert "www.example.com" in window.tabs.currentWidget().windowTitle()
