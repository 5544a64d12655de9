"""Another file comes in the place of the store while the program runs: nothing is written to the one that is gone."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing

import pytest

from dominoadmin.errors import Error
from dominoadmin.services.audit import verifying
from tests import builders
from tests.builders import sql


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
