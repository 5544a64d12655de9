"""Tabs whose pages are created when first shown, so that a document with eight of them opens quickly."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dominoadmin.gui.frame.forms.steady import SteadyTabs

Make = Callable[[], QWidget]


class LateTabs(SteadyTabs):
    """Requests only the minimum height: its pages scroll, the document around it does not."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._makers: dict[int, Make] = {}
        self.currentChanged.connect(self._seen)

    def add(self, title: str, make: Make) -> None:
        """Add a tab; the first one is created at once."""
        page = QWidget(self)
        QVBoxLayout(page).setContentsMargins(0, 0, 0, 0)
        self._makers[self.count()] = make
        self.addTab(page, title)

    def hasHeightForWidth(self) -> bool:
        return False

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self.minimumSizeHint().height())

    def _seen(self, number: int) -> None:
        make, page = self._makers.pop(number, None), self.widget(number)
        layout = page.layout() if page is not None else None
        if make is not None and layout is not None:
            layout.addWidget(make())
