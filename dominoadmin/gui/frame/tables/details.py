"""The pane below a table: the selected row in full, which the columns shorten."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette, QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.frame.painting.scroll_bar import keep_bar
from dominoadmin.gui.frame.tables.table import Row, View
from dominoadmin.i18n import text as _

SHOWN_KEY: Final = "window/details"
_LINES: Final = 8  # the height of the pane
_CELL: Final = 34  # the least width of a field, in characters
_LONGEST: Final = 500  # characters of a field, as in a cell; the document has the rest
_MOST: Final = 4  # fields side by side


class RowDetails(QScrollArea):
    """Shows the fields of one row side by side; empty fields are left out."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Details"))
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        keep_bar(self)
        self.setFixedHeight(self.fontMetrics().height() * _LINES)
        self._fields: list[_Field] = []
        self._shown = 0
        self._inside = QWidget(self)
        self._grid = QGridLayout(self._inside)
        self._grid.setContentsMargins(8, 8, 8, 8)
        self._grid.setHorizontalSpacing(16)
        self._grid.setVerticalSpacing(8)
        self.setWidget(self._inside)
        self.hide()

    def show_row(self, view: View, row: Row) -> None:
        """Show a row of a view."""
        texts = [(column.title, foreign_text.in_one_line(column.text(row)[:_LONGEST])) for column in view.columns]
        texts = [(title, text) for title, text in texts if text]
        while len(self._fields) < len(texts):
            self._fields.append(_Field(self._inside))
        self._shown = len(texts)
        for field, (title, text) in zip(self._fields, texts, strict=False):
            field.show_texts(title, text)
        for number, field in enumerate(self._fields):
            field.setVisible(number < self._shown)
        self.setAccessibleDescription("; ".join(f"{title}: {text}" for title, text in texts))
        self._arrange()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        across = max(1, min(_MOST, self.viewport().width() // (_CELL * self.fontMetrics().averageCharWidth())))
        for number, field in enumerate(self._fields[: self._shown]):
            self._grid.addWidget(field, number // across, number % across, Qt.AlignmentFlag.AlignTop)
        for column in range(_MOST):
            self._grid.setColumnStretch(column, column < across)


class _Field(QWidget):
    """A caption and a text, which can be copied."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._caption, self._text = QLabel(self), BreakingLabel("", self)
        self._caption.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        for label in (self._caption, self._text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._caption.setBuddy(self._text)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(1)
        layout.addWidget(self._caption)
        layout.addWidget(self._text)

    def show_texts(self, caption: str, text: str) -> None:
        """Show a field."""
        self._caption.setText(caption)
        self._text.setText(text)
