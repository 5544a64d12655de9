"""The live check's dialog, against the real server in the window."""

from __future__ import annotations

import socket

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog

from dominoadmin.gui.console.server_views import CHECKED, view_of
from dominoadmin.gui.frame import theme
from dominoadmin.gui.web import live_check
from dominoadmin.services.web import live_check as service
from tests.viewmodels.guide import test_chapters as walk


@pytest.fixture
def secured(window, office, qtbot):
    walk.furnished(office)
    walk.change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    window.start_server()
    qtbot.waitUntil(lambda: view_of(window).ssl_port > 0, timeout=15_000)
    return window


def opened(window, hand) -> live_check.LiveCheckDialog:
    live_check.start(window)
    return hand.dialog("Live Check")


def test_a_secure_session_closes_the_padlock(secured, office, hand, qtbot, monkeypatch):
    dialog = opened(secured, hand)
    hand.says(dialog, "The session is secure.")
    assert dialog.padlock.is_closed
    assert dialog.padlock.accessibleName() == "Closed padlock"
    port = view_of(secured).ssl_port
    for text in (
        "TLS 1.3, TLS_", " days left, until ", "The certificate names server1.example.com.",
        f"https://server1.example.com:{port}/certreq.nsf", f"Connecting to 127.0.0.1:{port}…",
    ):  # fmt: skip
        hand.says(dialog, text)
    hand.picture(dialog, "/tmp/shots/live-check.png")
    assert secured.memory.get(CHECKED, "") == walk.fingerprint(office)
    pages = []
    monkeypatch.setattr(QDesktopServices, "openUrl", pages.append)
    hand.click(dialog, "Open in Browser")
    assert pages[0].toString() == f"https://server1.example.com:{port}/certreq.nsf"
    hand.click(dialog, "Show Certificate")
    viewer = hand.until(
        lambda: next((w for w in secured.findChildren(QDialog) if w.windowTitle().startswith("Certificate: ")), None),
        "no certificate viewer",
    )
    assert "server1.example.com" in viewer.windowTitle()
    viewer.close()
    hand.click(dialog, "Check Again")
    hand.until(lambda: dialog.again.isEnabled() and dialog.padlock.is_closed, "it is not looked again")
    hand.click(dialog, "Close")
    hand.closed(dialog)


def test_the_guide_knows_of_the_check(secured, hand, qtbot):
    qtbot.waitUntil(
        lambda: secured.guide.next is not None and secured.guide.next.command == "live-check", timeout=10_000
    )
    hand.click(secured.guide, "Run the Live Check")
    dialog = hand.dialog("Live Check")
    hand.says(dialog, "The session is secure.")
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    hand.closed(dialog)
    secured.guide.refresh()
    qtbot.waitUntil(lambda: secured.guide.next is None, timeout=10_000)


def test_what_is_missing_is_said(window, office, hand):
    walk.furnished(office)
    dialog = opened(window, hand)
    hand.says(dialog, "No key ring is specified in the Server document.")
    assert dialog.padlock.is_closed is False
    assert dialog.padlock.accessibleName() == "Open padlock"
    assert not dialog.chain.isEnabled()
    assert dialog.chain.toolTip() == "The server did not present a certificate."
    assert not dialog.browser.isEnabled()
    assert window.memory.get(CHECKED, "") == ""
    hand.picture(dialog, "/tmp/shots/live-check-missing.png")
    walk.change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled")
    hand.click(dialog, "Check Again")
    hand.says(dialog, "The HTTP task does not listen on an SSL port.")


def test_a_check_that_went_well_once_is_forgotten_when_it_fails(secured, office, hand):
    dialog = opened(secured, hand)
    hand.says(dialog, "The session is secure.")
    office.clock.advance(days=900)
    hand.click(dialog, "Check Again")
    hand.says(dialog, "The certificate expired on")
    hand.says(dialog, "0 days left")
    assert secured.memory.get(CHECKED, "") == ""
    theme.apply(theme.DARK)
    hand.picture(dialog, "/tmp/shots/live-check-expired-dark.png")
    theme.apply(theme.LIGHT)


def test_the_browser_help_follows(secured, hand):
    dialog = opened(secured, hand)
    hand.says(dialog, "The session is secure.")
    hand.click(dialog, "Trust in Browsers")
    hand.closed(dialog)
    found = hand.until(lambda: [w for w in secured.findChildren(QDialog) if w.isVisible()], "no browser help")
    found[0].close()


def test_closing_while_it_looks_stops_it(window, office, hand, monkeypatch, qtbot):
    walk.furnished(office)
    walk.change(office, ssl_key_file="keyfile.kyr", ssl_port_status="Enabled", ssl_port=4)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(service, "TIMEOUT", 1.0)
        monkeypatch.setattr(service, "target_of", lambda *_: service.LiveTarget("server1.example.com", port, "127.0.0.1"))
        dialog = opened(window, hand)
        hand.says(dialog, "TLS handshake as")
        assert not dialog.again.isEnabled()
        dialog.look()  # is already running
        QTest.keyClick(dialog, Qt.Key.Key_Escape)
        hand.closed(dialog)
        qtbot.wait(1_200)


def test_a_store_that_cannot_be_read_is_said_in_the_dialog(window, monkeypatch, hand):
    from dominoadmin.errors import Damaged

    def damaged(*_):
        raise Damaged("The store is damaged.", "Restore a backup.")

    monkeypatch.setattr(service, "target_of", damaged)
    dialog = opened(window, hand)
    hand.says(dialog, "The store is damaged.")
    hand.says(dialog, "Restore a backup.")
    assert dialog.padlock.accessibleName() == "Padlock, state unknown"
