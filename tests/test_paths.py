"""Paths, and files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from dominoadmin import paths
from dominoadmin.errors import Error, NotFound
from dominoadmin.paths import DataDirectory
from tests.outside.disks import limited_file_size, read_only


def test_a_bare_file_name_lies_in_the_data_directory(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    data = DataDirectory(tmp_path)
    assert data.file("ann.id") == tmp_path / "ann.id"
    assert data.file("./ann.id") == Path("ann.id")
    assert data.file("/etc/ann.id") == Path("/etc/ann.id")
    assert data.file("~/ann.id") == Path("/home/ann/ann.id")
    assert data.file("~nobody-of-this-name/ann.id") == Path("~nobody-of-this-name/ann.id")


def test_the_other_places_are_in_the_data_directory(tmp_path: Path) -> None:
    data = DataDirectory(tmp_path)
    assert data.store == tmp_path / "domain.db"
    assert data.server("Server1") == tmp_path / "servers" / "server1"
    assert data.server("../../etc") == tmp_path / "servers" / "etc"


def test_the_data_directory_is_named_by_the_environment_or_the_system(tmp_path: Path, monkeypatch) -> None:
    assert paths.default_root({"DOMINOADMIN_DATA": str(tmp_path)}) == tmp_path
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert paths.default_root({}) == tmp_path / "dominoadmin"


@pytest.mark.parametrize(
    ("text", "name"),
    [("Ann Admin", "ann-admin"), (" Jörg/..\\x ", "jörg----x"), ("a" * 99, "a" * 64), ("", "unnamed"), ("/.?", "unnamed"),
     ("李雷", "李雷"), ("Žofie Müller", "žofie-müller"), ("Mu\u0308ller", "m\u00fcller"), ("हिन्दी", "हिन्दी"),
     ("李" * 30, "李" * 21), ("a" * 63 + " b", "a" * 63), ("CON", "con-"), ("com1", "com1-"), ("Nul", "nul-"),
     ("console", "console"), ("a\ud800\u200db", "a--b")],
)  # fmt: skip
def test_any_text_becomes_a_safe_file_name(text: str, name: str) -> None:
    assert paths.safe_name(text) == name


def test_a_file_is_written_private_and_replaced_whole(tmp_path: Path) -> None:
    path = tmp_path / "file"
    paths.write_whole(path, b"one")
    paths.write_whole(path, b"two")
    assert path.read_bytes() == b"two"
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_an_existing_file_is_not_overwritten_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "file"
    paths.write_whole(path, b"one", replace=False)
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Error, match="already exists"):
        paths.write_whole(path, b"two", replace=False)
    assert path.read_bytes() == b"one"
    assert len(list(tmp_path.iterdir())) == 1


def test_a_stick_without_links_takes_files_too(tmp_path: Path, monkeypatch) -> None:
    def refuse(source: Path, target: Path) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM), str(source), None, str(target))  # like vfat

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "file"
    paths.write_whole(path, b"one", replace=False)
    assert path.read_bytes() == b"one"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Error, match="already exists"):
        paths.write_whole(path, b"two", replace=False)
    assert path.read_bytes() == b"one"
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_is_on_the_disk_before_it_has_its_name(tmp_path: Path, monkeypatch, replace: bool) -> None:
    synced, sync = [], os.fsync

    def note(descriptor: int) -> None:
        is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        synced.append((is_file, (tmp_path / "file").exists()))
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", note)
    paths.write_whole(tmp_path / "file", b"one", replace=replace)
    assert synced == [(True, False), (False, True)]


@pytest.mark.parametrize("replace", [True, False])
def test_a_file_that_does_not_fit_leaves_nothing_behind(tmp_path: Path, replace: bool) -> None:
    with limited_file_size(1000), pytest.raises(Error, match="cannot be written: file too large") as refusal:
        paths.write_whole(tmp_path / "file", b"x" * 5000, replace=replace)
    assert "Free up disk space" in refusal.value.hint
    assert list(tmp_path.iterdir()) == []


def test_a_read_only_folder_is_said_to_be_one(tmp_path: Path) -> None:
    with read_only(tmp_path):
        for write in (
            lambda: paths.write_whole(tmp_path / "file", b""),
            lambda: paths.make_private_folder(tmp_path / "x"),
        ):
            with pytest.raises(Error, match=r"read-only file system|permission denied") as refusal:
                write()
            assert "write to" in refusal.value.hint


def test_what_is_typed_is_a_path_or_refused(monkeypatch) -> None:
    monkeypatch.setenv("HOME", "/home/ann")
    assert paths.typed("~/x.pem") == Path("/home/ann/x.pem")
    assert paths.typed("~nobody-of-this-name/x.pem") == Path("~nobody-of-this-name/x.pem")
    for text, problem in (("", "is empty"), ("  ", "is empty"), ("a\0b", "null character")):
        with pytest.raises(Error, match=problem) as refusal:
            paths.typed(text)
        assert refusal.value.hint


@pytest.mark.parametrize("name", ["a\0b", "x" * 256, "file/x", "folder"])
def test_a_name_that_no_file_can_have_is_refused_by_readers_and_writers(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    (tmp_path / "folder" / "full").mkdir(parents=True)
    for act in (
        lambda path: paths.read_limited(path, "The file"),
        lambda path: paths.write_whole(path, b""),
        lambda path: paths.write_whole(path, b"", replace=False),
        lambda path: paths.write_public(path, [b""]),
    ):
        with pytest.raises(Error) as refusal:
            act(tmp_path / name)
        assert refusal.value.hint
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def test_a_folder_that_is_not_there_is_to_be_created_or_another_chosen(tmp_path: Path) -> None:
    with pytest.raises(Error, match="no such file or directory") as refusal:
        paths.write_whole(tmp_path / "nowhere" / "file", b"")
    assert refusal.value.hint == "Create the folder, or choose another one."


WRITER = """
import os, sys
from pathlib import Path
from dominoadmin import paths
def pieces():
    yield b"half"
    print("writing", flush=True)
    sys.stdin.read()
    yield b"whole"
paths.write_pieces(Path(sys.argv[1]), pieces())
"""


@contextmanager
def writer(path: Path):
    """A process that is in the middle of writing a file, until its standard input ends."""
    started = [sys.executable, "-c", WRITER, str(path)]
    with subprocess.Popen(started, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "writing\n"
        try:
            yield process
        finally:
            process.kill()


def test_what_a_killed_writer_left_is_swept_by_the_next_process_that_writes_there(tmp_path: Path) -> None:
    with writer(tmp_path / "file") as process:
        process.kill()
        process.wait()
    left = [entry.name for entry in tmp_path.iterdir()]
    assert len(left) == 1 and left[0].startswith(".file.") and left[0].endswith(".new")
    for name in (".file.new", "file.0123456789abcdef.new", ".other.0123.new", ".mail.0123456789abcdef.new.bak"):
        (tmp_path / name).write_bytes(b"somebody else's")
    paths.write_whole(tmp_path / "another", b"one")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == [
        ".file.new", ".mail.0123456789abcdef.new.bak", ".other.0123.new", "another", "file.0123456789abcdef.new"
    ]


@pytest.mark.parametrize("replace", [True, False])
def test_a_living_writer_keeps_its_file(tmp_path: Path, replace: bool) -> None:
    with writer(tmp_path / "file") as process:
        paths.write_whole(tmp_path / "another", b"one", replace=replace)
        assert len(list(tmp_path.iterdir())) == 2
        process.communicate(timeout=20)
        assert process.returncode == 0
    assert (tmp_path / "file").read_bytes() == b"halfwhole"
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["another", "file"]


def test_a_bug_in_what_gives_the_pieces_stays_one(tmp_path: Path) -> None:
    def pieces():
        yield b"half"
        raise ValueError("bug")

    with pytest.raises(ValueError, match="bug"):
        paths.write_pieces(tmp_path / "file", pieces())
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_listed_is_not_swept_but_written(tmp_path: Path, monkeypatch) -> None:
    def refuse(path: object) -> object:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

    monkeypatch.setattr(os, "scandir", refuse)
    paths.write_whole(tmp_path / "file", b"one")
    assert (tmp_path / "file").read_bytes() == b"one"


def test_the_longest_name_that_a_file_can_have_is_written(tmp_path: Path) -> None:
    for name in ("x" * 255, "ü" * 127):
        paths.write_whole(tmp_path / name, b"one")
        assert (tmp_path / name).read_bytes() == b"one"


def test_a_private_folder_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    paths.make_private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent.stat().st_mode & 0o777 == 0o700
    folder.chmod(0o755)
    paths.make_private_folder(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    (tmp_path / "file").write_text("")
    with pytest.raises(Error, match="cannot be created"):
        paths.make_private_folder(tmp_path / "file" / "folder")


def test_a_small_file_is_read_and_others_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"x" * 100)
    assert paths.read_limited(path, "The file", 100) == b"x" * 100
    for what, problem in ((path, "more than 0 KB"), (tmp_path, "cannot be read: is a directory")):
        with pytest.raises(Error, match=problem):
            paths.read_limited(what, "The file", 99)
    with pytest.raises(NotFound, match=r"The file .* does not exist"):
        paths.read_limited(tmp_path / "nowhere", "The file")


def test_a_hundred_megabytes_of_zeros_are_not_read(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    with path.open("wb") as file:
        os.truncate(file.fileno(), 100 << 20)
    with pytest.raises(Error, match="more than 1024 KB"):
        paths.read_limited(path, "The request")
