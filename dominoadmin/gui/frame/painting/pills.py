"""Pills: a word on a rounded, coloured ground. The word has the meaning; the colour only repeats it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.viewmodels.badges import Tone

_SIDE: Final = 8
_ABOVE: Final = 2
# The ground and the word on it, on a light and on a dark window; WCAG 2.2, 1.4.3 requires a contrast of 4.5.
_LIGHT: Final = {
    Tone.OK: ("#def3e6", "#12633a"),
    Tone.SOON: ("#fdeccd", "#7a4a00"),
    Tone.ACT: ("#fde3e3", "#a61e2b"),
    Tone.PLAIN: ("#e6e8eb", "#3d4550"),
    Tone.COUNT: ("#1f5fbf", "#ffffff"),  # Fusion's own highlight has a contrast of 3.6
}
_DARK: Final = {
    Tone.OK: ("#163626", "#6fd8a2"),
    Tone.SOON: ("#43300f", "#f2bd62"),
    Tone.ACT: ("#4a1f24", "#ff9a9f"),
    Tone.PLAIN: ("#3f444b", "#e2e5e9"),
    Tone.COUNT: ("#2f65ca", "#ffffff"),
}


def colours(tone: Tone) -> tuple[QColor, QColor]:
    """Return a pill's ground and the color of its word, in the present palette.

    Except for COUNT, the word's color can also be used on the ground of a window or list: its contrast there is
    at least 4.5, too.
    """
    ground, word = (_DARK if theme.is_dark() else _LIGHT)[tone]
    return QColor(ground), QColor(word)


def size(metrics: QFontMetrics, text: str) -> QSize:
    """Return the size of a pill with this text in pixels; never narrower than high."""
    height = metrics.height() + 2 * _ABOVE
    return QSize(max(height, metrics.horizontalAdvance(text) + 2 * _SIDE), height)


def paint(painter: QPainter, rect: QRectF, text: str, tone: Tone) -> None:
    """Paint a pill into a rectangle of at least its size; its text is in the middle, in the painter's font."""
    ground, word = colours(tone)
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    round_off = min(rect.height(), rect.width()) / 2
    painter.drawRoundedRect(rect, round_off, round_off)
    painter.setPen(word)
    painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), text)
    painter.restore()


class Pill(QLabel):
    """A label that is painted as a pill; screen readers read it as any label."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._tone = Tone.PLAIN
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, text: str, tone: Tone) -> None:
        """Show a word in a tone."""
        self._tone = tone
        self.setText(text)
        self.update()

    def sizeHint(self) -> QSize:
        return size(self.fontMetrics(), self.text())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint(painter, QRectF(self.rect()), self.text(), self._tone)
