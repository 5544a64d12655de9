"""Problems in words below their fields, and counts of them on tabs.

A problem is shown once its field was edited and left, or OK was pressed: never while something is typed for the first
time. It vanishes as soon as it is mended. What a service refuses is shown at its field, too, until that is edited.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal, SignalInstance
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QComboBox,
    QDateTimeEdit,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QSpinBox,
    QTabWidget,
    QWidget,
)

from dominoadmin.gui.frame import theme, widget_tree
from dominoadmin.gui.frame.forms.form import Form, Radios, Sentence
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.problems import DraftProblem, first

_CHANGES: Final = (
    "textChanged", "editTextChanged", "currentIndexChanged", "valueChanged", "dateChanged", "toggled", "chosen",
    "changed", "edited",
)  # fmt: skip
"""The signals of editors."""
_FRAMED: Final = (QLineEdit, QComboBox, QSpinBox, QDateTimeEdit, QPlainTextEdit)
_PRESSED: Final = 50  # milliseconds until it is asked again whether the mouse is released


class FieldProblem(QWidget):
    """What is wrong with the field above it, with a shape, and a button that mends it; invisible if nothing is."""

    mended = Signal(str)

    def __init__(self, form: Form, editor: QWidget) -> None:
        super().__init__(form)
        self._form, self._editor, self._said, self._value = form, editor, "", ""
        self._shape, self._text, self._mend = QLabel(self), Sentence("", self), QPushButton(self)
        self._text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._mend.setAutoDefault(False)
        self._mend.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._mend.clicked.connect(self._offer)
        words, self._line = QBoxLayout(QBoxLayout.Direction.LeftToRight), QBoxLayout(QBoxLayout.Direction.LeftToRight)
        words.addWidget(self._shape, 0, Qt.AlignmentFlag.AlignTop)
        words.addWidget(self._text, 1)
        self._line.setContentsMargins(0, 0, 0, 0)
        self._line.addLayout(words, 1)
        self._line.addWidget(self._mend, 0, Qt.AlignmentFlag.AlignTop)
        self.setLayout(self._line)
        form.put_below(editor, self)
        self.say(None)

    def say(self, problem: DraftProblem | None) -> None:
        """Show the problem, or nothing. It is part of the field's description for screen readers."""
        said = problem.sentence if problem else ""
        self._describe(said)
        if isinstance(self._editor, _FRAMED):
            theme.mark(self._editor, is_wrong=bool(said))
        if said and (icon := theme.badge(Badge.BAD)):
            side = self.fontMetrics().height()
            self._shape.setPixmap(icon.pixmap(side, side))
            self._color()
        self._text.setText(said)
        self._value = problem.mend if problem else ""
        self._mend.setText(problem.offer.replace("&", "&&") if problem else "")
        self._mend.setVisible(bool(self._value))
        self._form.rows.setRowVisible(self, bool(said))
        self._fit()

    def minimumSizeHint(self) -> QSize:
        """Return the height of one line: it depends on the width, and Qt's own guess has two."""
        return QSize(super().minimumSizeHint().width(), self.fontMetrics().height())

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self._said:
            # Later: Qt gives all widgets the new palette and the style sheet in any order, also those below this one.
            QTimer.singleShot(0, self, self._color_again)
        super().changeEvent(event)

    def _color_again(self) -> None:
        self._color()
        if isinstance(self._editor, _FRAMED):
            theme.mark(self._editor, is_wrong=bool(self._said))

    def _fit(self) -> None:
        """Set the button below the text if both have no room in a line, and take the height for this width.

        A form that has too little room shortens rows down to their least height, which would cut the text off.
        """
        is_wide = self.width() >= 2 * self._mend.sizeHint().width()
        self._line.setDirection(QBoxLayout.Direction.LeftToRight if is_wide else QBoxLayout.Direction.TopToBottom)
        self.setMinimumHeight(max(0, self._line.heightForWidth(self.width())))

    def _color(self) -> None:
        palette = self._text.palette()
        if palette.windowText().color() != theme.problem():
            palette.setColor(self._text.foregroundRole(), theme.problem())
            self._text.setPalette(palette)

    def _describe(self, said: str) -> None:
        before = self._editor.accessibleDescription()
        rest = before.removeprefix(self._said).strip() if self._said else before
        described = f"{said} {rest}".strip()
        if described != before:
            self._editor.setAccessibleDescription(described)
        self._said = said

    def _offer(self) -> None:
        self.mended.emit(self._value)


class _Field:
    """An editor, the form that it is in, and the page of the window, which is the `number`th."""

    def __init__(self, editor: QWidget, form: Form, page: Form, number: int) -> None:
        self.editor, self.form, self.page, self.number = editor, form, page, number
        self.below: FieldProblem | None = None

    @property
    def is_here(self) -> bool:
        """Whether it is shown on its page, which may be behind another tab, or not opened yet."""
        at: QWidget | None = self.editor
        while at is not None and at is not self.page and not _is_put_away(at):
            at = at.parentWidget()
        return at is not None and not _is_put_away(at)

    def say(self, problem: DraftProblem | None) -> None:
        if self.below is None:
            if problem is None:
                return
            self.below = FieldProblem(self.form, self.editor)
            self.below.mended.connect(self.put)
        self.below.say(problem)

    def place(self) -> tuple[list[int], int, list[int]]:
        """Return where it is, as it is read: the tab, the page, and the row."""
        rows, around = [], self.editor.parentWidget()
        while around is not None and around is not self.page.parentWidget():
            if isinstance(around, Form):
                rows.append(around.row_of(self.editor)[0])
            around = around.parentWidget()
        return [number for _tabs, number in _tabs_of(self.editor)][::-1], self.number, rows[::-1]

    def put(self, value: str) -> None:
        """Put a value into the editor, as if it was typed."""
        editor = self.editor
        if isinstance(editor, QLineEdit):
            editor.setText(value)
        elif isinstance(editor, QPlainTextEdit):
            editor.setPlainText(value)
        elif isinstance(editor, QSpinBox):
            editor.setValue(int(value))
        elif isinstance(editor, QComboBox):
            editor.setCurrentIndex(editor.findData(value))
        elif isinstance(editor, Radios):
            editor.set_value(value)
        editor.setFocus()

    def go(self) -> None:
        """Open its tab, scroll to it, and give it the focus."""
        for tabs, number in _tabs_of(self.editor):
            tabs.setCurrentIndex(number)
        target = _focusable(self.editor)
        target.setFocus()
        if isinstance(target, QLineEdit):
            target.selectAll()
        QTimer.singleShot(0, self.editor, self.show_whole)  # the row of the problem gets its place first

    def show_whole(self) -> None:
        """Scroll so far that the field and its problem are on the screen."""
        for area in _areas_of(self.editor):
            sideways = area.horizontalScrollBar()
            before = sideways.value()
            for each in filter(None, (self.below, self.editor)):
                area.ensureWidgetVisible(each)
            sideways.setValue(before)  # a wide field would hide the labels


class FieldProblems(QObject):
    """The fields of a window's forms, by the names of their values. `check` asks for the problems again."""

    def __init__(self, window: QWidget, check: Callable[[], object]) -> None:
        super().__init__(window)
        self._window, self._check = window, check
        self._fields: dict[str, _Field] = {}
        self._edited: set[str] = set()  # and not left yet
        self._revealed: set[str] = set()
        self._refused: dict[str, DraftProblem] = {}
        self._was_pressed = False
        self._left: set[str] = set()
        self._soon = QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._reveal_left)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._focus_moved)

    def watch(self, page: Form) -> None:
        """Use the named fields of a form, and of those inside it."""
        for form in (page, *widget_tree.descendants(page, Form)):
            for name, editor in form.fields.items():
                if name not in self._fields or self._fields[name].editor is not editor:
                    self._add(name, editor, form, page)

    def forget(self) -> None:
        """Forget all fields, because their forms are removed."""
        for each in (self._fields, self._edited, self._revealed, self._refused, self._left):
            each.clear()
        self._was_pressed = False

    def tell(self, problems: Sequence[DraftProblem]) -> str:
        """Show the problems whose time has come below their fields; return the first that has no field here."""
        wrong = {each.field: each for each in reversed(problems) if self.has(each.field)}
        if not wrong:
            self._was_pressed = False
        self._revealed &= wrong.keys()  # if it is wrong again, it is a new problem
        shown = {**self._refused, **{name: each for name, each in wrong.items() if self._is_due(name)}}
        for name, field in self._fields.items():
            field.say(shown.get(name))
        self._count(wrong if self._was_pressed else {})
        return first(each for each in problems if each.field not in wrong)

    def reveal(self, *names: str) -> None:
        """Show the problems of fields that were filled by a button, such as for choosing a file."""
        self._revealed.update(names)
        self._check()

    def press(self, problems: Sequence[DraftProblem]) -> bool:
        """Return whether there is no problem; otherwise show all, and go to the first."""
        self._refused.clear()
        self._was_pressed = bool(problems)
        self._check()
        there = [self._fields[each.field] for each in problems if self.has(each.field)]
        if there:
            min(there, key=_Field.place).go()
        return not problems

    def refuse(self, problem: DraftProblem) -> bool:
        """Show what a service has refused at its field, and go there; return False if the field is not here."""
        if not self.has(problem.field):
            return False
        self._refused[problem.field] = problem
        self._check()
        self._fields[problem.field].go()
        return True

    def refuse_at(self, editor: QWidget, sentence: str) -> bool:
        """Show what a service has refused at an editor, which may have no name."""
        name = next((name for name, field in self._fields.items() if field.editor is editor), "")
        form = editor.parentWidget()
        if not name and isinstance(form, Form):
            name = f"{editor.accessibleName()} "  # no draft has it
            self._add(name, editor, form, form)
        return self.refuse(DraftProblem(sentence, name))

    def has(self, name: str) -> bool:
        """Return whether a field is in one of the forms, and not hidden there."""
        return name in self._fields and self._fields[name].is_here

    def _add(self, name: str, editor: QWidget, form: Form, page: Form) -> None:
        number = next((each.number for each in self._fields.values() if each.page is page), len(self._fields))
        self._fields[name] = _Field(editor, form, page, number)
        for signal in (getattr(editor, each, None) for each in _CHANGES):
            if isinstance(signal, SignalInstance):
                signal.connect(partial(self._changed, name))

    def _is_due(self, name: str) -> bool:
        return self._was_pressed or name in self._revealed

    def _changed(self, name: str, *_: object) -> None:
        if not self._window.isVisible():
            return
        was_refused = self._refused.pop(name, None) is not None
        if self._contains(name, QApplication.focusWidget()):
            self._edited.add(name)
        elif self._window.isActiveWindow():  # by a button, such as for choosing a file
            self._revealed.add(name)
            was_refused = True
        if was_refused:
            self._check()

    def _focus_moved(self, _old: QWidget | None, new: QWidget | None) -> None:
        """Notice that an edited field is left for another place in the window."""
        if not self._edited or new is None or not self._window.isAncestorOf(new) or QApplication.activePopupWidget():
            return
        left = {name for name in self._edited if not self._contains(name, new)}
        self._edited -= left
        self._left |= left
        if left:
            self._soon.start(0)

    def _reveal_left(self) -> None:
        if QApplication.mouseButtons() != Qt.MouseButton.NoButton:  # or a click would miss what it began on
            self._soon.start(_PRESSED)
            return
        self._revealed |= self._left
        self._left = set()
        self._check()

    def _contains(self, name: str, widget: QWidget | None) -> bool:
        editor = self._fields[name].editor
        return widget is not None and (widget is editor or editor.isAncestorOf(widget))

    def _count(self, wrong: Collection[str]) -> None:
        counts: dict[SteadyTabs, dict[int, int]] = {}
        for name, field in self._fields.items():
            for tabs, number in _tabs_of(field.editor):
                if isinstance(tabs, SteadyTabs):
                    of_tabs = counts.setdefault(tabs, {})
                    of_tabs[number] = of_tabs.get(number, 0) + (name in wrong)
        for tabs, numbers in counts.items():
            for number, count in numbers.items():
                tabs.count_problems(number, count)


def _is_put_away(widget: QWidget) -> bool:
    return widget.isHidden() and widget.testAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide)


def _tabs_of(widget: QWidget) -> Iterator[tuple[QTabWidget, int]]:
    """Yield the tabs that a widget is behind, with their numbers."""
    inside = [widget]
    while (around := inside[-1].parentWidget()) is not None:
        if isinstance(around, QTabWidget):
            yield from ((around, at) for each in inside if (at := around.indexOf(each)) >= 0)
        inside.append(around)


def _areas_of(widget: QWidget) -> Iterator[QScrollArea]:
    around = widget.parentWidget()
    while around is not None:
        if isinstance(around, QScrollArea):
            yield around
        around = around.parentWidget()


def _focusable(editor: QWidget) -> QWidget:
    """Return the editor, or what in it takes the focus."""
    if editor.focusPolicy() != Qt.FocusPolicy.NoFocus or editor.focusProxy() is not None:
        return editor
    inside = widget_tree.descendants(editor, QWidget)
    fitting = (each for each in inside if each.focusPolicy() & Qt.FocusPolicy.TabFocus and each.isEnabled())
    return next(fitting, editor)
