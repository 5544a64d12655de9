"""The model of a view of any size: the numbers of all rows in their order, and the rows on the screen.

The order is made in a job; a page of rows is read when it is painted, which takes a millisecond.
"""

from __future__ import annotations

from array import array
from collections import OrderedDict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final, overload

from PySide6.QtCore import QModelIndex, Qt, Signal

from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.tables.table import Index, Loaded, Row, Source, TableModel, View, neighbours
from dominoadmin.services.progress import Progress
from dominoadmin.store import reading

_PAGE: Final = 128
_PAGES: Final = 24
_CHUNK: Final = 1_024
"""Rows that are read and compared at a time to export them."""
_FIRST: Final = 512
"""Rows of a new order that are shown before the order is complete."""
_FEW: Final = 8
"""The most chosen rows that are looked up one by one."""
_SLICE: Final = 10_000
_NOWHERE: Final = QModelIndex()


@dataclass(frozen=True)
class Arranged:
    """An order: the numbers of rows, the ranges of the chosen ones, and whether the numbers are complete."""

    order: tuple[int, bool, str]
    numbers: array[int]
    ranges: list[tuple[int, int]]
    is_whole: bool
    chosen: Sequence[Hashable] = ()


class WindowedRows(TableModel):
    """The rows of a source, arranged by a column and a search text."""

    troubled = Signal()
    """Rows were met that cannot be read: `problems` says which."""
    page_read = Signal(object)
    """A page was read: the records that its rows were made of."""
    rearranged = Signal()
    """Another order was requested: the rows must be read again."""

    def __init__(self, view: View, parent: Any = None) -> None:  # noqa: ANN401 - a QObject
        super().__init__(view, parent)
        assert view.source is not None
        self._source = view.source
        self._numbers: array[int] = array("q")
        self._chosen: list[tuple[int, int]] = []
        self._looked_for: list[Hashable] = []  # the rows in these ranges, if they are few
        self._pages: OrderedDict[int, Sequence[Row | None]] = OrderedDict()
        self._order: tuple[int, bool, str] = (-1, False, "")
        self._shown: tuple[int, bool, str] | None = None
        self.is_whole = True

    @property
    def total(self) -> int:
        """The number of rows without the search, if known, else 1."""
        return len(self._numbers) or int(bool(self._order[2]))

    def row(self, number: int) -> Row:
        """Return a shown row, or None if it no longer exists."""
        page, place = divmod(number, _PAGE)
        if page not in self._pages:
            self._pages[page] = self._read(self._numbers[page * _PAGE : (page + 1) * _PAGE])
            if len(self._pages) > _PAGES:
                self._pages.popitem(last=False)
        else:
            self._pages.move_to_end(page)
        return self._pages[page][place]

    def _read(self, numbers: Sequence[int]) -> Sequence[Row | None]:
        with reading.leaving_out() as damaged, reading.noting() as records:
            rows = self._source.rows(numbers)
        self.page_read.emit(records)
        if damaged:
            self.problems = tuple(dict.fromkeys((*self.problems, *(error.text() for error in damaged))))
            self.troubled.emit()
        return rows

    def chunks(self, places: Sequence[int] | None = None) -> Iterator[Loaded]:
        """Yield the rows in these ranges, or all, page by page; safe in a job, even if the view changes meanwhile."""
        numbers = self._numbers if places is None else self.keys(places)
        return (self._chunk(numbers[at : at + _CHUNK]) for at in range(0, len(numbers), _CHUNK))

    def _chunk(self, numbers: Sequence[int]) -> Loaded:
        with reading.leaving_out() as damaged, reading.noting() as records:
            rows = self._source.rows(numbers)
        return Loaded(rows, tuple(error.text() for error in damaged), records)

    def picked(self, numbers: Sequence[int]) -> Sequence[Row]:
        """Return chosen rows, which are read on access."""
        return Picked(self, numbers)

    def keys(self, places: Sequence[int]) -> Sequence[int]:
        """Return the numbers of the rows in these ranges, which are their keys."""
        if isinstance(places, range):
            return self._numbers[places.start : places.stop]
        return [self._numbers[place] for place in places]

    def ranges_of(self, keys: Sequence[Hashable]) -> list[tuple[int, int]]:
        """Return the ranges of the rows with these numbers; for many rows, those known from the arranging."""
        if not len(keys):
            return []
        if len(keys) > _FEW or [*keys] == self._looked_for:
            return self._chosen
        return neighbours(place for key in keys if (place := self._place_of(key)) >= 0)

    def _place_of(self, key: Hashable) -> int:
        assert isinstance(key, int)
        try:
            return self._numbers.index(key)
        except ValueError:
            return -1

    def reading(self, chosen: Sequence[Hashable]) -> Work[Arranged]:
        """Return the work that arranges the rows, in a job: first a screenful, then all."""
        limit = _FIRST if self._shown != self._order else -1
        return partial(_arrange, self._source, self._order, chosen, limit)

    def replace(self, arranged: Arranged) -> bool:
        """Show an order; return whether it is still current and complete."""
        if arranged.order != self._order:
            return False
        self.beginResetModel()
        self._numbers, self._chosen = arranged.numbers, arranged.ranges
        self._looked_for = [*arranged.chosen]
        self._pages.clear()
        self.problems = ()
        self._shown, self.is_whole = arranged.order, arranged.is_whole
        self.endResetModel()
        return arranged.is_whole

    def search(self, text: str) -> None:
        """Show only rows that contain every word of `text`."""
        self._want((*self._order[:2], text.strip()))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self._want((column, order == Qt.SortOrder.DescendingOrder, self._order[2]))

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._numbers)

    def _want(self, order: tuple[int, bool, str]) -> None:
        if order != self._order:
            self._order = order
            self.rearranged.emit()


class Picked(Sequence[Row]):
    """Chosen rows of a long view. Counting them is free; accessing one reads its page."""

    def __init__(self, model: WindowedRows, places: Sequence[int]) -> None:
        self._model, self._places = model, places

    def __len__(self) -> int:
        return len(self._places)

    @overload
    def __getitem__(self, which: int) -> Row: ...
    @overload
    def __getitem__(self, which: slice) -> Sequence[Row]: ...
    def __getitem__(self, which: int | slice) -> Any:
        if isinstance(which, slice):
            return Picked(self._model, self._places[which])
        return self._model.row(self._places[which])

    def __iter__(self) -> Iterator[Row]:
        rows = (self._model.row(place) for place in self._places)
        return (row for row in rows if row is not None)


def _arrange(
    source: Source, order: tuple[int, bool, str], chosen: Sequence[Hashable], limit: int, _progress: Progress
) -> Arranged:
    column, descending, search = order
    numbers = source.arrange(column, search, descending=descending, limit=limit)
    few = chosen if len(chosen) <= _FEW else ()
    return Arranged(order, numbers, _ranges(numbers, chosen), limit < 0 or len(numbers) < limit, few)


def _ranges(numbers: Sequence[int], chosen: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the ranges of the chosen numbers. A million in one call would block the window: no other thread runs."""
    keys: set[Hashable] = set()
    for at in range(0, len(chosen), _SLICE):
        keys.update(chosen[at : at + _SLICE])
    ranges: list[tuple[int, int]] = []
    first = -1
    for place, number in enumerate(numbers if keys else ()):
        if number in keys:
            first = place if first < 0 else first
        elif first >= 0:
            ranges.append((first, place - 1))
            first = -1
    return [*ranges, (first, len(numbers) - 1)] if first >= 0 else ranges
