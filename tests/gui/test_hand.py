"""The hand itself: its typing arrives where a user's would."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QMainWindow, QProgressBar, QVBoxLayout, QWidget

from tests.gui.hand import Lost


@pytest.fixture(autouse=True)
def nothing_is_said() -> None:
    """Ignore the offscreen platform's warning that it cannot grab the keyboard for a list of completions."""


@pytest.fixture
def commands(qtbot):
    window = QMainWindow()
    qtbot.addWidget(window)
    inside = QWidget(window)
    window.setCentralWidget(inside)
    line = QLineEdit(inside)
    line.setCompleter(QCompleter(["show tasks", "tell http restart"], line))
    caption = QLabel("Co&mmand:", inside)
    caption.setBuddy(line)
    layout = QVBoxLayout(inside)
    layout.addWidget(caption)
    layout.addWidget(line)
    window.show()
    qtbot.waitExposed(window)
    window.entered = []
    line.returnPressed.connect(lambda: window.entered.append(line.text()))
    window.line = line
    return window


def test_return_reaches_the_line_while_the_list_of_completions_is_open(commands, hand) -> None:
    # Under load the list takes the focus, but the window has it when the key arrives.
    commands.line.textEdited.connect(lambda _text: commands.line.clearFocus())
    hand.enter(commands, "Command", "tell http restart")
    assert commands.entered == ["tell http restart"]
    assert not commands.line.completer().popup().isVisible()


def test_one_waits_on_while_a_bar_says_that_work_goes_on(commands, hand) -> None:
    bar = QProgressBar(commands.centralWidget(), minimum=0, maximum=0)
    commands.centralWidget().layout().addWidget(bar)
    QTimer.singleShot(600, lambda: commands.line.setText("Done"))
    hand.until(lambda: commands.line.text() == "Done", "the work does not end", patience=0.1)
    bar.hide()
    with pytest.raises(Lost, match="nothing works"):
        hand.until(lambda: False, "nothing works", patience=0.1)
