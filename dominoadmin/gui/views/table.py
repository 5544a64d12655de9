"""The rows of a view: read in a job, shown in a table that keeps its place when they change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from dominoadmin.gui import theme

Row = Any
Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()


@dataclass(frozen=True)
class Column:
    """One column of a view. `badge` returns `ok`, `wait`, `bad` or an empty string: a shape beside the word."""

    title: str
    text: Callable[[Row], str]
    width: int = 160
    sort: Callable[[Row], Any] | None = None
    badge: Callable[[Row], str] | None = None

    def key(self, row: Row) -> Any:  # noqa: ANN401 - whatever sorts
        """Return what the column sorts by."""
        return self.sort(row) if self.sort else self.text(row).casefold()


@dataclass(frozen=True)
class View:
    """One view of a database. `load` runs in a job; `key` tells rows apart over refreshes; `empty` says what to do."""

    path: str
    columns: tuple[Column, ...]
    load: Callable[[], Sequence[Row]]
    key: Callable[[Row], Hashable]
    empty: str = ""

    @property
    def title(self) -> str:
        """The last part of the path."""
        return self.path.replace("\\", "/").rpartition("/")[2]


class Rows(QAbstractTableModel):
    """The loaded rows, filtered by a search text and sorted by a column."""

    def __init__(self, view: View, parent: Any = None) -> None:  # noqa: ANN401 - a QObject
        super().__init__(parent)
        self.view = view
        self._all: list[Row] = []
        self._shown: list[Row] = []
        self._search = ""
        self._order: tuple[int, bool] | None = None

    @property
    def total(self) -> int:
        """How many rows there are, shown or not."""
        return len(self._all)

    def row(self, number: int) -> Row:
        """Return a shown row."""
        return self._shown[number]

    def number_of(self, key: Hashable) -> int:
        """Return where the row with this key is shown, or -1."""
        return next((number for number, row in enumerate(self._shown) if self.view.key(row) == key), -1)

    def replace(self, rows: Sequence[Row]) -> None:
        """Show other rows."""
        self._all = list(rows)
        self._arrange()

    def search(self, text: str) -> None:
        """Show only rows in which every word of `text` occurs."""
        self._search = text.casefold()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order == Qt.SortOrder.DescendingOrder) if column >= 0 else None
        self._arrange()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.view.columns)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's variant
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        column, row = self.view.columns[index.column()], self._shown[index.row()]
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):
            return _one_line(column.text(row))
        if role == Qt.ItemDataRole.DecorationRole and column.badge:
            return theme.badge(column.badge(row))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's variant
        horizontal = orientation == Qt.Orientation.Horizontal
        if horizontal and role == Qt.ItemDataRole.DisplayRole and section < len(self.view.columns):
            return self.view.columns[section].title
        return None

    def _arrange(self) -> None:
        self.beginResetModel()
        words = self._search.split()
        self._shown = [row for row in self._all if self._has(row, words)] if words else list(self._all)
        if self._order:
            column, descending = self._order
            self._shown.sort(key=self.view.columns[column].key, reverse=descending)
        self.endResetModel()

    def _has(self, row: Row, words: list[str]) -> bool:
        text = "\n".join(column.text(row) for column in self.view.columns).casefold()
        return all(word in text for word in words)


def _one_line(text: str) -> str:
    """Return text that cannot break a row or pose as another column: names come from strangers."""
    return " ".join(text.split())[:500]
