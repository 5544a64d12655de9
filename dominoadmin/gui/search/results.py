"""The list of results below the search line: groups of rows with an icon, a title and a subtitle."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QIcon, QKeyEvent, QKeySequence, QMouseEvent, QPainter, QPalette
from PySide6.QtWidgets import QListView, QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.search import taking_out
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.search.rows import FoundRow, SearchResults

Index = QModelIndex | QPersistentModelIndex

SUBTITLE: Final = Qt.ItemDataRole.UserRole + 1
_ROW: Final = Qt.ItemDataRole.UserRole + 2
_LONGEST: Final = 500  # characters of a text: more have no room on any screen
_ICON, _GAP = 18, 8  # pixels
_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True)
class _Line:
    """A line of the list: a result, or without one a heading or a note. `group`: the heading above a result."""

    text: str
    row: FoundRow | None = None
    group: str = ""
    is_note: bool = False


class FoundLines(QAbstractTableModel):
    """The lines of an answer. Only results can be chosen."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._lines: list[_Line] = []
        self._icons: Mapping[str, QIcon] = {}

    def show(self, answer: SearchResults, icons: Mapping[str, QIcon]) -> None:
        """Replace the lines; `icons`: those of the commands, by their names."""
        self.beginResetModel()
        self._icons = icons
        self._lines = [line for group in answer.groups for line in (
            _Line(group.title), *(_Line(row.title, row, group.title) for row in group.rows)
        )]  # fmt: skip
        self._lines += [_Line(note, is_note=True) for note in answer.notes]
        self.endResetModel()

    def row(self, index: Index) -> FoundRow | None:
        """Return the result in a line, or None."""
        return self._lines[index.row()].row if index.isValid() else None

    def first(self) -> QModelIndex:
        """Return the place of the first result, or an invalid one."""
        number = next((number for number, line in enumerate(self._lines) if line.row), -1)
        return self.index(number, 0)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else 1

    def flags(self, index: Index) -> Qt.ItemFlag:
        if self.row(index) is None:
            return Qt.ItemFlag.ItemNeverHasChildren  # not enabled: the keys pass over it
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        return flags | Qt.ItemFlag.ItemIsDragEnabled if taking_out.can_be_dragged(self.row(index)) else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's variant
        line = self._lines[index.row()]
        subtitle = _shown(line.row.subtitle) if line.row else ""
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return _shown(line.text)
            case Qt.ItemDataRole.DecorationRole:
                return self._icon(line.row) if line.row else None
            case Qt.ItemDataRole.ToolTipRole:
                return foreign_text.plain(", ".join(filter(None, (_shown(line.text), subtitle))))
            case Qt.ItemDataRole.AccessibleTextRole:
                return ", ".join(filter(None, (_shown(line.text), subtitle, line.group)))
        return {SUBTITLE: subtitle, _ROW: line}.get(role)

    def _icon(self, row: FoundRow) -> QIcon:
        return theme.icon(row.icon) if row.icon else self._icons.get(row.leads_to.name, QIcon())


class FoundList(QListView):
    """The results over the window, below the search line. Hidden until there is an answer."""

    chosen = Signal(object)
    left = Signal()
    """Up was pressed in the first row, which leads back to the search line."""
    typed = Signal(object)
    """A key was pressed that the search line understands."""
    dragged = Signal(object)
    """A result is dragged out of the list."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.hide()
        self.setAccessibleName(_("Search results"))
        self.lines = FoundLines(self)
        self.setModel(self.lines)
        self.setItemDelegate(_FoundDelegate(self))
        self.setFrameStyle(QListView.Shape.Box | QListView.Shadow.Plain)  # in the color of text: seen on any background
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QListView.DragDropMode.DragOnly)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setMouseTracking(True)
        self._pressed: FoundRow | None = None
        self.customContextMenuRequested.connect(self._show_menu)
        self.entered.connect(self._pointed)
        self.clicked.connect(self._clicked)

    def show_answer(self, answer: SearchResults, icons: Mapping[str, QIcon]) -> None:
        """Show other results, with the first one chosen."""
        self.lines.show(answer, icons)
        self.setCurrentIndex(self.lines.first())
        self.scrollToTop()

    def forget(self) -> None:
        """Hide the list and remove all results."""
        self.hide()
        self.lines.show(SearchResults(""), {})

    def current(self) -> FoundRow | None:
        """Return the chosen result."""
        return self.lines.row(self.currentIndex())

    def enter(self) -> None:
        """Take the focus, and choose the second result: the first one was chosen from the search line."""
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.setCurrentIndex(self.moveCursor(QListView.CursorAction.MoveDown, Qt.KeyboardModifier.NoModifier))

    def wanted_height(self) -> int:
        """Return the height of all lines."""
        numbers = range(self.lines.rowCount())
        return sum(self.sizeHintForRow(number) for number in numbers) + 2 * self.frameWidth()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = self.lines.row(self.indexAt(event.position().toPoint()))
        super().mousePressEvent(event)

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Drag the result that was pressed: the pointer may have reached another one."""
        if taking_out.can_be_dragged(self._pressed):
            self.dragged.emit(self._pressed)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if event.matches(QKeySequence.StandardKey.Copy):
            self._copy()
        elif key in _ENTER:
            self._clicked(self.currentIndex())
        elif key == Qt.Key.Key_Up and self.currentIndex() == self.lines.first():
            self.left.emit()
        elif key in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace) or (event.text() and event.text().isprintable()):
            self.typed.emit(event)
        else:
            super().keyPressEvent(event)

    def _show_menu(self, where: QPoint) -> None:
        index = self.indexAt(where)
        if self.lines.row(index) is None:
            return
        self.setCurrentIndex(index)
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(_("&Copy"), self._copy)
        menu.popup(self.viewport().mapToGlobal(where))

    def _copy(self) -> None:
        if row := self.current():
            taking_out.copy(row)

    def _pointed(self, index: QModelIndex) -> None:
        if self.lines.row(index):
            self.setCurrentIndex(index)

    def _clicked(self, index: QModelIndex) -> None:
        if row := self.lines.row(index):
            self.chosen.emit(row)


class _FoundDelegate(QStyledItemDelegate):
    """Paints a heading in bold, and a result in two lines; a command that is off looks disabled."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line: _Line = index.data(_ROW)
        height = option.fontMetrics.height()
        return QSize(_ICON, 2 * height + _GAP if line.row else height + _GAP)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.initStyleOption(option, index)
        line: _Line = index.data(_ROW)
        is_chosen = bool(line.row and option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        if is_chosen:
            chosen = option.palette.brush(QPalette.ColorGroup.Active, QPalette.ColorRole.Highlight)
            painter.fillRect(option.rect, chosen)
        room = option.rect.adjusted(_GAP, _GAP // 2, -_GAP, -_GAP // 2)
        if line.row is None:
            font = option.font
            font.setBold(not line.is_note)
            painter.setFont(font)
            _draw(painter, room, index.data(), _colour(option.palette, line, is_chosen=False, is_faint=True))
        else:
            icon: QIcon = index.data(Qt.ItemDataRole.DecorationRole)
            mode = QIcon.Mode.Disabled if line.row.why_off and not is_chosen else QIcon.Mode.Normal
            place = QStyle.visualRect(
                option.direction, room, QRect(room.left(), room.top(), _ICON, room.height() // 2)
            )
            if is_chosen:  # its colours are made for this ground, and are hardly seen on the other one
                painter.fillRect(place, option.palette.brush(QPalette.ColorGroup.Active, QPalette.ColorRole.Base))
            icon.paint(painter, place, mode=mode)
            beside = QRect(room)
            beside.setLeft(room.left() + _ICON + _GAP)
            room = QStyle.visualRect(option.direction, room, beside)
            upper, lower = QRect(room), QRect(room)
            upper.setHeight(room.height() // 2)
            lower.setTop(upper.bottom() + 1)
            colour = partial(_colour, option.palette, line, is_chosen=is_chosen)
            _draw(painter, upper, index.data(), colour(is_faint=False))
            _draw(painter, lower, index.data(SUBTITLE), colour(is_faint=True))
        painter.restore()


def _colour(palette: QPalette, line: _Line, *, is_chosen: bool, is_faint: bool) -> QColor:
    if is_chosen:
        return palette.color(QPalette.ColorGroup.Active, QPalette.ColorRole.HighlightedText)
    if line.row and line.row.why_off:
        return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.Text)
    role = QPalette.ColorRole.PlaceholderText if is_faint else QPalette.ColorRole.Text
    return palette.color(QPalette.ColorGroup.Active, role)


def _draw(painter: QPainter, room: QRect, text: str, colour: QColor) -> None:
    painter.setPen(colour)
    shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room.width())
    painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)


def _shown(text: str) -> str:
    """Return a text in one line that cannot look like another row: names are untrusted."""
    return foreign_text.in_one_line(text[:_LONGEST])[:_LONGEST]
