"""Compares what a view shows with what was signed: in a job, after the rows are on the screen."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import partial
from time import monotonic
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, foreign_text
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.tables.table import View
from dominoadmin.services.audit import shown
from dominoadmin.services.progress import Progress

Compare = Callable[[Sequence[object], bool], Callable[[], Sequence[Error]]]
"""Takes records in the window, and whether they are a whole list; what it returns says in a job what differs."""
Differing = tuple[Sequence[Error], dict[Hashable, str]]
"""What differs, and the sentences about rows by their keys."""
_PAINTED: Final = 20  # milliseconds until the rows are on the screen
_PAUSE: Final = 3
"""So many times as long as the last comparison took nothing is compared: acts that follow each other are not slowed."""


class Comparison(QObject):
    """Collects the records of the pages of a view. What was found stays until the rows are read and compared again."""

    changed = Signal()

    def __init__(self, compare: Compare | None, view: View, parent: QWidget) -> None:
        super().__init__(parent)
        self._window, self._is_whole, self._keys = parent, not view.source, view.records
        self.found: tuple[Error, ...] = ()
        """What differs, each once."""
        self.rows: dict[Hashable, str] = {}
        """Why a row is not as it was signed, by its key."""
        self._compare = compare
        self._records: list[object] = []
        self._is_new = False  # the rows were read again, and were not compared yet
        self._reading = 0
        self._job: Job | None = None
        self._painted = QTimer(self, singleShot=True, interval=_PAINTED)
        self._painted.timeout.connect(self.look)

    @property
    def is_due(self) -> bool:
        """Whether something waits to be compared."""
        return self._painted.isActive()

    def begin(self, records: Iterable[object]) -> None:
        """Compare rows that were read again, and no others; pages that are read later are added."""
        self._records, self._is_new = [*records], True
        self._reading += 1
        self._start()

    def add(self, records: Iterable[object]) -> None:
        """Compare one more page."""
        if self._compare:
            self._records += records
            self._start()

    def _start(self) -> None:
        if not self._painted.isActive():
            self._painted.start()

    def look(self) -> None:
        """Compare what was not compared yet, if anybody sees it."""
        if not (self._records or self._is_new) or self._job or self._compare is None or not self._window.isVisible():
            return
        records = tuple(self._records)
        compare = partial(_compared, self._compare(records, self._is_whole), records, self._keys)
        self._job = Job(partial(_timed, compare, self._reading, not self._is_new), waits=True)
        self._records, self._is_new = [], False
        self._job.done.connect(self._done)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._job.start()

    def _done(self, result: tuple[int, bool, float, Differing]) -> None:
        reading, is_more, seconds, (found, rows) = result
        self._painted.setInterval(max(_PAINTED, int(_PAUSE * seconds * 1000)))
        if reading == self._reading:
            each = {str(error): error for error in (*(self.found if is_more else ()), *found)}
            self.found = tuple(each.values())
            self.rows = {**(self.rows if is_more else {}), **rows}
            self.changed.emit()

    def _failed(self, error: Exception) -> None:
        if isinstance(error, Error):
            self.found, self.rows = (error,), {}
            self.changed.emit()
        else:
            errors.show(self._window, error)

    def _finished(self) -> None:
        self._job = None
        self._start()


def _compared(
    compare: Callable[[], Sequence[Error]],
    records: Sequence[object],
    keys: Mapping[type, Callable[[object], Hashable]],
) -> Differing:
    found = compare()
    marked = ((record, error) for record, error in shown.by_record(found, records) if type(record) in keys)
    return found, {keys[type(record)](record): foreign_text.in_one_line(error.text()) for record, error in marked}


def _timed(
    compare: Callable[[], Differing], reading: int, is_more: bool, _progress: Progress
) -> tuple[int, bool, float, Differing]:
    started = monotonic()
    found = compare()
    return reading, is_more, monotonic() - started, found
