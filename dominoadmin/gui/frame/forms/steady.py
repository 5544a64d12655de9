"""Editors, choices and tabs that the mouse wheel does not change.

With Qt's own, scrolling a form changes the number or choice under the pointer, unnoticed by the
user. Here the wheel always scrolls the parent: a value is changed by typing, by the arrows and by the keys. These are
subclasses, not an event filter, so that Python is called only for the wheel, not for each event.
"""

from __future__ import annotations

from PySide6.QtGui import QColor, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QDateEdit, QDateTimeEdit, QSpinBox, QTabBar, QTabWidget, QWidget

from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _


class SteadyComboBox(QComboBox):
    """A choice; its list, once opened, scrolls. A tip shows what the box has no room for."""

    def __init__(self, parent: QWidget | None = None, *, editable: bool = False) -> None:
        super().__init__(parent, editable=editable)
        self._tip = ""
        self.currentTextChanged.connect(self._show_whole)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_whole(self.currentText())

    def _show_whole(self, text: str) -> None:
        if self.toolTip() not in ("", self._tip):  # it says why the choice is off
            return
        room = self.width() - 2 * self.height()  # at least; to ask the style would cost time at the start
        self._tip = foreign_text.plain(text) if self.fontMetrics().horizontalAdvance(text) > room else ""
        self.setToolTip(self._tip)

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SteadySpinBox(QSpinBox):
    """A number."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SteadyDateEdit(QDateEdit):
    """A date."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SteadyDateTimeEdit(QDateTimeEdit):
    """A date and a time of day."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SteadyTabBar(QTabBar):
    """The titles of tabs."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        event.ignore()


class SteadyTabs(QTabWidget):
    """Pages behind tabs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setTabBar(SteadyTabBar(self))
        self._titles: dict[int, str] = {}  # without a count

    def count_problems(self, number: int, count: int) -> None:
        """Show on a tab how many problems are behind it."""
        title = self._titles.setdefault(number, self.tabText(number))
        shown = _("{tab} ({count})").format(tab=title, count=count) if count else title
        if shown != self.tabText(number):
            self.setTabText(number, shown)
            self.setTabToolTip(number, plural("{n} problem", "{n} problems", count).format(n=count) if count else "")
            self.tabBar().setTabTextColor(number, theme.problem() if count else QColor())
