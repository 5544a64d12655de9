"""A folder that is read and written by its handle: a link that somebody puts in its place meanwhile leads nowhere."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason

HALF: Final = ".new"
"""The ending of the names of files that are being written, or that a kill has left."""
_READABLE: Final = 0o644


@dataclass(frozen=True)
class AnswerFolder:
    """An open folder. `path` is for messages only."""

    path: Path
    _handle: int

    def names(self) -> list[str]:
        """Return the names of its files.

        Raises:
            Error: it cannot be read.

        """
        try:
            return os.listdir(self._handle)  # noqa: PTH208 - of the handle
        except OSError as error:
            raise _unreadable(self.path, error) from None

    def stamp(self) -> int:
        """Return a number that changes when a file is added or removed."""
        return os.fstat(self._handle).st_mtime_ns

    def write(self, name: str, octets: bytes) -> None:
        """Write or replace a file that everybody may read (0644); after a crash it exists whole or not at all.

        Raises:
            Error: it cannot be written.

        """
        half = f".{name}.{secrets.token_hex(8)}{HALF}"
        try:
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
            with os.fdopen(os.open(half, flags, _READABLE, dir_fd=self._handle), "wb") as file:
                file.write(octets)
                os.fchmod(file.fileno(), _READABLE)  # regardless of the umask
                file.flush()
                os.fsync(file.fileno())
            os.rename(half, name, src_dir_fd=self._handle, dst_dir_fd=self._handle)
            os.fsync(self._handle)
        except OSError as error:
            with suppress(OSError):
                os.unlink(half, dir_fd=self._handle)
            raise Error(
                _("{path} cannot be written: {reason}.", path=self.path / name, reason=reason(error)),
                _("Check who can write to the folder."),
            ) from None

    def remove(self, name: str) -> None:
        """Remove a file, if it is there.

        Raises:
            Error: it cannot be removed.

        """
        try:
            with suppress(FileNotFoundError):
                os.unlink(name, dir_fd=self._handle)
        except OSError as error:
            raise Error(
                _("{folder} cannot be cleaned up: {reason}.", folder=self.path, reason=reason(error)),
                _("Check who can write to the folder."),
            ) from None


@contextmanager
def opened(path: Path) -> Iterator[AnswerFolder]:
    """Create a folder if it does not exist, and open it.

    Raises:
        Error: it cannot be created or opened, or it is a link.

    """
    try:
        path.mkdir(mode=0o755, exist_ok=True)
    except OSError as error:
        raise Error(
            _("The folder {folder} cannot be created: {reason}.", folder=path, reason=reason(error)),
            _("Create it manually."),
        ) from None
    # Files are removed there. Any member may name a folder for his certifier, and put a link to another one into it.
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        if os.path.islink(path):  # noqa: PTH114 - never raises
            raise Error(_("The folder {folder} is a link.", folder=path), _("Replace it with a folder.")) from None
        raise _unreadable(path, error) from None
    try:
        yield AnswerFolder(path, handle)
    finally:
        os.close(handle)


def _unreadable(path: Path, error: OSError) -> Error:
    return Error(
        _("The folder {folder} cannot be read: {reason}.", folder=path, reason=reason(error)),
        _("Check who can read the folder."),
    )
