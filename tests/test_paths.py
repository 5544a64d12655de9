"""Paths, and files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
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


def test_a_folder_that_is_not_there_has_no_hint_to_give(tmp_path: Path) -> None:
    with pytest.raises(Error, match="no such file or directory") as refusal:
        paths.write_whole(tmp_path / "nowhere" / "file", b"")
    assert refusal.value.hint == ""


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
