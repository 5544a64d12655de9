"""What was made of rows is remembered until somebody commits: the same connection, another one, another program."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest

from dominoadmin.store.database import Store
from dominoadmin.store.sqlite import unchanged
from dominoadmin.store.sqlite.unchanged import Unchanged


@pytest.fixture
def store(tmp_path):
    with closing(Store(tmp_path / "domain.db", create=True)) as made:
        yield made


def keep(store: Store, known: Unchanged[str, int]) -> None:
    with store.snapshot() as db:
        known.keep(db, "a", 1)


def found(store: Store, known: Unchanged[str, int]) -> int | None:
    with store.snapshot() as db:
        return known.find(db, "a")


def test_it_is_there_while_nobody_commits(store) -> None:
    known = Unchanged[str, int]()
    assert found(store, known) is None
    keep(store, known)
    assert found(store, known) == 1
    with store.snapshot() as db:
        assert known.find(db, "b") is None


def test_it_is_gone_after_a_commit_of_the_same_connection(store) -> None:
    known = Unchanged[str, int]()
    keep(store, known)
    with store.transaction() as db:
        db.execute("INSERT INTO leases VALUES ('a', 'b', 1, 'c', 'd', 'e')")
    assert found(store, known) is None


def test_it_is_gone_after_a_commit_of_another_program(store) -> None:
    known = Unchanged[str, int]()
    keep(store, known)
    with closing(sqlite3.connect(store.path)) as other, other:
        other.execute("PRAGMA user_version = 999")
    assert found(store, known) is None


def test_another_connection_knows_nothing(store) -> None:
    known = Unchanged[str, int]()
    with store.snapshot() as first:
        known.keep(first, "a", 1)
        with store.snapshot() as second:
            assert known.find(second, "a") is None


def test_the_memory_is_bounded(store, monkeypatch) -> None:
    monkeypatch.setattr(unchanged, "_MOST", 3)
    known = Unchanged[str, int]()
    with store.snapshot() as db:
        for each in "abcd":
            known.keep(db, each, 1)
        assert [known.find(db, each) for each in "abcd"] == [None, None, None, 1]
