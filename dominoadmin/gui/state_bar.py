"""The status bar: the last sentence; at its right end urgent steps, you, the server, the certifiers' lock states."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QStyle, QStyleOption, QToolButton, QWidget

from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.directory import data_directory

_MARGIN: Final = 6  # pixels


class SayingBar(QStatusBar):
    """A status bar that never cuts a sentence in the middle of a letter. `currentMessage` is the whole sentence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._state: QWidget | None = None
        self.messageChanged.connect(self._tell)

    def add_state(self, widget: QWidget) -> None:
        """Show a widget at the right end, always."""
        self._state = widget
        self.addPermanentWidget(widget)

    def shown_message(self) -> str:
        """Return the sentence as far as there is room for it."""
        return self.fontMetrics().elidedText(self.currentMessage(), Qt.TextElideMode.ElideRight, self._room().width())

    def paintEvent(self, event: QPaintEvent) -> None:
        if self.shown_message() == self.currentMessage():
            super().paintEvent(event)
            return
        option = QStyleOption()
        option.initFrom(self)
        painter = QPainter(self)
        self.style().drawPrimitive(QStyle.PrimitiveElement.PE_PanelStatusBar, option, painter, self)
        painter.setPen(self.palette().windowText().color())
        leading = QStyle.visualAlignment(self.layoutDirection(), Qt.AlignmentFlag.AlignLeft)
        painter.drawText(self._room(), leading | Qt.AlignmentFlag.AlignVCenter, self.shown_message())
        painter.end()

    def _room(self) -> QRect:
        room = self.rect().adjusted(_MARGIN, 0, -_MARGIN, 0)
        if self._state is None or not self._state.isVisible():
            return room
        if self.layoutDirection() == Qt.LayoutDirection.RightToLeft:
            room.setLeft(self._state.geometry().right() + _MARGIN)
        else:
            room.setRight(self._state.geometry().left() - _MARGIN)
        return room

    def _tell(self, text: str) -> None:
        self.setToolTip(foreign_text.plain(text) if text else "")


class StateBar(QWidget):
    """Three short texts, each with its shape; the tool tips have the details. `attended`: the button was pressed."""

    attended = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self._workspace = workspace
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 6, 0)
        self._attention = QToolButton(self)
        self._attention.setAutoRaise(True)
        self._attention.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        if shape := theme.badge(Badge.BAD):
            self._attention.setIcon(shape)
        self._attention.setAccessibleName(_("Needs Attention"))  # no room for a text at 200 %
        self._attention.clicked.connect(self.attended)
        self._attention.hide()
        layout.addWidget(self._attention)
        self._person, self._server, self._certifiers = (_Entry(self) for _number in range(3))
        for entry in (self._person, self._server, self._certifiers):
            layout.addWidget(entry)
        workspace.session.changed.connect(self.refresh)
        workspace.server.states_changed.connect(self.refresh)
        self.refresh()

    def warn(self, reason: str) -> None:
        """Show the button with a reason, or hide it without one."""
        self._attention.setVisible(bool(reason))
        self._attention.setToolTip(foreign_text.plain(reason))
        self._attention.setAccessibleDescription(reason)

    def refresh(self) -> None:
        """Show the current state."""
        session, server = self._workspace.session, self._workspace.server
        name = names.abbreviated(session.actor.name)
        locked = _("{name}: locked").format(name=name)
        self._person.show_state(Badge.WAIT if session.is_locked else Badge.OK, locked if session.is_locked else name)
        tasks = ", ".join(task for task, *_rest in server.tasks())
        running = _("Server: {tasks}").format(tasks=tasks) if tasks else _("Server: no task is running")
        if server.is_running:
            self._server.show_state(Badge.OK, running)
        elif at := server.elsewhere:
            text = _("Server: runs on {host}, process {process}").format(host=at.host, process=at.process)
            self._server.show_state(Badge.OK, foreign_text.in_one_line(text))
        else:
            starting, stopped = _("Server: starting…"), _("Server: not started")
            self._server.show_state(Badge.WAIT, starting if server.is_starting else stopped)
        states = server.certifier_states()
        open_ones = sum(state == data_directory.ACTIVE for _number, _name, state in states)
        counted = _("Certifiers: {active} of {all} active").format(active=open_ones, all=len(states))
        self._certifiers.setVisible(bool(states))
        self._certifiers.show_state(Badge.OK if open_ones == len(states) else Badge.WAIT, counted)
        said = "\n".join(f"{number}. {name}: {state}" for number, name, state in states)
        self._certifiers.setToolTip(foreign_text.plain(said))


class _Entry(QWidget):
    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(6, 0, 0, 0)
        layout.setSpacing(4)
        self._shape, self._text = QLabel(self), QLabel(self)
        self._text.setTextFormat(Qt.TextFormat.PlainText)
        layout.addWidget(self._shape)
        layout.addWidget(self._text)

    def show_state(self, kind: str, text: str) -> None:
        shape = theme.badge(kind)
        if shape:
            self._shape.setPixmap(shape.pixmap(12, 12))
        self._text.setText(text)
