"""The tab "Details": every field and extension as a tree, and the full value of the selected one below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPlainTextEdit,
    QSplitter,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.gui.frame.forms.values import CopyButton, fixed_font
from dominoadmin.i18n import text as _
from dominoadmin.pki.extension_texts import Node

_LONGEST: Final = 160
_ROLE: Final = Qt.ItemDataRole.UserRole


class DetailsPage(QWidget):
    """A tree of nodes and the selected one in full."""

    def __init__(self, nodes: Sequence[Node], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tree = QTreeWidget(self)
        self.tree.setColumnCount(2)
        self.tree.setHeaderLabels([_("Field"), _("Value")])
        self.tree.setAccessibleName(_("Fields"))
        self.tree.setUniformRowHeights(True)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Interactive)
        self.tree.addTopLevelItems([_item(node) for node in nodes])
        self.full = QPlainTextEdit(self, readOnly=True)
        self.full.setTabChangesFocus(True)
        self.full.setFont(fixed_font(self))
        self.full.setAccessibleName(_("Value"))
        option = self.full.document().defaultTextOption()
        option.setTextDirection(Qt.LayoutDirection.LeftToRight)
        self.full.document().setDefaultTextOption(option)
        self.copy_button = CopyButton(_("the value"), "", self)
        self._lay_out()
        self.tree.currentItemChanged.connect(self._show)
        if first := self.tree.topLevelItem(0):
            self.tree.setCurrentItem(first)

    def _lay_out(self) -> None:
        below = QWidget(self)
        column = QVBoxLayout(below)
        column.setContentsMargins(0, 4, 0, 0)
        heading = QHBoxLayout()
        self._label = QLabel(below)
        self._label.setTextFormat(Qt.TextFormat.PlainText)
        heading.addWidget(self._label, 1)
        heading.addWidget(self.copy_button)
        column.addLayout(heading)
        column.addWidget(self.full)
        splitter = QSplitter(Qt.Orientation.Vertical, self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.tree)
        splitter.addWidget(below)
        splitter.setStretchFactor(0, 2)
        splitter.setStretchFactor(1, 1)
        QVBoxLayout(self).addWidget(splitter)
        for number in range(self.tree.topLevelItemCount()):
            item = self.tree.topLevelItem(number)
            node = item.data(0, _ROLE) if item else None
            if item is not None and isinstance(node, Node) and not node.value:
                _expand(item)
        self.tree.resizeColumnToContents(0)
        self.tree.setColumnWidth(0, min(self.tree.columnWidth(0), self.fontMetrics().averageCharWidth() * 44))

    def _show(self, item: QTreeWidgetItem | None) -> None:
        node = item.data(0, _ROLE) if item is not None else None
        if not isinstance(node, Node):
            return
        self._label.setText(_short(node.label) or _("Value"))
        self.full.setPlainText(node.text)
        self.copy_button.content = node.text


def _item(node: Node) -> QTreeWidgetItem:
    item = QTreeWidgetItem([_short(node.label), _short(node.value)])
    item.setData(0, _ROLE, node)
    item.addChildren([_item(child) for child in node.children])
    return item


def _expand(item: QTreeWidgetItem | None) -> None:
    if item is not None:
        item.setExpanded(True)
        for number in range(item.childCount()):
            _expand(item.child(number))


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
