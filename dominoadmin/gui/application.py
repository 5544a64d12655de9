"""Starts the client: the first start, the log-in, the window."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Final

import PySide6
from PySide6.QtCore import (
    QLibraryInfo,
    QLocale,
    QMessageLogContext,
    QObject,
    QTimer,
    QtMsgType,
    QTranslator,
    Signal,
    qInstallMessageHandler,
)
from PySide6.QtWidgets import QApplication, QWidget

from dominoadmin import i18n
from dominoadmin.errors import Error
from dominoadmin.gui.collector import Collector
from dominoadmin.gui.frame import jobs, theme
from dominoadmin.gui.frame.memory import FILE, LANGUAGE_KEY, SCHEME_KEY, Memory
from dominoadmin.gui.guide import asking
from dominoadmin.paths import DataDirectory

if TYPE_CHECKING:
    from dominoadmin.pki.identities import Identity
    from dominoadmin.services.domain import Domain

_LOSES_NONE: Final = (6, 12)
_KEEPS_NONE: Final = (3, 12)
_PATIENCE: Final = 5.0
TURN: Final = 0.0005
"""Seconds after which a thread that computes lets the window go on.

With Python's own 5 ms, each of the window's many calls of Qt waits that long while its server issues certificates.
"""
_AT_REST: Final = 500  # milliseconds after which the window and its data are loaded
_NO_WINDOW: Final = "The window cannot be opened: no display answers."
_NO_WINDOW_HINT: Final = (
    "Start it from a graphical session with the libraries of README.md installed, or use the command line: --help."
)


def unsound(python: tuple[int, ...], qt: tuple[int, ...]) -> str:
    """Return why this PySide6 must not be used with this Python, or an empty string.

    From 6.12 on, each Qt call on Python 3.11 loses a reference to None: the program aborts after some 13 000 of them.
    """
    if python < _KEEPS_NONE and qt >= _LOSES_NONE:
        return (
            "PySide6 6.12 and later abort on Python 3.11: install 'PySide6-Essentials>=6.10,<6.12', "
            "or run the program with Python 3.12 or later."
        )
    return ""


def run(root: Path) -> int:
    """Run the client on a data directory until its window is closed; return the exit status.

    Raises:
        Error: this PySide6 would abort.

    """
    qt = tuple(int(part) for part in PySide6.__version__.split(".")[:2])
    if problem := unsound(sys.version_info[:2], qt):
        raise Error(problem)
    app = _qt()
    app.setApplicationName("dominoadmin")
    app.setApplicationDisplayName("dominoadmin")
    app.setDesktopFileName("dominoadmin")
    collector = Collector(app)
    client = Client(app, root)
    client.settled.connect(collector.settle)
    sys.setswitchinterval(TURN)
    sys.excepthook = client.unexpected
    client.start()
    try:
        return app.exec()
    finally:
        jobs.wait_for_all(_PATIENCE)
        collector.stop()


def _qt() -> QApplication:
    """Return Qt's application, or raise an error where Qt would abort because it cannot show windows."""
    said: list[str] = []
    before = qInstallMessageHandler(partial(_hear, said))
    try:
        app = QApplication.instance() or QApplication([sys.argv[0]])
    finally:
        qInstallMessageHandler(before)
    sys.stderr.writelines(said)
    assert isinstance(app, QApplication)
    return app


def _hear(said: list[str], kind: QtMsgType, _where: QMessageLogContext, message: str | None) -> None:
    if kind != QtMsgType.QtFatalMsg:
        said.append(f"{message}\n")
        return
    sys.stderr.write(f"dominoadmin: {_NO_WINDOW}\n  {_NO_WINDOW_HINT}\n")
    sys.stderr.flush()
    os._exit(1)  # Qt would abort


class Client(QObject):
    """The start of the client: chooses the folder, the domain and the ID, then opens the window."""

    settled = Signal()
    """The window is shown, and the modules that its commands need are imported."""

    def __init__(self, app: QApplication, root: Path) -> None:
        super().__init__(app)
        self._app, self._root = app, root
        asking.answer_f1()
        self._domain: Domain | None = None
        self._server: Identity | None = None
        self.window: QWidget | None = None

    def start(self) -> None:
        """Show the first window: the empty start, or the log-in."""
        remembered = Memory(DataDirectory(self._root).file(FILE))
        self._speak(remembered.get(LANGUAGE_KEY, "") or i18n.language_of())
        theme.apply(remembered.get(SCHEME_KEY, theme.SYSTEM))
        if DataDirectory(self._root).store.exists():
            self._log_in()
        else:
            self._first_start()

    def unexpected(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Show an uncaught exception."""
        if issubclass(kind, KeyboardInterrupt):
            self._app.exit(130)
        elif parent := self._app.activeWindow() or self.window:
            self._tell(parent, error)
        else:
            sys.__excepthook__(kind, error, trace)

    def _tell(self, parent: QWidget, error: BaseException) -> None:
        from dominoadmin.gui.frame import errors  # message boxes are slow to import and rarely needed

        errors.show(parent, error)

    def _first_start(self) -> None:
        from dominoadmin.gui.setup.first_start import FirstStart

        self._replace_by(FirstStart(self._root, self._open)).show()

    def _open(self, root: Path, identity: Identity | None, server: Identity | None) -> None:
        """Continue from the empty start to the window or to the log-in."""
        from dominoadmin import application

        first, self._root, self._server = self.window, root, server
        if identity is None:
            self._log_in()
        else:
            self._domain = application.open_domain(root)
            self._show_window(identity)
        if first is not None:
            first.close()

    def _replace_by(self, window: QWidget) -> QWidget:
        """Show a window in place of the previous one.

        The previous one may still be emitting the signal that led here, or closing a dialog, and is destroyed when
        nothing references it: keep it until Qt has finished with it.
        """
        QTimer.singleShot(0, self, partial(_let_go, self.window))
        self.window = window
        return window

    def _log_in(self) -> None:
        from dominoadmin.gui.identities.log_in import LogIn
        from dominoadmin.gui.identities.opening_ids import Starting

        dialog = LogIn(None, Starting(self._root, _import_window))
        dialog.prepared.connect(self._prepared)
        dialog.unprepared.connect(self._not_prepared)
        dialog.opened.connect(self._show_window)
        dialog.rejected.connect(self._app.quit)
        self._replace_by(dialog)
        dialog.open()

    def _prepared(self, domain: Domain) -> None:
        self._domain = domain

    def _not_prepared(self, error: Exception) -> None:
        """Show why the domain cannot be opened; the empty start offers the alternatives."""
        dialog = self.window
        self._first_start()
        assert self.window is not None
        self._tell(self.window, error)
        if dialog is not None:
            dialog.hide()
            dialog.deleteLater()

    def _show_window(self, identity: Identity) -> None:
        """Show the window, for a store of an earlier version after it has been taken over."""
        from dominoadmin.gui.audit.take_over import TakeOver
        from dominoadmin.services.audit import taking_over
        from dominoadmin.services.domain import Actor

        assert self._domain is not None
        self._server = self._server or getattr(self.window, "server", None)
        show = partial(self._show_main_window, identity, getattr(self.window, "path", None))
        if not taking_over.is_needed(self._domain):
            show()
            return
        dialog = TakeOver(None, self._domain, Actor.of(identity))
        dialog.taken.connect(show)
        dialog.rejected.connect(self._app.quit)
        self._replace_by(dialog)
        dialog.open()

    def _show_main_window(self, identity: Identity, path: Path | None) -> None:
        from dominoadmin.gui.main_window import MainWindow

        assert self._domain is not None
        window = MainWindow(self._domain, identity, path, self._server)
        self._replace_by(window)
        window.server.expect(comes=True)  # Home is read while the window is shown
        window.show()
        window.begin()
        QTimer.singleShot(_AT_REST, self, self._preload)

    def _preload(self) -> None:
        from dominoadmin.gui import preloading

        job = jobs.Job(preloading.preload, waits=True)
        job.done.connect(self._preloaded)
        job.failed.connect(self._not_preloaded)
        job.start()

    def _preloaded(self, _nothing: object) -> None:
        self.settled.emit()

    def _not_preloaded(self, error: Exception) -> None:
        if self.window is not None:
            self._tell(self.window, error)

    def _speak(self, language: str) -> None:
        i18n.use(language)
        self._app.setLayoutDirection(QLocale(language).textDirection())
        translator = QTranslator(self._app)
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        if language != "en" and translator.load(f"qtbase_{language}", folder):
            self._app.installTranslator(translator)


def _let_go(_window: QWidget | None) -> None:
    """Do nothing: the timer that calls this has kept the window until now."""


def _import_window() -> None:
    """Import the window while the domain is being opened and its ID files are being read."""
    import dominoadmin.gui.main_window  # noqa: F401
