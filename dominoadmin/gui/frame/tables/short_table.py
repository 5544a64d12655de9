"""Tables with few rows, for dialogs and documents; `table_view.py` has those of views."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QTableWidget, QTableWidgetItem, QWidget

from dominoadmin.gui.frame import foreign_text

_PADDING: Final = 6  # of a dense row, above and below its text
_SERIAL_SHOWN: Final = 20  # characters; the full number is in the tool tip


class ShortTable(QTableWidget):
    """A read-only table."""

    def __init__(
        self,
        titles: Sequence[str],
        name: str,
        parent: QWidget | None,
        *,
        selecting: QAbstractItemView.SelectionMode = QAbstractItemView.SelectionMode.NoSelection,
        dense: bool = False,
    ) -> None:
        super().__init__(0, len(titles), parent)
        self.setHorizontalHeaderLabels(list(titles))
        self.setAccessibleName(name)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(selecting)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        if dense:
            self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _PADDING)
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def fill(self, rows: Sequence[Sequence[str]]) -> None:
        """Replace the rows; each full text is in the tool tip of its cell."""
        self.setRowCount(len(rows))
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                item = QTableWidgetItem(foreign_text.in_one_line(text))
                item.setToolTip(foreign_text.plain(text))
                self.setItem(row, column, item)
        self.updateGeometry()

    def fit_serial(self, column: int) -> None:
        """Set the width of a column of serial numbers."""
        self.setColumnWidth(column, self.fontMetrics().averageCharWidth() * _SERIAL_SHOWN)

    def height_of(self, rows: int) -> int:
        """Return the height of the table with so many rows of one line."""
        row, header = self.verticalHeader().defaultSectionSize(), self.horizontalHeader().sizeHint().height()
        return rows * row + header + 2 * self.frameWidth()
