"""An open database: its navigator at the left, the action bar above, the view."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final, cast

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTreeWidget, QTreeWidgetItem, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import foreign_text
from dominoadmin.gui.frame.action_bar import ActionBar
from dominoadmin.gui.frame.tables.table import LEVEL, Column, Row, View
from dominoadmin.gui.frame.tables.table_view import TableView
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.audit import shown
from dominoadmin.services.domain import Actor, Domain

__all__ = ["LEVEL", "Action", "Column", "DatabaseTab", "NavigatorCommand", "Row", "View", "needs_one"]

_NAVIGATOR_WIDTHS: Final = (150, 240)
_ROLE: Final = Qt.ItemDataRole.UserRole


def _always(_rows: list[Row]) -> str:
    """Return no reason: the action can be used with any selection."""
    return ""


def needs_one(rows: list[Row]) -> str:
    """Return why an action for one row cannot be used with this selection, or an empty string."""
    return "" if len(rows) == 1 else _("Select one row first.")


@dataclass(frozen=True)
class Action:
    """A button of the action bar. `off` returns why it cannot be used with this selection, or an empty string.

    `views` are the paths it belongs to; none means all.
    """

    text: str
    run: Callable[[list[Row]], object]
    off: Callable[[list[Row]], str] = _always
    views: tuple[str, ...] = ()


@dataclass(frozen=True)
class NavigatorCommand:
    """An entry of the navigator for a command instead of a view; its path is like a view's."""

    path: str
    run: Callable[[], object]


class DatabaseTab(QWidget):
    """One open database. Subclasses implement `open_row`."""

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
        self._actions = tuple(actions)
        self._buttons: list[tuple[Action, QAction]] = []
        self._tables: dict[str, TableView] = {}
        self._items: dict[str, QTreeWidgetItem] = {}
        self._groups: dict[str, QTreeWidgetItem] = {}
        self.navigator = QTreeWidget(self)
        self.navigator.setHeaderHidden(True)
        self.navigator.setIndentation(14)
        self.navigator.setAccessibleName(_("Views"))
        self.bar = ActionBar(self)
        self._stack = QStackedWidget(self)
        self._lay_out()
        for view in views:
            self._add_view(view)
        for command in commands:
            self._place(command.path).setData(0, _ROLE, command)
        self._add_buttons()
        self.navigator.expandAll()
        least, most = _NAVIGATOR_WIDTHS
        wanted = self.navigator.sizeHintForColumn(0) + 2 * self.navigator.frameWidth() + 4
        self._splitter.setSizes([min(max(least, wanted), most), 700])
        self.navigator.currentItemChanged.connect(self._navigated)
        self.navigator.itemActivated.connect(self._activated)
        self.navigator.itemClicked.connect(self._clicked)
        self._settled = QTimer(self, singleShot=True, interval=50)
        self._settled.timeout.connect(self.refresh)
        workspace.events.store_changed.connect(self._settled.start)
        self.show_view(views[0].path)

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
        self.navigator.setCurrentItem(self._items[path])

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
        right = QWidget(self)
        column = QVBoxLayout(right)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.bar)
        column.addWidget(self._stack)
        splitter = QSplitter(self)
        splitter.setChildrenCollapsible(False)
        splitter.addWidget(self.navigator)
        splitter.addWidget(right)
        splitter.setStretchFactor(1, 1)
        self._splitter = splitter
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(splitter)
        self._shortcut(QKeySequence.StandardKey.Find, self._find)
        self._shortcut(QKeySequence.StandardKey.Copy, self._copy)

    def _shortcut(self, keys: QKeySequence.StandardKey, slot: Callable[[], None]) -> None:
        action = QAction(self)
        action.setShortcut(keys)
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.triggered.connect(slot)
        self.addAction(action)

    def _find(self) -> None:
        self.current.start_search()

    def _copy(self) -> None:
        from dominoadmin.gui.frame.tables import taking_out

        taking_out.copy(self.workspace, self.current)

    def export(self, _rows: list[Row]) -> None:
        """Write the selected rows, or all shown rows, to a CSV file."""
        from dominoadmin.gui.frame.tables import taking_out

        taking_out.export(self.workspace, self.current, Path.home())

    def _place(self, path: str) -> QTreeWidgetItem:
        """Return a new entry of the navigator; the parts of the path before the last are groups."""
        *groups, title = path.split(LEVEL)
        parent: QTreeWidgetItem | None = None
        for number, group in enumerate(groups):
            name = LEVEL.join(groups[: number + 1])
            if name not in self._groups:
                self._groups[name] = QTreeWidgetItem(parent, [group]) if parent else _top(self.navigator, group)
                self._groups[name].setFlags(Qt.ItemFlag.ItemIsEnabled)
            parent = self._groups[name]
        return QTreeWidgetItem(parent, [title]) if parent else _top(self.navigator, title)

    def _add_view(self, view: View) -> None:
        item = self._place(view.path)
        item.setData(0, _ROLE, view)
        item.setToolTip(0, foreign_text.plain(view.path))
        self._items[view.path] = item
        table = TableView(view, self.workspace.memory, self.windowTitle(), self, compare=self._comparing)
        self._tables[view.path] = table
        self._stack.addWidget(table)
        table.opened.connect(partial(self._open, view))
        table.selection_changed.connect(self._switch_buttons)

    def _comparing(self, records: Sequence[object], is_whole: bool) -> Callable[[], Sequence[Error]]:
        return self.workspace.session.bound(partial(_differing, records, is_whole))

    def _add_buttons(self) -> None:
        for action in self._actions:
            button = QAction(action.text, self)
            button.triggered.connect(partial(self._run, action))
            self.bar.addAction(button)
            self._buttons.append((action, button))

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

    def _navigated(self, item: QTreeWidgetItem | None) -> None:
        view = item.data(0, _ROLE) if item else None
        if isinstance(view, View):
            self._stack.setCurrentWidget(self._tables[view.path])
            self._switch_buttons()
            self.refresh()

    def _clicked(self, item: QTreeWidgetItem) -> None:
        command = item.data(0, _ROLE)
        if isinstance(command, NavigatorCommand):
            command.run()

    def _activated(self, item: QTreeWidgetItem) -> None:
        # Enter; in some styles a click has already activated it.
        if self.navigator.hasFocus() and not _by_mouse():
            self._clicked(item)


def _differing(records: Sequence[object], is_whole: bool, domain: Domain, actor: Actor) -> Sequence[Error]:
    return shown.in_window(domain, actor, records, is_whole=is_whole)


def _by_mouse() -> bool:
    from PySide6.QtGui import QGuiApplication

    return QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton


def _top(navigator: QTreeWidget, title: str) -> QTreeWidgetItem:
    return QTreeWidgetItem(navigator, [title])
