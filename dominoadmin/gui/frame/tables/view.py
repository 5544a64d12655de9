"""An open database: the action bar above the current view. The window's navigator lists its views and commands."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QStackedWidget, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.action_bar import APPROVE, EXPORT, REVOKE, ActionBar, DailyAct
from dominoadmin.gui.frame.painting.heading import PageHeading
from dominoadmin.gui.frame.tables.details import SHOWN_KEY, RowDetails
from dominoadmin.gui.frame.tables.table import LEVEL, Column, Row, View
from dominoadmin.gui.frame.tables.table_view import TableView
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.audit import shown
from dominoadmin.services.domain import Actor, Domain

__all__ = [
    "APPROVE",
    "EXPORT",
    "LEVEL",
    "REVOKE",
    "Action",
    "Column",
    "DatabaseTab",
    "NavigatorCommand",
    "Row",
    "View",
    "needs_one",
]
_ROOM: Final = 3.0
"""A page shows the details of a row if it is at least so many times as high as these."""


def _always(_rows: list[Row]) -> str:
    """Return no reason: the action can be used with any selection."""
    return ""


def needs_one(rows: list[Row]) -> str:
    """Return why an action for one row cannot be used with this selection, or an empty string."""
    return "" if len(rows) == 1 else _("Select one row first.")


@dataclass(frozen=True)
class Action:
    """A button of the action bar. `off` returns why it cannot be used with this selection, or an empty string.

    `views` are the paths it belongs to; none means all. `daily`: the tool bar's button that does the same.
    """

    text: str
    run: Callable[[list[Row]], object]
    off: Callable[[list[Row]], str] = _always
    views: tuple[str, ...] = ()
    daily: str = ""


@dataclass(frozen=True)
class NavigatorCommand:
    """An entry of the navigator for a command instead of a view; its path is like a view's."""

    path: str
    run: Callable[[], object]


class DatabaseTab(QWidget):
    """One open database. `entries` are its views and commands for the navigator. Subclasses implement `open_row`."""

    view_shown = Signal(str)

    def __init__(
        self,
        workspace: Workspace,
        title: str,
        views: Sequence[View],
        actions: Sequence[Action] = (),
        commands: Sequence[NavigatorCommand] = (),
    ) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(title)
        self.workspace = workspace
        self.entries: tuple[View | NavigatorCommand, ...] = (*views, *commands)
        self._actions = tuple(actions)
        self._buttons: list[tuple[Action, QAction]] = []
        self._tables: dict[str, TableView] = {}
        self._names: dict[str, str] = {}
        self._reasons: dict[str, str] = {}
        self.heading, self.bar = PageHeading(self), ActionBar(self)
        self._stack, self.details = QStackedWidget(self), RowDetails(self)
        self._lay_out()
        for view in views:
            self._add_view(view)
        self._add_buttons()
        self._settled = QTimer(self, singleShot=True, interval=50)
        self._settled.timeout.connect(self.refresh)
        workspace.events.store_changed.connect(self._settled.start)
        self.show_view(views[0].path)

    @property
    def full_title(self) -> str:
        """The title as the heading shows it."""
        return self.windowTitle()

    def open_row(self, view: View, row: Row) -> None:
        """Open a row: Enter or a double click."""

    @property
    def current(self) -> TableView:
        """The current view."""
        shown = self._stack.currentWidget()
        assert isinstance(shown, TableView)
        return shown

    def show_view(self, path: str) -> None:
        """Go to a view."""
        self._stack.setCurrentWidget(self._tables[path])
        self._name()
        self._switch_buttons()
        self.refresh()
        self.view_shown.emit(path)

    def daily_act(self, kind: str) -> DailyAct | None:
        """Return what a button of the tool bar does with the selected rows, or None."""
        shown = self.current.view.path
        for action in self._actions:
            if kind and action.daily == kind and (not action.views or shown in action.views):
                why = self._reasons.get(action.text, "")
                leads = bool(why) and not self.current.table.selectionModel().hasSelection()
                return DailyAct(action.text, partial(self._run, action), why, leads)
        return None

    def title_of(self, path: str) -> str:
        """Return how the navigator and the heading name a view: the last part of its path, or what was set."""
        return self._names.get(path, path.rpartition(LEVEL)[2])

    def set_title(self, path: str, title: str) -> None:
        """Name a view otherwise than by its path."""
        if self.title_of(path) != title:
            self._names[path] = title
            self._name()
            self.view_shown.emit(self.current.view.path)

    def _name(self) -> None:
        """Show the title, and the current view if there are several."""
        views = [entry for entry in self.entries if isinstance(entry, View)]
        view = self.title_of(self.current.view.path) if len(views) > 1 else ""
        self.heading.show_texts(self.full_title, view)

    def selected(self) -> list[Row]:
        """Return the selected rows of the current view; those of a windowed view are read on access."""
        return cast("list[Row]", self.current.selected())

    def refresh(self) -> None:
        """Read the current view again (F9)."""
        self.current.refresh()

    def focus_view(self) -> None:
        """Set the focus on the view."""
        self.current.table.setFocus()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.heading)
        layout.addWidget(self.bar)
        layout.addWidget(self._stack, 1)
        layout.addWidget(self.details)
        self._shortcut(_("&Find"), QKeySequence.StandardKey.Find, self._find)
        self._copying = self._shortcut(_("&Copy"), QKeySequence.StandardKey.Copy, self._copy)

    def _shortcut(self, text: str, keys: QKeySequence.StandardKey, slot: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        self.addAction(action)
        return action

    def _find(self) -> None:
        self.current.start_search()

    def _copy(self) -> None:
        from dominoadmin.gui.frame.tables import taking_out

        taking_out.copy(self.workspace, self.current)

    def export(self, _rows: list[Row]) -> None:
        """Write the selected rows, or all shown rows, to a CSV file."""
        from dominoadmin.gui.frame.tables import taking_out

        taking_out.export(self.workspace, self.current, Path.home())

    def show_details(self) -> None:
        """Show the selected row in full below the table, if it is one, there is room, and it is wanted."""
        rows = self.selected() if self.workspace.memory.get(SHOWN_KEY, True) else []
        has_room = self.height() > _ROOM * self.details.height()
        if len(rows) == 1 and rows[0] is not None and has_room:
            self.details.show_row(self.current.view, rows[0])
        self.details.setVisible(len(rows) == 1 and rows[0] is not None and has_room)

    def _add_view(self, view: View) -> None:
        table = TableView(view, self.workspace.memory, self.windowTitle(), self, compare=self._comparing)
        self._tables[view.path] = table
        self._stack.addWidget(table)
        table.opened.connect(partial(self._open, view))
        table.selection_changed.connect(self._switch_buttons)
        table.selection_changed.connect(self.show_details)
        table.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.table.customContextMenuRequested.connect(self._show_menu)

    def _comparing(self, records: Sequence[object], is_whole: bool) -> Callable[[], Sequence[Error]]:
        return self.workspace.session.bound(partial(_differing, records, is_whole))

    def _add_buttons(self) -> None:
        for action in self._actions:
            button = QAction(action.text, self)
            button.triggered.connect(partial(self._run, action))
            self.bar.addAction(button)
            self._buttons.append((action, button))

    def _show_menu(self, where: QPoint) -> None:
        """Show the actions for the selected rows, and Copy."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setToolTipsVisible(True)
        for action, button in self._buttons:
            if button.isVisible() and (not action.views or self.current.view.path in action.views):
                menu.addAction(button)
        menu.addSeparator()
        menu.addAction(self._copying)
        menu.popup(self.current.table.viewport().mapToGlobal(where))

    def _open(self, view: View, row: Row) -> None:
        self.open_row(view, row)

    def _run(self, action: Action, _checked: bool = False) -> None:
        rows = self.selected()
        if why := action.off(rows):
            self.workspace.say(why)
        else:
            action.run(rows)

    def _switch_buttons(self) -> None:
        shown, rows = self.current.view.path, self.selected()
        for action, button in self._buttons:
            belongs = not action.views or shown in action.views
            why = action.off(rows) if belongs else ""
            button.setVisible(belongs)
            button.setEnabled(not why)
            button.setToolTip(foreign_text.plain(why) or action.text.replace("&", ""))
            if belongs:
                self._reasons[action.text] = why
        self.workspace.events.acts_changed.emit()


def _differing(records: Sequence[object], is_whole: bool, domain: Domain, actor: Actor) -> Sequence[Error]:
    return shown.in_window(domain, actor, records, is_whole=is_whole)
