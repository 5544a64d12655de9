"""Opens the store: pragmas, transactions, migrations. The other modules use plain SQL with `:name` parameters."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Final

from dominoadmin.errors import Damaged, Error, NotFound, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason
from dominoadmin.store.sqlite import written

Connection = sqlite3.Connection
Row = sqlite3.Row
Step = Callable[[Connection], None]

# The words in our SQL where SQLite and PostgreSQL differ.
_WORDS: Final = {
    "{pk}": "INTEGER PRIMARY KEY",
    "{blob}": "BLOB",
    "{json}": "TEXT",
    "{big}": "INTEGER",
    "{strict}": "STRICT",
}
_PRAGMAS: Final = (
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",  # a committed transaction survives a power failure
    "PRAGMA fullfsync = ON",  # macOS
    "PRAGMA foreign_keys = ON",
    "PRAGMA trusted_schema = OFF",
    "PRAGMA temp_store = MEMORY",  # what is noted of a transaction is nobody's business
    "PRAGMA secure_delete = ON",  # an old seal must not stay in free pages
)
_BUSY_SECONDS: Final = 20.0
_WIPING_MILLISECONDS: Final = 2000


def _nothing(_db: Connection) -> None:
    """Do nothing: a snapshot writes nothing."""


def _check_entered(db: Connection) -> None:
    """Check that an entry of the audit log commits all that was written.

    Raises:
        RuntimeError: an act would leave no trace. It is a bug, and is not kept.

    """
    if forgotten := written.left(db):
        raise RuntimeError(f"{forgotten.kind} {forgotten.key} was written without an entry in the audit log.")


def migrations() -> tuple[str, ...]:
    """Return the scripts in order. Schema n is the result of the first n; a released script never changes."""
    folder = files("dominoadmin.store") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple((folder / name).read_text("utf-8") for name in names)


class Store:
    """The domain's store: one SQLite file. Any number of threads and processes can use it."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file and bring its schema up to date.

        Raises:
            NotFound: there is no store and `create` is false.
            Error: the file was written by a newer version, or cannot be opened or written.
            Damaged: the file is not a store.

        """
        self.path = path
        self._idle: list[Connection] = []
        self._lock = threading.Lock()
        self._closed = False
        try:
            with self._translated():
                self._open(create=create)
        except OSError as error:
            raise Error(
                _("{path} cannot be opened: {reason}.", path=path, reason=reason(error)),
                _("Choose another data directory."),
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a unit of work that is committed and durable as a whole, or not at all.

        Raises:
            Error: the disk is full, the store is read-only, or another process holds it for too long.

        """
        with self._unit("BEGIN IMMEDIATE", written.watch, _check_entered) as db:
            yield db

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read from a single state of the store."""
        with self._unit("BEGIN") as db:
            yield db

    def watch(self) -> Watch:
        """Return a watch on commits of other connections, in this process and in others."""
        with self._translated():
            return Watch(self._connect())

    def wipe(self) -> bool:
        """Empty the write-ahead log, which holds overwritten data; return whether that was possible.

        It is impossible while a reader uses an older state of the store.
        """
        with self._translated(), self._borrowed() as db:
            db.execute(f"PRAGMA busy_timeout = {_WIPING_MILLISECONDS:d}")
            try:
                (is_busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            finally:
                db.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000:.0f}")
        return not is_busy

    def close(self) -> None:
        """Close all idle connections now, and every other one after its use."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for db in idle:
            db.close()

    @contextmanager
    def _unit(self, begin: str, before: Step = _nothing, after: Step = _nothing) -> Iterator[Connection]:
        with self._translated(), self._borrowed() as db:
            before(db)
            db.execute(begin)
            try:
                yield db
                after(db)
                db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back already.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    @contextmanager
    def _borrowed(self) -> Iterator[Connection]:
        with self._lock:
            db = self._idle.pop() if self._idle else None
        db = db or self._connect()
        try:
            yield db
        except BaseException:
            db.close()  # in any state
            raise
        with self._lock:
            if not self._closed:
                self._idle.append(db)
                return
        db.close()

    def _connect(self) -> Connection:
        db = sqlite3.connect(
            f"{self.path.absolute().as_uri()}?mode=rw",
            uri=True,
            timeout=_BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
        )
        try:
            for pragma in _PRAGMAS:
                db.execute(pragma)
        except BaseException:
            db.close()
            raise
        db.row_factory = sqlite3.Row
        db.text_factory = _readable
        return db

    def _open(self, *, create: bool) -> None:
        if create:
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        elif not self.path.exists():
            raise NotFound(
                _("No domain was found in {folder}.", folder=self.path.parent),
                _("Set one up: start the program with an empty folder, or run 'dominoadmin setup'."),
            )
        elif not self.path.stat().st_size:  # SQLite would treat it as a new one
            raise _no_store(self.path)
        self._migrate(create=create)

    def _migrate(self, *, create: bool) -> None:
        scripts = migrations()
        with self._borrowed() as db:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version > len(scripts):
                raise Error(
                    _("{path} was written by a newer version of this program.", path=self.path),
                    _("Use that version; nothing was changed."),
                )
            if version == 0 and not create:
                raise _no_store(self.path)
            for number in range(version, len(scripts)):
                self._apply(db, number + 1, scripts[number])

    def _apply(self, db: Connection, number: int, script: str) -> None:
        """Run one script and record its number in one transaction, unless another process was faster."""
        db.execute("BEGIN IMMEDIATE")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version < number:
            if version:
                self._copy(version)
            for statement in _statements(_translate(script)):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number:d}")
        db.execute("COMMIT")

    def _copy(self, version: int) -> None:
        """Keep a copy of the file from before a migration. The caller holds the write lock, so it cannot change."""
        target = self.path.with_name(f"{self.path.stem}-schema-{version}{self.path.suffix}")
        target.unlink(missing_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
        with closing(self._connect()) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a bug of ours, or a rule that the service checks and reports itself
        except sqlite3.DatabaseError as error:
            raise _sentence(self.path, error) from error
        except UnicodeEncodeError:
            raise Refused(_("The text contains characters that are not valid Unicode."), _("Type it again.")) from None


@contextmanager
def scratch(tables: Iterable[str]) -> Iterator[Connection]:
    """Open a database of our own with these tables of the schema, empty; it vanishes when it is closed.

    SQLite keeps it in memory, and on the disk only what does not fit into its cache, without a name.
    """
    with closing(sqlite3.connect("", isolation_level=None)) as db:
        db.row_factory = sqlite3.Row
        for statement in _statements(_translate("\n".join(migrations()))):
            if any(f"CREATE TABLE {table} (" in statement for table in tables):
                db.execute(statement)
        yield db


class Watch:
    """Detects commits by reading the WAL's header, without a query."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._finalizer = weakref.finalize(self, db.close)  # a task that failed to start is never stopped
        self._seen = self._version()

    def changed(self) -> bool:
        """Return whether the store has changed since the last call; false if it cannot be read."""
        try:
            seen = self._version()
        except sqlite3.Error:
            return False
        before, self._seen = self._seen, seen
        return seen != before

    def close(self) -> None:
        """Stop watching."""
        self._finalizer()

    def _version(self) -> int:
        return int(self._db.execute("PRAGMA data_version").fetchone()[0])


def _readable(text: bytes) -> str:
    """Return stored text; what is no Unicode, for one bit of it has flipped, must not hide the rest of the rows."""
    return text.decode("utf-8", "replace")


def _sentence(path: Path, error: sqlite3.DatabaseError) -> Error:
    match getattr(error, "sqlite_errorcode", 0) & 0xFF:
        case sqlite3.SQLITE_FULL | sqlite3.SQLITE_IOERR:
            return Error(
                _("{path} cannot be written: the disk is full or failing.", path=path),
                _("Free up disk space; nothing was changed."),
            )
        case sqlite3.SQLITE_READONLY | sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_PERM:
            return Error(
                _("{path} cannot be written: the folder or the file is read-only.", path=path),
                _("Ask for write access to it."),
            )
        case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
            return Error(
                _("{path} has been in use by another process for too long.", path=path), _("Try again in a moment.")
            )
        case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
            return _no_store(path)
        case _:
            raise error


def _no_store(path: Path) -> Damaged:
    return Damaged(
        _("{path} is not a store of this program, or is damaged.", path=path), _("Restore it from a backup.")
    )


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _translate(script: str) -> str:
    for word, meaning in _WORDS.items():
        script = script.replace(word, meaning)
    return script
