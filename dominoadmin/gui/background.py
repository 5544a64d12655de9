"""Runs service calls off the GUI thread, one at a time, in the order they were started."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, Final

from PySide6.QtCore import QObject, QTimer, Signal

from dominoadmin.errors import Cancelled
from dominoadmin.services.progress import Progress

Work = Callable[[Progress], Any]

_MOST_WAITING: Final = 4
# A job outlives the page that started it.
_running: dict[Job, Future[None]] = {}
_ended: list[Job] = []


class Job(QObject):
    """One piece of background work. Connect bound methods to its signals, then `start`.

    `waits`: the work waits for a prompt or the network, and must not hold up the others.
    """

    stepped = Signal(str)
    done = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()

    def __init__(self, work: Work, *, waits: bool = False) -> None:
        super().__init__()
        self._runner = _Runner(self, work)
        self._waits = waits
        self.finished.connect(self._forget)

    def start(self) -> None:
        """Queue the work."""
        _running[self] = _pool(waits=self._waits).submit(self._runner.run)

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._runner.stop.set()

    def _forget(self) -> None:
        # Nothing may be destroyed inside the delivery of its own signal: it is let go when the event loop is back.
        _running.pop(self, None)
        _ended.append(self)
        QTimer.singleShot(0, _ended.clear)


def busy() -> int:
    """Return how many jobs have not finished."""
    return len(_running)


def wait_for_all(seconds: float) -> bool:
    """Cancel what runs and wait for it, at the end of the program; return whether all work has ended."""
    futures = list(_running.values())
    for job in tuple(_running):
        job.cancel()
    return not wait(futures, seconds).not_done


# Not Qt's own pool: it keeps every runnable for ever.
_pools: dict[bool, ThreadPoolExecutor] = {}


def _pool(*, waits: bool) -> ThreadPoolExecutor:
    if waits not in _pools:
        _pools[waits] = ThreadPoolExecutor(_MOST_WAITING if waits else 1, "waiting" if waits else "job")
    return _pools[waits]


class _Runner(Progress):
    def __init__(self, job: Job, work: Work) -> None:
        self.stop = threading.Event()
        self._job = job
        self._work = work

    def step(self, text: str) -> None:
        if self.stop.is_set():
            raise Cancelled
        self._job.stepped.emit(text)

    def run(self) -> None:
        try:
            result = self._work(self)
        except Cancelled:
            self._job.cancelled.emit()
        except Exception as error:  # noqa: BLE001 - handed to the GUI thread, which decides
            self._job.failed.emit(error)
        else:
            self._job.done.emit(result)
        self._job.finished.emit()
