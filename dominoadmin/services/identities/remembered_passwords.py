"""Passwords remembered in the system's keychain, each under its own name, so that each can be forgotten separately.

ID passwords are kept by `identifying`; activation passwords of certifiers are kept here. The keychain cannot list its
entries, so the store records the IDs outside the data directory: their names, never a secret.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Error, KeychainUnavailable, Tampered
from dominoadmin.pki import documents, issuance, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import SERVER_ID, SERVER_PASSWORD
from dominoadmin.services.states import Protection
from dominoadmin.store import certifiers, directory, id_files, stored_json
from dominoadmin.store.database import Connection

_FACT: Final = "remembered_ids"
_KEPT: Final = "kept_server_passwords"
"""The files of former IDs of the server whose passwords are kept, with the digests of the keys that they still open."""
_NOTHING: Final = "state"  # an entry that is never written: reading it shows whether the keychain responds


@dataclass(frozen=True)
class Secret:
    """A password that is, or could be, remembered: of the ID file at `path`, or of a certifier."""

    label: str
    path: Path | None = None
    certifier_id: int = 0

    @property
    def is_server(self) -> bool:
        """Return whether it is the server ID's password, which setup may have generated without showing it."""
        return self.path is not None and self.path.stem.partition("-")[0] == SERVER_ID.removesuffix(".id")


@dataclass(frozen=True)
class KeychainState:
    """The keychain in use, empty for none, and why it cannot be used now, empty if it can."""

    name: str
    problem: str


def state(domain: Domain) -> KeychainState:
    """Check the keychain without changing it; may wait for the user to unlock it."""
    name = domain.keychain.name()
    if not name:
        return KeychainState("", domain.keychain.problem())
    try:
        domain.keychain.get(_NOTHING)
    except KeychainUnavailable as refusal:
        return KeychainState(name, str(refusal))
    return KeychainState(name, "")


def activation_password(domain: Domain, certifier_id: int) -> str | None:
    """Return the remembered activation password of a certifier; None also if the keychain does not respond.

    The caller can then ask for it.
    """
    try:
        return domain.keychain.get(_activation(certifier_id))
    except KeychainUnavailable:
        return None


def remember(domain: Domain, secret: Secret, password: str) -> None:
    """Store a password. The caller must have checked that an ID's password opens the ID.

    Raises:
        KeychainUnavailable: there is no usable keychain; nothing is stored.
        Refused: the password is too long for a keychain.

    """
    if secret.path is None:
        domain.keychain.set(_activation(secret.certifier_id), password)
        return
    identifying.remember_password(domain, secret.path, password)
    noted = _noted(domain)
    if (text := _text(domain, secret.path)) not in noted:
        _note(domain, [*noted, text])


def check_and_remember(domain: Domain, secret: Secret, password: str) -> None:
    """Store a password typed for this purpose. An ID's password is tried first.

    Only the CA process can check an activation password, with the server's ID.

    Raises:
        WrongPassword, Error: the password does not open the ID.
        KeychainUnavailable, Refused: as `remember` does.

    """
    if secret.path is not None:
        identifying.open_id(domain, secret.path, password)
    remember(domain, secret, password)


def forget(domain: Domain, secret: Secret) -> None:
    """Remove a password from the keychain.

    Raises:
        KeychainUnavailable: the keychain is locked or refuses.

    """
    if secret.path is None:
        domain.keychain.forget(_activation(secret.certifier_id))
        return
    identifying.forget_password(domain, secret.path)
    _note(domain, [text for text in _noted(domain) if text != _text(domain, secret.path)])


def forget_former(domain: Domain, path: Path) -> None:
    """Remove the password of an ID that has ended. A keychain that is locked keeps it: no one can use that ID."""
    with suppress(KeychainUnavailable):
        forget(domain, Secret("", path))


def forget_former_server(domain: Domain, former: Path, seals: Sequence[str] = ()) -> None:
    """Do the same after the server got another ID: its password would be tried for the new one.

    `seals`: the digests of the sealed keys that only the former ID opens, whose password setup may have generated
    without showing it. As long as there is one, the password is kept under the name of the ID's file, where *Change
    Protection* finds it.
    """
    with suppress(KeychainUnavailable):
        password = domain.keychain.get(SERVER_PASSWORD)
        if password and seals:
            identifying.remember_password(domain, former, password)
            _note_kept(domain, {**_kept(domain), _text(domain, former): [*seals]})
        domain.keychain.forget(SERVER_PASSWORD)


def forget_needless_servers(domain: Domain, verifier: Verifier) -> None:
    """Remove the kept passwords of former IDs of the server that no longer open a key.

    Nobody signs which are kept: only that of an ID that has ended goes. None goes while a certifier is not as it was
    signed: its key may need one, which setup may have generated without showing it.

    Raises:
        KeychainUnavailable: the keychain is locked or refuses.

    """
    if not (kept := _kept(domain)):
        return
    with domain.store.snapshot() as db:
        try:
            committed.check_certifiers(db, verifier)
        except (Tampered, Damaged):
            return
        present = {documents.digest(each.active.sealed_key) for each in certifiers.all_of(db)}
        needless = [text for text, seals in kept.items() if not present & {*seals}]
        ended = [text for text in needless if _has_ended(db, verifier, domain.directory.file(text))]
    for text in ended:
        forget(domain, Secret("", domain.directory.file(text)))
        del kept[text]
        _note_kept(domain, kept)


def _has_ended(db: Connection, verifier: Verifier, path: Path) -> bool:
    with suppress(Error):
        return committed.former_id(db, verifier, issuance.der(id_files.describe(path).chain[0])) is not None
    return False


def is_remembered(domain: Domain, secret: Secret) -> bool:
    """Return whether the keychain has this password.

    Raises:
        KeychainUnavailable: the keychain is locked or refuses.

    """
    if secret.path is None:
        return domain.keychain.get(_activation(secret.certifier_id)) is not None
    return identifying.remembered_password(domain, secret.path) is not None


def secrets(domain: Domain) -> list[Secret]:
    """Return all passwords that could be remembered: of the ID files, then of the certifiers that need one."""
    paths = {path.absolute() for path in domain.directory.root.glob("*.id")}
    paths |= {domain.directory.file(text).absolute() for text in _noted(domain)}
    found = [Secret(_label(domain, path), path) for path in sorted(paths)]
    with domain.store.snapshot() as db:
        records = [record for record in certifiers.all_of(db) if record.active.protection == Protection.PASSWORD]
    return [*found, *(Secret(record.name, certifier_id=record.id) for record in records)]


def remembered(domain: Domain) -> list[Secret]:
    """Return the passwords that the keychain has.

    Raises:
        KeychainUnavailable: the keychain is locked or refuses.

    """
    return [secret for secret in secrets(domain) if is_remembered(domain, secret)]


def of_id(domain: Domain, path: Path) -> Secret:
    """Return the secret of an ID file."""
    return Secret(_label(domain, path), path)


def _activation(certifier_id: int) -> str:
    return f"activation-{certifier_id}"


def _label(domain: Domain, path: Path) -> str:
    """Return the ID's owner and file; only the file if it is missing or unreadable."""
    shown = path.name if path.parent == domain.directory.root.absolute() else str(path)
    try:
        return f"{names.abbreviated(id_files.describe(path).name)} ({shown})"
    except Error:
        return shown


def _text(domain: Domain, path: Path) -> str:
    absolute = path.absolute()
    return absolute.name if absolute.parent == domain.directory.root.absolute() else str(absolute)


def _noted(domain: Domain) -> list[str]:
    with domain.store.snapshot() as db:
        noted = directory.fact(db, _FACT)
    try:
        texts = stored_json.load(noted) if noted else []
    except (ValueError, RecursionError):
        return []
    return [text for text in texts if isinstance(text, str)] if isinstance(texts, list) else []


def _note(domain: Domain, texts: list[str]) -> None:
    if texts != _noted(domain):
        with domain.store.transaction() as db:
            directory.set_fact(db, _FACT, json.dumps(texts))


def _kept(domain: Domain) -> dict[str, list[str]]:
    """Return the digests of sealed keys by the files of the IDs that open them; nothing if that was altered."""
    with domain.store.snapshot() as db:
        noted = directory.fact(db, _KEPT)
    with suppress(ValueError, TypeError, AttributeError, RecursionError):
        return {str(file): [*map(str, seals)] for file, seals in stored_json.load(noted or "{}").items()}
    return {}


def _note_kept(domain: Domain, kept: Mapping[str, Sequence[str]]) -> None:
    with domain.store.transaction() as db:
        directory.set_fact(db, _KEPT, json.dumps(kept))
