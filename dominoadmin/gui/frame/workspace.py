"""The window's interface for its parts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.events import Events
from dominoadmin.gui.frame.memory import Memory
from dominoadmin.gui.frame.server import RunningServer
from dominoadmin.gui.frame.session import Session
from dominoadmin.pki.identities import Identity
from dominoadmin.viewmodels.target import NOTHING, Target


class Openers(Protocol):
    """Opens documents and views of other rooms; `gui.opening` implements it."""

    def home(self) -> None:
        """Go to Home."""

    def configuration(self) -> None:
        """Go to Configuration."""

    def certifiers(self) -> None:
        """Go to Configuration ▸ Certifiers."""

    def files(self) -> None:
        """Go to the files of the data directory."""

    def server_status(self) -> None:
        """Go to Server ▸ Status."""

    def console(self, line: str = "") -> None:
        """Go to Server ▸ Console, and enter a command there."""

    def request(self, request_id: int) -> None:
        """Open a request's document in Admin4."""

    def requests(self, *, revocations: bool = False) -> None:
        """Open Administration Requests; `revocations`: at the view of revocation requests."""

    def pending_requests(self) -> None:
        """Open the requests that wait for a decision."""

    def revocation_request(self, request_id: int) -> None:
        """Open a revocation request's document."""

    def database(self, file: str) -> None:
        """Open a Certificate Requests database."""

    def certifier(self, certifier_id: int) -> None:
        """Open a Certifier document."""

    def issued_list(self, certifier_id: int, days: int = 0) -> None:
        """Open the Issued Certificate List of a certifier; 0: of all. `days`: only what expires within so many."""

    def issued_certificate(self, certifier_id: int, serial_hex: str) -> None:
        """Open the document of an issued certificate."""

    def server(self, name: str = "", *, edit: bool = False, ssl_key_file: str = "", guided: bool = False) -> None:
        """Open a Server document; `edit`: in edit mode, with `ssl_key_file` filled in; `guided`: with SSL enabled."""

    def person(self, name: str) -> None:
        """Open a Person document."""

    def directory(self, view: str = "") -> None:
        """Open the Domino Directory at one of its views."""

    def mail(self) -> None:
        """Open the mail file of the logged-in person."""

    def key_rings(self, file: str = "") -> None:
        """Open View & Edit Key Rings; `file`: search it for this key ring."""

    def pickup_key_ring(self, pickup_id: str = "", database: str = "", *, guided: bool = False) -> None:
        """Open Pickup Key Ring Certificate with the known values filled in; `guided`: without the form if possible."""

    def audit_log(self) -> None:
        """Open the audit log."""


class IdPrompts(Protocol):
    """Asks for passwords of IDs; `gui.locking` implements it."""

    def open_server_id(self, reason: str, take: Callable[[Identity], object], then: Callable[[], object]) -> None:
        """Open the server's ID, give it to `take`, and call `then`. Asks for its password if it is not remembered."""

    def prove_person(self, reason: str, then: Callable[[], object]) -> None:
        """Call `then` once the person who is logged in has typed the password; a remembered one is not enough."""


class Workspace(Protocol):
    """The main window's interface for dialogs, views and documents."""

    @property
    def locking(self) -> IdPrompts:
        """What asks for the passwords of IDs."""

    session: Session
    server: RunningServer
    events: Events
    memory: Memory

    @property
    def open(self) -> Openers:
        """The openers for other rooms."""

    @property
    def audit_problem(self) -> str:
        """The problem that the comparison of the audit log with the keychain has found, or an empty string."""

    def widget(self) -> QWidget:
        """Return the window itself, the parent of dialogs."""

    def page(self) -> QWidget:
        """Return the view or document on the screen."""

    def show_tab(self, key: str, make: Callable[[], QWidget]) -> QWidget:
        """Go to the page with this key, or add the widget that `make` returns.

        A document has a tab of its own; the places of the navigator share one (`gui.places`).
        """

    def close_tab(self, widget: QWidget) -> None:
        """Close a tab without asking."""

    def run(self, name: str, target: Target = NOTHING) -> None:
        """Carry out a command (`gui.actions`), or say why it is not possible."""

    def say(self, text: str) -> None:
        """Show a short message in the status bar."""

    def start_server(self) -> None:
        """Start the server inside the client; ask for the password of its ID if the keychain does not have it."""

    @property
    def server_id(self) -> Identity | None:
        """The open ID of the server that runs here, or None; None also while the window is locked."""

    def use_server_id(self, identity: Identity) -> None:
        """Start the server with this ID from now on; it was renewed."""

    def log_in(self) -> None:
        """Ask for the password of the ID that was locked, or for another ID."""
