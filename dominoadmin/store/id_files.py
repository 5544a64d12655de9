"""ID files on disk."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import joined
from dominoadmin.i18n import marked as _
from dominoadmin.paths import write_whole
from dominoadmin.pki import identities, issuance
from dominoadmin.pki.identities import Identity, PublicIdentity
from dominoadmin.store import own_files

_WHAT: Final = _("The ID file")


def save(path: Path, identity: Identity, password: str) -> None:
    """Write a new ID file, mode 0600.

    Raises:
        Error: a file of that name exists, or the disk is full or read-only.

    """
    write_whole(path, identities.serialize(identity, password), replace=False)


def describe(path: Path) -> PublicIdentity:
    """Return the owner of the ID in a file; needs no password.

    Raises:
        NotFound, Error, Damaged: as `own_files.read` and `identities.describe` do.

    """
    return identities.describe(own_files.read(path, _WHAT), joined(_WHAT, str(path)))


def load(path: Path, password: str) -> Identity:
    """Open an ID file.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `own_files.read` and `identities.load` do.

    """
    return identities.load(own_files.read(path, _WHAT), password, joined(_WHAT, str(path)))


def with_chain(chain: tuple[bytes, ...], named: Path, others: Iterable[Path]) -> Path:
    """Return the first file of an ID with these certificates, DER: the named one or another; else the named one."""
    for path in (named, *sorted(others)):
        with suppress(Error):  # it is no ID, or gone
            if tuple(map(issuance.der, describe(path).chain)) == chain:
                return path
    return named
