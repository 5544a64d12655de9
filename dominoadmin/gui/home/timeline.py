"""The timeline of Home: a line of 90 days with a mark for each end. A mark is a button, which opens the list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.painting import grounds, pills
from dominoadmin.gui.frame.painting.cards import GRID
from dominoadmin.gui.home.pressing import PaintedButton
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.badges import Tone
from dominoadmin.viewmodels.home import ends
from dominoadmin.viewmodels.home.ends import DAYS, Mark, Timeline

_SIDE: Final = 24  # pixels of a mark to click on; WCAG 2.2, 2.5.8
_DOT: Final = 7.0
_WIDEST: Final = 0.45  # of the line: the part that a label may take
_LEAST: Final = 10  # characters of a name
_LANES: Final = (1, 2, 0, 3)  # the lanes of labels, by their distance from the line: two above it, two below it


class Dot(PaintedButton):
    """A mark: a circle, a triangle if it comes soon, and a square on its corner if it is urgent."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.mark: Mark | None = None
        self.resize(_SIDE, _SIDE)

    def show_mark(self, mark: Mark) -> None:
        """Show a mark."""
        self.mark = mark
        sentence = foreign_text.visible(mark.sentence)
        self.setAccessibleName(sentence)
        self.setToolTip(foreign_text.plain(sentence))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        tone = self.mark.tone if self.mark else Tone.PLAIN
        painter.setPen(QPen(self.palette().color(QPalette.ColorRole.Base), 2))
        painter.setBrush(pills.colours(tone)[1])
        middle = QPointF(_SIDE / 2, _SIDE / 2)
        if corners := _CORNERS.get(tone):
            painter.drawPolygon(QPolygonF([middle + QPointF(x, y) * (_DOT + 2) for x, y in corners]))
        else:
            painter.drawEllipse(middle, _DOT, _DOT)
        self.paint_focus(painter)


_CORNERS: Final = {
    Tone.SOON: ((0.0, -1.0), (1.0, 0.8), (-1.0, 0.8)),
    Tone.ACT: ((0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)),
}


@dataclass(frozen=True)
class _Label:
    dot: Dot
    rect: QRect
    text: str


class TimelineView(QWidget):
    """Paints the line and the labels of its marks; a label that has no room is only in the tool tip of its mark."""

    wanted = Signal(str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._dots: list[Dot] = []
        self._labels: list[_Label] = []
        self.setAccessibleName(ends.title())
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_timeline(self, timeline: Timeline) -> None:
        """Show the marks."""
        self.setAccessibleDescription(timeline.sentence)
        while len(self._dots) < len(timeline.marks):
            dot = Dot(self)
            dot.clicked.connect(partial(self._clicked, dot))
            self._dots.append(dot)
        for dot, mark in zip(self._dots, timeline.marks, strict=False):
            dot.show_mark(mark)
        for place, dot in enumerate(self._dots):
            dot.setVisible(place < len(timeline.marks))
        self._place()

    def stops(self) -> list[QWidget]:
        """Return the marks in their order."""
        return [dot for dot in self._dots if not dot.isHidden()]

    def sizeHint(self) -> QSize:
        return QSize(12 * self.fontMetrics().averageCharWidth(), 5 * self._line() + _SIDE + GRID)

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._place()
        super().resizeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        for label in self._labels:
            if label.rect.contains(event.position().toPoint()):
                label.dot.click()
                return
        super().mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        colour, text = grounds.line(self.palette()), self.palette().color(QPalette.ColorRole.Text)
        middle = self._middle()
        painter.setPen(QPen(colour, 3, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLine(_SIDE // 2, middle, self.width() - _SIDE // 2, middle)
        for days, rect, said in self._ticks():
            painter.setPen(QPen(colour, 1))
            painter.drawLine(self._x(days / DAYS), middle - GRID // 2, self._x(days / DAYS), middle + GRID // 2)
            painter.setPen(text)
            painter.drawText(rect, int(Qt.AlignmentFlag.AlignCenter), said)
        for label in self._labels:
            painter.setPen(QPen(colour, 1))
            x = label.dot.x() + _SIDE // 2
            painter.drawLine(x, middle, x, label.rect.center().y())
        for label in self._labels:
            painter.fillRect(label.rect, self.palette().color(QPalette.ColorRole.Base))
            painter.setPen(text)
            painter.drawText(label.rect, int(Qt.AlignmentFlag.AlignCenter), label.text)

    def _ticks(self) -> Iterator[tuple[int, QRect, str]]:
        """Return the days below the line with their texts: those of both ends, and others if they have room."""
        marked = range(DAYS // 3, DAYS + 1, DAYS // 3)
        said = {0: _("today"), **{days: plural("{n} day", "{n} days", days).format(n=days) for days in marked}}
        shown: dict[int, QRect] = {}
        for days in sorted(said, key=lambda each: each not in (0, DAYS)):
            wide = self.fontMetrics().horizontalAdvance(said[days]) + 2
            left = min(max(0, self._x(days / DAYS) - wide // 2), self.width() - wide)
            rect = QRect(left, self._top(len(_LANES)), wide, self._line())
            if not any(rect.adjusted(-GRID, 0, GRID, 0).intersects(other) for other in shown.values()):
                shown[days] = rect
        return ((days, rect, said[days]) for days, rect in shown.items())

    def _place(self) -> None:
        """Place the marks, and the labels into the lanes where they have room."""
        self._labels = []
        used, last = dict.fromkeys(_LANES, -GRID), 0
        for dot in self._dots:
            if dot.mark is None or dot.isHidden():
                continue
            x = max(self._x(dot.mark.place), last + int(_DOT) * 2)  # beside the one before it, not on it
            last = x = min(x, self.width() - _SIDE // 2)
            dot.move(x - _SIDE // 2, self._middle() - _SIDE // 2)
            text, wide = self._label(dot.mark)
            left = min(max(0, x - wide // 2), max(0, self.width() - wide))
            lane = next((lane for lane in _LANES if used[lane] + GRID <= left), None)
            if lane is not None:
                used[lane] = left + wide
                self._labels.append(_Label(dot, QRect(left, self._top(lane), wide, self._line()), text))
        self.update()

    def _label(self, mark: Mark) -> tuple[str, int]:
        """Return the label of a mark and its width; the name is elided, and when it ends is not."""
        metrics, template = self.fontMetrics(), _("{what}, {days}") if mark.when else "{what}"
        rest = metrics.horizontalAdvance(template.format(what="", days=mark.when)) if mark.when else 0
        most = max(int(self.width() * _WIDEST) - rest, _LEAST * metrics.averageCharWidth())
        name = metrics.elidedText(foreign_text.visible(mark.name), Qt.TextElideMode.ElideMiddle, most)
        shown = template.format(what=name, days=mark.when)
        return shown, metrics.horizontalAdvance(shown) + 2

    def _line(self) -> int:
        return self.fontMetrics().height()

    def _top(self, lane: int) -> int:
        """Return the top of a lane; the fifth one is that of the days."""
        return lane * self._line() + (_SIDE if lane >= len(_LANES) // 2 else 0) + (GRID if lane == len(_LANES) else 0)

    def _middle(self) -> int:
        return 2 * self._line() + _SIDE // 2

    def _x(self, place: float) -> int:
        return _SIDE // 2 + round((self.width() - _SIDE) * place)

    def _clicked(self, dot: Dot) -> None:
        if dot.mark:
            self.wanted.emit(dot.mark.command, dot.mark.target)
