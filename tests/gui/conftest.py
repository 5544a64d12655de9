"""Fixtures for all tests of the window."""

from __future__ import annotations

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["DOMINOADMIN_KEYCHAIN"] = "none"

import gc
from contextlib import contextmanager

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from dominoadmin.gui.collector import Collector
from dominoadmin.gui.frame import jobs, theme
from dominoadmin.gui.main_window import MainWindow
from tests.gui.hand import Hand

# Warnings of the offscreen platform about windows of a fixed size and the tray.
HARMLESS = (
    "This plugin does not support propagateSizeHints()",
    "This plugin does not support raise()",
    "This plugin does not support grabbing the keyboard",
    "QObject::connect: No such signal QPlatformNativeInterface::systemTrayWindowChanged(QScreen*)",
)


@pytest.fixture(autouse=True)
def nothing_is_said(qtlog):
    """Fail the test on a Qt warning."""
    yield
    said = [record.message for record in qtlog.records if record.message not in HARMLESS]
    assert not said


@pytest.fixture(scope="session")
def qapp_args():
    return ["dominoadmin"]


@pytest.fixture(autouse=True)
def collected(qapp):
    """Collect garbage in the GUI thread, as in the program."""
    collector = Collector(qapp)
    yield
    jobs.wait_for_all(10)
    collector.stop()
    collector.deleteLater()
    for widget in QApplication.topLevelWidgets():
        widget.hide()
        widget.deleteLater()
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    QCoreApplication.processEvents()
    gc.collect()


@pytest.fixture
def hand(qtbot) -> Hand:
    return Hand(qtbot)


@pytest.fixture
def window(qapp, office, qtbot):
    """The real window on a copied real domain; Ann, the administrator, has logged in. The server is not started."""
    with shown_window(office, qtbot) as made:
        yield made


@contextmanager
def shown_window(office, qtbot, scheme=theme.LIGHT):
    """Ann's window, on an office or anything else with a domain, Ann's ID and the server's."""
    theme.apply(scheme)
    made = MainWindow(office.domain, office.ann, office.root / "ann-admin.id", office.server)
    for switch in made._panes.switches.values():  # the screen of the tests is too narrow for the side pane
        switch.setChecked(True)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.server.stop()
    made.events.stop()
    jobs.wait_for_all(10)
    QCoreApplication.processEvents()
    made.hide()
    made.deleteLater()
