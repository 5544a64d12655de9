"""The tab "Chain": from the top down to the certificate, with missing issuers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.forms.values import ValueText
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.certificates.viewing import Link

_LONGEST: Final = 120
_ROLE: Final = Qt.ItemDataRole.UserRole


class ChainPage(QWidget):
    """A chain as a tree; emits `asked(number)`, counted from the top, to open another certificate."""

    asked = Signal(int)

    def __init__(self, links: Sequence[Link], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._links = tuple(links)
        self.tree = QTreeWidget(self)
        self.tree.setHeaderHidden(True)
        self.tree.setAccessibleName(_("Certificates in the chain"))
        self.sentence = ValueText("", self)
        self.sentence.setAccessibleName(_("About the selected certificate"))
        self.button = QPushButton(_("Show Certifica&te…"), self)
        self.button.setAutoDefault(False)
        self.button.clicked.connect(self._ask)
        layout = QVBoxLayout(self)
        layout.addWidget(self.tree, 1)
        layout.addWidget(self.sentence)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self.button)
        layout.addLayout(row)
        self._fill()

    def der(self, number: int) -> bytes:
        """Return a certificate of the chain, counted from the top."""
        return self._links[number].der

    def _fill(self) -> None:
        parent: QTreeWidgetItem | None = None
        for number, link in enumerate(self._links):
            name = _short(link.title)
            text = name if link.der else _("{name} (missing)").format(name=name)
            item = QTreeWidgetItem(parent, [text]) if parent else QTreeWidgetItem([text])
            item.setData(0, _ROLE, number)
            badge = theme.badge(link.state)
            if badge is not None:
                item.setIcon(0, badge)
            item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, link.sentence)
            if parent is None:
                self.tree.addTopLevelItem(item)
            parent = item
        self.tree.expandAll()
        self.tree.currentItemChanged.connect(self._show)
        self.tree.itemActivated.connect(self._ask)
        if parent is not None:
            self.tree.setCurrentItem(parent)

    def _show(self, item: QTreeWidgetItem | None) -> None:
        number = self._number(item)
        self.sentence.set_text(self._links[number].sentence if number >= 0 else "")
        why = self._why_not(number)
        self.button.setEnabled(not why)
        self.button.setToolTip(why)

    def _why_not(self, number: int) -> str:
        if number < 0:
            return _("Select a certificate first.")
        if number == len(self._links) - 1:
            return _("This is the certificate that is shown.")
        return "" if self._links[number].der else self._links[number].sentence

    def _ask(self) -> None:
        number = self._number(self.tree.currentItem())
        if not self._why_not(number):
            self.asked.emit(number)

    def _number(self, item: QTreeWidgetItem | None) -> int:
        return -1 if item is None else int(item.data(0, _ROLE))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
