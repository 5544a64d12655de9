"""What an error of SQLite's means, as a sentence."""

from __future__ import annotations

import errno
import os
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Error, NotFound, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason

_UNKNOWN_FORMAT: Final = "unsupported file format"
"""What SQLite says of a schema in a format that it does not know; it has the same code for an error in our SQL."""
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
_MANY: Final = frozenset({errno.EMFILE, errno.ENFILE})


class UnwritableError(Error):
    """The store cannot be written: its folder is read-only, or the disk is full."""


def sentence(path: Path, error: sqlite3.DatabaseError) -> Error:
    """Return what a user can do about an error of SQLite's; a bug of ours is raised again."""
    code = getattr(error, "sqlite_errorcode", 0)
    match code & 0xFF:
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return _failing(path) if code == sqlite3.SQLITE_IOERR_FSYNC else _full(path)
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM:
            return _read_only(path)
        case sqlite3.SQLITE_CANTOPEN:
            return _not_opened(path)
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Error(
                _("{path} has been in use by another process for too long.", path=path), _("Try again in a moment.")
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_ERROR if found := _damaged(path, error):
            return found
        case _:
            raise error


def unstorable(error: UnicodeEncodeError | OverflowError) -> Exception:
    """Return what a user can do about a value that SQLite does not take; any other error is returned as it is."""
    if isinstance(error, UnicodeEncodeError):
        return Refused(_("The text contains characters that are not valid Unicode."), _("Type it again."))
    if "SQLite" in str(error):
        return NotFound(_("Nothing has a number this large."), _("Check the number."))
    return error


def _damaged(path: Path, error: sqlite3.DatabaseError) -> Damaged | None:
    """Return that a store or its search index is damaged; None if an error of this kind says something else."""
    if error.sqlite_errorcode == sqlite3.SQLITE_CORRUPT_VTAB or "fts5" in str(error):
        return Damaged(
            _("The search index in {path} is damaged.", path=path),
            _("Create it again: 'dominoadmin store check --rebuild'."),
        )
    is_ours = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_ERROR and str(error) != _UNKNOWN_FORMAT
    return None if is_ours else no_store(path)


def misfit(path: Path, connect: Callable[[], sqlite3.Connection]) -> Damaged | None:
    """Return that a store has a value that its schema does not allow, such as a text instead of octets, if it has one.

    Somebody has changed the schema, written the value, and put the schema back: what fails by it is no bug of ours.
    """
    with suppress(sqlite3.Error), closing(connect()) as db:
        (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
        if said != "ok":
            return Damaged(
                _("{path} has a value that cannot be read: it was altered ({what}).", path=path, what=said),
                _("To see what can be restored, run 'dominoadmin store check'."),
            )
    return None


def broken_pages(db: sqlite3.Connection) -> list[str]:
    """Return what SQLite finds wrong with the file itself, in its own words.

    Since 3.44 it also looks at the search index, which is made again from the rows, and is checked by itself.
    """
    found = (str(row[0]) for row in db.execute("PRAGMA integrity_check"))
    return [each for each in found if each != "ok" and "FTS5 table" not in each]


def unwritable(path: Path, error: OSError) -> UnwritableError:
    """Return why a file beside a store cannot be written."""
    if error.errno in _FULL:
        return _full(path)
    if error.errno in _MANY:
        return UnwritableError(
            _("{path} cannot be opened: {reason}.", path=path, reason=reason(error)),
            _("Try again later, or allow more open files."),
        )
    return _read_only(path)


def _not_opened(path: Path) -> UnwritableError:
    """Return why SQLite cannot open the store or a file beside it: it does not say, so another file is tried."""
    try:
        with tempfile.TemporaryFile(dir=path.parent):
            return _read_only(path)
    except OSError as error:
        return unwritable(path, error)


def _full(path: Path) -> UnwritableError:
    return UnwritableError(
        _("{path} cannot be written: the disk is full or failing.", path=path),
        _("Free up disk space; nothing was changed."),
    )


def _failing(path: Path) -> UnwritableError:
    """Return that a change may be on the disk or not: SQLite finds it in the log again if the computer stops now."""
    return UnwritableError(
        _("{path} cannot be written: the disk is failing.", path=path),
        _("The last change may be stored as a whole, or not at all. Check for it before you repeat it."),
    )


def _read_only(path: Path) -> UnwritableError:
    return UnwritableError(
        _("{path} cannot be written: the folder or the file is read-only.", path=path), _("Ask for write access to it.")
    )


def uncopied(path: Path, error: OSError | UnwritableError) -> Error:
    """Return why a store that cannot be written cannot be read either."""
    said = reason(error) if isinstance(error, OSError) else os.strerror(errno.ENOSPC).lower()
    return Error(
        _("{path} can be read only from a temporary copy, which cannot be made: {reason}.", path=path, reason=said),
        _("Make room in the system's temporary folder, or name another one in the variable TMPDIR."),
    )


def no_store(path: Path) -> Damaged:
    """Return the refusal of a file that is no store."""
    return Damaged(
        _("{path} is not a store of this program, or is damaged.", path=path), _("Restore it from a backup.")
    )


def gone(path: Path) -> Error:
    """Return why an open store can no longer be used."""
    return Error(
        _("{path} can no longer be used: the file was moved or removed.", path=path),
        _("Put it back, or restore it from a backup."),
    )


def replaced(path: Path) -> Error:
    """Return why a transaction is not committed: what it writes would be lost."""
    return Error(
        _("{path} or its log was replaced while something was written to it; nothing was changed.", path=path),
        _("Try again."),
    )
