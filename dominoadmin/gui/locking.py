"""Locks the window, on demand and after idle time; switches the ID; asks for the server's ID."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QLabel, QMainWindow, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from dominoadmin.errors import Error
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.memory import IDLE_KEY, IDLE_MINUTES, Memory
from dominoadmin.gui.frame.session import Session
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.progress import Progress

Parts = Callable[[], Iterable[QWidget]]
"""The widgets that the cover hides."""

ALWAYS: Final = "shown while locked"
_USED: Final = {
    QEvent.Type.KeyPress,
    QEvent.Type.MouseButtonPress,
    QEvent.Type.Wheel,
    QEvent.Type.MouseMove,
    QEvent.Type.TouchBegin,
    QEvent.Type.TabletPress,
    QEvent.Type.InputMethod,
}


class Locking(QObject):
    """Watches for idle time; while locked, a cover hides the contents, and dialogs keep their input.

    All input comes through the native windows, and input methods send theirs to the focused widget: only these are
    watched. A filter on the application would see every event of every widget, and a dialog would take almost twice
    as long to open (docs/performance.md).
    """

    def __init__(self, window: QMainWindow, session: Session, memory: Memory, parts: Parts) -> None:
        super().__init__(window)
        self._window, self._session, self._memory, self._parts = window, session, memory, parts
        self._hidden: list[QWidget] = []
        self._asking: list[QWidget] = []
        self._focus: QWidget | None = None
        self._cover: QWidget | None = None
        self._idle = QTimer(self, singleShot=True)
        self._idle.timeout.connect(self.lock)
        self.start_counting()
        self._editor: QObject | None = None
        application = _application()
        application.focusWindowChanged.connect(self._watch)
        application.focusObjectChanged.connect(self._watch_editor)

    def start_counting(self) -> None:
        """Restart the idle time; a changed preference applies immediately."""
        minutes = self._memory.get(IDLE_KEY, IDLE_MINUTES)
        if minutes > 0:
            self._idle.start(minutes * 60_000)
        else:
            self._idle.stop()

    def _watch(self, found: QObject | None) -> None:
        """Watch a native window from its first use on. A filter set twice is called once."""
        if found is not None:
            found.installEventFilter(self)

    def _watch_editor(self, found: QObject | None) -> None:
        if self._editor is not None and isValid(self._editor):
            self._editor.removeEventFilter(self)
        self._editor = found
        self._watch(found)

    def _used(self) -> None:
        if self._idle.isActive():
            self._idle.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _USED:
            self._used()
        elif (
            kind == QEvent.Type.Show
            and self._session.is_locked
            and isinstance(watched, QWidget)
            and watched.isWindow()
            and watched is not self._window
        ):
            QTimer.singleShot(0, self, partial(self._put_away, watched))
        return False  # like QObject's, but not called: while locked, every event of the program passes here

    def lock(self) -> None:
        """Forget the ID and hide everything until the next log-in."""
        if self._session.is_locked:
            return
        self._hidden = [
            widget for widget in QApplication.topLevelWidgets()
            if widget.isVisible() and widget is not self._window and widget.windowType() != Qt.WindowType.ToolTip
        ]  # fmt: skip
        for widget in self._hidden:
            widget.setVisible(False)
        self._focus = self._window.focusWidget()
        self._session.lock()
        _application().installEventFilter(self)  # for windows shown while locked
        self._shut(locked=True)
        self._cover = _Cover(self._window, self.unlock)
        self._cover.show()
        if self._window.isVisible():  # otherwise it is in the background, and asks when it comes back
            self.unlock()

    def _shut(self, *, locked: bool) -> None:
        """Hide what is under the cover, or show them again: the cover stops neither the keyboard nor screen readers."""
        self._window.menuBar().setEnabled(not locked)  # its shortcuts too
        for part in self._parts():
            part.setVisible(not locked)

    def _put_away(self, found: QWidget) -> None:
        """Hide a window that a timer or a job opened while locked, until the next log-in."""
        if not isValid(found) or not found.isVisible() or not self._session.is_locked or self._may_stay(found):
            return
        self._hidden.append(found)
        found.setVisible(False)

    def _may_stay(self, found: QWidget) -> bool:
        """Return whether a window belongs to the log-in or to the confirmation before the program ends."""
        owner: QWidget | None = found
        while owner is not None and owner is not self._window:
            if owner in self._asking or owner.property(ALWAYS):
                return True
            owner = owner.parentWidget()
        return False

    def unlock(self) -> None:
        """Ask for the password of the ID that was locked."""
        self._ask(_("The window is locked. Enter your password to continue."), fixed=True)

    def switch_id(self) -> None:
        """Ask for another ID."""
        self._ask("", fixed=False)

    def ask_for_server(self, then: Callable[[Identity], object], *, title: str = "", reason: str = "") -> None:
        """Open the server's ID with the remembered password, or ask. Without a `reason`, it is to be started."""
        domain = self._session.domain
        reason = reason or _("The server's tasks need its ID. Enter the password of the server's ID.")
        dialog = LogIn(self._window, domain, path=identifying.server_id(domain), reason=reason)
        dialog.setWindowTitle(title or _("Start Server"))
        dialog.opened.connect(then)
        dialog.open()

    def open_server_id(self, reason: str, take: Callable[[Identity], object], then: Callable[[], object]) -> None:
        """Open the server's ID as for its start, give it to `take`, and call `then`."""

        def taken(identity: Identity) -> None:
            take(identity)
            then()

        self.ask_for_server(taken, title=_("Open the Server's ID"), reason=reason)

    def prove_person(self, reason: str, then: Callable[[], object]) -> None:
        """Call `then` once the person who is logged in has typed the password; a remembered one is not enough."""
        session, name = self._session, self._session.actor.name

        def proved(identity: Identity) -> None:
            if identity.name == name and not session.is_locked:
                then()

        dialog = LogIn(self._window, session.domain, path=session.path, reason=reason)
        dialog.opened.connect(proved)
        dialog.open()

    def open_server_silently(self, then: Callable[[Identity], object], ended: Callable[[], object]) -> None:
        """Open the server's ID with the remembered password, if there is one; then call `ended` in any case."""
        job = Job(partial(_remembered_server, self._session.domain), waits=True)
        self._then = then
        job.done.connect(self._server_found)
        job.finished.connect(ended)
        job.start()

    def _server_found(self, identity: Identity | None) -> None:
        if identity is not None:
            self._then(identity)

    def _ask(self, reason: str, *, fixed: bool) -> None:
        session = self._session
        self._dialog = LogIn(self._window, session.domain, path=session.path if fixed else None, reason=reason)
        self._asking = [*filter(isValid, self._asking), self._dialog] if session.is_locked else []
        self._dialog.opened.connect(self._opened)
        self._dialog.open()

    def _opened(self, identity: Identity) -> None:
        session = self._session
        _application().removeEventFilter(self)
        session.log_in(identity, getattr(self._dialog, "path", session.path))
        if self._cover:
            self._cover.deleteLater()
            self._cover = None
        self._shut(locked=False)
        if self._focus is not None and isValid(self._focus):
            self._focus.setFocus()
        hidden, self._hidden, self._asking = self._hidden, [], []
        for widget in filter(isValid, hidden):
            widget.setVisible(True)
        self.start_counting()


def _remembered_server(domain: Domain, _progress: Progress) -> Identity | None:
    with contextlib.suppress(Error):  # no keychain, no file, another password: the user starts the server
        path = identifying.server_id(domain)
        password = identifying.remembered_password(domain, path)
        return identifying.open_id(domain, path, password) if password else None
    return None


def _application() -> QGuiApplication:
    found = QGuiApplication.instance()
    assert isinstance(found, QGuiApplication)
    return found


class _Cover(QWidget):
    """Hides the window's contents while it is locked."""

    def __init__(self, window: QWidget, unlock: Callable[[], object]) -> None:
        super().__init__(window)
        self.setAutoFillBackground(True)
        self.setGeometry(window.rect())
        layout = QVBoxLayout(self)
        layout.setAlignment(Qt.AlignmentFlag.AlignCenter)
        layout.addWidget(QLabel(_("The window is locked."), self), alignment=Qt.AlignmentFlag.AlignCenter)
        self._button = QPushButton(_("&Unlock…"), self)
        self._button.clicked.connect(unlock)
        layout.addWidget(self._button, alignment=Qt.AlignmentFlag.AlignCenter)
        self.raise_()
        window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return super().eventFilter(watched, event)
