"""The open key ring of View & Edit Key Rings: the only place in the window that holds its password."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from dominoadmin.errors import Error
from dominoadmin.services.domain import Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, KeyRingView
from dominoadmin.viewmodels.key_rings import listing as key_ring_listing
from dominoadmin.viewmodels.key_rings.listing import RingCertificate


@dataclass(frozen=True)
class _State:
    access: KeyRingAccess
    view: KeyRingView
    stamp: int


class OpenedRing:
    """One key ring or none. `certificates` may be called in a job; it detects changes of the file."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._state: _State | None = None

    @property
    def access(self) -> KeyRingAccess | None:
        """The file and password, or None."""
        return self._state.access if self._state else None

    @property
    def view(self) -> KeyRingView | None:
        """The contents when it was last read, or None."""
        return self._state.view if self._state else None

    def open(self, access: KeyRingAccess, view: KeyRingView) -> None:
        """Replace the previous key ring by another."""
        self._state = _State(access, view, _stamp(view.path))

    def reopen(self, password: str) -> None:
        """Continue with a new password; the contents are read again."""
        if self._state:
            access = KeyRingAccess(self._state.access.file, password)
            self._state = _State(access, self._state.view, 0)

    def close(self) -> None:
        """Forget it and its password."""
        self._state = None

    def certificates(self) -> list[RingCertificate]:
        """Return its certificates, read again if the file has changed.

        Raises:
            NotFound, Error, Damaged, WrongPassword: as `key_rings.show` does; the key ring is closed then.

        """
        state = self._state
        if state is None:
            return []
        stamp = _stamp(state.view.path)
        view = state.view if stamp == state.stamp else self._read(state, stamp)
        return key_ring_listing.certificates_of(view)

    def _read(self, state: _State, stamp: int) -> KeyRingView:
        """Read it again. If it was closed in the meantime, for example by a lock, it stays closed."""
        try:
            view = key_rings.show(self._domain, state.access)
        except Error:
            self._state = None
            raise
        if self._state is state:
            self._state = _State(state.access, view, stamp)
        return view


def _stamp(path: Path) -> int:
    try:
        return path.stat().st_mtime_ns
    except OSError:
        return -1
