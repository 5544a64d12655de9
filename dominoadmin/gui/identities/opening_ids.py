"""The background work of the log-in: reads the owners of ID files, asks the keychain, opens an ID.

Modules that import cryptography are imported late, after the log-in is shown.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from dominoadmin.errors import Error, KeychainUnavailable
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.progress import Progress

if TYPE_CHECKING:
    from dominoadmin.pki.identities import Identity
    from dominoadmin.services.domain import Domain

PERSON: Final = "person"


@dataclass(frozen=True)
class KeychainAnswer:
    """The keychain's answer about one ID file."""

    path: Path
    usable: bool
    password: str | None


@dataclass(frozen=True)
class Opened:
    """An open ID, and what its owner should know: a wrong clock, a password that could not be remembered."""

    identity: Identity
    path: Path
    remarks: tuple[str, ...]
    server: Identity | None = None
    """The server's ID, if the same password opens it."""


@dataclass(frozen=True)
class Prepared:
    """The open domain, and its persons' ID files."""

    domain: Domain
    files: Sequence[tuple[str, Path]]


@dataclass(frozen=True)
class Starting:
    """The data folder at the start of the program, before its domain is opened."""

    root: Path
    meanwhile: Callable[[], object]

    def files(self) -> Sequence[tuple[str, Path]]:
        """Return the ID files by their names only; their owners are read later."""
        hidden = ("cert.id", "server.id")
        return [(path.name, path) for path in sorted(self.root.glob("*.id")) if path.name not in hidden]

    def prepare(self, _progress: Progress) -> Prepared:
        """Run `meanwhile`, open the domain, and read the owners of the ID files."""
        from dominoadmin import application

        self.meanwhile()
        domain = application.open_domain(self.root)
        return Prepared(domain, id_files(domain))


def kind_of(domain: Domain, path: Path) -> str:
    """Return the kind of ID in a file; an unreadable one counts as a person's."""
    from dominoadmin.services.identities import identifying

    try:
        return identifying.describe_id(domain, path).kind
    except Error:
        return PERSON


def described(domain: Domain, path: Path) -> str:
    """Return the owner of an ID file; for an unreadable file only its name, as opening it will fail."""
    from dominoadmin.pki import names
    from dominoadmin.services.identities import identifying

    shown = path.name if path.absolute().parent == domain.directory.root.absolute() else str(path)
    try:
        name = names.abbreviated(identifying.describe_id(domain, path).name)
    except Error:
        return shown
    return _("{name} ({file})").format(name=name, file=shown)


def whose_password(domain: Domain, path: Path) -> str:
    """Return a sentence that says which password opens an ID file, and who has chosen it."""
    from dominoadmin.pki import names
    from dominoadmin.pki.identities import CERTIFIER, SERVER
    from dominoadmin.services.identities import identifying

    try:
        found = identifying.describe_id(domain, path)
    except Error:
        return _("The password of {file}.").format(file=path.name)
    sentences = {
        PERSON: _("The password of {name}: chosen at set-up, or when the ID was created or renewed."),
        CERTIFIER: _("The password of the certifier ID of {name}: the first administrator chose it at set-up."),
        SERVER: _("The password of the server {name}: chosen at set-up, or when the server's ID was renewed."),
    }
    return sentences.get(found.kind, _("The password of {name}.")).format(name=names.abbreviated(found.name))


def id_files(domain: Domain) -> Sequence[tuple[str, Path]]:
    """Return the persons' ID files in the data directory, the last used one first."""
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
    """Return the keychain's answer about an ID file."""
    from dominoadmin.services.identities import identifying

    if domain.keychain.problem():
        return KeychainAnswer(path, usable=False, password=None)
    try:
        return KeychainAnswer(path, usable=True, password=identifying.remembered_password(domain, path))
    except KeychainUnavailable:
        return KeychainAnswer(path, usable=False, password=None)


def open_id_file(
    domain: Domain, path: Path, password: str, _progress: Progress, *, remember: bool, with_server: bool = False
) -> Opened:
    """Open an ID, and remember its password if requested and possible.

    `with_server`: open the server's ID, too, if it has the same password: the set-up offers that.
    """
    from dominoadmin.services.identities import clock, identifying, remembered_passwords

    identity = identifying.open_id(domain, path, password)
    if identity.kind == PERSON:
        identifying.note_used_id(domain, path)
    remarks = [translated(said)] if (said := clock.problem(domain)) else []
    if remember:
        try:
            remembered_passwords.remember(domain, remembered_passwords.of_id(domain, path), password)
        except Error as error:
            text = _("The password could not be stored in the keychain: {problem}")
            remarks.append(text.format(problem=error.text()))
    server = _open_server(domain, password) if with_server and identity.kind == PERSON else None
    return Opened(identity, path, tuple(remarks), server)


def _open_server(domain: Domain, password: str) -> Identity | None:
    from dominoadmin.services.identities import identifying

    with contextlib.suppress(Error):  # no file, another password: the user starts the server
        path = identifying.server_id(domain)
        if domain.keychain.problem() or not identifying.remembered_password(domain, path):
            return identifying.open_id(domain, path, password)
    return None
