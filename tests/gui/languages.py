"""Finds English in a window that should speak another language: the templates of the catalog that are translated."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from babel.messages.pofile import read_po
from PySide6.QtCore import QAbstractItemModel, QAbstractListModel, QModelIndex, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QComboBox,
    QGroupBox,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QProgressBar,
    QTabBar,
    QWidget,
    QWizardPage,
)

from tests.source import REPOSITORY

PO = REPOSITORY / "resources" / "locale" / "de.po"
VALUE = re.compile(r"\{\w*\}")
LEAST_LETTERS = 8
MOST_ROWS = 60
ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)


@cache
def english() -> tuple[frozenset[str], re.Pattern[str]]:
    """Return the texts without values whose German differs, and a pattern for the sentences among all others."""
    whole, sentences = set(), []
    with PO.open("rb") as file:
        for message in read_po(file, locale="de"):
            forms = message.id if isinstance(message.id, tuple) else (message.id,)
            for form in filter(None, forms):
                if form in (message.string if isinstance(message.string, tuple) else (message.string,)):
                    continue
                own = VALUE.sub("", form)
                if own == form:
                    whole.add(form.replace("&", "").rstrip(":"))
                if " " in own.strip() and sum(map(str.isalpha, own)) >= LEAST_LETTERS:
                    sentences.append(r".+?".join(map(re.escape, VALUE.split(form))))
    return frozenset(whole), re.compile("|".join(rf"\b{each}" if each[:1].isalpha() else each for each in sentences), re.DOTALL)


def found_in(text: str) -> str:
    """Return the English that a text holds, or nothing."""
    whole, sentences = english()
    plain = text.replace("&", "").strip().rstrip(":")
    if plain in whole:
        return plain
    found = sentences.search(text)
    return found[0] if found else ""


def texts(window: QWidget) -> Iterator[str]:
    """Yield everything that a window shows or says."""
    yield window.windowTitle()
    for widget in window.findChildren(QWidget):
        if widget.isVisible() and widget.window() is window:
            yield from filter(None, (widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()))
            yield from _own(widget)


def _own(widget: QWidget) -> Iterator[str]:
    match widget:
        case QLabel() | QAbstractButton():
            yield widget.text()
        case QGroupBox():
            yield widget.title()
        case QLineEdit() | QPlainTextEdit():
            yield widget.placeholderText()
            if widget.isReadOnly():
                yield widget.text() if isinstance(widget, QLineEdit) else widget.toPlainText()
        case QComboBox():
            yield from (widget.itemText(number) for number in range(widget.count()))
        case QTabBar():
            yield from (widget.tabText(number) for number in range(widget.count()))
        case QProgressBar():
            yield widget.format()
        case QAbstractItemView() if widget.model() is not None:
            yield from _cells(widget.model(), QModelIndex())
        case QWizardPage():
            yield from (widget.title(), widget.subTitle())


def _cells(model: QAbstractItemModel, parent: QModelIndex) -> Iterator[str]:
    columns = 1 if isinstance(model, QAbstractListModel) else model.columnCount(parent)
    for column in range(columns):
        if not parent.isValid():
            yield str(model.headerData(column, Qt.Orientation.Horizontal) or "")
        for row in range(min(MOST_ROWS, model.rowCount(parent))):
            cell = model.index(row, column, parent)
            yield from (str(cell.data(role) or "") for role in ROLES)
            if column == 0 and model.rowCount(cell):
                yield from _cells(model, cell)
