"""Rows that are dragged out of the window: PEM files for file managers, text for editors."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag
from PySide6.QtTest import QTest

from dominoadmin.errors import Refused
from dominoadmin.gui import opened_files
from dominoadmin.gui.frame.tables import dragging
from dominoadmin.gui.issuance import view as issued_view
from dominoadmin.gui.requests import administration_requests, certificate_requests
from tests import builders
from tests.builders import sql


@pytest.fixture
def issued(office):
    builders.ready(office)
    builders.approved(office, "www.example.com")
    builders.load_ca(office)


@pytest.fixture
def drags(monkeypatch):
    """What was dragged until it was dropped: the screen of the tests has no other window."""
    found = []

    def executed(self, _actions):
        data = self.mimeData()
        files = [Path(url.toLocalFile()) for url in data.urls()]
        found.append((data.text(), [(each, each.read_text()) for each in files], opened_files.dropped(data)))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", executed)
    return found


def drag(hand, tab, text):
    (row,) = hand.select(tab, text)
    table = tab.current.table
    place = table.visualRect(tab.current.rows.index(row, 0)).center()
    QTest.mousePress(table.viewport(), Qt.MouseButton.LeftButton, pos=place)
    for step in (6, 20, 40):
        QTest.mouseMove(table.viewport(), place + QPoint(0, step), delay=10)


def test_a_certificate_is_dragged_as_a_private_file_and_as_text(window, hand, issued, drags) -> None:
    tab = issued_view.open_list(window, 1)
    drag(hand, tab, "www.example.com")
    hand.until(lambda: drags, "nothing is dragged")
    text, ((file, contents),), opened = drags[0]
    assert contents == text
    assert x509.load_pem_x509_certificate(text.encode())
    assert file.name == "www.example.com.pem"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert opened == []  # the window's own rows are no files to open


@pytest.mark.parametrize(
    "opened",
    [
        lambda window: certificate_requests.open_database(window, "certreq.nsf") or window.page(),
        administration_requests.open_requests,
    ],
)
def test_a_request_is_dragged(window, hand, office, drags, opened) -> None:
    builders.ready(office)
    builders.submitted(office)
    drag(hand, opened(window), "www.example.com")
    hand.until(lambda: drags, "nothing is dragged")
    assert x509.load_pem_x509_csr(drags[0][0].encode())


def test_what_was_altered_is_refused_with_a_sentence(window, hand, office, issued, drags) -> None:
    tab = issued_view.open_list(window, 1)
    hand.until(lambda: tab.current.rows.rowCount() == 1, "nothing is listed")
    sql(office, "UPDATE issued SET der = x'3000'")
    drag(hand, tab, "www.example.com")
    hand.message("is not the one that was signed")
    assert drags == []


def test_a_drag_that_nobody_takes_leaves_no_file(window, hand, issued, monkeypatch) -> None:
    folders = []

    def executed(self, _actions):
        folders.append(Path(self.mimeData().urls()[0].toLocalFile()).parent)
        return Qt.DropAction.IgnoreAction

    monkeypatch.setattr(QDrag, "exec", executed)
    drag(hand, issued_view.open_list(window, 1), "www.example.com")
    hand.until(lambda: folders, "nothing is dragged")
    hand.until(lambda: not folders[0].exists(), "the file stays")


def test_many_rows_are_exported_instead(window, hand, issued) -> None:
    tab = issued_view.open_list(window, 1)
    with pytest.raises(Refused, match="101 rows are too many to be dragged"):
        dragging.carried(tab.current.view.handed_out, [None] * 101)
