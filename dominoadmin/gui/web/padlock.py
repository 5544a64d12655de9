"""A padlock, drawn in the palette's colors: closed, open, or unknown."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPainterPath, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from dominoadmin.i18n import text as _

_UNIT: Final = 100.0
_BODY: Final = QRectF(18, 44, 64, 48)


class Padlock(QWidget):
    """Closed if the session is secure. The shape shows it, not the color, and so does the accessible name."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.is_closed: bool | None = None
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.show_state(closed=None)

    def show_state(self, *, closed: bool | None) -> None:
        """Show it closed, open, or unknown."""
        self.is_closed = closed
        names = {True: _("Closed padlock"), False: _("Open padlock"), None: _("Padlock, state unknown")}
        self.setAccessibleName(names[closed])
        self.update()

    def sizeHint(self) -> QSize:
        side = self.fontMetrics().height() * 4
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = min(self.width(), self.height())
        painter.scale(side / _UNIT, side / _UNIT)
        role = QPalette.ColorRole.PlaceholderText if self.is_closed is None else QPalette.ColorRole.WindowText
        pen = QPen(self.palette().color(role), 9, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawPath(_shackle(closed=self.is_closed is not False))
        pen.setWidth(6)
        painter.setPen(pen)
        if self.is_closed:
            painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
        painter.drawRoundedRect(_BODY, 8, 8)
        self._paint_sign(painter)

    def _paint_sign(self, painter: QPainter) -> None:
        """Draw a tick on a closed lock, a cross on an open one, a keyhole if unknown."""
        if self.is_closed is None:
            painter.drawPoint(QPointF(50, 68))
            return
        role = QPalette.ColorRole.HighlightedText if self.is_closed else QPalette.ColorRole.WindowText
        painter.setPen(QPen(self.palette().color(role), 7, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        if self.is_closed:
            painter.drawPolyline([QPointF(37, 68), QPointF(46, 77), QPointF(64, 59)])
        else:
            painter.drawLine(QPointF(41, 59), QPointF(59, 77))
            painter.drawLine(QPointF(59, 59), QPointF(41, 77))


def _shackle(*, closed: bool) -> QPainterPath:
    """Return the shackle; an open lock's is swung aside."""
    path = QPainterPath(QPointF(30, 44))
    path.lineTo(30, 30)
    path.arcTo(QRectF(30, 10, 40, 40), 180, -180)
    if closed:
        path.lineTo(70, 44)
    return path if closed else path.translated(-22, 0)
