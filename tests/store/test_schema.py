"""The schema of a store is the one that our scripts make: a planted trigger or view would act in our name."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.store import database, directory
from dominoadmin.store.database import Store
from dominoadmin.store.sqlite import connections
from tests.outside.disks import read_only

PLANTED = {
    "trigger": "CREATE TRIGGER planted AFTER INSERT ON requests BEGIN UPDATE requests SET subject = 'CN=forged'; END",
    "view": "CREATE VIEW planted AS SELECT * FROM requests",
    "table": "CREATE TABLE planted (x)",
    "index": "CREATE UNIQUE INDEX planted ON requests (subject)",
    "column": "ALTER TABLE requests ADD COLUMN planted TEXT",
    "default": "PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, 'DEFAULT ''''', 'DEFAULT ''planted''')",
    "removed": "DROP INDEX one_live_serial_per_request",
    "never": """PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, 'WHERE state <> ''void''', 'WHERE "state <> ''void''"')""",
    "always": """PRAGMA writable_schema = 1; UPDATE sqlite_schema SET sql = replace(sql, '(chunk IS NULL) <> (bytes IS NULL)', '"(chunk IS NULL) <> (bytes IS NULL)"')""",
}

NAMED = {
    "removed": "one_live_serial_per_request", "never": "one_live_serial_per_request", "always": "crl_pieces", "column": "requests", "default": "requests",
}  # fmt: skip
"""What is named; else what was planted."""


def made(folder: Path, schema: int) -> Path:
    """A store of a schema with one fact, closed."""
    newest = database.migrations
    database.migrations = lambda: newest()[:schema]
    try:
        store = Store(folder / "domain.db", create=True)
        put(store)
        store.close()
    finally:
        database.migrations = newest
    return folder / "domain.db"


def put(store: Store) -> None:
    with store.transaction() as db:
        directory.set_fact(db, "a", "value")


def fact(store: Store) -> str:
    with store.snapshot() as db:
        return directory.fact(db, "a")


def plant(path: Path, what: str) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.executescript(PLANTED[what])


def refused(path: Path) -> Error:
    with pytest.raises(Tampered, match="was changed outside this program") as refusal:
        Store(path)
    assert "Restore" in refusal.value.hint
    return refusal.value


@pytest.mark.parametrize("what", PLANTED)
def test_a_store_with_another_schema_is_not_opened(tmp_path: Path, what: str) -> None:
    path = made(tmp_path, 99)
    plant(path, what)
    assert NAMED.get(what, "planted") in str(refused(path))


@pytest.mark.parametrize("schema", [1, 2, 3])
def test_an_earlier_store_with_a_planted_trigger_is_not_migrated(tmp_path: Path, schema: int) -> None:
    path = made(tmp_path, schema)
    plant(path, "trigger")
    refused(path)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone() == (schema,)


@pytest.mark.parametrize("schema", range(1, len(database.migrations()) + 1))
def test_a_store_of_every_earlier_schema_passes(tmp_path: Path, schema: int) -> None:
    path = made(tmp_path, schema)
    for _once_more in range(2):
        store = Store(path)
        assert fact(store) == "value"
        store.close()


@pytest.mark.parametrize("schema", [99, len(database.migrations()) - 1], ids=["in place", "from a copy"])
def test_a_store_that_is_only_read_is_compared_too(tmp_path: Path, schema: int) -> None:
    (tmp_path / "data").mkdir()
    path = made(tmp_path / "data", schema)
    plant(path, "view")
    with read_only(path.parent):
        refused(path)


def test_what_is_planted_while_a_store_is_open_does_nothing(tmp_path: Path) -> None:
    path = made(tmp_path, 99)
    store, other = Store(path), Store(path)
    with closing(sqlite3.connect(path)) as db:
        (cookie,) = db.execute("PRAGMA schema_version").fetchone()
        db.execute("CREATE TRIGGER planted BEFORE INSERT ON domain BEGIN DELETE FROM domain; END")
    for attempt in (fact, put, fact):
        with pytest.raises(Tampered, match="planted"):
            attempt(store)
    with closing(sqlite3.connect(path)) as db:  # a connection that knows the old schema is none the wiser
        db.execute(f"PRAGMA schema_version = {cookie}")
    assert fact(other) == "value"
    with pytest.raises(Tampered, match="planted"):
        put(store)
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT value FROM domain WHERE key = 'a'").fetchone() == ("value",)
    store.close()
    other.close()


def test_a_newer_version_may_migrate_while_a_store_is_open(tmp_path: Path, monkeypatch) -> None:
    path = made(tmp_path, 99)
    newest = database.migrations()
    store = Store(path)
    with monkeypatch.context() as later:
        later.setattr(database, "migrations", lambda: (*newest, "CREATE TABLE later (x TEXT) {strict};"))
        newer = Store(path)
        assert fact(newer) == "value"
        newer.close()
    with pytest.raises(Error, match="was written by a newer version"):
        fact(store)
    store.close()


@pytest.mark.parametrize(("place", "value"), [(47, 5), (47, 255), (60, 128), (60, 255)], ids=str)
def test_a_number_in_the_head_of_the_file_that_nobody_writes_is_told(tmp_path: Path, place: int, value: int) -> None:
    """The format of the schema, and our number of it, which would be negative."""
    path = made(tmp_path, 99)
    octets = bytearray(path.read_bytes())
    octets[place] = value
    path.write_bytes(octets)
    with pytest.raises(Damaged, match="is not a store of this program, or is damaged"):
        Store(path)


def turned(monkeypatch, path: Path, *statements: str) -> None:
    """Change the schema under its number just before a connection reads it, and put it back right after that."""

    def change(*changes: str) -> None:
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            (cookie,) = db.execute("PRAGMA schema_version").fetchone()
            db.execute("PRAGMA writable_schema = 1")
            for each in changes:
                db.execute(each)
            db.execute(f"PRAGMA schema_version = {cookie}")

    connect = connections.connect

    def connected(uri: str, timeout: float) -> connections.StoreConnection:
        with closing(sqlite3.connect(path)) as db:
            rows = db.execute("SELECT * FROM sqlite_schema").fetchall()
        change(*statements)
        found = connect(uri, timeout)
        change("DELETE FROM sqlite_schema")
        with closing(sqlite3.connect(path, isolation_level=None)) as db:
            (cookie,) = db.execute("PRAGMA schema_version").fetchone()
            db.execute("PRAGMA writable_schema = 1")
            db.executemany("INSERT INTO sqlite_schema VALUES (?, ?, ?, ?, ?)", rows)
            db.execute(f"PRAGMA schema_version = {cookie}")
        return found

    monkeypatch.setattr(connections, "connect", connected)


def test_what_is_taken_out_again_before_it_is_compared_does_not_stay_in_a_connection(tmp_path: Path, monkeypatch) -> None:
    """Who plants and removes a trigger again and again meets a connection that has read it and is compared without it."""
    path = made(tmp_path, 99)
    turned(monkeypatch, path, "CREATE TRIGGER planted AFTER INSERT ON domain BEGIN UPDATE domain SET value = 'forged'; END")
    store = Store(path)
    for transaction in (store.transaction, store.transaction):
        with transaction() as db:
            directory.set_fact(db, "b", "good")
    store.close()
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT key, value FROM domain ORDER BY key").fetchall() == [("a", "value"), ("b", "good")]


def test_what_is_written_is_noted_although_a_table_was_hidden_for_a_moment(tmp_path: Path, monkeypatch) -> None:
    path = made(tmp_path, 99)
    turned(monkeypatch, path, "DELETE FROM sqlite_schema WHERE tbl_name = 'domain'")
    store = Store(path)
    with pytest.raises(RuntimeError, match="without an entry"), store.transaction() as db:
        directory.set_fact(db, "organization", "Eve")
    store.close()
