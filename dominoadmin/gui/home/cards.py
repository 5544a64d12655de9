"""The cards of Home, in the order in which they are read, in one column or two."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.frame.painting.cards import Card
from dominoadmin.gui.home.bars import BarsView
from dominoadmin.gui.home.rows import SectionCard
from dominoadmin.gui.home.timeline import TimelineView
from dominoadmin.viewmodels.home import ends, issued
from dominoadmin.viewmodels.home.ends import Timeline
from dominoadmin.viewmodels.home.page import Counted, Home


class HomeCards(QWidget):
    """Shows what was read; `wanted(command, target)`: a button or a chart was pressed."""

    wanted = Signal(str, object)

    def __init__(self, parent: QWidget, spacing: int) -> None:
        super().__init__(parent)
        self._first, self._waiting, self._health = (SectionCard(self) for _number in range(3))
        self._ends, self._issued = Card(ends.title(), self), Card(issued.title(), self)
        self._news = SectionCard(self)
        self._timeline, self._bars = TimelineView(self._ends), BarsView(self._issued)
        self._nothing, self._total = BreakingLabel("", self._ends), BreakingLabel("", self._issued)
        for card, chart, words in (
            (self._ends, self._timeline, self._nothing),
            (self._issued, self._bars, self._total),
        ):
            words.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
            card.inside.addWidget(chart, 1)
            card.inside.addWidget(words)
            card.inside.addStretch(0)
        self._all = (self._first, self._waiting, self._health, self._ends, self._issued, self._news)
        for each in (self._first, self._waiting, self._health, self._news, self._timeline, self._bars):
            each.wanted.connect(self.wanted)
        for each_card in self._all:
            each_card.hide()
        self._left, self._right, self._below = (QVBoxLayout() for _number in range(3))
        for stack in (self._left, self._right, self._below):
            stack.setSpacing(spacing)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(spacing)
        self._columns = 0
        self.arrange(1, is_narrow=False)

    def show_home(self, home: Home) -> None:
        """Show a page; its figures stay as they were until they are counted."""
        sections = (self._first, home.first), (self._waiting, home.waiting), (self._health, home.health)
        for card, section in (*sections, (self._news, home.news)):
            if section is not None:
                card.show_section(section)  # before it is visible, or each row would lay out all of them
            card.setVisible(section is not None)
        if home.timeline:
            self._show_timeline(home.timeline)
        for figures in (self._ends, self._issued):
            figures.setVisible(home.first is None)
        self._order()

    def show_counted(self, counted: Counted) -> None:
        """Show the figures."""
        self._show_timeline(counted.timeline)
        self._bars.show_bars(counted.bars)
        self._total.setText(counted.bars.total)
        self._order()

    def show_nothing(self) -> None:
        """Hide all cards: nothing could be read."""
        for card in self._all:
            card.hide()

    def arrange(self, columns: int, *, is_narrow: bool) -> None:
        """Use one column or two; in narrow ones buttons are below the texts."""
        for card in (self._first, self._waiting, self._health, self._news):
            card.set_narrow(is_narrow=is_narrow)
        if columns != self._columns:
            self._columns = columns
            self._place()

    def stops(self) -> list[QWidget]:
        """Return the buttons and marks in the order in which the Tab key goes through them."""
        found: list[QWidget] = []
        for card in self._in_order():
            if card is self._ends:
                found += self._timeline.stops()
            elif card is self._issued:
                found.append(self._bars)
            elif isinstance(card, SectionCard):
                found += card.stops()
        return [each for each in found if each.isVisibleTo(self)]

    def _show_timeline(self, timeline: Timeline) -> None:
        self._timeline.show_timeline(timeline)
        self._timeline.setVisible(bool(timeline.marks))
        self._nothing.setText("" if timeline.marks else timeline.sentence)
        self._nothing.setVisible(not timeline.marks)

    def _in_order(self) -> tuple[Card, ...]:
        """Return the cards as they are read: in two columns those of the left one first."""
        if self._columns == 1:
            return self._first, self._waiting, self._health, self._ends, self._issued, self._news
        return self._first, self._waiting, self._issued, self._health, self._ends, self._news

    def _place(self) -> None:
        """Put the cards into their columns; what is as wide as the page is below them."""
        cards = self._in_order()
        for layout in (self._left, self._right, self._below):
            for card in cards:
                layout.removeWidget(card)
            self._grid.removeItem(layout)
        left, right = (cards[:3], cards[3:4]) if self._columns > 1 else (cards, ())
        for layout, held in ((self._left, left), (self._right, right), (self._below, cards[4:] if right else ())):
            for card in held:
                layout.addWidget(card, 1 if card is self._issued else 0)  # its bars use what is left
        self._grid.addLayout(self._left, 0, 0)
        self._grid.addLayout(self._right, 0, 1)
        self._grid.addLayout(self._below, 1, 0, 1, 2)
        self._grid.setColumnStretch(0, 1)
        self._grid.setColumnStretch(1, 1 if right else 0)
        self._order()

    def _order(self) -> None:
        for one, other in pairwise(self.stops()):
            QWidget.setTabOrder(one, other)
