"""Dialogs and scroll areas that request as much room as their contents need."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QStyle, QWidget

from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog

_LEAST_WIDTH: Final = 460
_MARGIN: Final = 60
"""The part of the screen's height that is kept free for the frame of a window."""


class FittingDialog(HeadedDialog):
    """A dialog that opens large enough for its contents, as far as the screen allows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._needed = 0  # the last known height with room for everything
        self.more_to_show = QTimer(self, singleShot=True, interval=0)
        self.more_to_show.timeout.connect(self.make_room)

    def open(self) -> None:
        """Show the dialog, no larger than the screen."""
        self.fit_heading()
        hint, room = self.sizeHint(), widget_tree.room(self)
        self.resize(
            min(max(hint.width(), _LEAST_WIDTH), room.width() - 40), min(hint.height(), room.height() - _MARGIN)
        )
        super().open()
        self.make_room()

    def make_wide(self, contents: QWidget) -> None:
        """Grow for contents that need more width, as far as the screen allows."""
        margins = self.contentsMargins() if (layout := self.layout()) is None else layout.contentsMargins()
        needed = contents.sizeHint().width() + margins.left() + margins.right()
        wanted = min(needed, widget_tree.room(self).width() - 40)
        if wanted > self.width() and not self.isMaximized():
            self.resize(wanted, self.height())

    def make_room(self) -> None:
        """Grow for more contents, as far as the screen allows; otherwise keep the size that the user chose."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        # A scroll area does not notice that its content needs more room, and its parent is informed too late.
        for widget in reversed(list(widget_tree.descendants(self, QWidget))):
            widget.updateGeometry()
        layout.activate()
        needed = layout.totalHeightForWidth(self.width()) if layout.hasHeightForWidth() else self.sizeHint().height()
        room = widget_tree.room(self).height() - _MARGIN
        has_shown_all = self.height() >= min(self._needed, room)
        if needed > self._needed and has_shown_all and not self.isMaximized():
            self.resize(self.width(), max(self.height(), min(needed, room)))
        self._needed = needed


def scrolled(widget: QWidget) -> QScrollArea:
    """Return a widget in a frame that scrolls if there is too little room."""
    area = FittingScrollArea()
    area.setWidget(widget)
    return area


class FittingScrollArea(QScrollArea):
    """A scroll area that requests as much room as its content needs: Qt's own requests little."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        content = self.widget()
        if content is None:
            return super().sizeHint()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        hint = content.sizeHint().expandedTo(QSize(max(_LEAST_WIDTH, content.minimumWidth()), 0))
        if content.hasHeightForWidth():  # wrapped text needs less height the wider it is
            width = self.maximumViewportSize().width() if self.isVisible() else hint.width()
            hint.setHeight(content.heightForWidth(width))
        return hint.grownBy(self.contentsMargins()) + QSize(bar, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        content = self.widget()
        if content is not None and watched is content and event.type() == QEvent.Type.LayoutRequest:
            before = content.minimumHeight()
            self._fit()
            window = self.window()
            if content.minimumHeight() > before and isinstance(window, FittingDialog) and window.isVisible():
                window.more_to_show.start()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Give the content the height it needs at this width; Qt uses the height at the least width.

        The width excludes the scroll bar if everything fits without it: a bar makes the lines shorter and the text
        longer, and could so cause itself.
        """
        content = self.widget()
        if content is None or not content.hasHeightForWidth():
            return
        room = self.maximumViewportSize()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        needed = content.heightForWidth(room.width())
        if needed > room.height():
            needed = content.heightForWidth(room.width() - bar)
        content.setMinimumHeight(max(1, needed))
