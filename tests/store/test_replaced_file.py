"""Another file comes in the place of the store while the program runs: nothing is written to the one that is gone."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
import sys
import textwrap
from contextlib import closing

import pytest

from dominoadmin.errors import Damaged, Error
from dominoadmin.services.audit import verifying
from tests import builders
from tests.builders import sql

READING = """
    import sqlite3, sys
    print(*[row[0] for row in sqlite3.connect(sys.argv[1]).execute("SELECT id FROM requests ORDER BY id")])
    """


@pytest.fixture
def older(office):
    """A copy of the store, made before the last request."""
    builders.ready(office)
    path = office.domain.directory.store
    copied(path, path.with_name("older.db"))
    builders.received(office, "one.example.com")
    return path.with_name("older.db")


def copied(source, target) -> None:
    with closing(sqlite3.connect(source)) as db:
        db.execute("VACUUM INTO ?", (str(target),))


def replaced(office, by) -> None:
    """What a restore does: the file, and no log of the one before."""
    path = office.domain.directory.store
    for ending in ("-wal", "-shm"):
        path.with_name(f"{path.name}{ending}").unlink(missing_ok=True)
    by.replace(path)


def subjects(office) -> list[str]:
    return [row["subject"] for row in sql(office, "SELECT subject FROM requests ORDER BY id")]


def test_what_is_written_afterwards_is_in_the_file(office, older) -> None:
    replaced(office, older)
    for host in ("two.example.com", "three.example.com"):
        builders.received(office, host, data=builders.csr(host, key=builders.specimens.key("ec-p256", host)))
        assert host in subjects(office)[-1]
    assert len(subjects(office)) == 2
    verifying.verify(office.domain, office.actor())


def test_a_file_beside_the_log_of_the_one_before_is_told_and_nothing_is_written(office, older) -> None:
    """SQLite would put the pages of that log into it."""
    older.replace(office.domain.directory.store)
    with pytest.raises(Damaged):
        builders.received(office, "two.example.com")


def test_what_is_being_written_is_refused(office, older) -> None:
    with pytest.raises(Error, match="was replaced while something was written to it"), office.domain.store.transaction() as db:
        db.execute("UPDATE requests SET pulled_at = NULL")
        replaced(office, older)
    assert subjects(office) == []


def test_another_thread_that_has_noticed_it_changes_nothing_about_that(office, older) -> None:
    with pytest.raises(Error, match="was replaced"), office.domain.store.transaction() as db:
        db.execute("UPDATE requests SET pulled_at = NULL")
        replaced(office, older)
        with office.domain.store.snapshot() as other:
            assert not other.execute("SELECT 1 FROM requests").fetchone()


def test_a_watch_sees_it(office, older) -> None:
    watch = office.domain.store.watch()
    replaced(office, older)
    with office.domain.store.snapshot():
        pass
    assert watch.changed()
    builders.received(office)
    assert watch.changed()
    watch.close()


def test_a_file_that_is_gone_is_told_and_may_come_back(office, older) -> None:
    path = office.domain.directory.store
    shutil.move(path, path.with_name("away.db"))
    with pytest.raises(Error, match="can no longer be used: the file was moved or removed"), office.domain.store.snapshot():
        pass
    replaced(office, older)
    builders.received(office)
    assert len(subjects(office)) == 1


@pytest.mark.parametrize("endings", [("-wal",), ("-shm",), ("-wal", "-shm")], ids=" ".join)
@pytest.mark.parametrize("watched", [False, True])
def test_nothing_is_lost_with_a_log_that_is_removed(office, endings, watched: bool) -> None:
    """SQLite goes on with files that are gone: what is committed there ends with the process, or others write over it."""
    builders.ready(office)
    path = office.domain.directory.store
    watch = office.domain.store.watch() if watched else None
    builders.received(office, "one.example.com")
    for ending in endings:
        path.with_name(f"{path.name}{ending}").unlink()
    builders.received(office, "two.example.com", data=builders.csr("two.example.com", key=builders.specimens.key("ec-p256", "two")))
    assert watch is None or watch.changed()
    other = [sys.executable, "-c", textwrap.dedent(READING), str(path)]
    assert subprocess.run(other, capture_output=True, text=True, check=True).stdout.split() == ["1", "2"]
    builders.received(office, "three.example.com", data=builders.csr("three.example.com", key=builders.specimens.key("ec-p256", "three")))
    assert watch is None or watch.changed()
    copy = path.with_name("killed.db")
    for ending in ("", "-wal"):
        shutil.copy(path.with_name(f"{path.name}{ending}"), copy.with_name(f"{copy.name}{ending}"))
    with closing(sqlite3.connect(copy)) as db:
        assert db.execute("SELECT count(*) FROM requests").fetchone() == (3,), "what a kill leaves"
    verifying.verify(office.domain, office.actor())


@pytest.mark.parametrize("ending", ["-wal", "-shm"])
def test_a_log_that_is_removed_while_something_is_written_is_told(office, ending: str) -> None:
    builders.ready(office)
    path = office.domain.directory.store
    with pytest.raises(Error, match="or its log was replaced while"), office.domain.store.transaction() as db:
        db.execute("UPDATE requests SET pulled_at = NULL")
        path.with_name(f"{path.name}{ending}").unlink()
    builders.received(office)
    assert len(subjects(office)) == 1
