"""What an account has seen of a store, in a file outside of the data folder, which no backup of that puts back.

One file for each data folder: a domain that is copied to another folder, account or computer has none there.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dominoadmin import paths
from dominoadmin.errors import Damaged, Error
from dominoadmin.i18n import marked as _
from dominoadmin.store import own_files
from dominoadmin.store.records import Fields, dump
from dominoadmin.store.stored_json import load

_LARGEST = 1 << 20
_NAME = 32


class AccountUnavailable(Error):
    """The file cannot be read or written, so nothing can be compared with it."""


class AccountState:
    """The account's file about the store of one data folder."""

    def __init__(self, folder: Path, domain_id: str, data: Path) -> None:
        self._folder, self._data = folder, data.resolve()
        self._domain = hashlib.sha256(domain_id.encode()).hexdigest()[:_NAME]
        place = hashlib.sha256(os.fsencode(self._data)).hexdigest()[:_NAME]
        self.path = folder / f"{self._domain}-{place}.json"

    def read(self) -> Fields:
        """Return what is remembered; nothing if the store was never seen.

        Raises:
            AccountUnavailable: the file cannot be read.
            Damaged: it is not whole.

        """
        try:
            with own_files.opened(self.path) as file:
                kept = load(file.read(_LARGEST).decode())
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise AccountUnavailable(
                _("{path} cannot be read: {reason}.", path=self.path, reason=paths.reason(error)),
                _("It has what this account has seen of the store: make it readable."),
            ) from None
        except (ValueError, RecursionError, Damaged):
            kept = None
        if not isinstance(kept, dict):
            raise Damaged(
                _("{path} is damaged: it has what this account has seen of the store.", path=self.path),
                _(
                    "Restore the file from a backup, or accept the store as it is: 'dominoadmin server accept-restore'"
                    " with the organization's certifier ID."
                ),
            )
        return kept

    def change(self, change: Callable[[Fields], Fields], *, damaged: bool = False) -> None:
        """Replace what is remembered; while it is read and written, no other process does.

        `damaged`: replace a file that is not whole.

        Raises:
            AccountUnavailable: the file cannot be written.
            Damaged: it is not whole.

        """
        try:
            paths.make_private_folder(self._folder)
            with self._alone():
                kept = self._kept(damaged=damaged)
                if (changed := change(kept)) != kept:
                    paths.write_whole(self.path, dump({**changed, "folder": str(self._data)}).encode())
        except (Damaged, AccountUnavailable):
            raise
        except Error as error:
            raise AccountUnavailable(str(error), error.hint) from None
        except OSError as error:
            raise AccountUnavailable(
                _("{path} cannot be written: {reason}.", path=self.path, reason=paths.reason(error))
            ) from None

    def is_known_elsewhere(self) -> bool:
        """Return whether this account has seen the domain in another data folder."""
        with contextlib.suppress(OSError):
            return any(path != self.path for path in self._folder.glob(f"{self._domain}-*.json"))
        return False

    def _kept(self, *, damaged: bool) -> Fields:
        try:
            return self.read()
        except Damaged:
            if damaged:
                return {}
            raise

    @contextmanager
    def _alone(self) -> Iterator[None]:
        descriptor = os.open(self.path.with_suffix(".lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


class NoAccountState:
    """In the place of an account's file while a domain is being made."""

    path = Path()

    def read(self) -> Fields:
        """Return nothing."""
        return {}

    def change(self, change: Callable[[Fields], Fields], *, damaged: bool = False) -> None:
        """Remember nothing."""

    def is_known_elsewhere(self) -> bool:
        """Return false."""
        return False
