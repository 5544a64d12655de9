"""What the parts of the window may ask of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.events import Events
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.server import RunningServer
from dominoadmin.gui.frame.session import Session


class Workspace(Protocol):
    """The main window, as dialogs, views and documents know it."""

    session: Session
    server: RunningServer
    events: Events
    memory: Memory

    @property
    def audit_problem(self) -> str:
        """What is wrong with the audit log, compared with the keychain; empty if nothing is."""

    def widget(self) -> QWidget:
        """Return the window itself, the parent of dialogs."""

    def show_tab(self, key: str, make: Callable[[], QWidget]) -> QWidget:
        """Raise the tab with this key, or open what `make` returns. Its windowTitle is the tab's title."""

    def close_tab(self, widget: QWidget) -> None:
        """Close a tab without asking."""

    def show_certifiers(self) -> None:
        """Go to Configuration ▸ Certifiers."""

    def say(self, text: str) -> None:
        """Show a short message in the status bar."""

    def start_server(self) -> None:
        """Start the server inside the client; asks for the password of its ID if the keychain does not give it."""

    def log_in(self) -> None:
        """Ask for the password of the ID that was locked, or for another ID."""
