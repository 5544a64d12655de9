"""Private copies, in the system's temporary folder, of a store that cannot be read where it is."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path
from typing import Final

LOG: Final = "-wal"
"""The ending of the write-ahead log, which holds what was committed last."""
_INDEX: Final = "-shm"
_START: Final = "dominoadmin-reading-"
_LOCK: Final = "lock"
_TRIES: Final = 5
Stamp = tuple[tuple[int, int], ...]
Number = tuple[int, int]


def stamp(store: Path) -> Stamp:
    """Return a mark that changes when a store or its log does: sizes and times, zero of a file that does not exist."""
    found = []
    for path in (store, log_of(store)):
        try:
            status = path.stat()
        except FileNotFoundError:
            found.append((0, 0))
        else:
            found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


def identity(store: Path) -> Number | None:
    """Return by what the system knows the file of a store, whatever is written to it; None if there is none."""
    return _number(store)


def logs(store: Path) -> tuple[Number | None, ...]:
    """Return the same of a store's log and the log's index, which exist as long as anybody has the store open.

    If a connection has others open, somebody has removed them: what is written there is lost with the process, or
    replaces what others have written.
    """
    return _number(log_of(store)), _number(store.with_name(f"{store.name}{_INDEX}"))


def _number(path: Path) -> Number | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def log_of(store: Path) -> Path:
    """Return the path of a store's log."""
    return store.with_name(f"{store.name}{LOG}")


def has_log(store: Path) -> bool:
    """Return whether a store has a log with something in it: without it, committed data would be missing."""
    return stamp(store)[1][0] > 0


class PrivateCopy:
    """A copy of a store and its log that only this user can read. It goes with this object, or with its process.

    Raises:
        OSError: it cannot be made.

    """

    def __init__(self, store: Path) -> None:
        sweep()
        folder, lock = _reserve()
        self.remove = weakref.finalize(self, _remove, folder, lock)
        self.path = folder / store.name
        try:
            _copy(store, self.path)
        except BaseException:
            self.remove()
            raise


def sweep() -> None:
    """Remove the copies of processes that were killed."""
    with contextlib.suppress(OSError), os.scandir(tempfile.gettempdir()) as entries:
        for entry in entries:
            if not entry.name.startswith(_START) or not entry.is_dir(follow_symlinks=False):
                continue
            with contextlib.suppress(OSError):  # somebody else's, or in use
                folder = Path(entry.path)
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_NOFOLLOW)
                try:
                    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except OSError:
                    os.close(lock)
                    raise
                _remove(folder, lock)


def _reserve() -> tuple[Path, int]:
    """Make a folder, and lock it until its descriptor is closed or this process ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_START))  # 0700
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (folder / _LOCK).exists():
            return folder, lock
        os.close(lock)  # it was swept before it was locked


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)


def _copy(store: Path, target: Path) -> None:
    """Copy a store and its log as they are at one time: somebody else may be able to write there."""
    for _ in range(_TRIES):
        before = stamp(store)
        for source, wanted in ((store, target), (log_of(store), log_of(target))):
            wanted.unlink(missing_ok=True)
            with contextlib.suppress(FileNotFoundError), source.open("rb") as data:
                descriptor = os.open(wanted, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as copy:
                    shutil.copyfileobj(data, copy)
        if stamp(store) == before:
            return
    raise OSError("it is being written")
