"""A text with a badge beside it, which never takes the room of the work: a long one scrolls."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Sentence
from dominoadmin.viewmodels.badges import Badge

_SHAPE: Final = 16
_MOST_LINES: Final = 6


class MarkedText(QWidget):
    """Shows a few lines at a time. `name` is for those who hear the window."""

    def __init__(self, name: str, parent: QWidget, badge: Badge = Badge.BAD) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self._said = Sentence("", self)
        self._area = scrolled(self._said)
        self._area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # to scroll with the keyboard
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setAccessibleName(name)
        self.mark = QLabel(self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        if shape := theme.badge(badge):
            self.mark.setPixmap(shape.pixmap(_SHAPE, _SHAPE))
            row.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addWidget(self._area, 1)

    def text(self) -> str:
        """Return what is said."""
        return self._said.text()

    def say(self, text: str) -> None:
        """Show another text."""
        self._said.setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the whole text at this width; a long one scrolls in a small window."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        needed = self._said.heightForWidth(self._area.maximumViewportSize().width()) + 2
        self._area.setFixedHeight(min(needed, _MOST_LINES * self.fontMetrics().lineSpacing()))
