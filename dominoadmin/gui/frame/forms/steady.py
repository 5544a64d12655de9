"""Editors, choices and tabs that the mouse wheel does not change.

With Qt's own, scrolling a form changes the number or choice under the pointer, and the user sees
nothing of it. Here the wheel scrolls what is around, always: a value is changed by typing, by the arrows and by the
keys. Subclasses, and no event filter: Python is called for the wheel only, not for each event.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QComboBox, QDateEdit, QDateTimeEdit, QSpinBox, QTabBar, QTabWidget, QWidget


class SteadyComboBox(QComboBox):
    """A choice; its list, once opened, scrolls."""

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


class SteadyDocks(QObject):
    """Keeps the wheel from the tab bars that Qt itself makes for panels that lie above each other."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)
