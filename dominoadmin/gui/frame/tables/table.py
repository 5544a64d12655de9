"""The definition of a view, and the model of one that reads all rows in a job: for hundreds of rows, not a million."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Protocol

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.i18n import text as _
from dominoadmin.services.progress import Progress
from dominoadmin.services.records.pem_files import PemFile
from dominoadmin.store import reading
from dominoadmin.viewmodels.badges import Badge

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

Row = Any
Load = Callable[[], Sequence[Row]]
Index = QModelIndex | QPersistentModelIndex
_NOWHERE: Final = QModelIndex()
_LONGEST: Final = 2_000  # characters of a text that are used; 500 are shown
_ROLES: Final = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.DecorationRole,
    Qt.ItemDataRole.AccessibleTextRole,
)
LEVEL: Final = "\\"
"""The separator of the levels of a path, as in Domino: `Server\\Servers`. A slash is part of a name."""


@dataclass(frozen=True)
class Column:
    """One column of a view. `badge` returns `ok`, `wait`, `bad` or an empty string: the shape beside the word.

    `short`: what the cell shows, if that is not the whole text, which tool tips, details, searches and files have.
    `least`: characters that are shown also in a narrow window.
    """

    title: str
    text: Callable[[Row], str]
    width: int = 160
    sort: Callable[[Row], Any] | None = None
    badge: Callable[[Row], str] | None = None
    _: KW_ONLY
    short: Callable[[Row], str] | None = None
    least: int = 0

    def key(self, row: Row) -> Any:  # noqa: ANN401 - any sort key
        """Return the column's sort key."""
        return self.sort(row) if self.sort else self.text(row).casefold()


class Source(Protocol):
    """The source of a windowed view. `arrange` runs in a job; `rows` in the window, for one page at a time.

    The rows' `key` of the view must be the number that `arrange` returns.
    """

    def arrange(self, column: int, search: str, *, descending: bool, limit: int = -1) -> array[int]:
        """Return the numbers of the rows in the order of a column; -1 is the view's own order."""

    def rows(self, wanted: Sequence[int]) -> Sequence[Row | None]:
        """Return the rows with these numbers; None for a missing one."""


@dataclass(frozen=True, kw_only=True)
class View:
    """One view of a database. `load` runs in a job; `key` identifies rows across refreshes; `empty` says what to do.

    Rows that depend on the person have `prepare` in place of `load`: it is called in the window for each reading, and
    returns the `load` for that person.
    With a `source` the view is windowed: only the rows on the screen are read (`gui.frame.tables.windowed`).
    `above` makes the widget above the table; its argument is the callback for changes of what is shown.
    `handed_out`: the files of rows that are dragged out of the window; it raises if one is not as it was signed.
    `records`: of each kind of record that a row is made of, the key of that row, to mark it if
    the record was altered.
    """

    path: str
    columns: tuple[Column, ...]
    load: Load | None = None
    prepare: Callable[[], Load] | None = None
    key: Callable[[Row], Hashable]
    empty: str = ""
    source: Source | None = None
    above: Callable[[Callable[[], None]], QWidget] | None = None
    records: Mapping[type, Callable[[Any], Hashable]] = field(default_factory=dict)
    handed_out: Callable[[Sequence[Row]], Sequence[PemFile]] | None = None

    @property
    def title(self) -> str:
        """The last part of the path."""
        return self.path.rpartition(LEVEL)[2]


@dataclass(frozen=True)
class Loaded:
    """The rows of a view, which ones of the store could not be read, and the records that they were made of."""

    rows: Sequence[Row]
    problems: tuple[str, ...] = ()
    records: Sequence[object] = ()


class TableModel(QAbstractTableModel):
    """Cells made from rows. Subclasses provide the rows."""

    def __init__(self, view: View, parent: Any = None) -> None:  # noqa: ANN401 - a QObject
        super().__init__(parent)
        self.view = view
        self.problems: tuple[str, ...] = ()
        self._altered: Mapping[Hashable, str] = {}

    def mark(self, altered: Mapping[Hashable, str]) -> None:
        """Mark the rows with these keys: each is not the one that was signed, as its sentence says."""
        if altered == self._altered:
            return
        self._altered = altered
        if rows := self.rowCount():
            self.dataChanged.emit(self.index(0, 0), self.index(rows - 1, self.columnCount() - 1))

    def row(self, number: int) -> Row:
        """Return a shown row, or None if it no longer exists."""
        raise NotImplementedError

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.view.columns)

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsDragEnabled if self.view.handed_out else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's variant
        if role not in _ROLES or not index.isValid() or index.row() >= self.rowCount():
            return None
        column, row = self.view.columns[index.column()], self.row(index.row())
        if row is None:
            return _unreadable(role) if self.problems and not index.column() else None
        altered = self._altered.get(self.view.key(row), "") if self._altered else ""
        marked = altered if not index.column() else ""
        if role == Qt.ItemDataRole.DecorationRole:
            return theme.badge(Badge.ALTERED if marked else column.badge(row) if column.badge else Badge.NONE)
        is_tip = role == Qt.ItemDataRole.ToolTipRole
        text = _one_line((column.text if is_tip or column.short is None else column.short)(row))
        if is_tip:
            return foreign_text.plain("\n".join(filter(None, (text, altered))))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return _("Altered: {text}").format(text=text) if marked else None if text else _("empty")
        return text

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401 - Qt's variant
        horizontal = orientation == Qt.Orientation.Horizontal
        if horizontal and role == Qt.ItemDataRole.DisplayRole and section < len(self.view.columns):
            return self.view.columns[section].title
        return None


class Rows(TableModel):
    """The loaded rows, filtered by a search text and sorted by a column."""

    def __init__(self, view: View, parent: Any = None) -> None:  # noqa: ANN401 - a QObject
        super().__init__(view, parent)
        self._all: list[Row] = []
        self._records: Sequence[object] = ()
        self._shown: list[Row] = []
        self._search = ""
        self._order: tuple[int, bool] | None = None
        self._places: dict[Hashable, int] | None = None
        self._texts: list[str] | None = None

    def reading(self, _chosen: Sequence[Hashable]) -> Work[Loaded]:
        """Return the work that reads the rows again, in a job."""
        load = self.view.prepare() if self.view.prepare else self.view.load
        assert load is not None
        return partial(_load, load)

    @property
    def total(self) -> int:
        """The number of rows, shown or not."""
        return len(self._all)

    def row(self, number: int) -> Row:
        """Return a shown row."""
        return self._shown[number]

    def number_of(self, key: Hashable) -> int:
        """Return the position of the row with this key, or -1."""
        if self._places is None:  # ten thousand selected rows are looked up one by one after every refresh
            key_of = self.view.key
            self._places = {key_of(row): number for number, row in enumerate(self._shown)}
        return self._places.get(key, -1)

    def chunks(self, places: Sequence[int] | None = None) -> Iterator[Loaded]:
        """Yield the rows in these ranges, or all shown rows, in one page."""
        rows = [*self._shown] if places is None else [self._shown[place] for place in places]
        return iter([Loaded(rows, self.problems, self._records)])

    def ranges_of(self, keys: Sequence[Hashable]) -> list[tuple[int, int]]:
        """Return the ranges of the rows with these keys."""
        return neighbours(number for number in map(self.number_of, keys) if number >= 0)

    def replace(self, rows: Sequence[Row], problems: tuple[str, ...] = (), records: Sequence[object] = ()) -> None:
        """Show other rows; `problems` say which ones of the store could not be read."""
        self._all, self._texts, self.problems, self._records = list(rows), None, problems, records
        self._arrange()

    def search(self, text: str) -> None:
        """Show only rows that contain every word of `text`."""
        self._search = text.casefold()
        self._arrange()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._order = (column, order == Qt.SortOrder.DescendingOrder) if column >= 0 else None
        self._arrange()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._shown)

    def _arrange(self) -> None:
        self.beginResetModel()
        words = self._search.split()
        self._shown, self._places = self._found(words) if words else list(self._all), None
        if self._order:
            column, descending = self._order
            self._shown.sort(key=self.view.columns[column].key, reverse=descending)
        self.endResetModel()

    def _found(self, words: list[str]) -> list[Row]:
        if self._texts is None:  # made once for all later typing
            texts = [column.text for column in self.view.columns]
            self._texts = ["\n".join([text(row) for text in texts]).casefold() for row in self._all]
        found: Iterable[tuple[str, Row]] = zip(self._texts, self._all, strict=True)
        for word in words:
            found = [pair for pair in found if word in pair[0]]
        return [row for _text, row in found]


def neighbours(numbers: Iterable[int]) -> list[tuple[int, int]]:
    """Return the ranges of these numbers: 1, 2, 3, 7 are 1 to 3 and 7 to 7.

    Qt needs time proportional to the square of the number of ranges in a selection.
    """
    ranges: list[tuple[int, int]] = []
    for number in sorted(set(numbers)):
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return ranges


def _load(load: Load, _progress: Progress) -> Loaded:
    with reading.leaving_out() as damaged, reading.noting() as records:
        rows = load()
    return Loaded(rows, tuple(error.text() for error in damaged), records)


def _unreadable(role: int) -> Any:  # noqa: ANN401 - Qt's variant
    """Return what the first cell of a row shows that is there and cannot be read."""
    if role == Qt.ItemDataRole.DecorationRole:
        return theme.badge(Badge.ALTERED)
    return _("(cannot be read)")


def _one_line(text: str) -> str:
    """Return text that cannot break a row or look like another column, as names are untrusted."""
    return foreign_text.in_one_line(text[:_LONGEST])[:500]
