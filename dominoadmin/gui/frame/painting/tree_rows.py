"""The rows of a tree: the current one tinted with round corners, headings small, a number in a pill at the end."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QIcon, QPainter, QPalette, QPen
from PySide6.QtWidgets import QFrame, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QTreeWidget, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.painting import pills
from dominoadmin.viewmodels.badges import Tone

ICON: Final = Qt.ItemDataRole.UserRole + 8
"""The name of an icon, which is tinted as its row is."""
COUNT: Final = Qt.ItemDataRole.UserRole + 9
"""A number for the pill at the end of the row."""
OFF: Final = Qt.ItemDataRole.UserRole + 10
"""Why the row is off: it can be selected, to show the reason, and is faint."""

_AIR: Final = 6  # pixels above and below the text of a row
_ROUND: Final = 6  # the radius of a row's corners, in pixels
_MARGIN: Final = 6  # pixels beside a row
_SMALL: Final = 0.9  # the size of a heading

Index = QModelIndex | QPersistentModelIndex


class TreeRows(QStyledItemDelegate):
    """Paints the rows of a tree. A row that can be neither chosen nor opened is a heading."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        air = _AIR if not index.parent().isValid() else _AIR // 2
        return QSize(super().sizeHint(option, index).width(), option.fontMetrics.height() + 2 * air)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tree = self.parent()
        assert isinstance(tree, QTreeWidget)
        width = tree.viewport().width()
        row = QRect(_MARGIN, option.rect.y() + 1, width - 2 * _MARGIN, option.rect.height() - 2)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        is_under_mouse = bool(option.state & QStyle.StateFlag.State_MouseOver) and not is_heading(index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        if is_current or is_under_mouse:
            painter.setBrush(theme.tint(strong=is_current))
            painter.drawRoundedRect(row, _ROUND, _ROUND)
        if is_current and tree.hasFocus():
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(theme.accent(), 1.5))
            painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), _ROUND, _ROUND)
        start = QStyle.visualRect(option.direction, tree.viewport().rect(), option.rect).x()
        self._write(painter, option, index, QRect(start, row.y(), row.right() - start, row.height()))
        painter.restore()

    def _write(self, painter: QPainter, option: QStyleOptionViewItem, index: Index, row: QRect) -> None:
        """Paint what is in a row; all places are those of a language that is read from the left, until painted."""
        width = QRect(0, row.y(), row.right() + 1 + _MARGIN, row.height())
        placed = partial(QStyle.visualRect, option.direction, width)
        is_current = bool(option.state & QStyle.StateFlag.State_Selected)
        left, right, font = row.x() + _AIR, row.right() - _AIR, QFont(option.font)
        if name := index.data(ICON):
            side = option.fontMetrics.height()
            place = QRect(left, row.center().y() - side // 2, side, side)
            mode = QIcon.Mode.Disabled if index.data(OFF) else QIcon.Mode.Normal
            theme.icon(name, accented=is_current).paint(painter, placed(place), Qt.AlignmentFlag.AlignCenter, mode)
            left += side + 2 * _AIR
        if number := index.data(COUNT):
            size = pills.size(option.fontMetrics, str(number))
            corner = QPoint(right - size.width(), row.center().y() - size.height() // 2)
            pills.paint(painter, QRectF(placed(QRect(corner, size))), str(number), Tone.COUNT)
            right = corner.x() - _AIR
        if is_heading(index):
            font.setPointSizeF(font.pointSizeF() * _SMALL)
        elif is_current:
            font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(self._colour(option.palette, index, is_current=is_current))
        room = QRect(left, row.y(), right - left, row.height())
        text = QFontMetrics(font).elidedText(str(index.data() or ""), Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(placed(room), Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)

    def _colour(self, palette: QPalette, index: Index, *, is_current: bool) -> QColor:
        if index.data(OFF):
            return palette.color(QPalette.ColorGroup.Disabled, QPalette.ColorRole.WindowText)
        if is_current:
            return theme.accent()
        role = QPalette.ColorRole.PlaceholderText if is_heading(index) else QPalette.ColorRole.WindowText
        return palette.color(role)


class RowTree(QTreeWidget):
    """A tree that `TreeRows` paints: all its groups are open."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setItemsExpandable(False)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.setItemDelegate(TreeRows(self))
        self.setMouseTracking(True)
        self.viewport().setAutoFillBackground(False)
        self.tint()

    def tint(self) -> None:
        """Keep the style from painting its highlight beside the rows; call again when the palette changes."""
        palette = self.palette()
        palette.setColor(QPalette.ColorRole.Highlight, Qt.GlobalColor.transparent)
        self.setPalette(palette)

    def drawBranches(self, painter: QPainter, rect: QRect, index: Index) -> None:
        """Paint nothing: there are no lines and arrows."""


def is_heading(index: Index) -> bool:
    """Return whether a row is the title of a group."""
    return not index.flags() & Qt.ItemFlag.ItemIsSelectable
