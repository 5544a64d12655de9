"""Tool tips. Qt takes what looks like markup for markup there, so names that strangers chose are escaped."""

from __future__ import annotations

from PySide6.QtGui import Qt  # it has more here than in QtCore
from PySide6.QtWidgets import QLabel, QWidget

from dominoadmin.gui.widget_tree import descendants


def plain(text: str) -> str:
    """Return a tool tip that shows `text` letter by letter."""
    return Qt.convertFromPlainText(text, Qt.WhiteSpaceMode.WhiteSpaceNormal) if Qt.mightBeRichText(text) else text


def plain_labels(box: QWidget) -> None:
    """Show the labels of one of Qt's own boxes as they are: of most, only the first can be told so from outside."""
    for label in descendants(box, QLabel):
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setOpenExternalLinks(False)
