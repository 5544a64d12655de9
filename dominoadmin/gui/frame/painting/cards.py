"""A card: a title and its contents on a rounded ground, painted from the palette."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.frame.painting import grounds

GRID: Final = 8
"""Distances are multiples of this many pixels."""
_ROUND: Final = 8


class Card(QWidget):
    """A group with a title; add to `inside`."""

    def __init__(self, title: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self.setBackgroundRole(QPalette.ColorRole.Base)  # so that the labels inside use the color of text on it
        self._title = BreakingLabel(title, self)
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self.inside = QVBoxLayout(self)
        self.inside.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        self.inside.setSpacing(GRID)
        self.inside.addWidget(self._title)
        self.set_title(title)

    def set_title(self, title: str) -> None:
        """Show another title."""
        self._title.setText(title)
        self.setAccessibleName(title)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(grounds.line(self.palette()), 1))
        painter.setBrush(self.palette().color(QPalette.ColorRole.Base))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), _ROUND, _ROUND)
