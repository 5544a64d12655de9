"""Remarks about what is allowed, yet unwise."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QLabel, QSizePolicy, QWidget

from dominoadmin.i18n import text as _


class Remarks(QLabel):
    """One sentence to a line in a frame; invisible when there is nothing to say."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Remarks"))
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setFrameShape(QFrame.Shape.StyledPanel)
        self.setMargin(6)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.setVisible(False)

    def tell(self, remarks: Sequence[str]) -> None:
        """Show the remarks."""
        self.setText("\n".join(_("Note: {remark}").format(remark=remark) for remark in remarks))
        self.setVisible(bool(remarks))
