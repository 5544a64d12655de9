"""Closing the window while the server runs in it: it asks, hides in the tray, or stops the server."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QApplication, QDialog, QSystemTrayIcon

from dominoadmin.gui.frame.memory import CLOSING_KEEPS, CLOSING_KEY, CLOSING_STOPS
from dominoadmin.services.directory import leasing, server_documents
from tests.conftest import ADMIN_PASSWORD

QUESTION = "The server runs in this window."


@pytest.fixture
def serving(window, hand):
    window.start_server()
    hand.until(lambda: window.server.is_running, "the server does not start")
    return window


@pytest.fixture
def tray(monkeypatch):
    monkeypatch.setattr(QSystemTrayIcon, "isSystemTrayAvailable", staticmethod(lambda: True))
    yield
    QApplication.setQuitOnLastWindowClosed(True)


def from_tray(window, text: str) -> None:
    (icon,) = window.findChildren(QSystemTrayIcon)
    entries: list[QAction] = icon.contextMenu().actions()
    next(each for each in entries if each.text().replace("&", "") == text).trigger()
    QApplication.processEvents()


def closed(window, hand) -> None:
    hand.until(lambda: not window.isVisible() and window._closing, "it does not close")
    domain = window.session.domain
    assert leasing.holder(domain, server_documents.domain_server(domain)) is None


def test_without_a_tray_it_asks_before_the_server_is_stopped(serving, hand) -> None:
    serving.close()
    hand.message(QUESTION, "Cancel")
    assert serving.isVisible()
    assert serving.server.is_running
    serving.close()
    hand.message(QUESTION, "Stop and Close")
    closed(serving, hand)
    assert not serving.server.is_running


def test_return_in_the_question_does_not_stop_the_server(serving, hand) -> None:
    serving.close()
    box = hand.dialog("Domino Administrator")
    assert box.defaultButton().text().replace("&", "") == "Cancel"
    box.reject()


def test_a_window_without_a_server_closes_without_a_question(window, hand) -> None:
    window.close()
    closed(window, hand)


def test_in_the_tray_the_server_runs_on_and_the_window_comes_back(serving, hand, tray) -> None:
    serving.close()
    hand.message(QUESTION, "Keep Running")
    hand.until(lambda: not serving.isVisible(), "it stays on the screen")
    assert serving.server.is_running
    assert not QApplication.quitOnLastWindowClosed()
    from_tray(serving, "Open")
    assert serving.isVisible()
    assert QApplication.quitOnLastWindowClosed()
    serving.close()
    hand.message(QUESTION, "Cancel")  # nothing was remembered


def test_quit_in_the_tray_stops_the_server(serving, hand, tray) -> None:
    serving.close()
    hand.message(QUESTION, "Keep Running")
    hand.until(lambda: not serving.isVisible(), "it stays on the screen")
    from_tray(serving, "Quit")
    closed(serving, hand)


def test_a_remembered_choice_is_not_asked_again_and_is_in_preferences(serving, hand, tray) -> None:
    serving.close()
    box = hand.dialog("Domino Administrator")
    hand.tick(box, "Remember my choice")
    hand.click(box, "Keep Running")
    hand.until(lambda: not serving.isVisible(), "it stays on the screen")
    assert serving.memory.get(CLOSING_KEY, "") == CLOSING_KEEPS
    from_tray(serving, "Open")
    serving.close()
    hand.until(lambda: not serving.isVisible(), "it asks again")
    from_tray(serving, "Open")
    serving.run("preferences")
    preferences = hand.dialog("Preferences")
    assert hand.editor(preferences, "When the window is closed").currentData() == CLOSING_KEEPS
    hand.choose(preferences, "When the window is closed", "Stop")
    hand.click(preferences, "OK")
    hand.closed(preferences)
    assert serving.memory.get(CLOSING_KEY, "") == CLOSING_STOPS
    serving.close()
    closed(serving, hand)


def test_exit_does_not_hide_the_window(serving, hand, tray) -> None:
    serving.memory.set(CLOSING_KEY, CLOSING_KEEPS)
    hand.menu(serving, "File > Exit")
    hand.message(QUESTION, "Stop and Close")
    closed(serving, hand)


def test_a_hidden_window_is_locked_without_a_prompt_and_asks_when_it_comes_back(serving, hand, tray) -> None:
    serving.memory.set(CLOSING_KEY, CLOSING_KEEPS)
    serving.close()
    serving.locking.lock()
    assert not [top for top in QApplication.topLevelWidgets() if isinstance(top, QDialog) and top.isVisible()]
    from_tray(serving, "Open")
    log_in = hand.dialog("Log In")
    hand.fill(log_in, "Password", ADMIN_PASSWORD)
    hand.click(log_in, "OK")
    hand.until(lambda: not serving.session.is_locked, "it stays locked")


def test_a_hidden_window_comes_back_when_its_server_has_ended(serving, hand, tray) -> None:
    serving.memory.set(CLOSING_KEY, CLOSING_KEEPS)
    serving.close()
    assert not serving.isVisible()
    serving.server.execute("quit")
    hand.until(serving.isVisible, "it stays hidden")
