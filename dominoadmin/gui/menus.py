"""Builds the menu bar and the Tools pane from the commands."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QMenu,
    QMenuBar,
    QTreeWidgetItem,
    QWidget,
)

from dominoadmin.gui.actions import LOG_IN, Command, commands, hidden
from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.painting.tree_rows import ICON, OFF, RowTree
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.target import NOTHING, Target


class Menus(QObject):
    """The commands as QActions, which are switched on and off everywhere at once."""

    def __init__(self, workspace: Workspace, bar: QMenuBar) -> None:
        super().__init__(bar)
        self.workspace = workspace
        self._bar = bar
        self._menus: dict[str, QMenu] = {}
        self._commands = {command.name: command for command in commands()}
        self.actions = {name: self._action(command) for name, command in self._commands.items()}
        for name, command in self._commands.items():
            self.menu(command.menu).addAction(self.actions[name])

    def menu(self, path: str) -> QMenu:
        """Return the menu with this path, `&File/&Database`."""
        if path not in self._menus:
            parent, _slash, title = path.rpartition("/")
            menu = self.menu(parent).addMenu(title) if parent else self._bar.addMenu(title)
            menu.setToolTipsVisible(True)
            menu.aboutToShow.connect(self.switch)
            self._menus[path] = menu
        return self._menus[path]

    def add(self, path: str, text: str, slot: Callable[[], object], keys: str = "") -> QAction:
        """Add an action of the window itself to a menu."""
        action = QAction(text, self)
        action.setShortcut(QKeySequence(keys))
        action.triggered.connect(partial(_call, slot))
        self.menu(path).addAction(action)
        return action

    def run(self, name: str, target: Target = NOTHING) -> None:
        """Carry out a command, or show why it is not possible."""
        if self.workspace.session.is_locked and name != LOG_IN:
            self.workspace.say(_("The window is locked."))
            return
        if name in hidden():
            hidden()[name](self.workspace, target)
            return
        command = self._commands[name]
        if why := command.off(self.workspace):
            self.workspace.say(why)
        else:
            command.run(self.workspace, target)

    def switch(self) -> None:
        """Switch every command on or off, with the reason."""
        for name, command in self._commands.items():
            why = command.off(self.workspace)
            self.actions[name].setEnabled(not why)
            self.actions[name].setToolTip(why or command.text.replace("&&", "\0").replace("&", "").replace("\0", "&"))

    def tint(self) -> None:
        """Load the icons in the current colors."""
        for name, command in self._commands.items():
            if command.icon:
                self.actions[name].setIcon(theme.icon(command.icon))

    def groups(self) -> dict[str, list[Command]]:
        """Return the commands of the Tools pane by their group."""
        found: dict[str, list[Command]] = {}
        for command in self._commands.values():
            if command.tools:
                found.setdefault(command.tools, []).append(command)
        return found

    def _action(self, command: Command) -> QAction:
        action = QAction(command.text, self)
        if command.icon:
            action.setIcon(theme.icon(command.icon))
        action.setShortcut(QKeySequence(command.keys))
        action.triggered.connect(partial(self._triggered, command.name))
        return action

    def _triggered(self, name: str, _checked: bool = False) -> None:
        self.run(name)


class ToolsPane(RowTree):
    """The Tools pane at the right: Registration, Certification, key rings."""

    wanted = Signal(str)

    def __init__(self, menus: Menus, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName(_("Tools"))
        self._items: list[tuple[QTreeWidgetItem, Command]] = []
        self._menus = menus
        for group, members in menus.groups().items():
            top = QTreeWidgetItem(self, [group])
            top.setFlags(Qt.ItemFlag.ItemIsEnabled)
            for command in members:
                self._add(top, command)
        self.expandAll()
        self.setIndentation(14)
        self.itemClicked.connect(self._chosen)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        item = self.currentItem()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and item is not None:
            self._chosen(item)
        else:
            super().keyPressEvent(event)

    def _add(self, group: QTreeWidgetItem, command: Command) -> None:
        text = self._menus.actions[command.name].text().replace("&&", "\0").replace("&", "").replace("\0", "&")
        item = QTreeWidgetItem(group, [text])
        item.setData(0, Qt.ItemDataRole.UserRole, command.name)
        item.setData(0, ICON, command.icon)
        self._items.append((item, command))
        self._switch(item, command)

    def switch(self) -> None:
        """Show which entries are off, and why."""
        for item, command in self._items:
            self._switch(item, command)

    def _switch(self, item: QTreeWidgetItem, command: Command) -> None:
        """Show whether an entry is off; it looks disabled but can be selected, to show the reason."""
        why = command.off(self._menus.workspace)
        item.setData(0, OFF, why)
        item.setToolTip(0, foreign_text.plain(why))
        item.setData(0, Qt.ItemDataRole.AccessibleDescriptionRole, why)

    def _chosen(self, item: QTreeWidgetItem) -> None:
        if name := item.data(0, Qt.ItemDataRole.UserRole):
            self.wanted.emit(name)


def _call(slot: Callable[[], object], _checked: bool = False) -> None:
    slot()
