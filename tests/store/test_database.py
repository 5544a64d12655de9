"""The store: opening, migration, sharing, and refusal of unusable files."""

from __future__ import annotations

import gc
import sqlite3
import subprocess
import sys
import textwrap
import threading
from contextlib import closing
from pathlib import Path

import pytest

from dominoadmin.errors import Damaged, Error, NotFound, Refused
from dominoadmin.store import database, directory, requests
from dominoadmin.store.database import Store
from dominoadmin.store.sqlite.connections import StoreConnection
from tests import builders
from tests.outside.disks import limited_file_size, read_only, small_disk

FIRST = "CREATE TABLE domain (key TEXT PRIMARY KEY, value TEXT NOT NULL) {strict};"
SECOND = "-- adds; a comment with a semicolon\nALTER TABLE domain ADD COLUMN extra TEXT;\nUPDATE domain SET extra = 'x;y';"
THIRD = "CREATE TABLE third (id {pk}) {strict};"


@pytest.fixture
def store(tmp_path: Path):
    made = Store(tmp_path / "domain.db", create=True)
    yield made
    made.close()


def put(store: Store, key: str, value: str = "value") -> None:
    with store.transaction() as db:
        directory.set_fact(db, key, value)


def fact(store: Store, key: str) -> str:
    with store.snapshot() as db:
        return directory.fact(db, key)


def pragma(path: Path, name: str) -> int:
    with closing(sqlite3.connect(path)) as db:
        return db.execute(f"PRAGMA {name}").fetchone()[0]


def test_a_new_store_is_private_durable_and_of_the_newest_schema(store: Store) -> None:
    put(store, "a")
    for file in store.path.parent.iterdir():
        assert file.stat().st_mode & 0o777 == 0o600, file
    assert pragma(store.path, "journal_mode") == "wal"
    assert pragma(store.path, "user_version") == len(database.migrations())
    with store.snapshot() as db:
        found = {name: db.execute(f"PRAGMA {name}").fetchone()[0] for name in ("synchronous", "foreign_keys", "trusted_schema")}
    assert found == {"synchronous": 2, "foreign_keys": 1, "trusted_schema": 0}


def test_a_transaction_is_kept_as_a_whole_or_not_at_all(store: Store) -> None:
    put(store, "a")
    with pytest.raises(ZeroDivisionError), store.transaction() as db:
        directory.set_fact(db, "b", "value")
        raise ZeroDivisionError
    assert (fact(store, "a"), fact(store, "b")) == ("value", "")


def test_a_snapshot_does_not_see_what_is_committed_meanwhile(store: Store) -> None:
    with store.snapshot() as db:
        assert directory.fact(db, "a") == ""
        put(store, "a")
        assert directory.fact(db, "a") == ""
    assert fact(store, "a") == "value"


def test_an_error_in_a_unit_of_work_leaves_no_connection_behind(store: Store) -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with pytest.raises(ZeroDivisionError), store.snapshot():
            raise ZeroDivisionError
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_a_broken_rule_of_the_schema_is_a_bug_and_not_a_sentence(store: Store) -> None:
    with pytest.raises(sqlite3.IntegrityError), store.transaction() as db:
        db.execute("INSERT INTO databases VALUES ('a', 't', 't', 's', 77, '{}', '')")
    with pytest.raises(sqlite3.OperationalError, match="no such table"), store.snapshot() as db:
        db.execute("SELECT * FROM nowhere")


def test_threads_share_a_store(store: Store) -> None:
    def work(number: int) -> None:
        for count in range(5):
            put(store, f"{number}-{count}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(fact(store, f"{number}-{count}") for number in range(4) for count in range(5))


def test_there_is_no_domain_in_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="No domain was found in") as refusal:
        Store(tmp_path / "domain.db")
    assert "dominoadmin setup" in refusal.value.hint
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["x" * 300, "file/domain.db"], ids=["long", "not a folder"])
def test_an_impossible_path_is_one_sentence(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Error, match=r"cannot be opened: |No domain was found in"):
        Store(tmp_path / name)


@pytest.mark.parametrize("data", [b"no database" * 500, b"\xff\xd8" * 5000, b"SQLite format 3\0" + b"\xff" * 5000])
def test_a_file_that_is_no_store_is_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "domain.db"
    path.write_bytes(data)
    with pytest.raises(Damaged, match="is not a store of this program, or is damaged"):
        Store(path)
    assert path.read_bytes() == data


def test_an_empty_file_or_another_programs_database_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "empty.db").touch()
    with closing(sqlite3.connect(tmp_path / "other.db")) as other:
        other.execute("CREATE TABLE t (x)")
    for name in ("empty.db", "other.db"):
        before = (tmp_path / name).read_bytes()
        with pytest.raises(Damaged, match="is not a store of this program"):
            Store(tmp_path / name)
        assert (tmp_path / name).read_bytes() == before or name == "other.db"


def test_a_store_with_a_hole_in_it_is_damaged(store: Store) -> None:
    store.close()
    data = bytearray(store.path.read_bytes())
    data[4096:] = b"\xff" * (len(data) - 4096)
    store.path.write_bytes(data)
    with pytest.raises(Damaged, match="damaged"):
        fact(Store(store.path), "a")


def test_a_store_of_a_newer_version_is_refused_and_left_alone(store: Store) -> None:
    put(store, "a")
    store.close()
    with closing(sqlite3.connect(store.path)) as db:
        db.execute(f"PRAGMA user_version = {len(database.migrations()) + 1}")
    before = store.path.read_bytes()
    with pytest.raises(Error) as refusal:
        Store(store.path)
    assert str(refusal.value) == f"{store.path} was written by a newer version of this program."
    assert store.path.read_bytes() == before


def test_a_store_that_another_process_holds_says_so(store: Store, monkeypatch) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0.1)
    with closing(sqlite3.connect(store.path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Error, match="has been in use by another process for too long"):
            put(Store(store.path), "a")
        other.execute("ROLLBACK")
    put(store, "a")


def test_a_read_only_store_says_so(store: Store) -> None:
    put(store, "a")
    store.close()
    with read_only(store.path.parent), pytest.raises(Error, match="read-only") as refusal:
        put(Store(store.path), "b")
    assert "write access" in refusal.value.hint


def test_a_disk_that_fails_at_the_end_of_a_change_promises_nothing(store: Store, monkeypatch) -> None:
    """SQLite has written it by then: after a power cut it may be there, although this process has taken it back."""
    put(store, "before")
    execute = StoreConnection.execute

    def failing(db: StoreConnection, sql: str, *values: object) -> sqlite3.Cursor:
        if sql != "COMMIT":
            return execute(db, sql, *values)
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_FSYNC
        raise error

    with monkeypatch.context() as patched, pytest.raises(Error, match="the disk is failing") as caught:
        patched.setattr(StoreConnection, "execute", failing)
        put(store, "after")
    assert "nothing was changed" not in caught.value.hint
    assert fact(store, "before") and not fact(store, "after")


def test_a_full_disk_says_so_and_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "disk"
    with small_disk(folder, 2000):
        store = Store(folder / "domain.db", create=True)
        put(store, "kept")
        with pytest.raises(Error, match="the disk is full or failing"):
            for number in range(400):
                put(store, f"key {number}", "x" * 5000)
        assert fact(store, "kept") == "value"
        store.close()


def test_a_limit_of_the_file_size_says_so_and_loses_nothing(store: Store) -> None:
    put(store, "kept")
    with limited_file_size(300_000), pytest.raises(Error, match="the disk is full or failing"):
        for number in range(100):
            put(store, f"key {number}", "x" * 5000)
    put(store, "after", "x" * 5000)
    assert (fact(store, "kept"), fact(store, "key 99")) == ("value", "")


def test_text_that_is_no_unicode_is_refused(store: Store) -> None:
    with pytest.raises(Refused, match="The text contains characters that are not valid Unicode"):
        put(store, "\udcff")


def old_store(path: Path, monkeypatch) -> Store:
    monkeypatch.setattr(database, "migrations", lambda: (FIRST,))
    store = Store(path, create=True)
    put(store, "old")
    return store


def test_a_migration_keeps_a_copy_of_the_file_as_it_was(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "domain.db"
    old_store(path, monkeypatch).close()
    copy = tmp_path / "domain-schema-1.db"
    copy.write_text("left by a migration that was interrupted")
    monkeypatch.setattr(database, "migrations", lambda: (FIRST, SECOND, THIRD))
    store = Store(path)
    assert fact(store, "old") == "value"
    with store.snapshot() as db:
        assert db.execute("SELECT extra FROM domain").fetchone()["extra"] == "x;y"
    store.close()
    assert pragma(path, "user_version") == 3
    assert pragma(copy, "user_version") == 1
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT * FROM domain").fetchall() == [("old", "value")]
    assert copy.stat().st_mode & 0o777 == 0o600


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "domain.db"
    old_store(path, monkeypatch).close()
    monkeypatch.setattr(database, "migrations", lambda: (FIRST, SECOND + "\nDROP TABLE nowhere;"))
    with pytest.raises(sqlite3.OperationalError, match="nowhere"):
        Store(path)
    assert pragma(path, "user_version") == 1
    monkeypatch.setattr(database, "migrations", lambda: (FIRST, SECOND))
    store = Store(path)
    assert fact(store, "old") == "value"
    store.close()


PROGRAM = """
    import sys
    from pathlib import Path
    from dominoadmin.store import database
    database.migrations = lambda: {scripts!r}
    sys.stdin.read(1)
    database.Store(Path({path!r}), create=True).close()
    """


@pytest.mark.parametrize("exists", [False, True])
def test_two_processes_migrate_at_once(tmp_path: Path, monkeypatch, exists: bool) -> None:
    path = tmp_path / "domain.db"
    if exists:
        old_store(path, monkeypatch).close()
    program = textwrap.dedent(PROGRAM.format(scripts=(FIRST, SECOND, THIRD), path=str(path)))
    processes = [
        subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stderr=subprocess.PIPE) for _ in range(3)
    ]
    for process in processes:
        process.stdin.write(b"\n")
        process.stdin.flush()
    for process in processes:
        assert process.communicate(timeout=60)[1] == b""
        assert process.returncode == 0
    assert pragma(path, "user_version") == 3
    assert pragma(path, "integrity_check") == "ok"
    if exists:
        assert pragma(tmp_path / "domain-schema-1.db", "user_version") == 1


def test_a_store_of_the_second_schema_keeps_its_requests(tmp_path: Path, monkeypatch) -> None:
    path, newest = tmp_path / "domain.db", database.migrations()
    monkeypatch.setattr(database, "migrations", lambda: newest[:2])
    store = Store(path, create=True)
    with builders.behind(store) as db:
        db.execute("INSERT INTO certifiers VALUES (1, 'CN=CA', 'CN=S', 'ca.nsf', 'server-id', '', 'ec-p256', x'', x'', '2026-01-01T00:00:00Z', NULL)")
        db.execute("INSERT INTO databases VALUES ('certreq.nsf', 'Requests', '', 'CN=S', 1, '{}', '2026-01-01T00:00:00Z')")
        db.execute(
            "INSERT INTO requests VALUES (1, 'server', 'certreq.nsf', 1, x'30', 'CN=a', '', '', 'Pending Submission', 'AB', '{}', '[]',"
            " '2026-01-01T00:00:00Z', NULL)"
        )
    store.close()
    monkeypatch.setattr(database, "migrations", lambda: newest)
    store = Store(path)
    with store.snapshot() as db:
        (found,) = requests.transferable(db, "certreq.nsf")
        assert requests.count_undecided(db, requests.databases(db)[0], 10) == 1
    assert (found.id, found.csr, found.key_fingerprint) == (1, b"0", "")
    store.close()
    assert pragma(path, "integrity_check") == "ok"


@pytest.mark.filterwarnings("error")
def test_a_store_that_is_forgotten_closes_its_connections(tmp_path: Path) -> None:
    """Python 3.13 warns about connections that nobody closed."""
    store = Store(tmp_path / "domain.db", create=True)
    put(store, "a")
    (idle,) = store._idle
    del store
    gc.collect()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        idle.execute("SELECT 1")


def test_a_closed_store_has_no_connections_left(store: Store) -> None:
    put(store, "a")
    (idle,) = store._idle
    store.close()
    with pytest.raises(sqlite3.ProgrammingError, match="closed"):
        idle.execute("SELECT 1")
