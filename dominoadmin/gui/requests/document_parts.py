"""The parts of a request document: requested and issued contents, the rules, the key, the history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QGroupBox, QLabel, QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.gui.frame import theme, widget_tree
from dominoadmin.gui.frame.forms.values import fixed_font
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests.inspecting import Inspection, Proposal
from dominoadmin.services.requests.rules import Check
from dominoadmin.services.states import RequestState
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.requests import next_steps, states
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.requests.texts import FieldComparison, RequestChange, fingerprint_in_lines

_BADGE_SIZE: Final = 16
_INDENT: Final = 8  # of values under their field
_LEAST_CHARACTERS: Final = 20


class Box(QGroupBox):
    """A part of the document with its heading."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self.grid = QGridLayout(self)
        self.grid.setHorizontalSpacing(16)


class _FittingBox(Box):
    """Texts in columns; with little room, such as with large letters, labels are over the values.

    If that is still too wide, words are broken: the document never scrolls sideways.
    """

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._is_narrow = True
        self._widths = 0, 0

    def arrange(self) -> None:
        """Put everything into the grid."""
        least = self._place(is_narrow=True)
        self._widths = least, self._place(is_narrow=False)

    def minimumSizeHint(self) -> QSize:
        least = self.fontMetrics().averageCharWidth() * _LEAST_CHARACTERS
        return QSize(min(least, *self._widths), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if (is_narrow := event.size().width() < self._widths[1]) != self._is_narrow:
            self._place(is_narrow=is_narrow)
            self.updateGeometry()

    def _place(self, *, is_narrow: bool) -> int:
        """Place everything, and return the width that is needed."""
        self._is_narrow = is_narrow
        self.grid.setColumnMinimumWidth(0, _INDENT if is_narrow else 0)
        self._fill()
        self.grid.activate()
        return self.grid.minimumSize().width() + self.contentsMargins().left() + self.contentsMargins().right()

    def _fill(self) -> None:
        """Put everything into the grid, as `_is_narrow` says."""
        raise NotImplementedError


class PairsBox(_FittingBox):
    """Labelled values."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._pairs: list[tuple[QLabel, QWidget]] = []
        self.grid.setColumnStretch(1, 1)

    def add(self, label: str, value: QWidget) -> None:
        """Add a value; call `arrange` after the last one."""
        self._pairs.append((caption(label, self), value))

    def pairs(self, rows: Iterable[tuple[str, str]]) -> None:
        """Add labelled texts; call `arrange` after the last one."""
        for label, text in rows:
            self.add(label, said(text, self))

    def _fill(self) -> None:
        number = 0
        for label, value in self._pairs:
            label.setVisible(bool(label.text()))
            if self._is_narrow:
                self.grid.addWidget(label, number, 0, 1, 2)
                self.grid.addWidget(value, number + 1, 1)
            else:
                self.grid.addWidget(label, number, 0, Qt.AlignmentFlag.AlignTop)
                self.grid.addWidget(value, number, 1)
            number += 2


class _Caption(BreakingLabel):
    """Asks for one line, so that it wraps only where nothing else helps."""

    def sizeHint(self) -> QSize:
        line = self.fontMetrics().size(0, self.text())
        return QSize(line.width() + 1, line.height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()


def caption(text: str, parent: QWidget) -> QLabel:
    """Return the label of a row."""
    label = _Caption(text, parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def said(text: str, parent: QWidget, *, bold: bool = False, fixed: bool = False) -> QLabel:
    """Return a text that can be copied; untrusted text is never markup."""
    label = BreakingLabel(translated(text), parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    font = fixed_font(label) if fixed else label.font()
    font.setBold(bold)
    label.setFont(font)
    return label


def badge(kind: str, word: str, parent: QWidget) -> QWidget:
    """Return a shape and its meaning in words."""
    holder = QWidget(parent)
    grid = QGridLayout(holder)
    grid.setContentsMargins(0, 0, 0, 0)
    shape = QLabel(holder)
    if icon := theme.badge(kind):
        shape.setPixmap(icon.pixmap(QSize(_BADGE_SIZE, _BADGE_SIZE), holder.devicePixelRatioF()))
    grid.addWidget(shape, 0, 0)
    grid.addWidget(said(word, holder, bold=True), 0, 1)
    grid.setColumnStretch(1, 1)
    return holder


class _FieldsBox(_FittingBox):
    """Two values of each field beside each other, and a remark."""

    def __init__(self, title: str, titles: tuple[str, str, str], parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._titles = [said(text, self, bold=True) for text in titles]
        self._rows: list[tuple[QLabel, QLabel, QLabel, QLabel]] = []
        self._first = 0  # the first row of the grid that is theirs
        self.grid.setColumnStretch(1, 1)
        self.grid.setColumnStretch(2, 1)

    def add(self, label: QLabel, one: QLabel, other: QLabel, remark: QLabel) -> None:
        """Add a field."""
        self._rows.append((label, one, other, remark))

    def _fill(self) -> None:
        titles, number = self._titles, self._first
        titles[0].setVisible(not self._is_narrow)
        top = Qt.AlignmentFlag.AlignTop
        for column, title in enumerate(titles):
            self.grid.addWidget(title, number, column)
        for label, one, other, remark in self._rows:
            number += 1
            if self._is_narrow:
                self.grid.addWidget(label, number, 0, 1, 2, alignment=top)
                self.grid.addWidget(remark, number, 2, top)
                number += 1
            else:
                self.grid.addWidget(label, number, 0, top)
                self.grid.addWidget(remark, number, 3, top)
            self.grid.addWidget(one, number, 1)
            self.grid.addWidget(other, number, 2)


class ComparisonBox(_FieldsBox):
    """Each field of the certificate: the requested value beside the one that will be issued."""

    def __init__(self, title: str, rows: Sequence[FieldComparison], issued: str, parent: QWidget | None = None) -> None:
        super().__init__(title, (_("Field"), _("Requested"), issued), parent)
        for row in rows:
            values = said(row.asked, self), said(row.issued, self, bold=row.differs)
            self.add(caption(row.label, self), *values, self._mark(row))
        self.arrange()

    def _mark(self, row: FieldComparison) -> QLabel:
        return said(_("≠ changed"), self, bold=True) if row.differs else caption(_("as requested"), self)


class ChangeBox(_FieldsBox):
    """What of a request is not what was shown before, with the values then and now."""

    def __init__(self, rows: Sequence[FieldComparison], parent: QWidget | None = None) -> None:
        super().__init__(_("Changed since it was shown"), (_("Field"), _("Was shown"), _("Now")), parent)
        sentence = _("The request has been changed since it was shown to you. Look at it again before you decide.")
        self.grid.addWidget(badge(Badge.WAIT, sentence, self), 0, 0, 1, 4)
        for row in rows:
            self.add(
                caption(row.label, self), said(row.asked, self), said(row.issued, self, bold=True), caption("", self)
            )
        self._first = 1
        self.arrange()


class RulesLine(QWidget):
    """One line above the editors: all rules are kept, or the first broken one."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = stacked(self)
        self._shown: QWidget | None = None

    def say(self, problem: str, count: int) -> None:
        """Show the problem, or how many there are in the form below, or that all rules are kept."""
        widget_tree.remove(self._shown)
        said = problem or plural("{n} problem", "{n} problems", count).format(n=count)
        self._shown = badge(Badge.BAD, said, self) if count else badge(Badge.OK, _("All rules are met."), self)
        self._layout.addWidget(self._shown)


class RulesBox(Box):
    """Each rule that was checked, with its result in a shape and a word."""

    def __init__(self, checks: Sequence[Check], parent: QWidget | None = None) -> None:
        super().__init__(_("Rules"), parent)
        for number, check in enumerate(checks):
            kind, word = (Badge.BAD, _("not ok")) if check.problem else (Badge.OK, _("ok"))
            self.grid.addWidget(badge(kind, word, self), number, 0, Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(said(check.problem or check.rule, self), number, 1)
        self.grid.setColumnStretch(1, 1)


class KeyBox(PairsBox):
    """The key that will be certified."""

    def __init__(self, kind: str, fingerprint: str, parent: QWidget | None = None) -> None:
        super().__init__(_("Key"), parent)
        self.pairs([(_("Public key"), kind or _("The request cannot be read."))])
        if kind:
            self.add(_("SHA-256"), said(fingerprint_in_lines(fingerprint), self, fixed=True))
        self.arrange()


class HistoryBox(Box):
    """The changes: who, when, before and after."""

    def __init__(self, changes: Sequence[RequestChange], parent: QWidget | None = None) -> None:
        super().__init__(_("Edit history"), parent)
        if not changes:
            self.grid.addWidget(said(_("The request has not been changed."), self), 0, 0)
            return
        for change in changes:
            self._add(change)
        for column in (1, 2):
            self.grid.setColumnStretch(column, 1)

    def _add(self, change: RequestChange) -> None:
        when = f"{change.edited_at.astimezone():%Y-%m-%d %H:%M:%S}"
        heading = _("{when}, {who}").format(when=when, who=change.editor)
        number = self.grid.rowCount()
        self.grid.addWidget(said(heading, self, bold=True), number, 0, 1, 3)
        for column, text in enumerate((_("Field"), _("Before"), _("After"))):
            self.grid.addWidget(caption(text, self), number + 1, column)
        for below, pair in enumerate(change.fields, start=2):
            self.grid.addWidget(caption(pair.label, self), number + below, 0, Qt.AlignmentFlag.AlignTop)
            self.grid.addWidget(said(pair.asked, self), number + below, 1)
            self.grid.addWidget(said(pair.issued, self), number + below, 2)


def stacked(parent: QWidget) -> QVBoxLayout:
    """Return a layout for parts one below the other."""
    layout = QVBoxLayout(parent)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(10)
    return layout


def head(found: Inspection, reader: Actor) -> QWidget:
    """Return the facts about a request, and what comes next for this person."""
    shown = found.shown
    box = PairsBox(_("Request"))
    if shown.document:
        state = shown.document.state
        box.add(_("State"), badge(states.badge(state), states.label(state), box))
        box.add("", said(next_steps.decision(found, reader), box))
    box.pairs(request_words.facts(found))
    box.arrange()
    return box


def preview(found: Inspection, proposal: Proposal | None) -> QWidget:
    """Return the contents to issue, or issued, and the rules while they apply."""
    state = found.shown.state
    titles: dict[str, str] = {
        RequestState.ISSUED: _("What was issued"),
        RequestState.REJECTED: _("What was not issued"),
    }
    columns: dict[str, str] = {RequestState.ISSUED: _("Issued"), RequestState.REJECTED: _("Would have been issued")}
    fields = proposal.fields if proposal else found.fields
    holder = QWidget()
    layout = stacked(holder)
    rows = request_words.comparisons(found.asked, fields)
    title = titles.get(state, _("What will be issued"))
    layout.addWidget(ComparisonBox(title, rows, columns.get(state, _("Will be issued")), holder))
    if state not in titles:
        layout.addWidget(RulesBox(proposal.checks if proposal else found.checks, holder))
    return holder
