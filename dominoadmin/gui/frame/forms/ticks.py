"""A group of check boxes with a list of values."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QWidget

_COLUMNS: Final = 2


class Ticks(QWidget):
    """Check boxes in columns, filled from the top."""

    changed = Signal()

    def __init__(self, items: Iterable[tuple[str, str]], ticked: Iterable[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._boxes: dict[str, QCheckBox] = {}
        chosen, grid = set(ticked), QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        for value, text in items:
            box = self._boxes[value] = QCheckBox(text, self)
            box.setChecked(value in chosen)
            box.toggled.connect(self._toggled)
        rows = -(-len(self._boxes) // _COLUMNS)
        for number, box in enumerate(self._boxes.values()):
            grid.addWidget(box, number % rows, number // rows)

    def values(self) -> tuple[str, ...]:
        """Return the checked values, in the order shown."""
        return tuple(value for value, box in self._boxes.items() if box.isChecked())

    def _toggled(self, _checked: bool) -> None:
        self.changed.emit()
