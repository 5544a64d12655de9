"""Editors, choices and tabs that the mouse wheel does not change.

With Qt's own, scrolling a form changes the number or choice under the pointer, unnoticed by the
user. Here the wheel always scrolls the parent: a value is changed by typing, by the arrows and by the keys. These are
subclasses, not an event filter, so that Python is called only for the wheel, not for each event.
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
    """Keeps the wheel from the tab bars that Qt creates for stacked panels."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel:
            event.ignore()
            return True
        return super().eventFilter(watched, event)
