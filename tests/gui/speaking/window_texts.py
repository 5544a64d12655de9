"""All texts of a window, visible or accessible."""

from __future__ import annotations

from collections.abc import Iterator

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

MOST_ROWS = 60
ROLES = (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole)


def texts(window: QWidget) -> Iterator[str]:
    """Yield all texts of a window, visible or accessible."""
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
