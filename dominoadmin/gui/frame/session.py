"""The person who works in the window, and the domain."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal

from dominoadmin.errors import Locked
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain


class Session(QObject):
    """The open domain and the open ID. While the window is locked, the ID is forgotten, but not the name."""

    changed = Signal()

    def __init__(self, domain: Domain, identity: Identity, path: Path | None, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.domain = domain
        self.path = path
        """The ID file, if known."""
        self._identity: Identity | None = identity
        self._claimed = Actor(identity.name, identity.anchor)

    @property
    def identity(self) -> Identity:
        """The open ID, for signing.

        Raises:
            Locked: the window is locked.

        """
        if self._identity is None:
            raise Locked(_("The window is locked."), _("Log in again, then continue."))
        return self._identity

    @property
    def actor(self) -> Actor:
        """The actor; while locked only the name."""
        return Actor.of(self._identity) if self._identity else self._claimed

    @property
    def is_locked(self) -> bool:
        """Return whether the ID has been forgotten."""
        return self._identity is None

    def lock(self) -> None:
        """Forget the ID."""
        self._identity = None
        self.changed.emit()

    def log_in(self, identity: Identity, path: Path | None) -> None:
        """Continue with this ID: the same one after a lock, or another person's."""
        self._identity, self.path = identity, path
        self._claimed = Actor(identity.name, identity.anchor)
        self.changed.emit()
