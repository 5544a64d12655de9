"""The bars of Home: how many certificates were issued in each month. They are one button, which opens the list."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QSizePolicy, QWidget

from dominoadmin.gui.frame.painting.cards import GRID
from dominoadmin.gui.home.pressing import PaintedButton
from dominoadmin.viewmodels.home import issued
from dominoadmin.viewmodels.home.issued import Bars

_HIGH, _HIGHEST = 4, 12  # lines of text, at least and at most
_MOST_WIDE: Final = 40
_ROUND: Final = 2


class BarsView(PaintedButton):
    """Paints the bars; a screen reader reads the numbers."""

    wanted = Signal(str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._bars: Bars | None = None
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.MinimumExpanding)
        self.setMaximumHeight(_HIGHEST * self.fontMetrics().height())
        self.setAccessibleName(issued.title())
        self.clicked.connect(self._clicked)

    def show_bars(self, bars: Bars) -> None:
        """Show the numbers of the months."""
        self._bars = bars
        self.setAccessibleDescription(bars.sentence)
        self.update()

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().height()
        return QSize(12 * self.fontMetrics().averageCharWidth(), (_HIGH + 2) * line + 2 * GRID)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._bars:
            place = min(len(self._bars.months) - 1, int(event.position().x() / self._step()))
            self.setToolTip(f"{self._bars.months[max(0, place)]}: {self._bars.numbers[max(0, place)]}")
        super().mouseMoveEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._bars is None:
            return
        painter = QPainter(self)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # time runs to the right in every language
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, palette = self.fontMetrics().height(), self.palette()
        base, most = self.height() - line - GRID, max(*self._bars.numbers, 1)
        room = base - line - GRID
        for place, number in enumerate(self._bars.numbers):
            left, high = place * self._step(), room * number / most
            wide = min(_MOST_WIDE, self._step() * 0.7)
            bar = QRectF(left + (self._step() - wide) / 2, base - max(high, 1), wide, max(high, 1))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(palette.color(QPalette.ColorRole.Highlight))
            painter.drawRoundedRect(bar, min(_ROUND, high / 2), min(_ROUND, high / 2))
            if number and self.fontMetrics().horizontalAdvance(str(number)) <= self._step():
                above = QRectF(left, bar.top() - line, self._step(), line)
                painter.setPen(palette.color(QPalette.ColorRole.Text))
                painter.drawText(above, int(Qt.AlignmentFlag.AlignCenter), str(number))
        painter.setPen(palette.color(QPalette.ColorRole.Text))
        below = QRectF(0, base + GRID / 2, self.width(), line)
        painter.drawText(below, int(Qt.AlignmentFlag.AlignLeft), self._bars.months[0])
        painter.drawText(below, int(Qt.AlignmentFlag.AlignRight), self._bars.months[-1])
        self.paint_focus(painter)

    def _step(self) -> float:
        return self.width() / max(1, len(self._bars.months) if self._bars else 1)

    def _clicked(self) -> None:
        if self._bars:
            self.wanted.emit(self._bars.command, self._bars.target)
