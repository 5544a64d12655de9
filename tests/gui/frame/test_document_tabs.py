"""Documents in tabs and in windows of their own."""

from __future__ import annotations

import gc
import weakref

from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QTabBar

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.documents.document_tabs import DocumentWindow
from tests.gui.looking import objections
from tests.gui.test_every_view import (  # noqa: F401 - fixtures
    OPENERS,
    make_window,
    sample_domain,
    sample_template,
    settle,
)


def windows():
    return [top for top in QApplication.topLevelWidgets() if isinstance(top, DocumentWindow) and top.isVisible()]


def moved_out(window, hand, name="certifier"):
    """Open a document and give it a window of its own, by the menu."""
    OPENERS[name](window)
    settle()
    page = window.page()
    hand.menu(window, "View > Open in Own Window")
    settle()
    return page


def test_the_cross_on_a_tab_closes_its_document(make_window) -> None:  # noqa: F811
    window = make_window()
    OPENERS["certifier"](window)
    settle()
    cross = window.tabs.tabBar().tabButton(1, QTabBar.ButtonPosition.RightSide)
    light = cross.icon().pixmap(14).toImage()
    theme.apply(theme.DARK)
    settle()
    cross = window.tabs.tabBar().tabButton(1, QTabBar.ButtonPosition.RightSide)
    dark = cross.icon().pixmap(14).toImage()
    theme.apply(theme.LIGHT)
    assert light != dark, "the cross is invisible on dark"
    QTest.mouseClick(cross, Qt.MouseButton.LeftButton)
    assert window.tabs.count() == 1
    assert window.tabs.tabBar().tabButton(0, QTabBar.ButtonPosition.RightSide) is None


def test_a_document_has_a_window_of_its_own(make_window, hand) -> None:  # noqa: F811
    window = make_window()
    page = moved_out(window, hand)
    (own,) = windows()
    assert window.tabs.count() == 1
    assert page.isVisible()
    assert page.window() is own
    assert own.windowTitle() == page.windowTitle() != ""
    assert objections(own) == []
    OPENERS["certifier"](window)  # opened again, it is the same one
    settle()
    assert windows() == [own]
    assert window.tabs.count() == 1


def test_its_window_closes_by_keyboard_and_nothing_is_left(make_window, hand) -> None:  # noqa: F811
    window = make_window()
    page = weakref.ref(moved_out(window, hand))
    QTest.keyClick(windows()[0], Qt.Key.Key_W, Qt.KeyboardModifier.ControlModifier)
    settle()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()
    assert windows() == []
    assert page() is None
    OPENERS["certifier"](window)
    settle()
    assert window.tabs.count() == 2


def test_unsaved_changes_in_it_are_asked_about(make_window, hand) -> None:  # noqa: F811
    window = make_window()
    moved_out(window, hand, "server, edited").dirty = True
    windows()[0].close()
    hand.message("Discard your changes?", "Cancel")
    settle()
    assert len(windows()) == 1


def test_the_lock_hides_it_and_the_log_in_shows_it_again(make_window, sample_template, hand) -> None:  # noqa: F811
    window = make_window()
    moved_out(window, hand)
    window.locking.lock()
    settle()
    assert windows() == []
    dialog = hand.dialog("Log In")
    hand.fill(dialog, "Password", sample_template.password)
    hand.click(dialog, "OK")
    hand.until(lambda: not window.session.is_locked, "it stays locked")
    settle()
    assert len(windows()) == 1


def test_a_place_stays_in_the_window(make_window, hand) -> None:  # noqa: F811
    window = make_window()
    window.run("configuration")
    settle()
    hand.menu(window, "View > Open in Own Window")
    assert windows() == []
    assert "Open one first" in window.statusBar().currentMessage()
