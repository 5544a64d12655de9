"""A form: labelled rows with one common signal for changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QRadioButton,
    QSizePolicy,
    QSpinBox,
    QStyle,
    QStyleOptionSpinBox,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.forms.password_line import PasswordLine
from dominoadmin.gui.frame.forms.steady import SteadyComboBox, SteadySpinBox
from dominoadmin.gui.frame.forms.wrapping import WrappingRadioButton
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated

Items = Sequence[tuple[Any, str]]
NOTHING: Final[Mapping[Any, str]] = MappingProxyType({})
_LEAST_WIDTH: Final = 24  # characters of a line editor
_REQUIRED: Final = "isRequired"
_STAR: Final = " *"
_WRAPPED: Final = int(Qt.TextFlag.TextShowMnemonic) | int(Qt.TextFlag.TextWordWrap)
_SLACK: Final = 2  # pixels more than Qt says, or a text with a mnemonic wraps when it is painted


class Radios(QWidget):
    """Radio buttons, one below the other, with one value. `meanings`: what choosing a value means, below its button."""

    chosen = Signal()

    def __init__(
        self, items: Items, current: object, parent: QWidget | None = None, meanings: Mapping[Any, str] = NOTHING
    ) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        self._group = QButtonGroup(self)
        self.buttons: dict[Any, QRadioButton] = {}
        for value, text in items:
            button = WrappingRadioButton(text, self)
            self.buttons[value] = button
            self._group.addButton(button)
            layout.addWidget(button)
            if value in meanings:
                button.setAccessibleDescription(meanings[value])
                layout.addWidget(Meaning(meanings[value], self))
        self.set_value(current)
        self._group.buttonToggled.connect(self._toggled)

    def value(self) -> Any:  # noqa: ANN401 - the caller's own values
        """Return the chosen value, or None."""
        return next((value for value, button in self.buttons.items() if button.isChecked()), None)

    def set_value(self, value: object) -> None:
        """Choose a value."""
        if value in self.buttons:
            self.buttons[value].setChecked(True)

    def _toggled(self, _button: object, checked: bool) -> None:
        if checked:
            self.chosen.emit()


class Sentence(QLabel):
    """A text that wraps to the width that it is given."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(translated(text), parent)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        # Not Fixed: that limits the height to that of the label's previous width. And a new policy
        # forgets that the height depends on the width.
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)


class Meaning(Sentence):
    """What a choice means, below its radio button and in line with its text."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        beside = self.style().pixelMetric(QStyle.PixelMetric.PM_ExclusiveIndicatorWidth)
        gap = self.style().pixelMetric(QStyle.PixelMetric.PM_RadioButtonLabelSpacing)
        is_right = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.setContentsMargins(0 if is_right else beside + gap, 0, beside + gap if is_right else 0, 0)


class Caption(QLabel):
    """The label of a row: in one line if there is room; else it wraps, and makes no form wider than its window.

    A star behind it marks a field that must be filled in; it is no part of the text, by which screen readers find it.
    """

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(text, parent)
        self.setWordWrap(True)
        self.is_required = False

    def require(self) -> None:
        """Mark the field as required."""
        self.is_required = True
        room = self.fontMetrics().horizontalAdvance(_STAR)
        is_right = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        self.setContentsMargins(room if is_right else 0, 0, 0 if is_right else room, 0)
        self.setToolTip(_("Required"))

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self.is_required:
            return
        inside, metrics = self.contentsRect(), self.fontMetrics()
        words = metrics.size(int(Qt.TextFlag.TextShowMnemonic), self.text()).width()
        lines = metrics.boundingRect(inside, int(self.alignment()) | _WRAPPED, self.text())
        place = QRect(inside.x() + min(words, inside.width()), lines.y(), inside.width(), metrics.height())
        painter = QPainter(self)
        painter.setPen(theme.problem())
        painter.drawText(
            QStyle.visualRect(self.layoutDirection(), self.rect(), place), Qt.AlignmentFlag.AlignLeft, _STAR
        )

    def sizeHint(self) -> QSize:
        """Return the size of one line, or of more lines if it is wider than the form."""
        line, room = self._size(self.text()), self.room()
        return QSize(room, self.heightForWidth(room)) if 0 < room < line.width() else line

    def minimumSizeHint(self) -> QSize:
        """Return the width of the longest word."""
        widest = max((self._size(word).width() for word in self.text().split()), default=0)
        return QSize(widest, self._size(self.text()).height())

    def room(self) -> int:
        """Return the width that the form has for it."""
        form = self.parentWidget()
        if not isinstance(form, Form):
            return 0
        margins = form.rows.contentsMargins()
        return form.width() - margins.left() - margins.right()

    def _size(self, text: str) -> QSize:
        size = self.fontMetrics().size(int(Qt.TextFlag.TextShowMnemonic), text).grownBy(self.contentsMargins())
        return size + QSize(_SLACK, 0)


class Form(QWidget):
    """Labelled editors in reading order. Subclasses implement `save`, which puts the values into their draft."""

    edited = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, QWidget] = {}
        self.rows = QFormLayout(self)
        self.rows.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self.rows.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self.rows.setLabelAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask the captions again: one of them may need more lines, or fewer."""
        super().resizeEvent(event)
        if event.oldSize().width() != event.size().width():
            items = (self.rows.itemAt(row, QFormLayout.ItemRole.LabelRole) for row in range(self.rows.rowCount()))
            for caption in (item.widget() for item in items if item):
                if caption is not None:
                    caption.updateGeometry()

    def save(self) -> None:
        """Put the widgets' values into the draft."""

    def name(self, **editors: QWidget) -> None:
        """Name editors as the draft names their values: a problem of a value is shown below its editor."""
        self.fields.update(editors)

    def require(self, *editors: QWidget) -> None:
        """Mark fields that must be filled in: with a star behind the label, and in words for screen readers."""
        for editor in editors:
            number, _role = self.row_of(editor)
            item = self.rows.itemAt(number, QFormLayout.ItemRole.LabelRole) if number >= 0 else None
            caption = item.widget() if item is not None else None
            if isinstance(caption, Caption):
                caption.require()
            editor.setProperty(_REQUIRED, True)
            editor.setAccessibleDescription(described(editor, editor.accessibleDescription()))

    def row_widgets(self, first: int) -> list[QWidget]:
        """Return the widgets of the rows from this one on. A number changes when a row is inserted, a widget stays."""
        roles = (QFormLayout.ItemRole.FieldRole, QFormLayout.ItemRole.SpanningRole)
        items = (self.rows.itemAt(row, role) for row in range(first, self.rows.rowCount()) for role in roles)
        return [shown for item in items if item is not None and (shown := item.widget()) is not None]

    def put_below(self, editor: QWidget, widget: QWidget) -> None:
        """Insert a row below the one that contains an editor, in the same column."""
        number, role = self.row_of(editor)
        if number < 0:
            self.rows.addRow(widget)
        elif role == QFormLayout.ItemRole.SpanningRole:
            self.rows.insertRow(number + 1, widget)
        else:
            self.rows.insertRow(number + 1, "", widget)

    def row_of(self, editor: QWidget) -> tuple[int, QFormLayout.ItemRole]:
        """Return the number of the row that contains an editor, and in which part of it; -1 if there is none."""
        for number in range(self.rows.rowCount()):
            for role in (QFormLayout.ItemRole.FieldRole, QFormLayout.ItemRole.SpanningRole):
                item = self.rows.itemAt(number, role)
                shown = item.widget() if item is not None else None
                if shown is not None and (shown is editor or shown.isAncestorOf(editor)):
                    return number, role
        return -1, QFormLayout.ItemRole.SpanningRole

    def changed(self, *_: object) -> None:
        """Save and emit the signal; every editor's signal leads here."""
        self.save()
        self.edited.emit()

    def line(self, label: str, text: str = "", *, hint: str = "") -> QLineEdit:
        """Add a one-line editor. `hint` is shown below it."""
        editor = QLineEdit(text, self)
        self._add_line(label, editor, hint)
        return editor

    def password_line(self, label: str, text: str = "", *, hint: str = "") -> PasswordLine:
        """Add a line for a password. `hint` is shown below it."""
        editor = PasswordLine(self)
        editor.setText(text)
        self._add_line(label, editor, hint)
        return editor

    def _add_line(self, label: str, editor: QLineEdit, hint: str) -> None:
        editor.setMinimumWidth(_least_width(editor))
        editor.textChanged.connect(self.changed)
        self.row(label, editor, hint=hint)

    def choice(self, label: str, items: Items, current: object = None, *, hint: str = "") -> QComboBox:
        """Add a drop-down list; `currentData()` is the chosen value."""
        box = SteadyComboBox(self)
        for value, text in items:
            box.addItem(text, value)
        box.setCurrentIndex(max(0, next((n for n, (value, _) in enumerate(items) if value == current), 0)))
        # Qt would not let it be narrower than its longest entry.
        box.setMinimumWidth(min(_least_width(box), box.minimumSizeHint().width()))
        box.currentIndexChanged.connect(self.changed)
        self.row(label, box, hint=hint)
        return box

    def number(self, label: str, value: int, low: int, high: int, suffix: str = "") -> QSpinBox:
        """Add a number between `low` and `high`."""
        box = SteadySpinBox(self, minimum=low, maximum=high, suffix=suffix)
        box.setMinimumHeight(max(QLineEdit().sizeHint().height(), _height_with_room(box)))
        box.setValue(value)
        box.valueChanged.connect(self.changed)
        self.row(label, box)
        box.lineEdit().setAccessibleName(box.accessibleName())
        return box

    def check(self, label: str, checked: bool = False, *, hint: str = "") -> QCheckBox:
        """Add a check box."""
        box = QCheckBox(label, self)
        box.setChecked(checked)
        box.toggled.connect(self.changed)
        self.rows.addRow(box)
        self._add_hint(hint, box)
        return box

    def radios(
        self, label: str, items: Items, current: object = None, *, meanings: Mapping[Any, str] = NOTHING
    ) -> Radios:
        """Add radio buttons; `meanings`: what choosing a value means."""
        radios = Radios(items, current, self, meanings)
        radios.chosen.connect(self.changed)
        radios.setAccessibleName(label.replace("&", "").rstrip(":"))
        if label:
            caption = QLabel(label, self)
            caption.setAlignment(Qt.AlignmentFlag.AlignTop)
            self.rows.addRow(caption, radios)
        else:
            self.rows.addRow(radios)
        return radios

    def lines(self, label: str, text: str = "", rows: int = 4, *, hint: str = "") -> QPlainTextEdit:
        """Add a text editor of several lines; Tab leaves it."""
        editor = QPlainTextEdit(text, self)
        editor.setTabChangesFocus(True)
        editor.setFixedHeight(QFontMetrics(editor.font()).lineSpacing() * rows + 12)
        editor.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)  # otherwise its neighbors spread
        editor.textChanged.connect(self.changed)
        self.row(label, editor, hint=hint)
        return editor

    def shown(self, label: str, text: str) -> QLabel:
        """Add a text that can be copied but not edited."""
        value = Sentence(text, self)
        value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._add_row(label, value)
        return value

    def heading(self, text: str) -> QLabel:
        """Add the heading of the rows that follow."""
        heading = Sentence(text, self)
        font = heading.font()
        font.setBold(True)
        heading.setFont(font)
        heading.setContentsMargins(0, 8, 0, 0)
        self.rows.addRow(heading)
        return heading

    def paragraph(self, text: str) -> QLabel:
        """Add a sentence that spans both columns."""
        paragraph = Sentence(text, self)
        self.rows.addRow(paragraph)
        return paragraph

    def row(self, label: str, widget: QWidget, *, hint: str = "") -> None:
        """Add any widget with its label; the label is its buddy and its accessible name."""
        self._add_row(label, widget)
        if not widget.accessibleName():
            widget.setAccessibleName(label.replace("&", "").rstrip(":"))
        self._add_hint(hint, widget)

    def _add_row(self, label: str, widget: QWidget) -> None:
        caption = Caption(label, self)
        caption.setBuddy(widget)
        self.rows.addRow(caption, widget)

    def _add_hint(self, hint: str, widget: QWidget) -> None:
        if hint:
            widget.setAccessibleDescription(hint)
            self.add_quiet(hint)

    def add_quiet(self, text: str) -> QLabel:
        """Add a sentence that is less conspicuous than the rows."""
        label = self.paragraph(text)
        label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        return label


def described(editor: QWidget, hint: str) -> str:
    """Return a hint about an editor for screen readers, which say first that it must be filled in."""
    return f"{_('Required')}. {hint}".strip() if editor.property(_REQUIRED) else hint


def _height_with_room(box: QSpinBox) -> int:
    """Return the height that a spin box needs for its editor, which is more than Qt's own."""
    option = QStyleOptionSpinBox()
    box.initStyleOption(option)
    option.rect = QRect(QPoint(), box.sizeHint())
    control, part = QStyle.ComplexControl.CC_SpinBox, QStyle.SubControl.SC_SpinBoxEditField
    inside = box.style().subControlRect(control, option, part, box).height()
    return option.rect.height() - inside + box.lineEdit().minimumSizeHint().height()


def _least_width(editor: QWidget) -> int:
    return QFontMetrics(editor.font()).averageCharWidth() * _LEAST_WIDTH
