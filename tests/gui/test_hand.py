"""The hand itself: what it types arrives where a user would see it arrive."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QCompleter, QLabel, QLineEdit, QMainWindow, QVBoxLayout, QWidget


@pytest.fixture(autouse=True)
def nothing_is_said() -> None:
    """The offscreen platform says that it cannot grab the keyboard for a list of completions."""


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
    # Under load the list takes the keyboard, and the window has it when the key comes.
    commands.line.textEdited.connect(lambda _text: commands.line.clearFocus())
    hand.enter(commands, "Command", "tell http restart")
    assert commands.entered == ["tell http restart"]
    assert not commands.line.completer().popup().isVisible()
