"""The lines over a view: which rows are not those that were signed, and which cannot be read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.forms.marked_text import MarkedText
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.badges import Badge

_FEW: Final = 3  # sentences about rows


class Problems(MarkedText):
    """Hidden as long as there is none. What was altered is said first, with its remedy and the mark of its row."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(_("Rows that are not as they should be"), parent, Badge.ALTERED)
        self.setContentsMargins(6, 6, 6, 6)
        self.hide()

    def name_rows(self, altered: Sequence[Error], unreadable: Sequence[str]) -> None:
        """Say what differs and what cannot be read: a few sentences, the number of the others, and the remedies."""
        every = [*(foreign_text.in_one_line(error.text()) for error in altered), *unreadable]
        lines = [*every[:1], *dict.fromkeys(error.advice() for error in altered), *every[1:_FEW]]
        if (left := len(every) - _FEW) > 0:
            more = plural("There is {n} more.", "There are {n} more.", left).format(n=left)
            lines.append(f"{more} {_('Tools - Check Store lists all of them.')}")
        self.mark.setVisible(bool(altered))
        self.setVisible(bool(every))
        self.say("\n".join(lines))
