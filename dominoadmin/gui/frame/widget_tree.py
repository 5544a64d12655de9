"""Gets other widgets from Qt without becoming their owner, and removes replaced ones.

PySide6 treats most objects returned by a widget's method as its children. `screen()` thus makes a widget the owner of
the QScreen, which is destroyed with it, and Qt crashes at the next painting. `nextInFocusChain()` makes the dialog a
child of its own last button: a cycle, and the next garbage collection destroys a dialog that is open. `findChildren()`
takes the grandchildren away from their parents. None of them may be called (tests/test_architecture.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, TypeVar

from PySide6.QtCore import QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

Kind = TypeVar("Kind", bound=QWidget)
_CHARACTERS: Final = 70
_MARGIN: Final = 80
"""In pixels: the margins of a window, and its scroll bar."""


def room(widget: QWidget) -> QSize:
    """Return the usable size of the screen of a widget's window."""
    found = QGuiApplication.screenAt(widget.window().frameGeometry().center()) or QGuiApplication.primaryScreen()
    return found.availableSize()


def text_width(widget: QWidget) -> int:
    """Return the width for sentences in a window, in pixels: about 70 characters, if the screen is as wide."""
    return min(widget.fontMetrics().averageCharWidth() * _CHARACTERS, room(widget).width() - _MARGIN)


def remove(widget: QWidget | None) -> None:
    """Hide a widget and delete it later, when Qt has left it; until then typing must have no effect."""
    if widget is not None:
        widget.hide()
        widget.deleteLater()


def descendants(widget: QWidget, kind: type[Kind]) -> Iterator[Kind]:
    """Yield the widgets of a kind below a widget, each before its own children."""
    for child in widget.children():
        if isinstance(child, kind):
            yield child
        if isinstance(child, QWidget):
            yield from descendants(child, kind)
