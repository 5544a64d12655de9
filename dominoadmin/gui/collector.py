"""Collects garbage in the GUI thread only.

A collection in a worker thread destroys widgets that are part of a reference cycle, and Qt crashes. So the automatic
collection is off, and a timer in the GUI thread collects at Python's usual thresholds.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

_INTERVAL: Final = 500  # milliseconds


class Collector(QObject):
    """Switches the automatic collection off and takes it over, until `stop`."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.collect_due)
        self._timer.start(_INTERVAL)

    def collect_due(self) -> int:
        """Collect the oldest generation whose threshold is passed; return how many objects were freed."""
        counts, thresholds = gc.get_count(), gc.get_threshold()
        for generation in (2, 1, 0):
            if counts[generation] > thresholds[generation] > 0:
                return gc.collect(generation)
        return 0

    def stop(self) -> None:
        """Give the collection back to Python."""
        self._timer.stop()
        gc.enable()
