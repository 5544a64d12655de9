"""The longest time in which the event loop was not served: the longest gap between two ticks of a 5 ms timer."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QCoreApplication, QTimer
from PySide6.QtWidgets import QLabel

GOAL = 50
TICK = 0.005
WATCHED = 0.5  # seconds for which an opened dialog is watched
ROUNDS = 3


class Ticks:
    """Records the longest gap, and the most processor time of this thread in one: on a busy machine, others have the rest."""

    def __init__(self) -> None:
        self.worst, self.busiest = 0.0, 0.0
        self._last, self._used = time.perf_counter(), time.thread_time()
        self._timer = QTimer(interval=int(TICK * 1000))
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        self.worst, self._last = max(self.worst, now - self._last), now
        self.busiest, self._used = max(self.busiest, used - self._used), used

    def during(self, act: Callable[[], object], seconds: float = WATCHED) -> float:
        """Return the worst gap in milliseconds from the call of `act` until some time after it."""
        self.worst, self.busiest = 0.0, 0.0
        self._last, self._used = time.perf_counter(), time.thread_time()
        act()
        spin(seconds)
        return self.worst * 1000

    def floor(self, seconds: float = WATCHED) -> float:
        """Return the worst gap with only an empty window on the screen: the machine's effect on any program."""
        label = QLabel("nothing")
        found = self.during(label.show, seconds)
        label.hide()
        label.deleteLater()
        return found


def spin(seconds: float) -> None:
    """Serve the event loop for some time."""
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        QCoreApplication.processEvents()
        time.sleep(TICK / 5)
