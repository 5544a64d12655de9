"""Results that are dragged out of the window or copied: certificates and requests, as from the tables."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography import x509
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QDrag, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from dominoadmin.gui import opened_files
from tests.builders import sql
from tests.gui.search.conftest import find, subtitles, titles

CERTIFICATE = "www.example.com/MyCompany/US"
REQUEST = "mail.example.com/MyCompany/US"


@pytest.fixture
def drags(monkeypatch):
    """What was dragged, and whether the list was open until the drop, although another program got the focus."""
    found = []

    def executed(self, _actions):
        data, source = self.mimeData(), self.source()
        QApplication.instance().focusChanged.emit(source, None)
        files = [Path(url.toLocalFile()).name for url in data.urls()]
        found.append((data.text(), files, opened_files.dropped(data), source.isVisible()))
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", executed)
    return found


def place_of(found, title):
    return found.visualRect(found.lines.index(titles(found).index(title), 0)).center()


def drag(found, title):
    place = place_of(found, title)
    QTest.mouseMove(found.viewport(), place)
    QTest.mousePress(found.viewport(), Qt.MouseButton.LeftButton, pos=place)
    for step in (6, 20, 40):
        QTest.mouseMove(found.viewport(), place + QPoint(0, step), delay=10)
    QTest.mouseRelease(found.viewport(), Qt.MouseButton.LeftButton, pos=place + QPoint(0, 40))


def test_a_certificate_is_dragged_out_of_the_results(filled, place, hand, drags) -> None:
    window, line = place(filled)
    before = window.page()
    found = find(line, hand, "www.exa")
    drag(found, CERTIFICATE)
    ((text, files, opened, was_open),) = drags
    assert x509.load_pem_x509_certificate(text.encode())
    assert files == ["www.example.com.pem"]
    assert opened == []
    assert was_open
    assert window.page() is before  # it was not opened


def test_a_request_is_dragged_out_of_the_results(filled, place, hand, drags) -> None:
    _window, line = place(filled)
    drag(find(line, hand, "mail.exa"), REQUEST)
    assert x509.load_pem_x509_csr(drags[0][0].encode())


def test_the_list_closes_after_the_drop_if_another_program_has_the_focus(filled, place, hand, monkeypatch) -> None:
    _window, line = place(filled)
    found = find(line, hand, "www.exa")
    seen = []

    def executed(self, _actions):
        QApplication.focusWidget().clearFocus()
        seen.append(found.isVisible())
        return Qt.DropAction.CopyAction

    monkeypatch.setattr(QDrag, "exec", executed)
    drag(found, CERTIFICATE)
    assert seen == [True]
    assert not found.isVisible()


@pytest.mark.parametrize("text", ["Ann Admin", "certreq", "MyCompany CA", "refresh"])
def test_other_results_are_not_dragged(filled, place, hand, drags, text) -> None:
    _window, line = place(filled)
    found = find(line, hand, text)
    others = [each for each, below in zip(titles(found), subtitles(found), strict=True) if below and not each.startswith(("www", "mail"))]
    assert others
    drag(found, others[0])
    assert drags == []


def test_what_was_altered_is_refused_with_a_sentence(filled, place, hand, drags) -> None:
    _window, line = place(filled)
    found = find(line, hand, "www.exa")
    sql(filled, "UPDATE issued SET der = x'3000' WHERE request_id IS NOT NULL")
    drag(found, CERTIFICATE)
    hand.message("is not the one that was signed")
    assert drags == []


def test_a_result_is_copied_by_its_menu_and_by_keyboard(filled, place, hand) -> None:
    _window, line = place(filled)
    found = find(line, hand, "www.exa")
    below = subtitles(found)[titles(found).index(CERTIFICATE)]
    QGuiApplication.clipboard().clear()
    found.customContextMenuRequested.emit(place_of(found, CERTIFICATE))
    menu = hand.until(lambda: next((top for top in QApplication.topLevelWidgets() if isinstance(top, QMenu) and top.isVisible()), None), "no menu opens")
    assert [action.text() for action in menu.actions()] == ["&Copy"]
    menu.actions()[0].trigger()
    menu.close()
    assert QGuiApplication.clipboard().text() == f"{CERTIFICATE}\t{below}"
    assert line._is_open()
    QGuiApplication.clipboard().clear()
    found.setFocus()
    QTest.keyClick(found, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QGuiApplication.clipboard().text() == f"{CERTIFICATE}\t{below}"


def test_a_heading_has_no_menu(filled, place, hand) -> None:
    _window, line = place(filled)
    found = find(line, hand, "www.exa")
    found.customContextMenuRequested.emit(place_of(found, "Certificates"))
    QApplication.processEvents()
    assert not [top for top in QApplication.topLevelWidgets() if isinstance(top, QMenu) and top.isVisible()]
