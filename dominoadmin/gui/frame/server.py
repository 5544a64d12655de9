"""The server inside the client: its tasks run in their own thread, its console gets commands from the window."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections import deque
from collections.abc import Callable, Iterable
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from dominoadmin import application
from dominoadmin.application import Server
from dominoadmin.errors import Cancelled, Error, NotFound
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki.identities import Identity
from dominoadmin.services.directory import leasing, server_documents
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Telling
from dominoadmin.store.leases import LeaseRecord
from dominoadmin.tasks.ca import CaTask

_TICK: Final = 0.5
_REMEMBERED: Final = 2000
_PATIENCE: Final = 20.0
_LOOK_EVERY: Final = 5_000  # milliseconds


class _Waiting(Telling):
    """Tells on the console what the start of the server waits for, until the window closes."""

    def __init__(self, show: Callable[[Iterable[str]], None], stopping: threading.Event) -> None:
        super().__init__(lambda text: show([f"{translated(text)} …"]))
        self._stopping = stopping

    def step(self, text: str) -> None:
        if self._stopping.is_set():
            raise Cancelled
        super().step(text)


class RunningServer(QObject):
    """The window's interface to the server. All signals arrive in the GUI thread."""

    printed = Signal(str)
    """One line of console output."""
    states_changed = Signal()
    """The state of a task or a certifier changed, or the server was started or stopped."""
    refused = Signal(object)
    """The server could not start, or lost its lease; carries the Error."""
    asked = Signal(str)
    """A command needs a password; carries the question. `answer` must be called."""

    def __init__(self, domain: Domain, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._domain = domain
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._answers: queue.Queue[str | None] = queue.Queue()
        self._thread: threading.Thread | None = None
        self._server: Server | None = None
        self._states: tuple[object, ...] = ()
        self._stopping = threading.Event()
        self._ended = threading.Event()
        self.recent: deque[str] = deque(maxlen=_REMEMBERED)
        """The last lines of output, for consoles opened later."""
        self._is_expected = False
        self._elsewhere: LeaseRecord | None = None
        self._looking = QTimer(self, interval=_LOOK_EVERY)  # a lease also ends without a change in the store
        self._looking.timeout.connect(self.look)
        self._looking.start()
        self.look()

    @property
    def is_running(self) -> bool:
        """Return whether the server runs in this window."""
        return self._server is not None

    @property
    def is_starting(self) -> bool:
        """Return whether the server starts, or the password for that is being looked up."""
        works = self._thread is not None and not self._ended.is_set()
        return not self.is_running and (works or self._is_expected)

    def expect(self, *, comes: bool) -> None:
        """Say that it is not known yet whether the server will run here, or that it was found out."""
        if self._is_expected != comes:
            self._is_expected = comes
            self.states_changed.emit()

    def look(self) -> None:
        """Look which other process runs the server; `states_changed` reports a change."""
        works = self._thread is not None and not self._ended.is_set()  # the lease may be this window's own
        before, self._elsewhere = self._elsewhere, None if works else _holder(self._domain)
        if _place(before) != _place(self._elsewhere):
            self.states_changed.emit()

    @property
    def elsewhere(self) -> LeaseRecord | None:
        """Return the lease of another process that runs the server, on this computer or another one, if any."""
        return None if self.is_running else self._elsewhere

    @property
    def off(self) -> str:
        """Return why the server takes no commands here, or an empty string."""
        if self.is_running:
            return ""
        if (at := self.elsewhere) is None:
            return _("The server is not running.")
        text = _("The server runs on {host}, process {process}: enter commands there.")
        return text.format(host=at.host, process=at.process)

    def start(self, identity: Identity) -> None:
        """Start the server whose ID is open, with its tasks. The signals report the result."""
        if self._thread and self._thread.is_alive():
            if not self._ended.is_set():
                return
            self._thread.join(_PATIENCE)  # it has reported its end, and only has to return
        self._lines = queue.Queue()
        self._stopping.clear()
        self._ended.clear()
        self._thread = threading.Thread(target=self._run, args=(identity,), name="server", daemon=True)
        self._thread.start()
        self._is_expected = False
        self.states_changed.emit()

    def execute(self, line: str) -> None:
        """Carry out a console line; `printed` carries its output."""
        self._lines.put(line)

    def answer(self, password: str | None) -> None:
        """Answer the question of `asked`; None cancels the command."""
        self._answers.put(password)

    def stop(self) -> bool:
        """Stop all tasks and wait for them; return whether they have ended."""
        if self._thread is None:
            return True
        self._stopping.set()
        self._answers.put(None)
        self._lines.put(None)
        self._thread.join(_PATIENCE)
        return not self._thread.is_alive()

    def tasks(self) -> list[tuple[str, str, list[str]]]:
        """Return the running tasks: name, prefix (`CA Process`), activity of each of its parts."""
        server = self._server  # the server's thread may end it at any moment
        return [(name, task.prefix, task.status()) for name, task in server.host.running()] if server else []

    def certifier_states(self) -> list[tuple[int, str, str]]:
        """Return each certifier of the CA process: its number, its name, its state in words."""
        server = self._server
        try:
            task = server.host.task("ca") if server else None
        except NotFound:
            return []
        return task.states() if isinstance(task, CaTask) else []

    def _run(self, identity: Identity) -> None:
        try:
            self._serve(identity)
        except Cancelled:
            pass  # the window was closed while the server waited for its lease
        except Exception as error:  # noqa: BLE001 - a thread has no caller to raise to; the window shows it
            self.refused.emit(error)
        self._server = None
        self._states = ()
        self._ended.set()
        self.states_changed.emit()

    def _serve(self, identity: Identity) -> None:
        server = application.start_server(self._domain, identity, self._ask, _Waiting(self._show, self._stopping))
        self._server = server
        try:
            self._show(server.begin())
            self._work(server)
        except Error:  # another process has taken over the server, or the store is gone
            with contextlib.suppress(Error):  # report the first reason
                self._show(server.stop())
            raise
        except BaseException:
            self._show(server.stop())
            raise
        self._show(server.stop())

    def _work(self, server: Server) -> None:
        while not server.console.ended:
            try:
                line = self._lines.get(timeout=_TICK)
            except queue.Empty:
                self._show(server.pump())
            else:
                if line is None:
                    return
                self._show(server.console.execute(line))
                self._show(server.pump())
            self._tell_changes()

    def _show(self, lines: Iterable[str]) -> None:
        for line in lines:
            self.recent.append(line)
            self.printed.emit(line)

    def _tell_changes(self) -> None:
        states = (tuple(name for name, *_ in self.tasks()), tuple(self.certifier_states()))
        if states != self._states:
            self._states = states
            self.states_changed.emit()

    def _ask(self, question: str) -> str:
        while not self._answers.empty():
            self._answers.get_nowait()
        if self._stopping.is_set():  # its answer may just have been discarded
            raise Cancelled
        self.asked.emit(question)
        password = self._answers.get()
        if password is None:
            raise Cancelled
        return password


def _holder(domain: Domain) -> LeaseRecord | None:
    with contextlib.suppress(Error):  # the views say why the store cannot be read
        return leasing.holder(domain, server_documents.domain_server(domain))
    return None


def _place(lease: LeaseRecord | None) -> tuple[str, int] | None:
    return (lease.host, lease.process) if lease else None
