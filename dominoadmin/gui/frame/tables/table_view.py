"""The widget of a view: the table, its search line, and the text for an empty view."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Any, Final

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QItemSelectionRange, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QLabel, QLineEdit, QTableView, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.tables.comparing import Compare, Comparison
from dominoadmin.gui.frame.tables.problems import Problems
from dominoadmin.gui.frame.tables.table import Loaded, Row, Rows, View
from dominoadmin.gui.frame.tables.widths import Wish, shared
from dominoadmin.gui.frame.tables.windowed import WindowedRows
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.store.reading import ListOf

_USUAL_CHARACTER: Final = 7  # the width in pixels for which the columns were made
_SHORT: Final = 22  # characters of a column that is never narrower than its texts, such as one of times
_LEAST: Final = 14  # characters of another column
_ENTER: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ROOM: Final = 12  # pixels above and below the text of a row and of a column's title, together


class TableView(QWidget):
    """Shows one `View`. Rows are read in a job; selection, scroll position and column widths survive a refresh."""

    opened = Signal(object)
    selection_changed = Signal()
    refreshed = Signal()

    def __init__(
        self, view: View, memory: Memory, key: str, parent: QWidget | None = None, *, compare: Compare | None = None
    ) -> None:
        super().__init__(parent)
        self.view, self._memory, self._memory_key = view, memory, f"widths/{key}/{view.path}"
        self.rows: Rows | WindowedRows = WindowedRows(view, self) if view.source else Rows(view, self)
        self.comparison = Comparison(compare, view, self)
        self._job: Job | None = None
        self._again = False
        self._kept: Sequence[Hashable] | None = None  # the selection before the first rows of a new order arrived
        self.search = QLineEdit(self, placeholderText=_("Search this view"), clearButtonEnabled=True)
        self.search.setAccessibleName(_("Search this view"))
        self.search.hide()
        self.search.textChanged.connect(self._search)
        self.table = _Table(self)
        self.table.setAccessibleName(view.title)
        self.table.setModel(self.rows)
        # To paint a title Qt checks whether every row of its column is selected, one by one: 6 s for a million.
        header = self.table.horizontalHeader()
        header.setSelectionModel(QItemSelectionModel(self.rows, header))
        self._note = QLabel(self.table.viewport(), wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        self._note.setMargin(24)
        QVBoxLayout(self.table.viewport()).addWidget(self._note)  # in the middle of the empty table
        self._problems = Problems(self)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        if view.above:
            layout.addWidget(view.above(self.refresh))
        for widget in (self.search, self._problems, self.table):
            layout.addWidget(widget)
        self._is_setting = False
        self._set_widths()
        if isinstance(self.rows, WindowedRows):
            self.rows.rearranged.connect(self.refresh)
            self.rows.troubled.connect(
                self._say, Qt.ConnectionType.QueuedConnection
            )  # rows are read while it is painted
            self.rows.page_read.connect(self.comparison.add)
        self.comparison.changed.connect(self._compared)
        self.table.activated.connect(self._open)
        self.table.escaped.connect(self.end_search)
        self._sharing = QTimer(self, singleShot=True, interval=0)  # not while Qt lays the table out
        self._sharing.timeout.connect(self._share_room)
        self.table.resized.connect(self._sharing.start)
        if view.handed_out:
            self.table.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
            self.table.dragged.connect(self._drag)
        self.table.selectionModel().selectionChanged.connect(self.selection_changed)
        self.table.horizontalHeader().sectionResized.connect(self._remember_widths)

    def selected(self) -> Sequence[Row]:
        """Return the selected rows in the order they are shown."""
        places = self._places()
        if isinstance(self.rows, WindowedRows):
            return self.rows.picked(places)
        return [self.rows.row(number) for number in places]

    def chunks(self) -> Iterator[Loaded]:
        """Yield the selected rows in pages, or all shown rows if fewer than two are selected; for a job."""
        places = self._places()
        return self.rows.chunks(places if len(places) > 1 else None)

    def _places(self) -> Sequence[int]:
        ranges = self.table.selectionModel().selection().toList()
        if len(ranges) == 1:  # possibly everything: a million numbers are not listed one by one
            return range(ranges[0].top(), ranges[0].bottom() + 1)
        return sorted({number for chosen in ranges for number in range(chosen.top(), chosen.bottom() + 1)})

    def chosen_keys(self) -> Sequence[Hashable]:
        """Return the keys of the selected rows."""
        if isinstance(self.rows, WindowedRows):
            return self.rows.keys(self._places())
        return [self.view.key(row) for row in self.selected()]

    def select(self, keys: Sequence[Hashable]) -> None:
        """Select the rows with these keys, and no others."""
        chosen, model = QItemSelection(), self.table.selectionModel()
        last = self.rows.columnCount() - 1
        ranges = self.rows.ranges_of(keys)
        for top, bottom in ranges:
            chosen.append(QItemSelectionRange(self.rows.index(top, 0), self.rows.index(bottom, last)))
        if ranges:
            model.setCurrentIndex(self.rows.index(ranges[0][0], 0), QItemSelectionModel.SelectionFlag.NoUpdate)
        model.select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def refresh(self) -> None:
        """Read the rows again."""
        if self._job is not None:
            self._again = True
            return
        self._job = Job(self.rows.reading(self.chosen_keys() if self._kept is None else self._kept))
        self._job.done.connect(self._loaded)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._job.start()

    def start_search(self) -> None:
        """Show and focus the search line (Ctrl+F)."""
        self.search.show()
        self.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.search.selectAll()

    def end_search(self) -> None:
        """Show all rows again (Esc)."""
        self.search.clear()
        self.search.hide()
        self.table.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.comparison.look()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.search.isVisible():
            self.end_search()
        elif event.key() in (*_ENTER, Qt.Key.Key_Down) and self.search.hasFocus():
            self.table.setFocus()
        else:
            super().keyPressEvent(event)

    def _loaded(self, found: Any) -> None:  # noqa: ANN401 - the model's data
        keys = self.chosen_keys() if self._kept is None else self._kept
        bar = self.table.verticalScrollBar()
        place = bar.value()
        if isinstance(self.rows, WindowedRows):
            self.comparison.begin(map(ListOf, self.view.records))  # pages follow as they are painted
            self._again = not self.rows.replace(found) or self._again
            self._kept = None if self.rows.is_whole else keys
        else:
            self.rows.replace(found.rows, found.problems, found.records)
            self.comparison.begin(found.records)
        self._measure()
        self.select(keys)
        bar.setValue(place)
        self._say()
        self.refreshed.emit()
        self.selection_changed.emit()

    def _failed(self, error: Exception) -> None:
        self._note.setText(translated(str(error)))
        self._note.show()
        errors.show(self, error)

    def _finished(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self.refresh()

    def _search(self, text: str) -> None:
        if isinstance(self.rows, WindowedRows):
            self.rows.search(text)
            return
        keys = self.chosen_keys()
        self.rows.search(text)
        self.select(keys)
        self._say()

    def _say(self) -> None:
        nothing_found = _("Nothing in this view matches your search.")
        self._note.setText(nothing_found if self.rows.total else self.view.empty)
        self._note.setVisible(not self.rows.rowCount() and bool(self._note.text()))
        self._problems.name_rows(self.comparison.found, self.rows.problems)

    def _compared(self) -> None:
        self.rows.mark(self.comparison.rows)
        self._say()

    def _open(self) -> None:
        index = self.table.currentIndex()
        row = self.rows.row(index.row()) if index.isValid() else None
        if row is not None:
            self.opened.emit(row)

    def _drag(self) -> None:
        from dominoadmin.gui.frame.tables import dragging

        assert self.view.handed_out is not None
        try:
            dragging.drag(self.table, self.view.handed_out, self.selected())
        except Error as error:
            errors.show(self, error)

    def _set_widths(self) -> None:
        remembered = self._memory.get(self._memory_key, [])
        self._are_chosen = len(remembered) == len(self.view.columns)
        self._wishes: list[Wish] = []
        self._set(remembered if self._are_chosen else [column.width * self._larger for column in self.view.columns])

    @property
    def _larger(self) -> float:
        return max(1.0, self.fontMetrics().averageCharWidth() / _USUAL_CHARACTER)

    def _measure(self) -> None:
        """Look how much room the texts of each column need, once there are some."""
        if self._are_chosen or self._wishes or not self.rows.rowCount():
            return
        letter = self.fontMetrics().averageCharWidth()
        for number, column in enumerate(self.view.columns):
            whole = self.table.fitting(number)
            usual = max(whole, 1) if column.badge else int(column.width * self._larger)
            needed = max(whole, self.table.title_width(number)) if whole <= _SHORT * letter else _LEAST * letter
            self._wishes.append(Wish(whole, usual, max(needed, column.least * letter)))
        self._share_room()

    def _share_room(self) -> None:
        """Give the columns the room of the window, until the user changes a width."""
        if self._wishes and not self._are_chosen:
            self._set(shared(self._wishes, self.table.viewport().width()))

    def _set(self, widths: Sequence[float]) -> None:
        self._is_setting = True
        for number, width in enumerate(widths):
            self.table.setColumnWidth(number, int(width))
        self._is_setting = False

    def _remember_widths(self, column: int) -> None:
        """Keep the widths that the user has chosen; the last column takes what is left, also by itself."""
        if self._is_setting or column == self.rows.columnCount() - 1:
            return
        self._are_chosen = True
        widths = [self.table.columnWidth(number) for number in range(len(self.view.columns))]
        self._memory.set(self._memory_key, widths)


class _Table(QTableView):
    escaped = Signal()
    resized = Signal()
    dragged = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.resized.emit()

    def startDrag(self, _actions: Qt.DropAction) -> None:
        """Leave the drag to the view: Qt would ask for each cell of a million rows."""
        self.dragged.emit()

    def fitting(self, column: int) -> int:
        """Return the width that shows the texts of a column completely."""
        return self.sizeHintForColumn(column) + 2 * self.fontMetrics().averageCharWidth()

    def title_width(self, column: int) -> int:
        """Return the width that shows the title of a column completely."""
        header = self.horizontalHeader()
        text = str(self.model().headerData(column, Qt.Orientation.Horizontal))
        return header.fontMetrics().horizontalAdvance(text) + 2 * header.fontMetrics().averageCharWidth()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setTabKeyNavigation(False)  # Tab leaves the table
        self.setWordWrap(False)
        self.setAlternatingRowColors(True)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + _ROOM)
        header = self.horizontalHeader()
        header.setMinimumHeight(self.fontMetrics().height() + _ROOM)
        header.setStretchLastSection(True)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setHighlightSections(False)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
            event.ignore()  # the document may need to close
        elif event.key() in _ENTER and self.currentIndex().isValid():
            self.activated.emit(self.currentIndex())
        else:
            super().keyPressEvent(event)
