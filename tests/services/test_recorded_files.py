"""Files that exist if and only if the store has a record of them."""

import errno
import os
import subprocess
import sys

import pytest

from dominoadmin import application
from dominoadmin.errors import Error
from dominoadmin.paths import write_pending
from dominoadmin.services import recorded_files
from tests.builders import sql
from tests.conftest import NO_KEYCHAIN
from tests.outside.disks import read_only


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if "note" in path.name)


def dead(path, data: bytes = b"whole") -> str:
    """Leave a pending file as a killed process does; return its name."""
    pending = write_pending(path, data)
    pending.leave()
    return pending.path.name


def record(office, temporary: str, name: str) -> None:
    with office.domain.store.transaction() as db:
        recorded_files.pending_files.record(db, {temporary: name})


def fact(office) -> str:
    return sql(office, "SELECT value FROM domain WHERE key = 'pending_files'")[0]["value"]


def test_a_file_has_its_name_only_after_the_transaction(office) -> None:
    path = office.root / "note.txt"
    with recorded_files.together(office.domain) as files, office.domain.store.transaction() as db:
        files.write(path, b"whole")
        files.enter(db)
        assert not path.exists()
        (pending,) = [each for each in office.root.iterdir() if "note" in each.name]
        assert pending.stat().st_mode & 0o777 == 0o600
        assert pending.read_bytes() == b"whole"
    assert names(office.root) == ["note.txt"]
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"whole", 0o600)
    assert fact(office) == "{}"


def test_a_transaction_that_fails_leaves_nothing(office) -> None:
    with (
        pytest.raises(ZeroDivisionError),
        recorded_files.together(office.domain) as files,
        office.domain.store.transaction() as db,
    ):
        files.write(office.root / "note.txt", b"whole")
        files.enter(db)
        1 / 0  # noqa: B018
    assert names(office.root) == []


def test_what_is_there_is_not_overwritten_before_nor_after_the_record(office) -> None:
    path = office.root / "note.txt"
    path.write_bytes(b"somebody's")
    with pytest.raises(Error, match="already exists"), recorded_files.together(office.domain) as files:
        files.write(path, b"whole")
    path.unlink()
    with pytest.raises(Error, match="cannot be put in place: file exists"), recorded_files.together(office.domain) as files:
        with office.domain.store.transaction() as db:
            files.write(path, b"whole")
            files.enter(db)
        path.write_bytes(b"somebody's")
    assert path.read_bytes() == b"somebody's"
    recorded_files.settle(office.domain)  # it is still in the way
    assert path.read_bytes() == b"somebody's"
    path.unlink()
    recorded_files.settle(office.domain)
    assert path.read_bytes() == b"whole"
    assert names(office.root) == ["note.txt"]


def test_the_next_start_places_what_is_recorded_and_removes_the_rest(office) -> None:
    record(office, dead(office.root / "note-1.txt"), "note-1.txt")
    dead(office.root / "note-2.txt")
    application.open_domain(office.root, NO_KEYCHAIN).store.close()
    assert names(office.root) == ["note-1.txt"]
    assert fact(office) == "{}"


def test_a_kill_between_link_and_removal_leaves_one_name(office) -> None:
    temporary = dead(office.root / "note.txt")
    os.link(office.root / temporary, office.root / "note.txt")
    record(office, temporary, "note.txt")
    recorded_files.settle(office.domain)
    assert names(office.root) == ["note.txt"]
    assert (office.root / "note.txt").stat().st_nlink == 1


def test_where_there_are_no_links_a_name_that_was_taken_is_used(office, monkeypatch) -> None:
    def no_links(*_given):
        raise OSError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", no_links)
    with recorded_files.together(office.domain) as files, office.domain.store.transaction() as db:
        files.write(office.root / "note-1.txt", b"whole")
        files.enter(db)
    temporary = dead(office.root / "note-2.txt")
    (office.root / "note-2.txt").touch()  # the kill came after this
    record(office, temporary, "note-2.txt")
    recorded_files.settle(office.domain)
    assert {name: (office.root / name).read_bytes() for name in names(office.root)} == {"note-1.txt": b"whole", "note-2.txt": b"whole"}


def test_a_file_whose_writer_is_alive_stays(office) -> None:
    program = (
        "import sys; from pathlib import Path; from dominoadmin.paths import write_pending; "
        f"kept = write_pending(Path({str(office.root / 'note.txt')!r}), b'whole'); print('ready', flush=True); sys.stdin.readline()"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout.readline() == "ready\n"
        recorded_files.settle(office.domain)
        assert len(names(office.root)) == 1
        writer.kill()
    recorded_files.settle(office.domain)
    assert names(office.root) == []


def test_another_folder_is_settled_if_a_record_or_the_caller_names_it(office, tmp_path) -> None:
    folder, gone = tmp_path / "stick", tmp_path / "gone"
    folder.mkdir()
    record(office, str(folder / dead(folder / "note.txt")), "note.txt")
    record(office, str(gone / ".note.0123456789abcdef.pending"), "note.txt")  # its folder is not connected now
    recorded_files.settle(office.domain)
    assert names(folder) == ["note.txt"]
    assert "gone" in fact(office)
    assert str(folder) not in fact(office)
    dead(folder / "note-2.txt")
    recorded_files.settle(office.domain)
    assert len(names(folder)) == 2
    recorded_files.settle(office.domain, folder)
    assert names(folder) == ["note.txt"]


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"a": 1}', '{"a": ["b"]}', '{"a\\u0000/b": "c"}', "[" * 100_000])
def test_a_record_that_was_altered_removes_nothing(office, text: str) -> None:
    temporary = dead(office.root / "note.txt")
    record(office, temporary, "note.txt")
    sql(office, "UPDATE domain SET value = ? WHERE key = 'pending_files'", text)
    application.open_domain(office.root, NO_KEYCHAIN).store.close()
    assert names(office.root) == [temporary]


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"a": ["b"]}'])
def test_a_record_that_nobody_can_read_prevents_no_other_file(office, text: str) -> None:
    """Nobody has signed it: no backup would bring it back, and no person could be registered any more."""
    record(office, "a", "b")
    sql(office, "UPDATE domain SET value = ? WHERE key = 'pending_files'", text)
    with recorded_files.together(office.domain) as files, office.domain.store.transaction() as db:
        files.write(office.root / "note.txt", b"whole")
        files.enter(db)
    assert (names(office.root), fact(office)) == (["note.txt"], "{}")


@pytest.mark.parametrize("name", ["../note.txt", "/tmp/note.txt", "..", "", "a\0b"])
def test_a_recorded_name_leads_nowhere_else(office, name: str) -> None:
    temporary = dead(office.root / "note.txt")
    record(office, temporary, name)
    before = sorted(path.name for path in office.root.parent.iterdir())
    recorded_files.settle(office.domain)
    assert names(office.root) == [temporary]
    assert sorted(path.name for path in office.root.parent.iterdir()) == before


def test_a_folder_that_cannot_be_written_is_settled_later(office) -> None:
    temporary = dead(office.root / "note.txt")
    record(office, temporary, "note.txt")
    office.domain.store.close()
    with read_only(office.root):
        recorded_files.settle(office.domain)
    recorded_files.settle(office.domain)
    assert names(office.root) == ["note.txt"]
