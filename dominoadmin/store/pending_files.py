"""The files that a transaction has recorded and that have not got their names yet: a fact of the domain."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Final

from dominoadmin.errors import Damaged
from dominoadmin.store import directory, stored_json
from dominoadmin.store.database import Connection
from dominoadmin.store.records import altered, dump

_FACT: Final = "pending_files"


def record(db: Connection, files: dict[str, str]) -> None:
    """Record files: the path under which each was written, and its own name in the same folder.

    A record that nobody can read is replaced: nobody has signed it, so that no backup would bring it back.
    """
    before: dict[str, str] = {}
    with suppress(Damaged):
        before = recorded(db)
    _set(db, before | files)


def recorded(db: Connection) -> dict[str, str]:
    """Return the recorded files.

    Raises:
        Damaged: the record was altered outside the program.

    """
    text = directory.fact(db, _FACT)
    try:
        found = stored_json.load(text) if text else {}
    except (ValueError, RecursionError):
        raise _altered() from None
    if not isinstance(found, dict) or not all(isinstance(name, str) for name in found.values()):
        raise _altered()
    if any("\0" in path for path in found):  # no folder has such a name, and Python refuses to look into it
        raise _altered()
    return found


def forget(db: Connection, files: Iterable[str]) -> None:
    """Remove files from the record: they have their names."""
    gone = set(files)
    _set(db, {path: name for path, name in recorded(db).items() if path not in gone})


def _set(db: Connection, files: Mapping[str, str]) -> None:
    directory.set_fact(db, _FACT, dump(files))


def _altered() -> Damaged:
    return altered("domain", _FACT, "value")
