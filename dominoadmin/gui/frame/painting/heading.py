"""Headings: of a page, with the view beside the title, and of a dialog, with its context below it.

What has no room is shortened; the tool tip and screen readers have it all.
"""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QStyle, QWidget

from dominoadmin.gui.frame import foreign_text

_LARGER: Final = 1.3  # the size of the title, of the usual text's
_AIR: Final = 6
_SIDE: Final = 16  # pixels left of a dialog's title, as its contents
_BETWEEN: Final = 10


class PageHeading(QWidget):
    """A page's heading: two texts on one line."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._title, self.context = "", ""
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_texts(self, title: str, context: str = "") -> None:
        """Show a title, and the name of a view or what else it is about."""
        self._title, self.context = foreign_text.in_one_line(title), foreign_text.in_one_line(context)
        whole = " - ".join(filter(None, (self._title, self.context)))
        self.setAccessibleName(whole)
        self.setToolTip(foreign_text.plain(whole))
        self.updateGeometry()
        self.update()

    def rename(self, title: str) -> None:
        """Show another title."""
        self.show_texts(title, self.context)

    def sizeHint(self) -> QSize:
        return QSize(0, QFontMetrics(self.large()).height() + 2 * _AIR)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, large = QPainter(self), self.large()
        metrics, usual = QFontMetrics(large), self.fontMetrics()
        top = (self.height() - metrics.height()) // 2
        end = self.write(painter, self._title, QRect(_AIR, top, self.width() - 2 * _AIR, metrics.height()), large)
        below = top + metrics.ascent() - usual.ascent()  # on the same base line
        left = end + _BETWEEN
        rest = QRect(left, below, self.width() - left - _AIR, usual.height())
        self.write(painter, self.context, rest, self.font(), QPalette.ColorRole.PlaceholderText)

    def large(self) -> QFont:
        """Return the font of the title."""
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() * _LARGER)
        font.setWeight(QFont.Weight.DemiBold)
        return font

    def write(
        self,
        painter: QPainter,
        text: str,
        room: QRect,
        font: QFont,
        role: QPalette.ColorRole = QPalette.ColorRole.WindowText,
    ) -> int:
        """Write a text, shortened if it has no room; return where it ends, in pixels.

        The places are those of a language that is read from the left; one that is read from the right is mirrored.
        """
        metrics = QFontMetrics(font)
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
        painter.setFont(font)
        painter.setPen(self.palette().color(role))
        place = QStyle.visualRect(self.layoutDirection(), self.rect(), room)
        painter.drawText(place, Qt.AlignmentFlag.AlignLeft, shown)
        return room.x() + metrics.horizontalAdvance(shown)


class DialogHeading(PageHeading):
    """A dialog's heading: a band with the title, and its context below."""

    def sizeHint(self) -> QSize:
        context = self.fontMetrics().height() if self.context else 0
        return QSize(0, QFontMetrics(self.large()).height() + context + 3 * _AIR)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter, large = QPainter(self), self.large()
        painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.Base))
        painter.setPen(self.palette().color(QPalette.ColorRole.Mid))
        painter.drawLine(self.rect().bottomLeft(), self.rect().bottomRight())
        height, top = QFontMetrics(large).height(), (3 * _AIR) // 2
        self.write(painter, self._title, QRect(_SIDE, top, self.width() - 2 * _SIDE, height), large)
        rest = QRect(_SIDE, top + height, self.width() - 2 * _SIDE, self.fontMetrics().height())
        self.write(painter, self.context, rest, self.font(), QPalette.ColorRole.PlaceholderText)
