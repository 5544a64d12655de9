"""A dialog grows with its contents, unless the user has made it smaller."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from dominoadmin.gui.frame.dialogs.fitting import FittingDialog


class Scrolling(QWidget):
    """Wants to be high, and can be low."""

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(300, 300)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(20, 20)


@pytest.fixture
def dialog(qtbot):
    parent = QWidget()
    made = FittingDialog(parent)
    QVBoxLayout(made).addWidget(Scrolling(made))
    made.open()
    yield made
    parent.deleteLater()


def say_more(dialog) -> None:
    for number in range(3):
        label = QLabel(f"More {number}", dialog)
        dialog.layout().addWidget(label)
        label.show()
    dialog.make_room()


def test_it_grows_for_more_contents(dialog) -> None:
    before = dialog.height()
    say_more(dialog)
    assert dialog.height() > before


def test_it_keeps_the_height_that_the_user_chose(dialog) -> None:
    chosen = dialog.height() - 100
    dialog.resize(dialog.width(), chosen)
    assert dialog.height() == chosen
    say_more(dialog)
    assert dialog.height() == chosen
