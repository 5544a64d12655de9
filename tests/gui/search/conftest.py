"""A search line in the tool bar of the real window, on a domain with certificates, requests, a key ring and people."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.search import results
from tests import builders
from tests.gui.conftest import shown_window


@pytest.fixture
def filled(office):
    """An office with an issued certificate, and a request that waits."""
    builders.ready(office)
    builders.approved(office, "www.example.com")
    builders.authority(office).issue_approved()
    builders.submitted(office, "mail.example.com")
    return office


@pytest.fixture
def place(qapp, qtbot):
    """Opens a window for an office; returns it and its search line."""
    windows = []

    def shown(office):
        made = shown_window(office, qtbot)
        window = made.__enter__()
        windows.append(made)
        window.activateWindow()
        QApplication.processEvents()
        return window, window.search

    yield shown
    for made in windows:
        made.__exit__(None, None, None)


def type_in(line, text):
    line.setFocus()
    line.selectAll()
    QTest.keyClicks(line, text.partition("…")[0])
    if "…" in text:  # no key of Qt's tests
        line.insert("…")


def find(line, hand, text):
    """Type a text, and return the list once it shows the answer."""
    type_in(line, text)
    hand.until(lambda: line._is_open() and line._job is None and not line._settled.isActive(), f"no answer to {text!r}")
    return line._found


def titles(found):
    return _column(found, Qt.ItemDataRole.DisplayRole)


def subtitles(found):
    """Return the second line of each result; an empty text for a heading or note."""
    return _column(found, results.SUBTITLE)


def notes(found):
    return [line.text for line in found.lines._lines if line.is_note]


def _column(found, role):
    return [found.lines.index(number, 0).data(role) for number in range(found.lines.rowCount())]
