"""Turns the mouse wheel over everything on the screen with a value, and returns the changes."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QPointF
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QScrollArea,
    QScrollBar,
    QTabBar,
    QWidget,
)

NOTCH = 120


def turn(widget: QWidget, notches: int) -> None:
    """Turn the wheel over the middle of a widget, like the window system; away from the user is positive."""
    window = widget.window()
    at = widget.mapTo(window, widget.rect().center())
    QTest.wheelEvent(window.windowHandle(), QPointF(at), QPoint(0, notches * NOTCH))
    QApplication.processEvents()


def changed(window: QWidget) -> list[str]:
    """Turn the wheel both ways over each visible widget with a value, with and without the focus."""
    found = []
    for widget in list(_holders(window)):
        for focused in (False, True):
            if focused:
                widget.setFocus()
            for notches in (-1, 1):
                if _reachable(widget):
                    name = f"{type(widget).__name__} {widget.accessibleName()!r} {'with' if focused else 'without'} the keyboard"
                    found += [f"{name}: {what}" for what in _turned(widget, notches)]
    return found


def _turned(widget: QWidget, notches: int) -> Iterator[str]:
    bar = _scroll_bar(widget)
    value, place = _value(widget), bar.value() if bar else 0
    turn(widget, notches)
    if _value(widget) != value:
        yield f"{value} became {_value(widget)}"
    has_room = bar is not None and (place < bar.maximum() if notches < 0 else place > bar.minimum())
    if bar is not None and has_room and (bar.value() - place) * notches >= 0:
        yield "the form does not scroll"


def _reachable(widget: QWidget) -> bool:
    """Scroll to a widget; return whether the pointer can be on it."""
    if (area := _area(widget)) is not None:
        area.ensureWidgetVisible(widget)
        QApplication.processEvents()
    at = widget.window().childAt(widget.mapTo(widget.window(), widget.rect().center()))
    return at is not None and (at is widget or widget.isAncestorOf(at))


def scrolls(window: QWidget) -> int:
    """Count the widgets with a value in a form that is longer than its room."""
    return sum(_scroll_bar(widget) is not None for widget in _holders(window))


def _holders(window: QWidget) -> Iterator[QWidget]:
    for widget in window.findChildren(QWidget):
        kinds = (QAbstractSpinBox, QComboBox, QTabBar, QAbstractSlider)
        if isinstance(widget, kinds) and not isinstance(widget, QScrollBar) and widget.isVisible() and widget.isEnabled():
            yield widget


def _value(widget: QWidget) -> object:
    if isinstance(widget, QTabBar):
        return widget.tabText(widget.currentIndex())
    if isinstance(widget, QComboBox):
        return (widget.currentIndex(), widget.currentText())
    return widget.value() if isinstance(widget, QAbstractSlider) else widget.text()


def _area(widget: QWidget) -> QScrollArea | None:
    at = widget.parentWidget()
    while at is not None and not isinstance(at, QScrollArea):
        at = at.parentWidget()
    return at


def _scroll_bar(widget: QWidget) -> QScrollBar | None:
    """Return the vertical scroll bar of the form around a widget, if the form is longer than its room."""
    area = _area(widget)
    bar = area.verticalScrollBar() if area is not None else None
    return bar if bar is not None and bar.maximum() > bar.minimum() else None
