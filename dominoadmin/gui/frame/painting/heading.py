"""The heading of a page: its title, and the view beside it; what has no room is shortened."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from dominoadmin.gui.frame import foreign_text

_LARGER: Final = 1.3  # the size of the title, of the usual text's
_AIR: Final = 6
_BETWEEN: Final = 10


class Heading(QWidget):
    """Two texts on one line, which screen readers read as one."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self._view = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_texts(self, title: str, view: str = "") -> None:
        """Show a title, and the name of a view."""
        self._title, self._view = foreign_text.in_one_line(title), foreign_text.in_one_line(view)
        whole = " - ".join(filter(None, (self._title, self._view)))
        self.setAccessibleName(whole)
        self.setToolTip(foreign_text.plain(whole))
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(0, QFontMetrics(self._large()).height() + 2 * _AIR)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, large, left = QPainter(self), self._large(), _AIR
        for text, font, role in (
            (self._title, large, QPalette.ColorRole.WindowText),
            (self._view, self.font(), QPalette.ColorRole.PlaceholderText),
        ):
            metrics, room = QFontMetrics(font), self.width() - left - _AIR
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
            base = (self.height() + QFontMetrics(large).ascent() - QFontMetrics(large).descent()) // 2
            painter.setFont(font)
            painter.setPen(self.palette().color(role))
            painter.drawText(
                QRect(left, base - metrics.ascent(), room, metrics.height()), Qt.AlignmentFlag.AlignLeft, shown
            )
            left += metrics.horizontalAdvance(shown) + _BETWEEN

    def _large(self) -> QFont:
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * _LARGER)
        font.setWeight(QFont.Weight.DemiBold)
        return font
