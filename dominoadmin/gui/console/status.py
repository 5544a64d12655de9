"""Server - Status: the running tasks, as `show tasks` lists them, and every certifier's lock state."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSplitter,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.application import SERVER_TASKS
from dominoadmin.gui.console.server_notice import ServerNotice
from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.certifiers import locking_files
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.directory.data_directory import ACTIVE

_INTERVAL: Final = 1_000  # milliseconds between updates while the panel is visible
_LOCKED: Final = "No (locked)"
_NUMBER, _STATE = 0, 2


def open_status(workspace: Workspace) -> None:
    """Go to Server - Status."""
    workspace.show_tab("server-status", partial(StatusPanel, workspace))


class StatusPanel(QWidget):
    """Shows the state of the server, and loads and stops its tasks."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("Server Status"))
        self._workspace = workspace
        self._shown: object = None
        self._lay_out()
        self._timer = QTimer(self, interval=_INTERVAL)
        self._timer.timeout.connect(self._look)
        self._timer.start()
        workspace.server.states_changed.connect(self.refresh)
        self.certifiers.itemSelectionChanged.connect(self._switch)
        self.refresh()

    def refresh(self) -> None:
        """Show the current state, keeping the selection."""
        server = self._workspace.server
        tasks, states = server.tasks(), server.certifier_states()
        if self._shown == (server.off, tasks, states):
            return
        self._shown = (server.off, tasks, states)
        rows = [(prefix, line) for _name, prefix, lines in tasks for line in lines]
        _fill(self.tasks, rows)
        _fill(self.certifiers, [(str(number), name, state) for number, name, state in states])
        for row, (_number, _name, state) in enumerate(states):
            item, badge = self.certifiers.item(row, _STATE), theme.badge(Badge.OK if state == ACTIVE else Badge.WAIT)
            if item and badge:
                item.setIcon(badge)
        self._switch()

    def _lay_out(self) -> None:
        self.notice = ServerNotice(self._workspace, self)
        self.tasks = _table((_("Task"), _("Description")), _("Running tasks"), self)
        self.certifiers = _table((_("Number"), _("Certifier"), _("Active")), _("Certifiers of the CA process"), self)
        self._task_buttons = {task: self._button("", partial(self._task_pressed, task)) for task in SERVER_TASKS}
        self.activate = self._button(_("&Activate…"), self._activate)
        self.deactivate = self._button(_("&Deactivate"), self._deactivate)
        halves = QSplitter(Qt.Orientation.Vertical, self)
        halves.setChildrenCollapsible(False)
        halves.addWidget(_half(_("Tasks"), self.tasks, list(self._task_buttons.values())))
        halves.addWidget(_half(_("Certifiers"), self.certifiers, [self.activate, self.deactivate]))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.notice)
        layout.addWidget(halves, 1)

    def _button(self, text: str, slot: object) -> QPushButton:
        button = QPushButton(text, self)
        button.clicked.connect(slot)
        return button

    def _look(self) -> None:
        if self.isVisible():
            self.refresh()

    def _switch(self) -> None:
        """Switch the buttons on or off, with the reason."""
        server = self._workspace.server
        loaded = {name for name, _prefix, _lines in server.tasks()}
        stopped = server.off
        for task, button in self._task_buttons.items():
            text = _("Stop {task}") if task in loaded else _("Load {task}")
            button.setText(text.format(task=task))
            _set_off(button, stopped)
        state = self._selected()[1]
        chosen = "" if state else _("Select a certifier first.")
        is_active = state == ACTIVE
        self.activate.setText(_("&Unlock…") if state == _LOCKED else _("&Activate…"))
        _set_off(self.activate, stopped or chosen or (_("The certifier is already active.") if is_active else ""))
        _set_off(self.deactivate, stopped or chosen or ("" if is_active else _("The certifier is not active.")))

    def _selected(self) -> tuple[str, str]:
        """Return number and state of the selected certifier, or empty strings."""
        chosen = self.certifiers.selectedItems()
        row = chosen[0].row() if chosen else -1
        number, state = self.certifiers.item(row, _NUMBER), self.certifiers.item(row, _STATE)
        return (number.text(), state.text()) if number and state else ("", "")  # None while the table is filled

    def _task_pressed(self, task: str, _checked: bool = False) -> None:
        loaded = {name for name, _prefix, _lines in self._workspace.server.tasks()}
        self._execute(f"tell {task} quit" if task in loaded else f"load {task}")

    def _activate(self) -> None:
        """Activate or unlock; the console asks for the password."""
        number, state = self._selected()
        if state == _LOCKED:
            job = Job(partial(_locking_file, self._workspace.session.domain, int(number)))
            job.done.connect(self._unlock)
            job.start()
        else:
            self._execute(f"tell ca activate {number}")

    def _unlock(self, file: str) -> None:
        if file:
            self._execute(f"tell ca unlock {locking_files.written(file)}")
        else:
            self._workspace.say(_("The ID file that locks this certifier is not in the data directory."))

    def _deactivate(self) -> None:
        self._execute(f"tell ca deactivate {self._selected()[0]}")

    def _execute(self, line: str) -> None:
        self._workspace.say(line)
        self._workspace.server.execute(line)


def _locking_file(domain: Domain, number: int, _progress: Progress) -> str:
    return locking_files.of_certifier(domain, number)


def _set_off(button: QPushButton, why: str) -> None:
    button.setEnabled(not why)
    button.setToolTip(foreign_text.plain(why))


def _half(title: str, table: QTableWidget, buttons: list[QPushButton]) -> QWidget:
    half = QWidget()
    caption = QLabel(title, half)
    caption.setBuddy(table)
    row = QHBoxLayout()
    for button in buttons:
        row.addWidget(button)
    row.addStretch(1)
    layout = QVBoxLayout(half)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(caption)
    layout.addWidget(table, 1)
    layout.addLayout(row)
    return half


def _table(titles: tuple[str, ...], name: str, parent: QWidget) -> ShortTable:
    table = ShortTable(titles, name, parent, selecting=QAbstractItemView.SelectionMode.SingleSelection)
    table.setWordWrap(False)
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(1, QHeaderView.ResizeMode.Stretch)
    return table


def _fill(table: QTableWidget, rows: Sequence[tuple[str, ...]]) -> None:
    selected = table.currentRow() if table.selectedItems() else -1
    table.setRowCount(len(rows))
    for number, row in enumerate(rows):
        for column, text in enumerate(row):
            table.setItem(number, column, QTableWidgetItem(text))
    if 0 <= selected < len(rows):
        table.selectRow(selected)
