"""Preferences: language, colors, the lock, and the passwords in the system's keychain."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QSystemTrayIcon, QVBoxLayout, QWidget

from dominoadmin import i18n
from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.memory import (
    CLOSING_ASKS,
    CLOSING_KEEPS,
    CLOSING_KEY,
    CLOSING_STOPS,
    IDLE_KEY,
    IDLE_MINUTES,
    LANGUAGE_KEY,
    SCHEME_KEY,
    Memory,
)
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.remembered_passwords import RememberedPasswords
from dominoadmin.i18n import text as _
from dominoadmin.services.progress import Progress

_LONGEST_IDLE = 240


def start(workspace: Workspace) -> None:
    """Open the dialog."""
    Preferences(workspace).open()


class Preferences(DraftDialog[None, None]):
    """The tab "General" takes effect with OK; changes of the keychain in "Security" are immediate."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, _("Preferences"), None)
        self._language = str(workspace.memory.get(LANGUAGE_KEY, ""))
        self.general = GeneralForm(workspace.memory, self)
        self.security = RememberedPasswords(workspace.session.domain, self)
        tabs = SteadyTabs(self)
        tabs.addTab(scrolled(_page(self.general)), _("General"))
        tabs.addTab(scrolled(_page(self.security)), _("Security"))
        self.body.addWidget(tabs)
        self.watch_form(self.general)

    def work(self) -> Work[None]:
        """Store the choices."""
        self.general.remember(self.workspace.memory)
        return partial(_save, self.workspace.memory)

    def succeeded(self, result: None) -> None:
        """Apply the choices; the language needs a restart."""
        theme.apply(self.general.scheme())
        locking = getattr(self.workspace, "locking", None)
        if locking is not None:
            locking.start_counting()
        if self.general.language() != self._language:
            self.workspace.say(_("The language changes the next time the program starts."))
        super().succeeded(result)


class GeneralForm(Form):
    """Language, colors, lock."""

    def __init__(self, memory: Memory, parent: QWidget) -> None:
        super().__init__(parent)
        languages = [("", _("Same as the system")), *i18n.languages().items()]
        hint = _("Takes effect the next time the program starts.")
        self._language = self.choice(_("&Language:"), languages, memory.get(LANGUAGE_KEY, ""), hint=hint)
        schemes = [
            (theme.SYSTEM, _("Same as the system")),
            (theme.LIGHT, _("Light")),
            (theme.DARK, _("Dark")),
            (theme.CONTRAST, _("High contrast")),
        ]
        self._scheme = self.choice(_("&Colors:"), schemes, memory.get(SCHEME_KEY, theme.SYSTEM))
        minutes = memory.get(IDLE_KEY, IDLE_MINUTES)
        self._idle = self.number(_("Lock the &window after:"), minutes, 0, _LONGEST_IDLE, _(" minutes of inactivity"))
        self._idle.setSpecialValueText(_("Never"))
        ways = [
            (CLOSING_ASKS, _("Ask")),
            (CLOSING_KEEPS, _("Keep the server running in the background")),
            (CLOSING_STOPS, _("Stop the server")),
        ]
        label = _("Whe&n the window is closed:")
        self._closing = self.choice(label, ways, memory.get(CLOSING_KEY, CLOSING_ASKS), hint=_closing_hint())

    def language(self) -> str:
        """Return the chosen language, empty for the system's."""
        return str(self._language.currentData())

    def scheme(self) -> str:
        """Return the chosen colors."""
        return str(self._scheme.currentData())

    def remember(self, memory: Memory) -> None:
        """Put the choices into the window's memory."""
        memory.set(LANGUAGE_KEY, self.language())
        memory.set(SCHEME_KEY, self.scheme())
        memory.set(IDLE_KEY, self._idle.value())
        memory.set(CLOSING_KEY, self._closing.currentData())


def _closing_hint() -> str:
    if QSystemTrayIcon.isSystemTrayAvailable():
        return _("Applies while the server runs in this window.")
    return _("This desktop shows no icons of programs in the background: the window asks instead of hiding.")


def _page(widget: QWidget) -> QWidget:
    page = QWidget()
    # The frame of tabs has a color of its own in dark; in the other dialogs a scrolled form covers it.
    page.setAutoFillBackground(True)
    layout = QVBoxLayout(page)
    layout.addWidget(widget)
    layout.addStretch(0)
    return page


def _save(memory: Memory, _progress: Progress) -> None:
    memory.save()
