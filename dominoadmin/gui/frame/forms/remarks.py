"""Remarks about allowed but unwise input."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated

_MARGIN: Final = 6


class Remarks(QLabel):
    """One sentence per line in a frame; invisible when there is none.

    `lines` are kept free, so that nothing moves when a remark appears.
    """

    def __init__(self, parent: QWidget, lines: int = 0) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Remarks"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setMargin(_MARGIN)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setRetainSizeWhenHidden(bool(lines))
        self.setSizePolicy(policy)
        if lines:
            self.setMinimumHeight(lines * self.fontMetrics().lineSpacing() + 2 * (_MARGIN + self.frameWidth()))
        self.setVisible(False)

    def tell(self, remarks: Sequence[str]) -> None:
        """Show the remarks."""
        self.setText("\n".join(_("Note: {remark}").format(remark=translated(remark)) for remark in remarks))
        self.setVisible(bool(remarks))
