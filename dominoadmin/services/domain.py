"""The context of every use case: one domain, its store, its clock, and the person who acts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509

from dominoadmin.errors import NotFound
from dominoadmin.i18n import marked as _
from dominoadmin.paths import DataDirectory
from dominoadmin.pki import names
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.services.doubts import Doubts
from dominoadmin.store import directory
from dominoadmin.store.account_state import AccountState, NoAccountState
from dominoadmin.store.database import Connection, Store
from dominoadmin.store.keychain import Keychain, NoKeychain
from dominoadmin.store.records import DirectoryEntry

Clock = Callable[[], datetime]


def system_clock() -> datetime:
    """Return the machine's time in whole seconds: X.509 and the store have no fractions."""
    return datetime.now(UTC).replace(microsecond=0)


def is_over(since: datetime, length: timedelta, now: datetime) -> bool:
    """Return whether a time that began at `since` has passed.

    One that begins in the future has: the clock was ahead when it was noted, and has been put right.
    """
    return not since <= now < since + length


@dataclass(frozen=True, kw_only=True)
class Domain:
    """One organization's domain in one data directory."""

    directory: DataDirectory
    store: Store
    keychain: Keychain | NoKeychain
    clock: Clock = field(default=system_clock)
    account: AccountState | NoAccountState = field(default_factory=NoAccountState)
    doubts: Doubts = field(default_factory=Doubts, compare=False, repr=False)

    def now(self) -> datetime:
        """Return the current time."""
        return self.clock()

    @property
    def organization(self) -> str:
        """The organization's canonical name, `O=MyCompany`."""
        with self.store.snapshot() as db:
            return directory.fact(db, "organization")

    def name(self, text: str) -> str:
        """Return the canonical form of a person's or server's name; the organization may be left out."""
        return names.in_organization(text, self.organization)


@dataclass(frozen=True)
class Actor:
    """The person who acts. Without an open ID the name is only claimed, which the audit log records."""

    name: str
    anchor: x509.Certificate
    identity: Identity | None = None

    @classmethod
    def of(cls, identity: Identity) -> Actor:
        """Return the actor with the open ID `identity`."""
        return cls(identity.name, identity.anchor, identity)

    def verifier(self) -> Verifier:
        """Return a verifier that trusts the organization's certifier in the actor's own ID."""
        return Verifier(self.anchor)


def server_entry(db: Connection, name: str) -> DirectoryEntry:
    """Return a server document.

    Raises:
        NotFound: there is none.

    """
    return _entry(db, name, "server")


def person_entry(db: Connection, name: str) -> DirectoryEntry:
    """Return a Person document.

    Raises:
        NotFound: there is none.

    """
    return _entry(db, name, "person")


def _entry(db: Connection, name: str, kind: str) -> DirectoryEntry:
    found = directory.find(db, name)
    if found is None or found.kind != kind:
        known = ", ".join(names.abbreviated(entry.name) for entry in directory.entries(db, kind)) or _("none")
        short = names.abbreviated(name)
        raise NotFound(
            _("The server {name} is not in the Domino Directory.", name=short)
            if kind == "server"
            else _("The person {name} is not in the Domino Directory.", name=short),
            _("Available: {names}.", names=known),
        )
    return found
