"""What becomes of the server that runs in the window when the window is closed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication, QMenu, QSystemTrayIcon, QWidget
from shiboken6 import isValid

from dominoadmin.errors import Error
from dominoadmin.gui.frame import messages, theme
from dominoadmin.gui.frame.memory import CLOSING_ASKS, CLOSING_KEEPS, CLOSING_KEY, CLOSING_STOPS
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.locking import ALWAYS
from dominoadmin.i18n import text as _

_OPENING: Final = {QSystemTrayIcon.ActivationReason.Trigger, QSystemTrayIcon.ActivationReason.DoubleClick}


def may_keep_running(workspace: Workspace) -> bool:
    """Return whether the server could run on when the window is closed, and that has not been chosen yet."""
    chosen = workspace.memory.get(CLOSING_KEY, CLOSING_ASKS)
    return workspace.server.is_running and chosen != CLOSING_KEEPS and QSystemTrayIcon.isSystemTrayAvailable()


def keep_running(workspace: Workspace) -> None:
    """Let the server run on when the window is closed, from now on."""
    workspace.memory.set(CLOSING_KEY, CLOSING_KEEPS)
    try:
        workspace.memory.save()
    except Error as error:
        workspace.say(error.text())
    else:
        said = _("The server runs on in the background when you close this window. Preferences can change that.")
        workspace.say(said)


class Closing(QObject):
    """Asks whether the server is stopped or runs on in the background, unless the answer is in Preferences.

    In the background, the window is hidden, and an icon in the system's tray opens it again or quits. A system without
    a tray has no way back to a hidden window: there, it only asks.
    """

    ended = Signal()
    """The server may be stopped and the window closed."""
    quit_asked = Signal()
    """Quit was chosen in the tray; the window is open again."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self._workspace = workspace
        self._tray: QSystemTrayIcon | None = None
        self._hidden: list[QWidget] = []
        workspace.server.states_changed.connect(self._server_changed)

    def leave(self, *, exits: bool = False) -> None:
        """Go on with closing the window. `exits`: the program is to end, so that nothing is left in the background."""
        memory = self._workspace.memory
        way = memory.get(CLOSING_KEY, CLOSING_ASKS)
        if not self._workspace.server.is_running or way == CLOSING_STOPS:
            self.ended.emit()
        elif exits or not QSystemTrayIcon.isSystemTrayAvailable():
            self._ask([(_("&Stop and Close"), partial(self._take, CLOSING_STOPS, self.ended.emit))])
        elif way == CLOSING_KEEPS:
            self.hide_window()
        else:
            self._ask(
                [
                    (_("&Keep Running"), partial(self._take, CLOSING_KEEPS, self.hide_window)),
                    (_("&Stop and Close"), partial(self._take, CLOSING_STOPS, self.ended.emit)),
                ]
            )

    def _ask(self, ways: list[tuple[str, Callable[[bool], object]]]) -> None:
        text = _("The server runs in this window. If it stops, its web pages, OCSP and CRLs cannot be reached.")
        details = _("No certificates are issued, and no CRLs are renewed, until it runs again.")
        title, remember = _("Domino Administrator"), _("Remember my choice")
        box = messages.choose(self._workspace.widget(), title, text, ways, details=details, remember=remember)
        box.setProperty(ALWAYS, True)

    def _take(self, way: str, then: Callable[[], object], remembered: bool) -> None:
        if remembered:
            self._workspace.memory.set(CLOSING_KEY, way)
            try:
                self._workspace.memory.save()
            except Error as error:
                self._workspace.say(error.text())
        then()

    def hide_window(self) -> None:
        """Hide the window and its dialogs; the icon in the tray brings them back."""
        if self._tray is None:
            self._tray = self._make_tray()
        window = self._workspace.widget()
        self._hidden = [each for each in QApplication.topLevelWidgets() if each.isVisible() and each is not window]
        QApplication.setQuitOnLastWindowClosed(False)
        self._tray.show()
        for each in (*self._hidden, window):
            each.hide()
        self._tray.showMessage(_("Domino Administrator"), _("The server runs on. This icon opens the window again."))

    def show_window(self) -> None:
        """Show what `hide_window` has hidden; ask for the password if the window was locked meanwhile."""
        if self._tray is None or not self._tray.isVisible():
            return
        window, session = self._workspace.widget(), self._workspace.session
        window.show()
        window.raise_()
        window.activateWindow()
        for each in filter(isValid, self._hidden):
            each.show()
        self._hidden = []
        self._tray.hide()
        QApplication.setQuitOnLastWindowClosed(True)
        if session.is_locked:
            self._workspace.log_in()

    def _make_tray(self) -> QSystemTrayIcon:
        tray = QSystemTrayIcon(theme.icon("program"), self)
        tray.setToolTip(_("Domino Administrator: the server is running"))
        menu = QMenu(self._workspace.widget())
        menu.addAction(_("&Open"), self.show_window)
        menu.addAction(_("&Quit"), self._quit)
        tray.setContextMenu(menu)
        tray.activated.connect(self._activated)
        return tray

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason in _OPENING:
            self.show_window()

    def _quit(self) -> None:
        self.show_window()
        self.quit_asked.emit()

    def _server_changed(self) -> None:
        """Come back if the server has ended: there is nothing to hide for, and the reason is shown in the window."""
        if not self._workspace.server.is_running:
            self.show_window()
