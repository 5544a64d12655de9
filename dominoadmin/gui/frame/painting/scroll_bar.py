"""A scroll bar that is always there and is seen only when there is something to scroll.

A bar that comes and goes changes the width, and so the height of what wraps; with that it can cause itself, and Qt then
lays the contents out for ever.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QScrollArea, QScrollBar, QWidget


def keep_bar(area: QScrollArea) -> None:
    """Give an area a vertical scroll bar that always has its room."""
    area.setVerticalScrollBar(_RestingBar(area))
    area.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)


class _RestingBar(QScrollBar):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self.rangeChanged.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.maximum() > self.minimum():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().window())
