"""Notifies the views of changes in the store, by any process."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from dominoadmin.store.database import Store

_INTERVAL: Final = 400  # milliseconds


class Events(QObject):
    """Watches the store's version; a commit of any thread or process changes it."""

    store_changed = Signal()
    acts_changed = Signal()
    """A view or document can do something else now: with another selection, or after a change of its data."""

    def __init__(self, store: Store, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._watch = store.watch()
        self._timer = QTimer(self)
        self._timer.timeout.connect(self.look)
        self._timer.start(_INTERVAL)

    def look(self) -> None:
        """Check now instead of at the next tick."""
        if self._watch.changed():
            self.store_changed.emit()

    def stop(self) -> None:
        """Stop watching."""
        self._timer.stop()
        self._watch.close()
