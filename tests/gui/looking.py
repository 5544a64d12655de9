"""Checks for faults that a user would see or hear in a window."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QLabel,
    QLineEdit,
    QMainWindow,
    QStyle,
    QStyleOptionComboBox,
    QTabBar,
    QToolBar,
    QToolButton,
    QWidget,
)

MNEMONIC = re.compile(r"&(\w)")


def objections(window: QWidget) -> list[str]:
    """Return all faults of the visible window."""
    QApplication.processEvents()
    found = [*unnamed(window), *same_mnemonics(window), *cut_off(window), *cut_choices(window), *squeezed(window), *misprinted(window)]
    if isinstance(window, QDialog):
        found += no_default(window)
    return found


def described(widget: QWidget) -> str:
    text = getattr(widget, "text", None)
    return f"{type(widget).__name__} {widget.objectName()!r} {text()[:40] if callable(text) else ''!r} in {type(widget.parent()).__name__}"


def visible(window: QWidget, kind: type = QWidget) -> Iterator[QWidget]:
    """Yield the visible widgets of a window, without those of windows above it."""
    for child in window.findChildren(kind):
        if child.isVisible() and child.window() is window.window():
            yield child


def unnamed(window: QWidget) -> Iterator[str]:
    """Every focusable widget has an accessible name."""
    for widget in visible(window):
        if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.objectName().startswith("qt_") or widget.focusProxy():
            continue
        interface = QAccessible.queryAccessibleInterface(widget)
        if interface is None or interface.text(QAccessible.Text.Name).strip():
            continue
        if isinstance(widget, QTabBar | QToolBar) or type(widget) is QWidget or "ScrollBar" in type(widget).__name__:
            continue
        if type(widget).__name__ in {"QTabWidget", "QDockWidget", "QSplitter", "QStackedWidget", "QHeaderView", "QMenuBar", "QExpandingLineEdit"}:
            continue
        if isinstance(widget, QAbstractScrollArea) and not widget.accessibleName() and widget.findChildren(QLabel):
            continue  # a frame that scrolls its contents
        yield f"no accessible name: {described(widget)}"


def same_mnemonics(window: QWidget) -> Iterator[str]:
    """A mnemonic occurs once on a page."""
    letters: Counter[str] = Counter()
    if isinstance(window, QMainWindow):
        letters.update(_letter(action.text()) for action in window.menuBar().actions())
    for widget in visible(window):
        if (isinstance(widget, QLabel) and widget.buddy() is not None and widget.textFormat() != Qt.TextFormat.PlainText) or isinstance(widget, QAbstractButton):
            letters[_letter(widget.text())] += 1
        elif isinstance(widget, QTabBar):
            letters.update(_letter(widget.tabText(number)) for number in range(widget.count()))
    del letters[""]
    for letter, count in letters.items():
        if count > 1:
            yield f"Alt+{letter} stands {count} times"


def _letter(text: str) -> str:
    found = MNEMONIC.search(text.replace("&&", ""))
    return found[1].lower() if found else ""


def cut_off(window: QWidget) -> Iterator[str]:
    """Texts are not cut off."""
    for widget in visible(window):
        if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
            if widget.wordWrap():
                needed = widget.heightForWidth(widget.width())
                if needed > widget.height() + 2 and not _scrolls(widget):
                    yield f"cut off below ({widget.height()} of {needed}): {described(widget)}"
            elif widget.fontMetrics().horizontalAdvance(widget.text().replace("&", "").split("\n")[0]) > widget.width() + 2 and widget.textFormat() != Qt.TextFormat.RichText and not _scrolls(widget):
                yield f"cut off at the right: {described(widget)}"
        elif isinstance(widget, QAbstractButton) and widget.text() and not isinstance(widget.parent(), QTabBar):
            yield from _cut_off_button(widget)


def _cut_off_button(button: QAbstractButton) -> Iterator[str]:
    is_icon = isinstance(button, QToolButton) and button.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonIconOnly
    if is_icon and not button.icon().isNull():  # without one it shows its text
        if not button.toolTip():
            yield f"an icon without a tool tip: {described(button)}"
        return
    if button.findChildren(QLabel):
        return  # its labels show the text, and wrap it
    if button.hasHeightForWidth():  # it wraps its text
        if (needed := button.heightForWidth(button.width())) > button.height() + 2:
            yield f"cut off below ({button.height()} of {needed}): {described(button)}"
        return
    needed = max(map(button.fontMetrics().horizontalAdvance, button.text().replace("&", "").split("\n")))
    if needed > button.width() + 2:
        yield f"cut off: {described(button)}"



def cut_choices(window: QWidget) -> Iterator[str]:
    """What a choice has no room for is in its tool tip; one that is off has the reason there."""
    for box in visible(window, QComboBox):
        needed, room = box.fontMetrics().horizontalAdvance(box.currentText()), _room_for_text(box)
        if needed > room + 2 and box.isEnabled() and not box.isEditable() and box.currentText() not in box.toolTip():
            yield f"cut off ({room} of {needed}), and no tool tip says the rest: {box.currentText()!r} in {box.accessibleName()!r}"


def _room_for_text(box: QComboBox) -> int:
    option = QStyleOptionComboBox()
    box.initStyleOption(option)
    return box.style().subControlRect(QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box).width()


def misprinted(window: QWidget) -> Iterator[str]:
    """No mark that is meant for the program is read by people: that of a mnemonic, or of the end of a line."""
    for widget in visible(window, QLabel):
        mark = r"&&\w" if widget.buddy() is not None or widget.textFormat() != Qt.TextFormat.PlainText else r"&\w"
        if re.search(mark, widget.text()) or r"\n" in widget.text():
            yield f"misprinted: {widget.text()!r}"


def squeezed(window: QWidget) -> Iterator[str]:
    """Editors are as high as their text."""
    for widget in visible(window):
        if isinstance(widget, QLineEdit | QComboBox | QAbstractSpinBox):
            needed = widget.minimumSizeHint().height()
            if widget.height() < needed - 2:
                yield f"squeezed ({widget.height()} of {needed}): {described(widget)}"


def _scrolls(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QAbstractScrollArea):
            return bool(parent.horizontalScrollBar().isVisible() and parent.verticalScrollBar().isVisible())
        parent = parent.parentWidget()
    return False


def no_default(dialog: QDialog) -> Iterator[str]:
    """Every dialog with buttons has a default button."""
    buttons = [button for button in visible(dialog, QAbstractButton) if hasattr(button, "isDefault")]
    if buttons and not any(button.isDefault() or button.autoDefault() for button in buttons):
        yield "no default button"
