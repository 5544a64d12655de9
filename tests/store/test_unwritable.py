"""A store in a folder that cannot be written, or on a full disk, can be read; nothing that was committed is lost."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from dominoadmin.errors import Damaged, Error
from dominoadmin.store import database, directory
from dominoadmin.store.database import Store
from tests.outside.disks import no_more_files, read_only, small_disk

CRASHING = """
    import os, sys
    from pathlib import Path
    from dominoadmin.store import database, directory
    from dominoadmin.store.database import Store
    newest = database.migrations()
    database.migrations = lambda: newest[:{schema}]
    store = Store(Path({path!r}))
    with store.transaction() as db:
        directory.set_fact(db, "b", "committed")
    os._exit(0)
    """
READING = """
    import sys, time
    from pathlib import Path
    from dominoadmin.store.database import Store
    store = Store(Path({path!r}))
    print("open", flush=True)
    time.sleep(60)
    """


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch) -> Path:
    """The system's folder for temporary files."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def made(folder: Path, schema: int = 99) -> Path:
    """A store of a schema with one fact, closed."""
    folder.mkdir(exist_ok=True)
    newest = database.migrations
    database.migrations = lambda: newest()[:schema]
    try:
        store = Store(folder / "domain.db", create=True)
        with store.transaction() as db:
            directory.set_fact(db, "a", "value")
        store.close()
    finally:
        database.migrations = newest
    return folder / "domain.db"


def crashed(path: Path, schema: int = 99, *, keeps_index: bool = False) -> None:
    """Let a process commit a fact and die: the log holds it."""
    program = textwrap.dedent(CRASHING.format(path=str(path), schema=schema))
    subprocess.run([sys.executable, "-c", program], check=True)
    assert path.with_name("domain.db-wal").stat().st_size
    if not keeps_index:
        path.with_name("domain.db-shm").unlink()


def facts(store: Store) -> tuple[str, str]:
    with store.snapshot() as db:
        return directory.fact(db, "a"), directory.fact(db, "b")


def write(store: Store, value: str = "new") -> None:
    with store.transaction() as db:
        directory.set_fact(db, "b", value)


def contents(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


@contextmanager
def full_disk(folder: Path, kilobytes: int = 4000) -> Iterator[Path]:
    """A small disk, and the file that `fill` makes as large as it can be."""
    with small_disk(folder, kilobytes):
        yield folder / "ballast"


def fill(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file, pytest.raises(OSError, match="space"):
        while True:
            file.write(bytes(4096))


def test_a_store_in_a_read_only_folder_is_read_and_writing_says_why_not(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data")
    with read_only(path.parent):
        store = Store(path)
        assert facts(store) == ("value", "")
        with pytest.raises(Error) as refusal:
            write(store)
        assert str(refusal.value) == f"{path} cannot be written: the folder or the file is read-only."
        assert refusal.value.hint == "Ask for write access to it."
        assert not store.wipe()
        assert list(temporary.iterdir()) == [], "nothing is copied without need"
        store.close()
    assert [file.name for file in path.parent.iterdir()] == ["domain.db"]


def test_a_disk_that_has_no_room_for_another_file_is_full(tmp_path: Path, temporary: Path) -> None:
    """SQLite says of its log no more than that it cannot be opened."""
    with small_disk(tmp_path / "data", 4000, files=6):
        path = made(tmp_path / "data")
        more = [path.with_name(f"more {number}") for number in range(4)]
        for each in more:
            each.touch()
        store = Store(path)
        assert facts(store) == ("value", "")
        with pytest.raises(Error, match="cannot be written: the disk is full or failing"):
            write(store)
        for each in more:
            each.unlink()
        write(store)
        assert facts(store) == ("value", "new")
        store.close()


def test_too_many_open_files_are_told_as_such(tmp_path: Path) -> None:
    path = made(tmp_path / "data")
    with no_more_files(), pytest.raises(Error, match="cannot be opened: too many open files"):
        Store(path)
    store = Store(path)
    assert facts(store) == ("value", "")
    store.close()


def test_what_is_committed_in_the_log_only_is_read_from_a_private_copy(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data")
    crashed(path)
    before = contents(path.parent)
    with read_only(path.parent):
        store = Store(path)
        assert facts(store) == ("value", "committed")
        (folder,) = temporary.iterdir()
        assert folder.stat().st_mode & 0o777 == 0o700
        assert {file.stat().st_mode & 0o777 for file in folder.iterdir()} == {0o600}
        with pytest.raises(Error, match="cannot be written: the folder or the file is read-only"):
            write(store)
        assert facts(store) == ("value", "committed")
        store.close()
        assert list(temporary.iterdir()) == []
    assert contents(path.parent) == before


def test_a_copy_that_is_not_closed_goes_with_its_process(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data")
    crashed(path)
    with read_only(path.parent):
        program = textwrap.dedent(READING.format(path=str(path))).replace("time.sleep(60)", "")
        subprocess.run([sys.executable, "-c", program], check=True)
    assert list(temporary.iterdir()) == []


def test_the_copy_of_a_killed_process_is_removed_by_the_next_one_and_that_of_a_living_one_stays(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data")
    crashed(path)
    program = textwrap.dedent(READING.format(path=str(path)))
    with read_only(path.parent):
        processes = [subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True) for _ in range(2)]
        try:
            assert [process.stdout.readline() for process in processes] == ["open\n"] * 2
            assert len(list(temporary.iterdir())) == 2
            processes[0].send_signal(signal.SIGKILL)
            processes[0].wait()
            store = Store(path)
            assert len(list(temporary.iterdir())) == 2, "that of the living process, and ours"
            store.close()
            assert len(list(temporary.iterdir())) == 1
        finally:
            for process in processes:
                process.kill()
                process.communicate()


def test_a_log_with_its_index_is_read_in_place(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data")
    crashed(path, keeps_index=True)
    with read_only(path.parent):
        store = Store(path)
        assert facts(store) == ("value", "committed")
        with pytest.raises(Error, match="read-only"):
            write(store)
        assert list(temporary.iterdir()) == []
        store.close()


@pytest.mark.parametrize("how", ["clean", "log", "log with index"])
@pytest.mark.parametrize("schema", [1, 2])
def test_a_store_of_an_earlier_version_is_brought_up_to_date_in_a_copy(tmp_path: Path, temporary: Path, how: str, schema: int) -> None:
    path = made(tmp_path / "data", schema)
    if how != "clean":
        crashed(path, schema, keeps_index=how == "log with index")
    before = contents(path.parent)
    with read_only(path.parent):
        store = Store(path)
        assert facts(store) == ("value", "" if how == "clean" else "committed")
        with store.snapshot() as db:
            assert "key_fingerprint" in db.execute("SELECT * FROM requests").description[-1]
        with pytest.raises(Error, match="read-only"):
            write(store)
        store.close()
    assert list(temporary.iterdir()) == []
    after = contents(path.parent)
    assert after == before
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == schema


def test_where_no_copy_can_be_made_it_is_one_sentence(tmp_path: Path, temporary: Path, monkeypatch) -> None:
    path = made(tmp_path / "data")
    crashed(path)
    monkeypatch.setattr(tempfile, "tempdir", str(temporary / "missing"))
    with read_only(path.parent), pytest.raises(Error) as refusal:
        Store(path)
    text = f"{path} can be read only from a temporary copy, which cannot be made: no such file or directory."
    assert str(refusal.value) == text
    assert "TMPDIR" in refusal.value.hint


def test_where_there_is_no_room_for_a_copy_it_is_one_sentence_and_nothing_is_left(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data", 2)
    crashed(path, 2)
    whole = sum(file.stat().st_size for file in path.parent.glob("domain.db*")) // 1024
    with read_only(path.parent):
        for kilobytes in (16, whole // 2, whole + 16):
            with small_disk(temporary, kilobytes):
                with pytest.raises(Error, match="a temporary copy, which cannot be made: no space left on device"):
                    Store(path)
                assert list(temporary.iterdir()) == [], kilobytes


def test_a_damaged_store_in_a_read_only_folder_is_damaged(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data")
    data = bytearray(path.read_bytes())
    data[:4096] = b"\xff" * 4096
    path.write_bytes(data)
    with read_only(path.parent), pytest.raises(Damaged, match="is not a store of this program, or is damaged"):
        Store(path)


def test_a_store_of_a_newer_version_in_a_read_only_folder_is_refused(tmp_path: Path, temporary: Path) -> None:
    path = made(tmp_path / "data")
    with closing(sqlite3.connect(path)) as db:
        db.execute(f"PRAGMA user_version = {len(database.migrations()) + 1}")
    with read_only(path.parent), pytest.raises(Error, match="was written by a newer version of this program"):
        Store(path)


def test_a_store_on_a_full_disk_is_read_and_can_be_written_once_there_is_room(tmp_path: Path, temporary: Path) -> None:
    with full_disk(tmp_path / "disk") as ballast:
        path = made(tmp_path / "disk" / "data")
        fill(ballast)
        store = Store(path)
        watch = store.watch()
        assert facts(store) == ("value", "")
        with pytest.raises(Error, match="the disk is full or failing"):
            write(store)
        assert facts(store) == ("value", "")
        assert list(temporary.iterdir()) == []
        assert not watch.changed()
        ballast.unlink()
        write(store)
        assert facts(store) == ("value", "new")
        assert watch.changed()
        assert not watch.changed()
        write(store, "newest")
        assert watch.changed()
        watch.close()
        store.close()
        assert facts(Store(path)) == ("value", "newest")


@pytest.mark.parametrize("schema", [2, 99])
def test_what_is_committed_in_the_log_only_is_read_on_a_full_disk(tmp_path: Path, temporary: Path, schema: int) -> None:
    with full_disk(tmp_path / "disk") as ballast:
        path = made(tmp_path / "disk" / "data", schema)
        crashed(path, schema)
        fill(ballast)
        store = Store(path)
        assert facts(store) == ("value", "committed")
        with pytest.raises(Error, match="the disk is full or failing"):
            write(store)
        ballast.unlink()
        write(store)
        assert facts(store) == ("value", "new")
        assert list(temporary.iterdir()) == [], "the copy is not needed any more"
        store.close()
        assert facts(Store(path)) == ("value", "new")


def test_where_others_still_write_their_changes_are_seen(tmp_path: Path, temporary: Path) -> None:
    """A folder that is read-only here, such as a mount of another computer's."""
    if os.geteuid() != 0:
        pytest.skip("only root mounts a folder a second time")
    path = made(tmp_path / "data")
    (tmp_path / "here").mkdir()
    subprocess.run(["mount", "--bind", str(path.parent), str(tmp_path / "here")], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(tmp_path / "here")], check=True)
        here = Store(tmp_path / "here" / "domain.db")
        watch = here.watch()
        assert facts(here) == ("value", "")
        there = Store(path)
        for value in ("first", "second"):
            write(there, value)
            assert watch.changed()
            assert facts(here) == ("value", value)
        there.close()
        assert facts(here) == ("value", "second")
        watch.close()
        here.close()
    finally:
        subprocess.run(["umount", "--lazy", str(tmp_path / "here")], check=True)


def test_a_new_store_is_not_made_where_it_cannot_be_written(tmp_path: Path, temporary: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with read_only(folder), pytest.raises(Error, match=r"cannot be opened: (read-only file system|permission denied)"):
        Store(folder / "domain.db", create=True)
