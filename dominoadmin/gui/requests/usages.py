"""Check boxes for key usages: each with its label, and switched off with a reason if it is not allowed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.viewmodels.words import usage_label

_ROOM: Final = 440
"""The maximum width of two columns; with large fonts there is one."""


class UsageBoxes(QWidget):
    """A set of usages by their RFC 5280 names."""

    chosen = Signal()

    def __init__(self, names: Sequence[str], current: Iterable[str] = (), parent: QWidget | None = None) -> None:
        super().__init__(parent)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        self.boxes: dict[str, QCheckBox] = {}
        for name in names:
            self.boxes[name] = QCheckBox(translated(usage_label(name)), self)
            self.boxes[name].toggled.connect(self._toggled)
        columns = 2 if 2 * max(box.sizeHint().width() for box in self.boxes.values()) <= _ROOM else 1
        for number, box in enumerate(self.boxes.values()):
            grid.addWidget(box, number // columns, number % columns)
        self.set_value(current)

    def value(self) -> tuple[str, ...]:
        """Return the checked usages."""
        return tuple(name for name, box in self.boxes.items() if box.isChecked())

    def set_value(self, names: Iterable[str]) -> None:
        """Check exactly these usages."""
        wanted = set(names)
        for name, box in self.boxes.items():
            box.setChecked(name in wanted)

    def allow(self, names: Iterable[str]) -> None:
        """Switch off usages that are not allowed; checked ones can still be cleared."""
        allowed = set(names)
        for name, box in self.boxes.items():
            is_allowed = name in allowed
            box.setEnabled(is_allowed or box.isChecked())
            box.setToolTip("" if is_allowed else _("The certifier's settings do not allow this usage."))

    def _toggled(self) -> None:
        self.chosen.emit()
