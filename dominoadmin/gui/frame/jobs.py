"""Runs service calls outside the GUI thread, one at a time, in the order they were started."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from dominoadmin.errors import Cancelled
from dominoadmin.i18n import translated
from dominoadmin.services.progress import Progress

# The log-in is shown before its first job starts, and this takes 3 ms.
if TYPE_CHECKING:
    from concurrent.futures import Future, ThreadPoolExecutor

R = TypeVar("R")
Work = Callable[[Progress], R]

_MOST_WAITING: Final = 4
_SOON: Final = 20  # milliseconds
# A job may outlive the page that started it.
_running: dict[Job, Future[None]] = {}
_ended: dict[Job, Future[None]] = {}


class Job(QObject):
    """One piece of background work. Connect bound methods to its signals, then `start`.

    `waits`: the work waits for a prompt or the network, and must not delay the others.
    """

    stepped = Signal(str)
    done = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    finished = Signal()

    def __init__(self, work: Work[object], *, waits: bool = False) -> None:
        super().__init__()
        self.work = work
        self._runner = _Runner(self)
        self._waits = waits
        self.finished.connect(self._forget)

    def start(self) -> None:
        """Queue the work."""
        _running[self] = _pool(waits=self._waits).submit(self._runner.run)

    def cancel(self) -> None:
        """Ask the work to stop at its next step."""
        self._runner.stop.set()

    def _forget(self) -> None:
        # Nothing may be destroyed while its own signal is delivered, nor by the worker, which may still hold it.
        _ended[self] = _running.pop(self)
        QTimer.singleShot(0, _let_go)


def _let_go() -> None:
    """Release the jobs that the workers have released, so that their objects are destroyed in the GUI thread."""
    for job in [job for job, future in _ended.items() if future.done()]:
        del _ended[job]
        job.work = _nothing  # a dialog may keep its job, but not the password in its work
    if _ended:
        QTimer.singleShot(_SOON, _let_go)


def _nothing(_progress: Progress) -> None:
    """Do nothing: the work of an ended job."""


def busy() -> int:
    """Return the number of unfinished jobs."""
    return len(_running)


def wait_for_all(seconds: float) -> bool:
    """Cancel all jobs and wait for them, at the end of the program; return whether all have ended."""
    from concurrent.futures import wait

    futures = list(_running.values())
    for job in tuple(_running):
        job.cancel()
    return not wait(futures, seconds).not_done


# Not Qt's own pool, which keeps every runnable forever.
_pools: dict[bool, ThreadPoolExecutor] = {}


def _pool(*, waits: bool) -> ThreadPoolExecutor:
    from concurrent.futures import ThreadPoolExecutor

    if waits not in _pools:
        _pools[waits] = ThreadPoolExecutor(_MOST_WAITING if waits else 1, "waiting" if waits else "job")
    return _pools[waits]


class _Runner(Progress):
    """The worker's runnable, which holds the job only while it runs."""

    def __init__(self, job: Job) -> None:
        self.stop = threading.Event()
        self._job: Job | None = job

    def step(self, text: str) -> None:
        if self.stop.is_set():
            raise Cancelled
        if self._job is not None:
            self._job.stepped.emit(translated(text))

    def run(self) -> None:
        job = self._job
        assert job is not None
        try:
            result = job.work(self)
        except Cancelled:
            job.cancelled.emit()
        except Exception as error:  # noqa: BLE001 - passed to the GUI thread, which decides
            job.failed.emit(error)
        else:
            job.done.emit(result)
        self._job = None
        job.finished.emit()
