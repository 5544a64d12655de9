"""The tool bar: what is done daily, and the switch for the side pane."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.tables.view import APPROVE, EXPORT, REVOKE, DatabaseTab
from dominoadmin.gui.frame.widget_tree import descendants
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.target import NOTHING, Target

_WIDTH: Final = 9  # characters; all buttons are at least as wide
_SCALE: Final = 1.25  # the size of an icon, in lines of text


@dataclass(frozen=True, kw_only=True)
class Daily:
    """An act: done by the page on the screen if it has one of this kind, or chosen first in the list of a command."""

    title: str
    tip: str
    icon: str
    command: str
    target: Target = NOTHING
    act: str = ""
    hint: str = ""


def daily() -> tuple[Daily, ...]:
    """Return the acts in the current language."""
    return (
        Daily(title=_("Key Ring"), tip=_("Create a key ring and its request"), icon="plus", command="create-key-ring"),
        Daily(
            title=_("Approve"),
            tip=_("Approve the selected requests, or show those that wait"),
            icon="approve",
            command="pending-requests",
            act=APPROVE,
            hint=_("Select the requests that you want to approve."),
        ),
        Daily(
            title=_("Revoke"),
            tip=_("Revoke the selected certificates, or show all certificates"),
            icon="revoke",
            command="certificates",
            act=REVOKE,
            hint=_("Select the certificates that you want to revoke."),
        ),
        Daily(
            title=_("Export"),
            tip=_("Export the selected rows, or show all certificates"),
            icon="export",
            command="certificates",
            act=EXPORT,
            hint=_("Select the certificates that you want to export."),
        ),
    )


class DailyBar(QToolBar):
    """Buttons with an icon and a word. `wanted(command, target)`: an act has to be chosen in its list first."""

    wanted = Signal(str, object)

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self._workspace = workspace
        self._icons: list[tuple[QAction, str]] = []
        self.setObjectName("daily")
        self.setWindowTitle(_("Tool Bar"))
        self.setAccessibleName(_("Tool Bar"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        side = round(self.fontMetrics().height() * _SCALE)
        self.setIconSize(QSize(side, side))
        for each in daily():
            self._add(QAction(each.title, self), each.icon, partial(self._do, each), each.tip)
        room = QWidget(self)
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._room = self.addWidget(room)
        for rest in descendants(self, QToolButton):  # Qt's button that opens the list of what does not fit
            rest.setAccessibleName(_("More actions"))

    def add_widget(self, widget: QWidget) -> None:
        """Add a widget at the right end."""
        self.addWidget(widget)

    def add_switch(self, action: QAction, icon: str) -> None:
        """Add a switch at the right end, which shows its icon only."""
        self._add(action, icon, None, action.toolTip())
        button = self.widgetForAction(action)
        assert isinstance(button, QToolButton)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def tint(self) -> None:
        """Load the icons in the current colors."""
        for action, icon in self._icons:
            action.setIcon(theme.icon(icon))

    def _add(self, action: QAction, icon: str, slot: Callable[..., None] | None, tip: str) -> None:
        action.setIcon(theme.icon(icon))
        action.setToolTip(tip)
        self._icons.append((action, icon))
        if slot is not None:
            action.triggered.connect(slot)
        self.addAction(action)
        if (button := self.widgetForAction(action)) is not None:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setMinimumWidth(self.fontMetrics().averageCharWidth() * _WIDTH)

    def _do(self, each: Daily, _checked: bool = False) -> None:
        """Do it with what is selected on the screen, or open the list in which it is selected."""
        page = self._workspace.page()
        if each.act and isinstance(page, DatabaseTab) and page.do(each.act):
            return
        self.wanted.emit(each.command, each.target)
        if each.hint:
            self._workspace.say(each.hint)
