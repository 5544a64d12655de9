"""A line for a password: its text is hidden unless its eye is on."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QContextMenuEvent, QShowEvent
from PySide6.QtWidgets import QLineEdit, QToolButton, QWidget

from dominoadmin.gui.frame import theme, widget_tree
from dominoadmin.i18n import text as _

_HINT: Final = Qt.InputMethodHint
_HINTS: Final = _HINT.ImhSensitiveData | _HINT.ImhNoPredictiveText | _HINT.ImhNoAutoUppercase


class PasswordLine(QLineEdit):
    """The eye is in the line, and in its context menu for the keyboard. It is off when the line is shown again."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.eye = self.addAction(theme.icon("eye"), QLineEdit.ActionPosition.TrailingPosition)
        self.eye.setToolTip(_("Show the password"))
        # At a line's `children()`, one of which is Qt's own, PySide6 makes the enumerations of all classes.
        for button in self.eye.associatedObjects():
            if isinstance(button, QToolButton):
                button.setAccessibleName(self.eye.toolTip())
        self.eye.setCheckable(True)
        self.eye.toggled.connect(self._switch)
        self._switch(is_shown=False)

    def _switch(self, is_shown: bool) -> None:
        self.setEchoMode(QLineEdit.EchoMode.Normal if is_shown else QLineEdit.EchoMode.Password)
        self.setInputMethodHints(self.inputMethodHints() | _HINTS)  # also while it is shown

    def showEvent(self, event: QShowEvent) -> None:
        """Hide the text: since the line was hidden, another person may have come."""
        self.eye.setChecked(False)
        super().showEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = self.createStandardContextMenu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addSeparator()
        shows = menu.addAction(_("Show Password"))
        shows.setCheckable(True)
        shows.setChecked(self.eye.isChecked())
        shows.toggled.connect(self.eye.setChecked)
        menu.popup(event.globalPos())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "eye"):
            self.eye.setIcon(theme.icon("eye"))
        super().changeEvent(event)


def forget_passwords(page: QWidget) -> None:
    """Clear the password lines of a closed page, without signals, so that drafts in use keep theirs."""
    for line in widget_tree.descendants(page, PasswordLine):
        line.blockSignals(True)
        line.clear()


def first(page: QWidget) -> PasswordLine | None:
    """Return the first visible password line of a page."""
    return next((each for each in widget_tree.descendants(page, PasswordLine) if each.isVisibleTo(page)), None)


def correct(line: PasswordLine | None) -> None:
    """Go to a line whose password opens nothing, and select it, so that the next key replaces it."""
    if line is not None:
        line.setFocus()
        line.selectAll()
