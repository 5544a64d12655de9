"""Single rows as they are: read from a backup, put back, taken out. Only what the audit log says is put back."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Error, NotFound
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason
from dominoadmin.store import salted
from dominoadmin.store.database import Connection, Row
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.ledger import Object
from dominoadmin.store.private_copies import PrivateCopy, has_log
from dominoadmin.store.sqlite import issued_search

_IMMUTABLE: Final = "?mode=ro&immutable=1"
_COPY: Final = "?mode=rw"


@contextmanager
def backup(path: Path) -> Iterator[Connection]:
    """Open another store for reading. Its octets stay as they are: one with a write-ahead log is read from a copy.

    Raises:
        NotFound: there is no such file.
        Damaged: it is not a store.
        Error: it cannot be read.

    """
    try:
        if not path.stat().st_size:
            raise _no_backup(path)
        copy = PrivateCopy(path) if has_log(path) else None
    except FileNotFoundError:
        raise NotFound(_("The file {path} does not exist.", path=path), _("Name the store of a backup.")) from None
    except OSError as error:
        raise Error(_("{path} cannot be read: {reason}.", path=path, reason=reason(error))) from None
    place = f"{copy.path.as_uri()}{_COPY}" if copy else f"{path.absolute().as_uri()}{_IMMUTABLE}"
    try:
        with closing(sqlite3.connect(place, uri=True, isolation_level=None)) as db:
            db.row_factory = sqlite3.Row
            db.text_factory = _text
            db.execute("PRAGMA trusted_schema = OFF")
            if not _has(db, "audit"):
                raise _no_backup(path)
            db.execute("PRAGMA query_only = ON")
            yield db
    except sqlite3.DatabaseError:
        raise _no_backup(path) from None
    finally:
        if copy:
            copy.remove()


def find(db: Connection, which: Object) -> Row | None:
    """Return a row with all its columns; nothing if a backup has no such table."""
    if not _has(db, which.kind):
        return None
    found: Row | None = db.execute(f"SELECT * FROM {which.kind} WHERE {_where(which)}", _key(which)).fetchone()  # noqa: S608
    return found


def salt(db: Connection, which: Object) -> bytes:
    """Return the salt of an object; nothing if it has none, or if a backup is older than salts."""
    return salted.find(db, [which.hash()]).get(which.hash(), b"") if _has(db, "salts") else b""


def put_back(db: Connection, which: Object, row: Row) -> bool:
    """Give a row its committed columns, or add it if it is missing; return whether that was possible.

    It is not where another row has what only one may have, or where it belongs to a row that is missing.
    """
    try:
        if find(db, which) is not None:
            columns = KINDS[which.kind].columns
            assignments = ", ".join(f"{each} = :new_{each}" for each in columns)
            values = _key(which) | {f"new_{each}": row[each] for each in columns}
            db.execute(f"UPDATE {which.kind} SET {assignments} WHERE {_where(which)}", values)  # noqa: S608
            return True
        _add(db, which, dict(row))
    except sqlite3.IntegrityError:
        return False
    return True


def free(db: Connection, which: Object) -> None:
    """Give a row, which will be put back, values that no other row has, where only one may have them."""
    for column in _UNIQUE.get(which.kind, ()):
        with suppress(sqlite3.IntegrityError):
            db.execute("PRAGMA defer_foreign_keys = ON")  # until the transaction ends
            db.execute(f"UPDATE {which.kind} SET {column} = -rowid WHERE {_where(which)}", _key(which))  # noqa: S608


def take_out(db: Connection, which: Object) -> Row | None:
    """Remove a row and return it; nothing if other rows belong to it, or it is not there."""
    row = find(db, which)
    try:
        db.execute(f"DELETE FROM {which.kind} WHERE {_where(which)}", _key(which))  # noqa: S608
    except sqlite3.IntegrityError:
        return None
    return row


def search_again(db: Connection) -> None:
    """Make the search index of the Issued Certificate Lists again."""
    issued_search.make_again(db)


def index_again(db: Connection) -> None:
    """Make all indexes again, and the search index; not if a row stands twice, which a check names."""
    with suppress(sqlite3.IntegrityError):
        db.execute("REINDEX")
    search_again(db)


def _add(db: Connection, which: Object, row: dict[str, object]) -> None:
    known = {each[0] for each in db.execute(f"SELECT * FROM {which.kind} LIMIT 0").description}  # noqa: S608
    values = {name: value for name, value in row.items() if name in known}
    if "id" not in KINDS[which.kind].key:
        values.pop("id", None)  # the number of a row, which another one may have by now
    names = ", ".join(values)
    db.execute(
        f"INSERT INTO {which.kind} ({names}) VALUES ({', '.join(f':{name}' for name in values)})",  # noqa: S608
        values,
    )
    if statement := _FOLLOWING.get(which.kind):
        db.execute(f"{statement} AND {_where(which)}", _key(which))


_UNIQUE: Final = {"certifiers": ("name", "icl_file"), "databases": ("certifier_id",), "requests": ("pickup_id",)}
"""What only one row of a kind may have, besides its key."""
_FOLLOWING: Final = {
    # What the log does not commit may have gone on since the backup.
    "requests": "UPDATE requests SET state = 'Submitted to Administration Process' WHERE state = 'Pending Submission'"
    " AND id IN (SELECT request_id FROM admin_requests)",
    "revocations": "UPDATE revocations SET chunk = (SELECT k.number FROM crl_chunks k"
    " WHERE k.certifier_id = revocations.certifier_id AND k.part = revocations.part AND k.is_current = 1"
    " AND instr(k.entries, revocations.entry)) WHERE 1",
}


def _has(db: Connection, table: str) -> bool:
    sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = :name"
    return db.execute(sql, {"name": table}).fetchone() is not None


def _where(which: Object) -> str:
    return " AND ".join(f"{column} = :key_{column}" for column in KINDS[which.kind].key)


def _key(which: Object) -> dict[str, object]:
    columns = KINDS[which.kind].key
    return {f"key_{name}": value for name, value in zip(columns, which.key.split(" ", len(columns) - 1), strict=True)}


def _text(octets: bytes) -> str:
    return octets.decode("utf-8", "replace")


def _no_backup(path: Path) -> Damaged:
    return Damaged(
        _("{path} is not a store of this program, or is damaged.", path=path), _("Name the store of another backup.")
    )
