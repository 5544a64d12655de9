"""Opens the store: pragmas, transactions, migrations. The other modules use plain SQL with `:name` parameters.

A store in a folder that is read-only, or on a full disk, can be read. SQLite needs a file for its log's index there; it
does without only if it may ignore the log. So a store whose log holds something is read from a private copy.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, NotFound, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.paths import reason
from dominoadmin.pki.quoting import escaped
from dominoadmin.store import private_copies
from dominoadmin.store.private_copies import PrivateCopy, Stamp
from dominoadmin.store.sqlite import connections, failures, schemas, scripts, written
from dominoadmin.store.sqlite.connections import StoreConnection
from dominoadmin.store.sqlite.failures import UnwritableError
from dominoadmin.store.sqlite.watches import Watch

Connection = sqlite3.Connection
Row = sqlite3.Row

_BUSY_SECONDS: Final = 20.0
_WIPING_MILLISECONDS: Final = 2000
_WRITING: Final = "?mode=rw"
_IMMUTABLE: Final = "?mode=ro&immutable=1"


@dataclass(frozen=True, eq=False)
class _Place:
    """The file that is opened, and how. `stamp`: the mark of the store that it was chosen for, to be read only."""

    path: Path
    how: str = _WRITING
    stamp: Stamp = ()
    copy: PrivateCopy | None = None


@cache
def migrations() -> tuple[str, ...]:
    """Return the scripts in order. Schema n is the result of the first n; a released script never changes."""
    scripts = (each for each in (files("dominoadmin.store") / "migrations").iterdir() if each.name.endswith(".sql"))
    return tuple(each.read_text("utf-8") for each in sorted(scripts, key=lambda each: each.name))


def _close(connections: Iterable[Connection]) -> None:
    for db in connections:
        db.close()


class Store:
    """The domain's store: one SQLite file. Any number of threads and processes can use it."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Open the file and bring its schema up to date; if it cannot be written, open it for reading.

        Raises:
            NotFound: there is no store and `create` is false.
            Error: the file was written by a newer version, or cannot be opened, not even for reading.
            Damaged: the file is not a store.
            Tampered: its schema is not the one that the migrations make.

        """
        self.path = path
        self._place = _Place(path)
        self._file: tuple[int, int] | None = None
        self._obstacle: UnwritableError | None = None
        self._moving = threading.RLock()
        self._idle: list[StoreConnection] = []
        self._watching: weakref.WeakSet[StoreConnection] = weakref.WeakSet()
        weakref.finalize(self, _close, self._idle)  # a store that could not be opened is never closed
        self._lock = threading.Lock()
        self._closed = False
        self._begin(create=create)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Run a unit of work that is committed and durable as a whole, or not at all.

        Raises:
            Error: the disk is full, the store is read-only, or another process holds it for too long.
            Tampered: the schema was changed meanwhile.

        """
        self._follow()
        if self._obstacle:
            self._try_to_write()
        with self._unit("BEGIN IMMEDIATE", writes=True) as db:
            yield db

    @contextmanager
    def snapshot(self) -> Iterator[Connection]:
        """Read from a single state of the store.

        Raises:
            Tampered: the schema was changed meanwhile.

        """
        self._follow()
        if self._obstacle and self.has_moved(self._place):
            self._begin()  # somebody else can write
        with self._unit("BEGIN") as db:
            yield db

    def watch(self) -> Watch:
        """Return a watch on commits of other connections, in this process and in others."""
        with self._translated():
            return Watch(self.connected, self.has_moved)

    def connected(self) -> tuple[object, Connection]:
        """Return a new connection, which the caller closes, and a token for `has_moved`."""
        place = self._place
        db = self._connect(place)
        self._watching.add(db)
        return place, db

    def has_moved(self, token: object) -> bool:
        """Return whether a connection no longer shows the store: it can be written again, or others have written."""
        place = self._place
        return token is not place or (place.stamp != () and place.stamp != private_copies.stamp(self.path))

    def wipe(self) -> bool:
        """Empty the write-ahead log, which holds overwritten data; return whether that was possible.

        It is impossible while a reader uses an older state of the store.
        """
        if self._obstacle:
            return False
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
        self._move(self._place)
        if self._place.copy:
            self._place.copy.remove()

    @contextmanager
    def _unit(self, begin: str, *, writes: bool = False) -> Iterator[Connection]:
        with self._translated(), self._borrowed() as db:
            db.execute(begin)
            try:
                self._compare(db)
                if writes:
                    written.watch(db)
                yield db
                if writes:
                    written.check_entered(db)
                    self._check_file(db)
                db.execute("COMMIT")
            except BaseException:
                # A full disk has rolled back already.
                if db.in_transaction:
                    db.execute("ROLLBACK")
                raise

    def _check_file(self, db: StoreConnection) -> None:
        if (db.file, db.logs) != (private_copies.identity(self.path), private_copies.logs(self.path)):
            raise failures.replaced(self.path)

    def _follow(self) -> None:
        """Open the files again if others are in their place: what is written to the first ones would be lost.

        Closing the last connection to a log that was removed writes what it holds into the store.
        """
        if (found := private_copies.identity(self.path)) is None:
            raise failures.gone(self.path)
        with self._lock:
            place, waiting = self._place, [*self._idle[-1:], *self._watching]
        logs = private_copies.logs(place.path)
        if self._file != found or any(db.logs != logs for db in waiting):
            with self._moving:
                self._begin()

    @contextmanager
    def _borrowed(self) -> Iterator[StoreConnection]:
        with self._lock:
            place = self._place
            db = self._idle.pop() if self._idle else None
        db = db or self._connect(place)
        try:
            yield db
        except BaseException:
            db.close()  # in any state
            raise
        with self._lock:
            if not self._closed and place is self._place:
                self._idle.append(db)
                return
        db.close()

    def _connect(self, place: _Place) -> StoreConnection:
        file = private_copies.identity(place.path)
        db = connections.connect(f"{place.path.absolute().as_uri()}{place.how}", _BUSY_SECONDS)
        db.file, db.logs = file, private_copies.logs(place.path)
        return db

    def _begin(self, *, create: bool = False) -> None:
        """Open the file for writing, or else for reading."""
        with self._moving:
            self._obstacle = None
            self._move(_Place(self.path))
            try:
                with self._translated():
                    self._open(create=create)
            except UnwritableError as obstacle:
                if create:
                    raise
                self._read(obstacle)
            except OSError as error:
                raise Error(
                    _("{path} cannot be opened: {reason}.", path=self.path, reason=reason(error)),
                    _("Choose another data directory."),
                ) from error

    def _read(self, obstacle: UnwritableError) -> None:
        """Open the file for reading: in place if it has no log and the newest schema, otherwise a copy."""
        stamp = private_copies.stamp(self.path)
        if not private_copies.has_log(self.path):
            self._move(_Place(self.path, _IMMUTABLE, stamp))
            try:
                with self._unit("BEGIN") as db:
                    is_current = self._known_version(db) == len(migrations())
            except UnwritableError:
                raise obstacle from None
            if is_current:
                self._obstacle = obstacle
                return
        try:
            copy = PrivateCopy(self.path)
            self._move(_Place(copy.path, _WRITING, stamp, copy))
            with self._translated():
                self._migrate(create=False)
        except BaseException as error:
            self._move(_Place(self.path))
            if isinstance(error, OSError | UnwritableError):
                raise failures.uncopied(self.path, error) from None
            raise
        self._obstacle = obstacle

    def _try_to_write(self) -> None:
        """Open the file for writing if that is possible by now, as there may be room on the disk again."""
        with self._moving:
            if self._obstacle and self._can_be_written():
                self._begin()
        if obstacle := self._obstacle:
            raise obstacle.with_traceback(None)

    def _can_be_written(self) -> bool:
        try:
            with closing(self._connect(_Place(self.path))) as db:
                db.execute("BEGIN IMMEDIATE")
                db.execute("ROLLBACK")
        except sqlite3.Error:
            return False
        return True

    def _move(self, place: _Place) -> None:
        """Open connections at another place from now on."""
        with self._lock:
            before, self._place = self._place, place
            waiting = [*self._idle, *self._watching]
            self._idle.clear()
            self._watching.clear()
        for db in waiting:
            db.close()
        if before.copy and before is not place:
            before.copy.remove()

    def _open(self, *, create: bool) -> None:
        if create:
            with suppress(FileExistsError):
                os.close(os.open(self.path, os.O_CREAT | os.O_EXCL, 0o600))
        elif not self.path.exists():
            raise NotFound(
                _("No domain was found in {folder}.", folder=self.path.parent),
                _("Set one up: start the program with an empty folder, or run 'dominoadmin setup'."),
            )
        elif not self.path.stat().st_size:  # SQLite would treat it as a new one
            raise failures.no_store(self.path)
        self._file = private_copies.identity(self.path)
        self._migrate(create=create)

    def _migrate(self, *, create: bool) -> None:
        scripts, version = migrations(), self._version(create=create)
        with self._borrowed() as db:
            for number in range(version, len(scripts)):
                self._apply(db, number + 1, scripts[number], is_new=version == 0)
        with self._unit("BEGIN"):
            pass  # the schema is compared

    def _version(self, *, create: bool) -> int:
        """Return the schema's number; 0 only for a store that is to be created."""
        with self._borrowed() as db:
            version = self._known_version(db)
        if version == 0 and not create:
            raise failures.no_store(self.path)
        return version

    def _known_version(self, db: Connection) -> int:
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version < 0:
            raise failures.no_store(self.path)
        if version > len(migrations()):
            raise Error(
                _("{path} was written by a newer version of this program.", path=self.path),
                _("Use that version; nothing was changed."),
            )
        return int(version)

    def _compare(self, db: StoreConnection) -> None:
        """Compare the schema, inside a transaction, with the one that the scripts make; once for each connection."""
        if (seen := schemas.cookie(db)) == db.compared:
            return
        if what := schemas.difference(db, migrations()[: self._known_version(db)]):
            raise Tampered(
                _(
                    "The schema of {path} was changed outside this program ({what}).",
                    path=self.path,
                    what=escaped(what),
                ),
                _("Nothing was done with it. Restore the store from a backup."),
            )
        db.compared = seen

    def _apply(self, db: StoreConnection, number: int, script: str, *, is_new: bool) -> None:
        """Run one script and record its number in one transaction, unless another process was faster."""
        db.execute("BEGIN IMMEDIATE")
        (version,) = db.execute("PRAGMA user_version").fetchone()
        if version < number:
            if version:
                self._compare(db)
            if version and not is_new and not self._place.copy:
                self._copy(version)
            for statement in scripts.statements(script):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number:d}")
        db.execute("COMMIT")

    def _copy(self, version: int) -> None:
        """Keep a copy of the file from before a migration. The caller holds the write lock, so it cannot change."""
        target = self.path.with_name(f"{self.path.stem}-schema-{version}{self.path.suffix}")
        try:
            target.unlink(missing_ok=True)
            os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
        except OSError as error:
            raise failures.unwritable(self.path, error) from None
        with closing(self._connect(self._place)) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy)

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.IntegrityError:
            raise  # a bug of ours, or a rule that the service checks and reports itself
        except sqlite3.DatabaseError as error:
            raise failures.sentence(self.path, error) from error
        except (UnicodeEncodeError, OverflowError) as error:
            raise failures.unstorable(error) from None
        except (TypeError, ValueError, AttributeError) as bug:
            if found := failures.misfit(self.path, partial(self._connect, self._place)):
                raise found from bug
            raise


@contextmanager
def scratch(tables: Iterable[str]) -> Iterator[Connection]:
    """Open a database of our own with these tables of the schema, empty; it vanishes when it is closed.

    SQLite keeps it in memory, and on the disk only what does not fit into its cache, without a name.
    """
    with closing(sqlite3.connect("", isolation_level=None, check_same_thread=False)) as db:
        db.row_factory = sqlite3.Row
        db.executescript("PRAGMA journal_mode = OFF; BEGIN")  # nothing is ever taken back
        for statement in scripts.statements("\n".join(migrations())):
            if any(f"CREATE TABLE {table} (" in statement for table in tables):
                db.execute(statement)
        yield db
