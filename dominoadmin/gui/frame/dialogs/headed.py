"""Dialogs with a heading and its context, in which F1 opens the guide."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtGui import QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import QDialog, QVBoxLayout, QWidget

from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.painting.heading import DialogHeading

_MARGINS: Final = (12, 8, 12, 10)
_LINES: Final = 30  # of text; on a lower screen a dialog has no heading
Help = Callable[[QWidget], object]
_helps: list[Help] = []  # at most one


def help_with(show: Help) -> None:
    """Let F1 call `show` with the dialog in which it was pressed: dialogs stop the shortcuts of the window."""
    _helps[:] = [show]


def is_help(window: QWidget, event: QKeyEvent) -> bool:
    """Return whether a key asked for the guide, and open it."""
    if not event.matches(QKeySequence.StandardKey.HelpContents):
        return False
    for show in _helps:
        show(window)
    return True


class HeadedDialog(QDialog):
    """Its title is its heading, too. Subclasses fill `column()`."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.heading = DialogHeading(self)
        self.windowTitleChanged.connect(self.heading.rename)

    def column(self) -> QVBoxLayout:
        """Return the layout below the heading, which is empty."""
        inside, whole = QVBoxLayout(), QVBoxLayout(self)
        inside.setContentsMargins(*_MARGINS)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.heading)
        whole.addLayout(inside, 1)
        self.heading.rename(self.windowTitle())
        self.fit_heading()
        return inside

    def set_context(self, context: str) -> None:
        """Show below the title what the dialog is about."""
        self.heading.show_texts(self.windowTitle(), context)

    def fit_heading(self) -> None:
        """Hide the heading on a low screen: the frame of the window has the title, too."""
        self.heading.setVisible(widget_tree.room(self).height() >= _LINES * self.fontMetrics().height())

    def showEvent(self, event: QShowEvent) -> None:
        self.fit_heading()
        super().showEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not is_help(self, event):
            super().keyPressEvent(event)
