"""Server - Console: the server's output, and a line for commands."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPlainTextEdit, QVBoxLayout, QWidget

from dominoadmin.application import SERVER_TASKS
from dominoadmin.console.interpreter import holds_password, without_secrets
from dominoadmin.gui.console.line import DOT, CommandLine
from dominoadmin.gui.console.server_notice import ServerNotice
from dominoadmin.gui.frame.action_bar import ActionBar
from dominoadmin.gui.frame.forms.values import fixed_font
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.certifiers import locking_files
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress

BUTTONS: Final = (
    "show tasks", "load ca", "tell ca stat", "tell ca refresh", "tell adminp process all", "load http",
    "tell http restart", "help",
)  # fmt: skip
_FIXED: Final = (
    "help", "quit", "show tasks", "tell ca crl info", "tell ca help", "tell ca quit", "tell ca refresh",
    "tell ca show queue *", "tell ca stat", "tell ca activate *", "tell ca deactivate *", "tell adminp help",
    "tell adminp quit", "tell adminp process all", "tell adminp process new", "tell adminp process interval",
    "tell adminp process daily", "tell adminp process delayed", "tell http help", "tell http quit",
    "tell http restart", "tell http show",
)  # fmt: skip
_NUMBERED: Final = ("tell ca activate", "tell ca deactivate", "tell ca show queue")
_LOCKING: Final = ("tell ca lock", "tell ca unlock")
_MOST_LINES: Final = 5_000
_HISTORY: Final = "console/history"
_SETTLING: Final = 300  # milliseconds


def open_console(workspace: Workspace) -> ConsolePanel:
    """Go to Server - Console."""
    panel = workspace.show_tab("server-console", partial(ConsolePanel, workspace))
    assert isinstance(panel, ConsolePanel)
    return panel


class ConsolePanel(QWidget):
    """The server's console. A password typed here is neither shown nor stored."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("Server Console"))
        self._workspace = workspace
        self._files: list[str] = []
        self._lay_out()
        for line in getattr(workspace.server, "recent", ()):  # the output before this panel was opened
            self._append(line)
        self._settled = QTimer(self, singleShot=True, interval=_SETTLING)
        self._settled.timeout.connect(self._read_files)
        workspace.events.store_changed.connect(self._settled.start)
        workspace.server.printed.connect(self._append)
        workspace.server.states_changed.connect(self._states_changed)
        self.line.entered.connect(self.enter)
        self._states_changed()
        self._read_files()

    def _append(self, line: str) -> None:
        self.output.appendPlainText(escaped(line))
        self.output.horizontalScrollBar().setValue(0)  # keeps the time stamps visible

    def enter(self, line: str) -> None:
        """Carry out a line, as if it had been typed."""
        line = line.strip()
        if off := self._workspace.server.off:
            self._workspace.say(off)
            return
        shown = without_secrets(line)
        self._append(f"> {shown} {DOT * 8}" if holds_password(line) else f"> {shown}")
        self._workspace.memory.set(_HISTORY, self.line.history)
        self._workspace.server.execute(line)

    def focus_view(self) -> None:
        """Set the focus on the command line."""
        self.line.setFocus()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.line.isEnabled():
            self.line.setFocus()

    def _lay_out(self) -> None:
        self.notice = ServerNotice(self._workspace, self)
        self._bar = ActionBar(self)
        self._bar.setAccessibleName(_("Common commands"))
        self._bar.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
        for command in BUTTONS:
            self._bar.addAction(command).triggered.connect(partial(self._pressed, command))
        fixed = fixed_font(self)
        self.output = QPlainTextEdit(self)
        self.output.setReadOnly(True)
        self.output.setMaximumBlockCount(_MOST_LINES)
        self.output.setUndoRedoEnabled(False)
        self.output.setFont(fixed)
        self.output.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.output.setAccessibleName(_("Console output"))
        self.output.setTabChangesFocus(True)
        self.output.setPlaceholderText(_("Server activity is shown here."))
        self.line = CommandLine(self, self._workspace.memory.get(_HISTORY, []))
        self.line.setFont(fixed)
        caption = QLabel(_("Co&mmand:"), self)
        caption.setBuddy(self.line)
        below = QHBoxLayout()
        below.addWidget(caption)
        below.addWidget(self.line, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addWidget(self.notice)
        layout.addWidget(self._bar)
        layout.addWidget(self.output, 1)
        layout.addLayout(below)

    def _pressed(self, command: str, _checked: bool = False) -> None:
        self.enter(command)

    def _states_changed(self) -> None:
        why = self._workspace.server.off
        running = not why
        self.line.setEnabled(running)
        self.line.setToolTip(why)
        for action in self._bar.actions():
            action.setEnabled(running)
            action.setToolTip(why or action.text())
        self._offer()

    def _offer(self) -> None:
        numbers = [str(number) for number, _name, _state in self._workspace.server.certifier_states()]
        files = [locking_files.written(file) for file in self._files]
        lines = [f"load {task}" for task in SERVER_TASKS] + [f"restart task {task}" for task in SERVER_TASKS]
        lines += [f"{command} {number}" for command in _NUMBERED for number in numbers]
        lines += [f"{command} {file}" for command in _LOCKING for file in files]
        self.line.set_completions(sorted({*_FIXED, *lines}))

    def _read_files(self) -> None:
        job = Job(partial(_locking_files, self._workspace.session.domain))
        job.done.connect(self._files_read)
        job.start()

    def _files_read(self, files: list[str]) -> None:
        self._files = files
        self._offer()


def _locking_files(domain: Domain, _progress: Progress) -> list[str]:
    return locking_files.all_of(domain)
