"""Files that exist if and only if the store has a record of them, even after a kill at any moment.

A file is written whole under another name. The transaction that enters what it holds records both names. Then the file
gets its own name. The next start of the program gives recorded files their names, and removes the others.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from dominoadmin.errors import Error
from dominoadmin.paths import PendingFile, write_pending
from dominoadmin.paths import pending_files as left_in
from dominoadmin.services.domain import Domain
from dominoadmin.store import pending_files
from dominoadmin.store.database import Connection

log = logging.getLogger(__name__)


class RecordedFiles:
    """New files that are recorded in one transaction."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._files: list[tuple[PendingFile, Path]] = []

    def write(self, path: Path, data: bytes) -> None:
        """Write a file (0600) that gets its name, `path`, after the transaction. The files get them in this order.

        Raises:
            Error: a file of that name exists, or it cannot be written.

        """
        self._files.append((write_pending(path, data), path))

    def enter(self, db: Connection) -> None:
        """Record the files, in the transaction that enters what they hold."""
        pending_files.record(db, {_noted(self._domain, file.path): path.name for file, path in self._files})

    def place(self) -> None:
        """Give the files their names.

        Raises:
            Error: a name was taken meanwhile, or the disk fails; the next start tries again.

        """
        for file, path in self._files:
            file.place(path)
        _forget(self._domain, [_noted(self._domain, file.path) for file, _path in self._files])

    def end(self) -> None:
        """Remove the files, unless they are recorded already: then the next start gives them their names."""
        try:
            with self._domain.store.snapshot() as db:
                known = pending_files.recorded(db)
        except Error:  # the next start decides
            known = {_noted(self._domain, file.path): path.name for file, path in self._files}
        for file, _path in self._files:
            if _noted(self._domain, file.path) in known:
                file.leave()
            else:
                file.discard()


@contextmanager
def together(domain: Domain) -> Iterator[RecordedFiles]:
    """Return new files; write and record them inside. Afterwards they have their names, or are gone."""
    files = RecordedFiles(domain)
    try:
        yield files
        files.place()
    except BaseException:
        files.end()
        raise


def settle(domain: Domain, *folders: Path) -> None:
    """Finish what killed processes have left in the data directory, in the recorded files' folders, and in these.

    Files of living processes stay. What is impossible now is tried again at the next start.
    """
    with suppress(Error):
        with domain.store.snapshot() as db:
            known = pending_files.recorded(db)
        places = [domain.directory.root, *folders, *(domain.directory.file(each).parent for each in known)]
        for folder in {each.absolute() for each in places}:
            for file in left_in(folder):
                _settle(domain, file)
        _forget(domain, [each for each in known if _is_gone(domain.directory.file(each))])


def _settle(domain: Domain, file: PendingFile) -> None:
    try:
        # Looked up now that it is locked: its writer may have recorded it, and then have died.
        with domain.store.snapshot() as db:
            name = pending_files.recorded(db).get(_noted(domain, file.path))
        if name is None:
            file.discard()
        elif name and Path(name).name == name:
            file.place(file.path.with_name(name))
            _forget(domain, [_noted(domain, file.path)])
    except Error as error:
        log.warning("%s", error)
    finally:
        file.leave()


def _is_gone(path: Path) -> bool:
    """Return whether a recorded file has got its name, or was lost; not if its folder is not connected now."""
    return os.path.isdir(path.parent) and not os.path.lexists(path)  # noqa: PTH112 - they never raise


def _forget(domain: Domain, files: list[str]) -> None:
    if not files:
        return
    with suppress(Error), domain.store.transaction() as db:  # a record that stays does no harm
        pending_files.forget(db, files)


def _noted(domain: Domain, path: Path) -> str:
    """Return the path as it is recorded: the data directory may be moved."""
    is_inside = path.absolute().parent == domain.directory.root.absolute()
    return path.name if is_inside else str(path.absolute())
