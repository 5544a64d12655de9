"""The cards of Home that have rows: a pill or a time, a sentence with a remark, and a button."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QSizePolicy, QWidget

from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.frame.painting import grounds
from dominoadmin.gui.frame.painting.cards import GRID, Card
from dominoadmin.gui.frame.painting.pills import Pill
from dominoadmin.viewmodels.home.rows import Button, HomeRow, HomeSection

_LEAST: Final = 10  # characters in a line
_LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop


class CommandButton(QPushButton):
    """A button that runs a command; Enter presses it, too."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAutoDefault(True)
        self.setSizePolicy(QSizePolicy.Policy.Minimum, QSizePolicy.Policy.Fixed)
        self.shown: Button | None = None
        self.hide()

    def show_button(self, button: Button | None, about: str) -> None:
        """Show a button, or none; `about` is the sentence that a screen reader adds."""
        self.shown = button
        self.setText(foreign_text.caption(button.label) if button else "")
        self.setAccessibleDescription(about)
        self.setVisible(button is not None)


class RowLine(QWidget):
    """One row. When there is little room, the button is below the text."""

    wanted = Signal(str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._pill, self._when = Pill(self), QLabel(self)
        self._text, self._remark = (BreakingLabel("", self) for _number in range(2))
        for label in (self._when, self._text, self._remark):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            label.setMinimumWidth(_LEAST * label.fontMetrics().averageCharWidth())  # longer words are broken
        self._when.setMinimumWidth(0)
        self._when.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Minimum)
        self.button = CommandButton(self)
        self.button.clicked.connect(self._clicked)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, GRID, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(2)
        self._grid.setColumnStretch(1, 1)
        self.is_narrow = False
        self._place()

    def show_row(self, row: HomeRow) -> None:
        """Show a row."""
        self._pill.show_state(row.badge, row.tone)
        self._pill.setVisible(bool(row.badge))
        self._when.setText(row.when)
        self._when.setVisible(bool(row.when))
        font = self.font()
        font.setBold(not row.badge and not row.when)  # a name
        self._text.setFont(font)
        self._text.setText(foreign_text.visible(row.text))
        self._remark.setText(foreign_text.visible(row.remark))
        self._remark.setVisible(bool(row.remark))
        self.button.show_button(row.button, row.text)

    @property
    def lead(self) -> int:
        """The width of the pill or the time, in pixels."""
        shown = [each for each in (self._pill, self._when) if not each.isHidden()]
        return max((each.sizeHint().width() for each in shown), default=0)

    def indent(self, lead: int) -> None:
        """Begin the text where that of the other rows begins."""
        self._grid.setColumnMinimumWidth(0, lead)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Place the button below the text, or beside it."""
        if is_narrow != self.is_narrow:
            self.is_narrow = is_narrow
            self._place()

    def _place(self) -> None:
        for widget in (self._pill, self._when, self._text, self._remark, self.button):
            self._grid.removeWidget(widget)
        self._grid.addWidget(self._pill, 0, 0, _LEFT)
        self._grid.addWidget(self._when, 0, 0, _LEFT)
        self._grid.addWidget(self._text, 0, 1)
        self._grid.addWidget(self._remark, 1, 1)
        if self.is_narrow:
            self._grid.addWidget(self.button, 2, 0, 1, 2)
            self._grid.setAlignment(self.button, _LEFT)
        else:
            self._grid.addWidget(self.button, 0, 2, 2, 1)
            self._grid.setAlignment(self.button, Qt.AlignmentFlag.AlignTop)

    def _clicked(self) -> None:
        if self.button.shown:
            self.wanted.emit(self.button.shown.command, self.button.shown.target)

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(grounds.line(self.palette()))
        painter.drawLine(0, 0, self.width(), 0)


class SectionCard(Card):
    """A card with rows. The widgets of the rows are used again, so that the focus stays where it is."""

    wanted = Signal(str, object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__("", parent)
        self._rows: list[RowLine] = []
        self._nothing = BreakingLabel("", self)
        self.more = CommandButton(self)
        self.more.clicked.connect(self._more_clicked)
        self.inside.addWidget(self._nothing)
        self.inside.addWidget(self.more, 0, _LEFT)
        self.inside.addStretch(1)

    def show_section(self, section: HomeSection) -> None:
        """Show a section."""
        self.set_title(section.title)
        while len(self._rows) < len(section.rows):
            row = RowLine(self)
            row.set_narrow(is_narrow=bool(self._rows) and self._rows[0].is_narrow)
            row.wanted.connect(self.wanted)
            self.inside.insertWidget(1 + len(self._rows), row)
            self._rows.append(row)
        for line, shown in zip(self._rows, section.rows, strict=False):
            line.show_row(shown)
        for place, line in enumerate(self._rows):
            line.setVisible(place < len(section.rows))
        lead = max((line.lead for line in self._rows[: len(section.rows)]), default=0)
        for line in self._rows:
            line.indent(lead)
        self._nothing.setText(section.nothing)
        self._nothing.setVisible(not section.rows)
        self.more.show_button(section.more, section.title)

    def set_narrow(self, *, is_narrow: bool) -> None:
        """Place the buttons below the texts, or beside them."""
        for row in self._rows:
            row.set_narrow(is_narrow=is_narrow)

    def stops(self) -> list[QWidget]:
        """Return the buttons in their order."""
        shown = (row.button for row in self._rows if not row.isHidden())
        return [each for each in (*shown, self.more) if not each.isHidden()]

    def _more_clicked(self) -> None:
        if self.more.shown:
            self.wanted.emit(self.more.shown.command, self.more.shown.target)
