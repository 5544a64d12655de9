"""Provokes a dialog's messages: invalid text in each editor, and every choice."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QCheckBox,
    QComboBox,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QWidget,
)

from tests.gui.dialog_openers import settled
from tests.gui.looking import visible

RUBBISH = ("", " ", "x" * 300, "-1 \u202e/@ä", "a, b")
MOST_CHOICES = 12


def provoked(dialog: QWidget) -> Iterator[str]:
    """Change one thing on a page at a time and undo it; yield each time, so that the texts can be checked."""
    for editor in [*visible(dialog, QLineEdit), *visible(dialog, QPlainTextEdit)]:
        if editor.isReadOnly() or not editor.isEnabled() or not editor.accessibleName():
            continue
        before = _text(editor)
        for rubbish in RUBBISH:
            _type(editor, rubbish)
            settled()
            yield f"{editor.accessibleName()}: {rubbish!r}"
        _type(editor, before)
    for box in list(visible(dialog, QComboBox)):
        before = box.currentIndex()
        for number in range(min(box.count(), MOST_CHOICES) if box.isEnabled() else 0):
            box.setCurrentIndex(number)
            settled()
            yield f"{box.accessibleName()}: {box.itemText(number)}"
        box.setCurrentIndex(before)
    for button in [*visible(dialog, QCheckBox), *visible(dialog, QRadioButton)]:
        if button.isEnabled() and button.isVisible():
            button.click()
            settled()
            yield button.text()
            if isinstance(button, QCheckBox):
                button.click()
    settled()


def committed(dialog: QWidget) -> Iterator[QWidget]:
    """Fill every editor with an x, choose OK, and yield the window that opens, and the dialog if it stays."""
    for rubbish in ("x", "x.kyr"):
        button = getattr(dialog, "commit_button", None)
        if not isinstance(button, QAbstractButton):
            return
        for editor in visible(dialog, QLineEdit):
            if editor.isEnabled() and not editor.isReadOnly():
                editor.setText(rubbish)
        settled()
        before = _open()
        if button.isEnabled():
            button.click()
            settled()
        after = _open()
        yield from [each for each in after if each is dialog or each not in before]
        if not any(each is dialog for each in _open()):
            return


def _open() -> list[QWidget]:
    return [each for each in QApplication.topLevelWidgets() if each.isVisible()]


def _text(editor: QLineEdit | QPlainTextEdit) -> str:
    return editor.text() if isinstance(editor, QLineEdit) else editor.toPlainText()


def _type(editor: QLineEdit | QPlainTextEdit, text: str) -> None:
    if isinstance(editor, QLineEdit):
        editor.setText(text)
    else:
        editor.setPlainText(text)
