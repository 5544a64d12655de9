"""The tool bar: what is done daily, the search, and the switches of the panes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QToolBar, QToolButton, QWidget

from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.action_bar import APPROVE, EXPORT, REVOKE, DailyAct
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.tables.view import DatabaseTab
from dominoadmin.gui.frame.widget_tree import descendants
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.target import NOTHING, Target

_WIDTH: Final = 9  # characters; all buttons are at least as wide
_SCALE: Final = 1.25  # the size of an icon, in lines of text


@dataclass(frozen=True, kw_only=True)
class Daily:
    """An act: done by the page on the screen if it has one of this kind, or chosen first in the list of a command.

    `tip`: what the command does. `shortens`: its list is shorter than the view that has such an act and no selection.
    """

    title: str
    tip: str
    icon: str
    command: str
    target: Target = NOTHING
    act: str = ""
    hint: str = ""
    shortens: bool = False


def daily() -> tuple[Daily, ...]:
    """Return the acts in the current language."""
    return (
        Daily(
            title=_("New Certificate"),
            tip=_("Request, approve and issue a certificate in one dialog"),
            icon="plus",
            command="issue-now",
        ),
        Daily(
            title=_("Approve"),
            tip=_("Show the requests that wait for a decision"),
            icon="approve",
            command="pending-requests",
            act=APPROVE,
            hint=_("Select the requests that you want to approve."),
            shortens=True,
        ),
        Daily(
            title=_("Revoke"),
            tip=_("Show all certificates, to choose those that you want to revoke"),
            icon="revoke",
            command="certificates",
            act=REVOKE,
            hint=_("Select the certificates that you want to revoke."),
        ),
        Daily(
            title=_("Export"),
            tip=_("Show all certificates, to choose those that you want to export"),
            icon="export",
            command="certificates",
            act=EXPORT,
            hint=_("Select the certificates that you want to export."),
        ),
    )


class DailyBar(QToolBar):
    """Buttons with an icon and a word. `wanted(command, target)`: an act has to be chosen in its list first."""

    wanted = Signal(str, object)

    def __init__(
        self, workspace: Workspace, switches: Mapping[str, QAction], commands: Mapping[str, QAction], search: QWidget
    ) -> None:
        super().__init__(workspace.widget())
        self._workspace, self._commands, self._search = workspace, commands, search
        self._icons: list[tuple[QAction, str]] = []
        self._acts: list[tuple[Daily, QAction]] = []
        self._has_words = False
        self._fitting = QTimer(self, singleShot=True, interval=0)
        self._fitting.timeout.connect(self._fit)
        self.setObjectName("daily")
        self.setWindowTitle(_("Tool Bar"))
        self.setAccessibleName(_("Tool Bar"))
        self.setMovable(False)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)
        side_length = round(self.fontMetrics().height() * _SCALE)
        self.setIconSize(QSize(side_length, side_length))
        self._add(switches["navigator"], "navigator")
        for each in daily():
            act = QAction(each.title, self)
            act.setToolTip(each.tip)
            act.triggered.connect(partial(self._do, each))
            self._add(act, each.icon)
            self._acts.append((each, act))
            if not each.act:
                commands[each.command].changed.connect(self.follow)
        room = QWidget(self)
        room.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(room)
        self.addWidget(search)
        self._add(switches["side"], "panel")
        for rest in descendants(self, QToolButton):
            if rest.objectName() == "qt_toolbar_ext_button":  # opens the list of what does not fit
                rest.setAccessibleName(_("More actions"))
        workspace.events.acts_changed.connect(self.follow)

    def follow(self, *_what: object) -> None:
        """Show what each button does with the page on the screen, or why it cannot."""
        for each, action in self._acts:
            if not each.act:
                command = self._commands[each.command]
                action.setEnabled(command.isEnabled())
                action.setToolTip(each.tip if command.isEnabled() else command.toolTip())
                continue
            found = self._act(each)
            off = found.off if found else ""
            button = self.widgetForAction(action)
            if off and button.hasFocus():
                self._workspace.page().setFocus()  # Qt would go on to the next button
            action.setEnabled(not off)
            action.setToolTip(foreign_text.plain(off or (_bare(found.text) if found else each.tip)))

    def tint(self) -> None:
        """Load the icons in the current colors."""
        for action, icon in self._icons:
            action.setIcon(theme.icon(icon))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fitting.start()  # not here: it lays the bar out again

    def _fit(self) -> None:
        """Show the words below the icons if there is room for them and the search."""
        metrics, letter = self.fontMetrics(), self.fontMetrics().averageCharWidth()
        widths = [max(_WIDTH * letter, metrics.horizontalAdvance(act.text()) + 4 * letter) for _each, act in self._acts]
        switches = 2 * (self.iconSize().width() + 4 * letter)
        needed = sum(widths) + switches + self._search.minimumSizeHint().width() + 2 * letter
        if self._has_words == (has_room := needed <= self.width()):
            return
        self._has_words = has_room
        words, icons = Qt.ToolButtonStyle.ToolButtonTextUnderIcon, Qt.ToolButtonStyle.ToolButtonIconOnly
        for (_each, act), width in zip(self._acts, widths, strict=True):
            button = self.widgetForAction(act)
            assert isinstance(button, QToolButton)
            button.setToolButtonStyle(words if has_room else icons)
            button.setMinimumWidth(width if has_room else 0)

    def _add(self, action: QAction, icon: str) -> None:
        action.setIcon(theme.icon(icon))
        self._icons.append((action, icon))
        self.addAction(action)
        if (button := self.widgetForAction(action)) is not None:
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _do(self, each: Daily, _checked: bool = False) -> None:
        """Do it with what is selected on the screen, or open the list in which it is selected."""
        if found := self._act(each):
            found.run()
            return
        self.wanted.emit(each.command, each.target)
        if each.hint:
            self._workspace.say(each.hint)

    def _act(self, each: Daily) -> DailyAct | None:
        """Return what a button does with the page on the screen; None: it leads to its list."""
        page = self._workspace.page()
        found = page.daily_act(each.act) if each.act and isinstance(page, DatabaseTab | Document) else None
        if found and found.leads:
            run = partial(self._workspace.say, each.hint)
            return None if each.shortens else replace(found, text=each.hint, run=run, off="")
        return found


def _bare(text: str) -> str:
    return text.replace("&", "").removesuffix("…")
