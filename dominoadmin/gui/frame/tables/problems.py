"""The lines over a view: which rows are not those that were signed, and which cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.badges import Badge

_FEW: Final = 3  # sentences about rows
_SHAPE: Final = 16


class Problems(QFrame):
    """Hidden as long as there is none. What was altered is said first, with its remedy, and has the bad badge."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._mark = QLabel(self)
        if shape := theme.badge(Badge.BAD):
            self._mark.setPixmap(shape.pixmap(_SHAPE, _SHAPE))
        self._text = QLabel(self, wordWrap=True)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        self._text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        row = QHBoxLayout(self)
        row.setContentsMargins(6, 6, 6, 6)
        row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._text, 1)
        self.hide()

    def text(self) -> str:
        """Return what is said."""
        return self._text.text()

    def say(self, altered: Sequence[Error], unreadable: Sequence[str]) -> None:
        """Say what differs and what cannot be read: a few sentences, the number of the others, and the remedies."""
        every = [*(foreign_text.in_one_line(error.text()) for error in altered), *unreadable]
        lines = every[:_FEW]
        if left := len(every) - len(lines):
            more = plural("There is {n} more.", "There are {n} more.", left).format(n=left)
            lines.append(f"{more} {_('Tools - Check Store lists all of them.')}")
        lines += dict.fromkeys(error.advice() for error in altered)
        self._text.setText("\n".join(lines))
        self._mark.setVisible(bool(altered))
        self.setVisible(bool(every))
