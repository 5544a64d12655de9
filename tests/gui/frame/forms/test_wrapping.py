"""Radio buttons whose text wraps are used like others."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QRadioButton

from dominoadmin.gui.frame.forms.form import Form

LONG = "Encrypt ID with Server ID and Require password to activate certifier"


@pytest.fixture
def form(qtbot) -> Form:
    made = Form()
    qtbot.addWidget(made)
    made.radios("Way", [(1, "Short"), (2, LONG)], 1)
    made.resize(220, 300)
    made.show()
    qtbot.waitExposed(made)
    return made


def test_a_long_label_needs_more_lines_not_more_width(form) -> None:
    short, long = form.findChildren(QRadioButton)
    assert form.minimumSizeHint().width() < 220 < form.fontMetrics().horizontalAdvance(LONG)
    lines = round((long.height() - short.height()) / form.fontMetrics().height()) + 1
    assert lines >= 3
    plain = QRadioButton("Short")
    assert short.height() == plain.sizeHint().height(), "a short one is as high as before"


def test_every_line_of_it_can_be_clicked_and_the_keyboard_moves_between_them(form) -> None:
    short, long = form.findChildren(QRadioButton)
    QTest.mouseClick(long, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(40, long.height() - 4))
    assert long.isChecked()
    long.setFocus()
    QTest.keyClick(long, Qt.Key.Key_Up)
    assert short.isChecked()
