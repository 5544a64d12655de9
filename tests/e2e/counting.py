"""Counts what a walk costs a person: clicks, typed characters, filled-in fields, passwords, boxes with only OK."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QMessageBox,
    QPlainTextEdit,
    QPushButton,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from tests.gui.hand import Hand, _tree_item

COLUMNS = ("clicks", "characters", "fields", "passwords", "boxes")
HEADINGS = ("clicks", "typed characters", "fields", "passwords", "boxes with only OK")
GOALS = {"clicks": 30, "fields": 9, "passwords": 1, "boxes": 0}
_EDITORS = (QLineEdit, QComboBox, QSpinBox, QPlainTextEdit)


@dataclass
class Counts:
    """A drop-down list costs two clicks and a double click two; `passwords` are the different ones that were typed."""

    clicks: int = 0
    characters: int = 0
    fields: int = 0
    boxes: list[str] = field(default_factory=list)
    secrets: set[str] = field(default_factory=set)

    def totals(self) -> dict[str, int]:
        numbers = (self.clicks, self.characters, self.fields, len(self.secrets), len(self.boxes))
        return dict(zip(COLUMNS, numbers, strict=True))


class CountingHand(Hand):
    """A hand that counts. Keys such as Return and Esc count as typed characters."""

    def __init__(self) -> None:
        super().__init__()
        self.counts = Counts()
        self._boxes = _Boxes(self.counts)

    def fill(self, where: QWidget, label: str, text: str) -> None:
        super().fill(where, label, text)
        self._typed(self.editor(where, label), text)

    def enter(self, where: QWidget, label: str, text: str) -> None:
        super().enter(where, label, text)
        self.counts.characters += 1

    def fill_line(self, line: QLineEdit, text: str) -> None:
        """Type into a line that has no label."""
        line.setText(text)
        self._typed(line, text)

    def choose(self, where: QWidget, label: str, item: str) -> None:
        before = self.editor(where, label).currentIndex()
        super().choose(where, label, item)
        self.counts.clicks += 2 * (self.editor(where, label).currentIndex() != before)

    def tick(self, where: QWidget, label: str, *, on: bool = True) -> None:
        self.counts.clicks += self.button(where, label).isChecked() != on
        super().tick(where, label, on=on)

    def click(self, where: QWidget, label: str) -> None:
        self.counts.clicks += 1
        super().click(where, label)

    def press(self, button: QAbstractButton) -> None:
        """Press a button that was found without its label."""
        self.counts.clicks += 1
        button.click()

    def menu(self, window: QWidget, path: str) -> None:
        self.counts.clicks += len(path.split(">"))
        super().menu(window, path)

    def tab(self, where: QWidget, title: str) -> QWidget:
        before = [tabs.currentIndex() for tabs in where.findChildren(QTabWidget)]
        page = super().tab(where, title)
        self.counts.clicks += before != [tabs.currentIndex() for tabs in where.findChildren(QTabWidget)]
        return page

    def navigate(self, where: QWidget, path: str) -> None:
        found = _tree_item(where, path)
        self.counts.clicks += 1 + (found is not None and not found[1].isVisible())  # a tab hides the tree
        super().navigate(where, path)

    def select(self, where: QWidget, *texts: str) -> list[int]:
        self.counts.clicks += 1
        return super().select(where, *texts)

    def open_row(self, where: QWidget, text: str) -> None:
        super().open_row(where, text)
        self.counts.clicks += 1

    def key(self, widget: QWidget, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        self.counts.characters += 1
        super().key(widget, key, modifiers)

    def _typed(self, editor: Any, text: str) -> None:
        self.counts.fields += 1
        self.counts.characters += len(text)
        if isinstance(editor, QLineEdit) and editor.echoMode() == QLineEdit.EchoMode.Password:
            self.counts.secrets.add(text)


class _Boxes(QObject):
    """Notes each dialog that only shows a message: one button, and nothing to fill in."""

    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self._counts = counts
        QApplication.instance().installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if event.type() == QEvent.Type.Show and isinstance(watched, QDialog) and _only_tells(watched):
            self._counts.boxes.append(watched.windowTitle())
        return False


def _only_tells(dialog: QDialog) -> bool:
    if isinstance(dialog, QMessageBox):
        return len(dialog.buttons()) == 1
    buttons = [each for each in dialog.findChildren(QPushButton) if not each.isHidden()]
    return len(buttons) == 1 and not any(dialog.findChildren(kind) for kind in _EDITORS)


def table(ways: Mapping[str, Mapping[str, int]]) -> str:
    """Return the counts of each way as lines of text, above the goals."""
    rows = [("", *HEADINGS), *((way, *(str(counts[each]) for each in COLUMNS)) for way, counts in ways.items())]
    rows.append(("goals of the guided way", *(f"<= {GOALS[each]}" if each in GOALS else "" for each in COLUMNS)))
    widths = [max(len(row[number]) for row in rows) for number in range(len(rows[0]))]
    return "\n".join(
        row[0].ljust(widths[0]) + "".join(f"  {cell.rjust(width)}" for cell, width in zip(row[1:], widths[1:], strict=True))
        for row in rows
    )


def read(path: Path) -> dict[str, Any]:
    """Return a walk's report."""
    return json.loads(path.read_text(encoding="utf-8"))
