"""The person who works in the window, and the domain."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dominoadmin.errors import Locked
from dominoadmin.gui.frame.jobs import R
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain


class Session(QObject):
    """The open domain and the open ID. While the window is locked, the ID is forgotten, but not the name.

    Who acts is read at the click, in the GUI thread. A job gets it as a value: when the job runs, the window may be
    locked, or another person logged in.
    """

    changed = Signal()

    def __init__(self, domain: Domain, identity: Identity, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.domain = domain
        self.path = path
        """The ID file, if known."""
        self._thread = threading.get_ident()
        self._identity: Identity | None = identity
        self._claimed = Actor(identity.name, identity.anchor)

    @property
    def identity(self) -> Identity:
        """The open ID, for signing.

        Raises:
            Locked: the window is locked.

        """
        self._check_thread()
        if self._identity is None:
            raise Locked(_("The window is locked."), _("Log in again, then continue."))
        return self._identity

    @property
    def actor(self) -> Actor:
        """The actor; while locked only the name."""
        self._check_thread()
        return Actor.of(self._identity) if self._identity else self._claimed

    @property
    def is_locked(self) -> bool:
        """Return whether the ID has been forgotten."""
        return self._identity is None

    def bound(self, read: Callable[[Domain, Actor], R]) -> Callable[[], R]:
        """Return `read` with the domain and the actor of this moment, for a job."""
        return partial(read, self.domain, self.actor)

    def lock(self) -> None:
        """Forget the ID."""
        self._identity = None
        self.changed.emit()

    def log_in(self, identity: Identity, path: Path | None) -> None:
        """Continue with this ID: the same one after a lock, or another person's."""
        self._identity, self.path = identity, path
        self._claimed = Actor(identity.name, identity.anchor)
        self.changed.emit()

    def _check_thread(self) -> None:
        if threading.get_ident() != self._thread:
            raise RuntimeError("A job reads the session; it gets who acts as a value, from the click.")
