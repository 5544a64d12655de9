"""The window on a domain with key rings in every state (tests/services/key_rings/conftest.py)."""

import os

import pytest
from PySide6.QtCore import QCoreApplication

from dominoadmin.gui import background, theme
from dominoadmin.gui.main_window import MainWindow
from tests.services.key_rings.conftest import ring_template, stage

__all__ = ["desk", "ring_template", "stage"]


@pytest.fixture
def desk(qapp, stage, qtbot):
    """The window with Ann before it; new.kyr, waiting.kyr and keyfile.kyr lie in the data directory."""
    theme.apply(os.environ.get("SCHEME", theme.LIGHT))
    made = MainWindow(stage.domain, stage.ann, stage.root / "ann-admin.id", stage.server)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.server.stop()
    made.events.stop()
    background.wait_for_all(10)
    QCoreApplication.processEvents()
    made.hide()
    made.deleteLater()
