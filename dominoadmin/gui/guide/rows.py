"""The Quick Guide's rows: steps with shape, text and reason; chapters that fold."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QPalette, QPen, QPolygonF
from PySide6.QtWidgets import (
    QAbstractButton,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QSizePolicy,
    QStyle,
    QStyleOption,
    QStyleOptionFocusRect,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.guide.chapters import Chapter, Step
from dominoadmin.viewmodels.guide.steps import StepState

_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STRIPE: Final = 3


def sentence(step: Step) -> str:
    """Return the state in words, with its reason."""
    if step.state == StepState.DONE:
        return _("Done: {because}").format(because=step.because)
    if step.state == StepState.TO_DO and step.is_optional:
        return _("Optional: {because}").format(because=step.because)
    if step.state == StepState.TO_DO:
        return _("To do: {because}").format(because=step.because)
    return _("Blocked: {because}").format(because=step.because)


class Shape(QWidget):
    """A state as a shape in the palette's colors: a tick, an arrow, an empty ring."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._state = ""
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def show_state(self, state: str) -> None:
        """Show a state of a step."""
        self._state = state
        self.update()

    def sizeHint(self) -> QSize:
        side = self.fontMetrics().height()
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(self.rect()).adjusted(1.5, 1.5, -1.5, -1.5)
        if self._state == StepState.DONE:
            if icon := theme.badge(Badge.OK):
                icon.paint(painter, self.rect())
        elif self._state == StepState.TO_DO:
            self._paint_arrow(painter, box)
        else:
            painter.setPen(QPen(self.palette().color(QPalette.ColorRole.PlaceholderText), 1.5))
            painter.drawEllipse(box)

    def _paint_arrow(self, painter: QPainter, box: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QPalette.ColorRole.Highlight))
        painter.drawEllipse(box)
        painter.setBrush(self.palette().color(QPalette.ColorRole.HighlightedText))
        middle, third = box.center(), box.width() / 4
        side = -1 if self.isRightToLeft() else 1
        corners = [QPointF(-third * 0.7 * side, -third), QPointF(-third * 0.7 * side, third), QPointF(third * side, 0)]
        painter.drawPolygon(QPolygonF([middle + corner for corner in corners]))


class _Row(QAbstractButton):
    """A button whose texts wrap; Enter presses it, as Space does."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)  # a button's own does not wrap

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in _ENTER:
            self.click()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        if self.underMouse() or self.stands_out():
            painter.fillRect(self.rect(), self.palette().color(QPalette.ColorRole.AlternateBase))
        if self.stands_out():
            stripe = self.rect()
            stripe.setWidth(_STRIPE)
            stripe = QStyle.visualRect(self.layoutDirection(), self.rect(), stripe)
            painter.fillRect(stripe, self.palette().color(QPalette.ColorRole.Highlight))
        if self.hasFocus():
            option = QStyleOptionFocusRect()
            option.initFrom(self)
            self.style().drawPrimitive(QStyle.PrimitiveElement.PE_FrameFocusRect, option, painter, self)

    def stands_out(self) -> bool:
        """Return whether this is the next step."""
        return False


class StepRow(_Row):
    """One step; a click opens its command."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._is_next = False
        self._shape, self._number = Shape(self), _label(self)
        self._title, self._reason = _wrapped(self), _wrapped(self)
        self._number.setWordWrap(False)
        self._number.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
        self._number.setMinimumWidth(self.fontMetrics().horizontalAdvance("00-00"))
        layout = QGridLayout(self)
        layout.setContentsMargins(_STRIPE + 5, 4, 4, 4)
        layout.setHorizontalSpacing(6)
        layout.setVerticalSpacing(1)
        layout.addWidget(self._number, 0, 0)
        layout.addWidget(self._shape, 0, 1, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._title, 0, 2)
        layout.addWidget(self._reason, 1, 2)
        layout.setColumnStretch(2, 1)

    def show_step(self, step: Step, *, is_next: bool) -> None:
        """Show a step; the next one is highlighted."""
        self._is_next = is_next
        self.setText(step.title.replace("&", "&&"))
        name = _("Step {numbers}: {title}").format(numbers=step.numbers, title=step.title)
        self.setAccessibleName(name if step.numbers else step.title)
        self.setAccessibleDescription(sentence(step))
        self._shape.show_state(step.state)
        self._number.setText(step.numbers.replace("-", "–"))  # noqa: RUF001 - a dash between numbers
        font = self.font()
        font.setBold(is_next)
        self._title.setFont(font)
        self._title.setText(step.title)
        self._reason.setText(sentence(step))
        self.update()

    def stands_out(self) -> bool:
        return self._is_next


class _Heading(_Row):
    """A chapter's title, which folds its steps."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self._shape, self._title = Shape(self), _label(self)
        self._arrow = _Arrow(self)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2, 3, 4, 3)
        layout.setSpacing(5)
        layout.addWidget(self._arrow, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        layout.addWidget(self._title, 1)

    def show_state(self, text: str, name: str, state: str) -> None:
        self.setText(text.replace("&", "&&"))
        self.setAccessibleName(name)
        self._title.setText(text)
        self._shape.show_state(state)


class _Arrow(QWidget):
    """Shows whether the heading is unfolded."""

    def __init__(self, heading: QAbstractButton) -> None:
        super().__init__(heading)
        self._heading = heading
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        heading.toggled.connect(self.update)

    def sizeHint(self) -> QSize:
        side = self.fontMetrics().height()
        return QSize(side * 2 // 3, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        option = QStyleOption()
        option.initFrom(self)
        arrow = QStyle.PrimitiveElement
        folded = arrow.PE_IndicatorArrowLeft if self.isRightToLeft() else arrow.PE_IndicatorArrowRight
        arrows = (folded, arrow.PE_IndicatorArrowDown)
        self.style().drawPrimitive(arrows[self._heading.isChecked()], option, QPainter(self), self)


class ChapterBox(QWidget):
    """A chapter: a heading that folds its steps."""

    chosen = Signal(object)

    def __init__(self, number: int, chapter: Chapter, parent: QWidget) -> None:
        super().__init__(parent)
        self._number = number
        self._was_done: bool | None = None
        self._steps = chapter.steps
        self.heading = _Heading(self)
        self.heading.toggled.connect(self._fold)
        self._rows = [StepRow(self) for _step in chapter.steps]
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.heading)
        for place, row in enumerate(self._rows):
            row.clicked.connect(partial(self._clicked, place))
            layout.addWidget(row)

    def show_chapter(self, chapter: Chapter, following: Step | None) -> None:
        """Show a chapter's progress; it unfolds and folds automatically when that changes."""
        self._steps = chapter.steps
        holds_next = following is not None and any(step is following for step in chapter.steps)
        done = sum(step.state == StepState.DONE for step in chapter.steps)
        values = {"number": self._number, "title": chapter.title, "done": done, "all": len(chapter.steps)}
        if chapter.is_done:
            text, name = _("{number}. {title} (done)"), _("Chapter {number}: {title}, done")
        else:
            text = _("{number}. {title} ({done}/{all})")
            name = _("Chapter {number}: {title}, {done} of {all} steps done")
        state = StepState.DONE if chapter.is_done else StepState.TO_DO if holds_next else StepState.NOT_YET
        self.heading.show_state(text.format(**values), name.format(**values), state)
        for row, step in zip(self._rows, chapter.steps, strict=True):
            row.show_step(step, is_next=step is following)
        if self._was_done != chapter.is_done or (holds_next and not self.heading.isChecked()):
            self.heading.setChecked(holds_next)
        self._was_done = chapter.is_done
        self._fold(self.heading.isChecked())

    def row_of(self, step: Step) -> StepRow | None:
        """Return the row of a step of this chapter."""
        return next((row for row, each in zip(self._rows, self._steps, strict=True) if each is step), None)

    def _fold(self, unfolded: bool) -> None:
        for row in self._rows:
            row.setVisible(unfolded)

    def _clicked(self, place: int, _checked: bool = False) -> None:
        self.chosen.emit(self._steps[place])


def _label(parent: QWidget) -> QLabel:
    return _plain(QLabel(parent))


def _wrapped(parent: QWidget) -> BreakingLabel:
    label = BreakingLabel("", parent)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)  # a long word makes nothing wider
    _plain(label)
    return label


def _plain(label: QLabel) -> QLabel:
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    return label
