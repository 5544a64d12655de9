"""While it is not known yet whether the server will run, nothing says that it does not."""

from __future__ import annotations

import threading

from PySide6.QtWidgets import QLabel

from dominoadmin.gui import locking
from tests import builders


def said(part) -> list[str]:
    return [label.text() for label in part.findChildren(QLabel) if label.text()]


def test_the_start_is_not_a_server_that_does_not_run(office, window, hand, monkeypatch) -> None:
    """The remembered password is looked up in the keychain first, which may take a second."""
    answered = threading.Event()
    monkeypatch.setattr(locking, "_remembered_server", lambda _domain, _progress: answered.wait(20) and None)
    builders.ready(office)
    window._server_identity = None
    window.begin()
    window.open.home()
    assert "Server: starting…" in said(window.state_bar)
    home = window.page()
    home.refresh()
    hand.until(lambda: any("ood " in text for text in said(home)) and home._job is None, "Home is not read")
    assert not any("is not running" in text for text in said(home))
    answered.set()
    hand.until(lambda: "Server: not started" in said(window.state_bar), "the end of the look-up is not noticed")
    hand.says(home, "is not running")


def test_a_server_that_is_being_started_is_not_called_stopped(office, window, hand) -> None:
    window.start_server()
    assert not any("not started" in text for text in said(window.state_bar))
    hand.until(lambda: window.server.is_running, "the server does not start")
