"""Collects garbage in the GUI thread only.

A collection in a worker thread destroys widgets in reference cycles, and Qt crashes. So the automatic collection is
off, and a timer in the GUI thread collects at Python's usual thresholds. Like Python, it collects the oldest generation
only after that has grown by a quarter: with ten thousand rows in a view this takes 0.1 s.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_INTERVAL: Final = 500  # milliseconds
_OLDEST: Final = 2
_GROWTH: Final = 1.25


class Collector(QObject):
    """Replaces the automatic collection until `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._long_lived = 0
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start(_INTERVAL)

    def collect_due(self) -> int:
        """Collect the oldest generation whose threshold is exceeded; return the number of freed objects."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (_OLDEST, 1, 0):
            due = counts[generation] > thresholds[generation] > 0
            if due and (generation < _OLDEST or self._has_grown()):
                return self._collect(generation)
        return 0

    def settle(self) -> None:
        """Ignore all existing objects from now on: the modules and the window stay until the program ends."""
        self._collect(_OLDEST)
        gc.freeze()
        self._long_lived = 0

    def _has_grown(self) -> bool:
        return len(gc.get_objects(_OLDEST)) > self._long_lived * _GROWTH

    def _collect(self, generation: int) -> int:
        freed = gc.collect(generation)
        if generation == _OLDEST:
            self._long_lived = len(gc.get_objects(_OLDEST))
        return freed

    def stop(self) -> None:
        """Return the collection to Python."""
        self._timer.stop()
        gc.enable()
