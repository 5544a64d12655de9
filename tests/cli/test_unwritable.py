"""A data directory that is read-only, or on a full disk: what only reads works, what writes says so in one sentence."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from tests import builders
from tests.builders import CA, DATABASE, csr
from tests.cli.commands import Desk
from tests.outside.disks import read_only, small_disk

READING = (
    ("request", "list"), ("request", "show", "1"), ("certifier", "list"), ("certifier", "show", CA), ("audit", "verify"), ("audit", "list"),
    ("audit", "anchor"), ("database", "list"), ("database", "show", DATABASE), ("person", "list"), ("id", "show"), ("server", "show"),
    ("mail", "list"), ("mail", "show", "1"), ("icl", "list"), ("crl", "list"), ("crl", "show", CA), ("crosscert", "list"),
    ("--json", "request", "list"),
)  # fmt: skip
WRITING = (
    ("request", "submit", "--database", DATABASE, "--csr", "r.pem"),
    ("request", "approve", "2", "--id-password-file", "admin.txt"),
    ("database", "configure", DATABASE, "--processing", "automatic", "--id-password-file", "admin.txt"),
    ("server", "set", "--host", "other.example.com", "--id-password-file", "admin.txt"),
    ("--id", "rob-ra.id", "id", "use"),
    ("person", "register", "--name", "Bob Ra", "--password-file", "rob.txt", "--id-password-file", "admin.txt"),
    ("console", "--server-password-file", "server.txt", "-c", "show tasks"),
)


@pytest.fixture
def furnished(office, ready: Desk, tmp_path: Path) -> Desk:
    """A domain with something of everything, which no process uses."""
    builders.approved(office)
    builders.load_ca(office)
    ready.ok("request", "pull", "1")
    builders.submitted(office, "other.example.com")
    ready.file("r.pem", csr("third.example.com"))
    office.domain.store.close()
    assert [path.name for path in office.root.glob("domain.db*")] == ["domain.db"]
    return ready


def run(desk: Desk, command: tuple[str, ...], data: Path):
    words = [str(desk.folder / word) if word.endswith((".pem", ".txt")) else word for word in command]
    return desk.run("--data", data, *words)


def everything(desk: Desk, data: Path, *reasons: str) -> None:
    for command in READING:
        done = run(desk, command, data)
        assert (done.code, done.err) == (0, ""), (command, done)
        assert done.out.strip(), command
    for command in WRITING:
        sentence = run(desk, command, data).refusal()
        assert any(reason in sentence.lower() for reason in reasons), (command, sentence)


def test_a_read_only_data_directory_can_be_read(furnished: Desk) -> None:
    with read_only(furnished.data):
        everything(furnished, furnished.data, "read-only")
    assert "Approved" not in furnished.ok("request", "list")


def test_a_data_directory_on_a_full_disk_can_be_read(furnished: Desk, tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", 2048):
        data = tmp_path / "disk" / "data"
        shutil.copytree(furnished.data, data)
        with (tmp_path / "disk" / "ballast").open("wb", buffering=0) as ballast, pytest.raises(OSError, match="space"):
            while True:
                ballast.write(bytes(4096))
        everything(furnished, data, "the disk is full", "no space left")


AS_NOBODY = """
import os, sys
from dominoadmin.cli.main import main
everyones, theirs, *commands = sys.argv[1:]
for data in (everyones, theirs):
    for command in commands:
        code = main(["--data", data, *command.split()])
        assert code == 0, (data, command)
    # All modules are loaded: another user may not be able to read them.
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(65534)
        os.setuid(65534)
sys.exit(main(["--data", theirs, "--id", "rob-ra.id", "id", "use"]))
"""


def test_a_user_without_the_right_to_write_can_read(furnished: Desk) -> None:
    """In a process of its own that changes its user: root may write everywhere."""
    if os.geteuid() != 0:
        pytest.skip("only root runs a program as another user; the read-only folder is tried by everyone")
    everyones, theirs = (Path("/var/tmp") / f"dominoadmin-test-{os.getpid()}-{number}" for number in range(2))
    try:
        shutil.copytree(furnished.data, everyones)
        shutil.copytree(furnished.data, theirs)
        for path in (theirs, *theirs.rglob("*")):
            os.chown(path, 65534, 65534)
            path.chmod(0o500 if path.is_dir() else 0o400)
        commands = "request list", "certifier list", "audit verify", "server show"
        done = furnished.process_of([sys.executable, "-c", AS_NOBODY, str(everyones), str(theirs), *commands], PYTHONPATH=str(Path(__file__).parents[2]))
        assert done.code == 1
        assert "cannot be written: the folder or the file is read-only." in done.err
        assert len(done.err.splitlines()) == 2, done
        assert done.out.count("The audit log is intact") == 2
    finally:
        for folder in (everyones, theirs):
            shutil.rmtree(folder, ignore_errors=True)
