"""A keyring backend that keeps its entries for one test, and can be locked."""

from __future__ import annotations

from collections.abc import Callable

from keyring.backend import KeyringBackend
from keyring.errors import KeyringLocked, PasswordDeleteError


class MemoryKeyring(KeyringBackend):
    priority = 1
    name = "memory"

    def __init__(self):
        super().__init__()
        self.entries: dict[tuple[str, str], str] = {}
        self.locked = False
        self.wait: Callable[[], object] = bool

    def get_password(self, service, username):
        self._check()
        return self.entries.get((service, username))

    def set_password(self, service, username, password):
        self._check()
        self.entries[service, username] = password

    def delete_password(self, service, username):
        self._check()
        if (service, username) not in self.entries:
            raise PasswordDeleteError("no such entry")
        del self.entries[service, username]

    def _check(self):
        self.wait()
        if self.locked:
            raise KeyringLocked("locked")
