"""The first start: sets up a domain, copies its ID files to a safe place, and opens the IDs."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.paths import STORE_FILE, DataDirectory, reason, write_whole
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Clock, Domain
from dominoadmin.services.identities import identifying, remembered_passwords
from dominoadmin.services.identities.identifying import CERT_ID, SERVER_PASSWORD
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.setup import creating as setup
from dominoadmin.services.setup.creating import OpenKeychain, SetupRequest, SetupResult
from dominoadmin.store.database import Store


@dataclass(frozen=True)
class Founding:
    """The input of the setup wizard. `remember`: also store the administrator's password in the keychain."""

    request: SetupRequest
    backup_folder: Path | None = None
    remember: bool = False


@dataclass(frozen=True, kw_only=True)
class Founded:
    """The new domain with both IDs open. `remarks` are the failures of additional steps; the domain is complete."""

    root: Path
    result: SetupResult
    administrator: Identity
    server: Identity
    copies: tuple[Path, ...]
    remarks: tuple[str, ...]


def check_backup_folder(folder: Path, root: Path) -> None:
    """Check that the ID files can be copied to a folder, which is created if missing.

    Raises:
        Refused: it is the data directory itself, or a file, or has the certifier ID of another domain.

    """
    if folder.absolute() == root.absolute() or root.absolute() in folder.absolute().parents:
        raise Refused(
            _(
                "A copy in the data directory would be lost together with it. Choose another folder, preferably on "
                "another disk."
            )
        )
    if os.path.isfile(folder):  # noqa: PTH113 - never raises, not even for a name that is too long
        raise Refused(_("{path} is a file, not a folder.", path=folder))
    if os.path.exists(folder / CERT_ID):  # noqa: PTH110 - never raises
        text = _("{path} already contains ID files ({file}). Choose another folder.")
        raise Refused(text.format(path=folder, file=CERT_ID))


def found(
    root: Path, founding: Founding, open_keychain: OpenKeychain, clock: Clock, progress: Progress = QUIET
) -> Founded:
    """Set up the domain. Later steps that fail cannot undo it, and become remarks.

    Raises:
        Refused, Error, KeychainUnavailable: as `setup.set_up` does; nothing was created.

    """
    if founding.backup_folder:
        check_backup_folder(founding.backup_folder, root)
    result = setup.set_up(root, founding.request, open_keychain, clock, progress)
    keychain = open_keychain(result.domain_id)
    domain = Domain(directory=DataDirectory(root), store=Store(root / STORE_FILE), keychain=keychain, clock=clock)
    try:
        administrator, server = _opened(domain, founding.request, result)
        copies, remarks = _copied(founding.backup_folder, result)
        if founding.remember:
            remarks += _remembered(domain, result, founding.request.administrator_password)
    finally:
        domain.store.close()
    return Founded(root=root, result=result, administrator=administrator, server=server, copies=copies, remarks=remarks)


def _opened(domain: Domain, request: SetupRequest, result: SetupResult) -> tuple[Identity, Identity]:
    server_password = request.server_password or domain.keychain.get(SERVER_PASSWORD) or ""
    administrator = identifying.open_id(domain, result.administrator_id, request.administrator_password)
    return administrator, identifying.open_id(domain, result.server_id, server_password)


def _copied(folder: Path | None, result: SetupResult) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """Copy the ID files, without overwriting files; return the copies and the problems."""
    if folder is None:
        return (), ()
    copies: list[Path] = []
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for source in (result.certifier_id, result.administrator_id, result.server_id):
            target = folder / source.name
            write_whole(target, source.read_bytes(), replace=False)
            copies.append(target)
    except Error as error:
        return tuple(copies), (_("Not all ID files were copied: {problem}", problem=error),)
    except OSError as error:
        return tuple(copies), (_("Not all ID files were copied: {problem}.", problem=reason(error)),)
    return tuple(copies), ()


def _remembered(domain: Domain, result: SetupResult, password: str) -> tuple[str, ...]:
    try:
        remembered_passwords.remember(domain, remembered_passwords.of_id(domain, result.administrator_id), password)
    except Error as error:
        return (_("The password could not be stored in the keychain: {problem}", problem=error),)
    return ()
