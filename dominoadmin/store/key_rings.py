"""Key rings on disk, `NAME.kyr` with its stash `NAME.sth`, and queries about them."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, about
from dominoadmin.i18n import joined
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason, sync_folder, write_whole
from dominoadmin.pki import stashes
from dominoadmin.pki.stashes import Stash
from dominoadmin.store import own_files
from dominoadmin.store.database import Connection
from dominoadmin.store.sqlite import documents

_FILE: Final = _("The file")
_RING: Final = _("The key ring")
_STASH: Final = _("The stash file")
# Domino's words (ERR_REG_KEYRING_EXISTS).
EXISTS: Final = _("Keyring file or stash file could not be created because an existing file already exists.")


class Changes:
    """Files written one after the other, each whole and mode 0600, and undone together if something fails."""

    def __init__(self) -> None:
        self._done: list[tuple[Path, bytes | None, bytes | None]] = []

    def add(self, path: Path, data: bytes) -> None:
        """Write a new file.

        Raises:
            Error: it exists, or cannot be written.

        """
        self._done.append((path, None, data))
        write_whole(path, data, replace=False)

    def replace(self, path: Path, data: bytes) -> None:
        """Write a file, whether or not it exists.

        Raises:
            Error: it cannot be written.

        """
        self._done.append((path, _content(path), data))
        write_whole(path, data)

    def remove(self, path: Path) -> None:
        """Delete a file.

        Raises:
            Error: it cannot be deleted.

        """
        self._done.append((path, _content(path), None))
        remove(path)

    def written(self) -> dict[Path, bytes | None]:
        """Return the files that were written, as they are now; None for one that was deleted."""
        return {path: after for path, _before, after in self._done}

    def undo(self) -> None:
        """Undo every change, the last first, unless somebody else has changed the file since."""
        for path, before, after in reversed(self._done):
            with suppress(Error, OSError):
                if before == after or _content(path) != after:
                    continue
                if before is None:
                    path.unlink()
                else:
                    write_whole(path, before)


def remove(path: Path) -> None:
    """Delete a file.

    Raises:
        Error: it cannot be deleted.

    """
    try:
        path.unlink()
        sync_folder(path.parent)
    except OSError as error:
        raise Error(_("{path} cannot be deleted: {reason}.", path=path, reason=reason(error))) from None


def _content(path: Path) -> bytes | None:
    return own_files.read(path, _FILE) if os.path.isfile(path) else None  # noqa: PTH113 - never raises


def stash_path(path: Path) -> Path:
    """Return the path of a key ring's stash."""
    return path.with_suffix(".sth")


def check_new(path: Path) -> None:
    """Check that neither of the two files exists.

    Raises:
        Error: one exists; Domino's words.

    """
    for each in (path, stash_path(path)):
        if os.path.exists(each):  # noqa: PTH110 - never raises
            with about("file"):
                raise Error(
                    EXISTS,
                    _(
                        "{file} already exists. Choose another name, or delete it: View & Edit Key Rings, or "
                        "'dominoadmin keyring delete'.",
                        file=each,
                    ),
                )


def check_free(db: Connection, path: Path, action: str) -> bool:
    """Check that a key ring may be created; return whether an interrupted creation has left its stash there.

    Such a stash has no key ring, and the audit log has no entry of this action about its key: the entry is committed
    once both files are written. No other file is ever overwritten.

    Raises:
        Error: one of the two files exists; Domino's words.

    """
    if os.path.exists(path) or not os.path.exists(stash_path(path)):  # noqa: PTH110 - never raises
        check_new(path)
        return False
    with suppress(Error):  # an unreadable file is not ours
        if not _was_created(db, read_stash(path).key, action):
            return True
    check_new(path)
    return False


def _was_created(db: Connection, key: str, action: str) -> bool:
    found = documents.value(documents.readable("detail"), "key_sha256")
    query = f"SELECT 1 FROM audit WHERE action = :action AND {found} = :key"  # noqa: S608
    return db.execute(query, {"key": key, "action": action}).fetchone() is not None


def read(path: Path) -> bytes:
    """Return a key ring file's bytes.

    Raises:
        NotFound, Error: as `own_files.read` does.

    """
    return own_files.read(path, _RING)


def read_stash(path: Path) -> Stash:
    """Return the stash of the key ring at `path`.

    Raises:
        NotFound, Error, Damaged: as `own_files.read` and `stashes.parse` do.

    """
    return stashes.parse(own_files.read(stash_path(path), _STASH), stash_label(path))


def read_pair(path: Path) -> dict[str, bytes]:
    """Return both files' bytes by their names, the stash first.

    Raises:
        NotFound, Error: as `own_files.read` does.

    """
    ring = read(path)
    stash = stash_path(path)
    return {stash.name: own_files.read(stash, _STASH), path.name: ring}


def stash_label(path: Path) -> str:
    """Return the name that errors use for the stash of the key ring at `path`."""
    return joined(_STASH, str(stash_path(path)))


def requests_of(db: Connection, name: str) -> list[int]:
    """Return the numbers of the requests that were made with key rings of this file name, oldest first."""
    rows = db.execute("SELECT id FROM requests WHERE key_ring = :name ORDER BY id", {"name": name})
    return [int(row["id"]) for row in rows]


def has_certificate(db: Connection, key: str) -> bool:
    """Return whether a certificate was ever issued for a key, given by the SHA-256 of its SubjectPublicKeyInfo."""
    row = db.execute("SELECT 1 FROM issued WHERE key_fingerprint = :key LIMIT 1", {"key": key}).fetchone()
    return row is not None
