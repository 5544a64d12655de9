"""What the log-in does behind its window: whose the ID files are, what the keychain says, opening an ID.

Whatever imports cryptography is imported late: the log-in is on the screen before it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dominoadmin.errors import Error, KeychainUnavailable
from dominoadmin.i18n import text as _
from dominoadmin.services.progress import Progress

if TYPE_CHECKING:
    from dominoadmin.pki.identities import Identity
    from dominoadmin.services.domain import Domain

PERSON: Final = "person"


@dataclass(frozen=True)
class KeychainAnswer:
    """What the keychain said about one ID file."""

    path: Path
    usable: bool
    password: str | None


@dataclass(frozen=True)
class Opened:
    """An opened ID, and why its password could not be remembered, if it was to be."""

    identity: Identity
    path: Path
    remark: str


@dataclass(frozen=True)
class Prepared:
    """The opened domain, and its persons' ID files."""

    domain: Domain
    files: Sequence[tuple[str, Path]]


@dataclass(frozen=True)
class Starting:
    """The data folder at the start of the program, before its domain is opened."""

    root: Path
    meanwhile: Callable[[], object]

    def files(self) -> Sequence[tuple[str, Path]]:
        """Return the ID files by their names alone; whose they are is read later."""
        hidden = ("cert.id", "server.id")
        return [(path.name, path) for path in sorted(self.root.glob("*.id")) if path.name not in hidden]

    def prepare(self, _progress: Progress) -> Prepared:
        """Open the domain and read whose the ID files are; do `meanwhile` what the window would wait for."""
        from dominoadmin import application

        self.meanwhile()
        domain = application.open_domain(self.root)
        return Prepared(domain, id_files(domain))


def kind_of(domain: Domain, path: Path) -> str:
    """Return what kind of ID a file holds; one that says nothing is taken for a person's."""
    from dominoadmin.services.identities import identifying

    try:
        return identifying.describe_id(domain, path).kind
    except Error:
        return PERSON


def described(domain: Domain, path: Path) -> str:
    """Return whose ID a file holds; a file that says nothing is only named, and refused when it is opened."""
    from dominoadmin.pki import names
    from dominoadmin.services.identities import identifying

    shown = path.name if path.absolute().parent == domain.directory.root.absolute() else str(path)
    try:
        name = names.abbreviated(identifying.describe_id(domain, path).name)
    except Error:
        return shown
    return _("{name} ({file})").format(name=name, file=shown)


def id_files(domain: Domain) -> Sequence[tuple[str, Path]]:
    """Return the persons' ID files of the data directory, the one used last before the others."""
    from dominoadmin.services.identities import identifying

    found = [path for path in sorted(domain.directory.root.glob("*.id")) if _is_person(domain, path)]
    try:
        last = identifying.last_used_id(domain)
    except Error:
        last = None
    if last and last not in found:
        found.append(last)
    return [(described(domain, path), path) for path in sorted(found, key=lambda path: path != last)]


def _is_person(domain: Domain, path: Path) -> bool:
    from dominoadmin.services.identities import identifying

    try:
        return identifying.describe_id(domain, path).kind == PERSON
    except Error:
        return False


def look_up(domain: Domain, path: Path, _progress: Progress) -> KeychainAnswer:
    """Return what the keychain says about an ID file."""
    from dominoadmin.services.identities import identifying

    if domain.keychain.problem():
        return KeychainAnswer(path, usable=False, password=None)
    try:
        return KeychainAnswer(path, usable=True, password=identifying.remembered_password(domain, path))
    except KeychainUnavailable:
        return KeychainAnswer(path, usable=False, password=None)


def open_id_file(domain: Domain, path: Path, password: str, _progress: Progress, *, remember: bool) -> Opened:
    """Open an ID, and remember its password if that is asked for and possible."""
    from dominoadmin.services.identities import identifying, remembered_passwords

    identity = identifying.open_id(domain, path, password)
    if identity.kind == PERSON:
        identifying.note_used_id(domain, path)
    remark = ""
    if remember:
        try:
            remembered_passwords.remember(domain, remembered_passwords.of_id(domain, path), password)
        except Error as error:
            remark = error.text()
    return Opened(identity, path, remark)
