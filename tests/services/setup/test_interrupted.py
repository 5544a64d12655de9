"""Setups that are killed, disturbed, or out of disk space: afterwards there is a domain, or setup works again."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from dominoadmin import application
from dominoadmin.errors import Error
from dominoadmin.services.identities import identifying
from dominoadmin.services.setup import creating as setup
from dominoadmin.store.keychain import NoKeychain
from tests.conftest import NO_KEYCHAIN, Clock
from tests.outside.disks import limited_file_size, read_only, small_disk

REQUEST = setup.SetupRequest(
    organization="MyCompany", country="", server="Server1", host="server1.example.com", administrator="Ann Admin", administrator_password="administrator 1", server_password="server pass"
)
PROGRAM = textwrap.dedent(
    """
    import os, signal, sys
    from pathlib import Path
    from dominoadmin.services.setup import creating as setup
    from dominoadmin.services.domain import system_clock
    from dominoadmin.store.keychain import NoKeychain
    from dominoadmin.errors import Error

    def die(): os.kill(os.getpid(), signal.SIGKILL)

    {before}
    print("ready", flush=True)
    sys.stdin.readline()
    request = setup.SetupRequest(
        organization="MyCompany", country="", server="Server1", host="server1.example.com",
        administrator="Ann Admin", administrator_password="administrator 1", server_password="server pass",
    )
    try:
        setup.set_up(Path({root!r}), request, lambda _: NoKeychain(), system_clock)
        print("done")
    except Error as error:
        print(error)
    """
)


def start(root: Path, before: str = "") -> subprocess.Popen[str]:
    program = PROGRAM.format(root=str(root), before=textwrap.dedent(before))
    process = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n", process.stderr.read()
    return process


def set_up(root: Path):
    return setup.set_up(root, REQUEST, lambda _: NoKeychain(), Clock())


def check_whole(root: Path) -> None:
    domain = application.open_domain(root, NO_KEYCHAIN)
    assert identifying.open_id(domain, root / "ann-admin.id", "administrator 1").name == "CN=Ann Admin/O=MyCompany"
    assert identifying.open_id(domain, root / "server.id", "server pass").kind == "server"
    domain.store.close()
    left = {path.name for path in root.iterdir()}
    assert left == {"ann-admin.id", "cert.id", "domain.db", "server.id", ".setup.lock"}
    assert {path.stat().st_mode & 0o777 for path in root.iterdir()} == {0o600}
    assert {path.stat().st_nlink for path in root.iterdir()} == {1}


def test_of_two_setups_at_once_one_makes_the_domain(tmp_path: Path) -> None:
    processes = [start(tmp_path / "data") for _ in range(2)]
    for process in processes:
        process.stdin.write("\n")
        process.stdin.flush()
    said = sorted(process.communicate(timeout=60)[0].strip() for process in processes)
    assert said[1] == "done"
    assert said[0] in (
        f"Another setup is running in {tmp_path / 'data'}.",
        f"{tmp_path / 'data'} already contains a domain.",
    )
    check_whole(tmp_path / "data")


KILLED_AT = {
    "the first ID file": """
        from dominoadmin.store import id_files
        save = id_files.save
        id_files.save = lambda *given: (save(*given), die())
    """,
    "the first link": """
        link = Path.hardlink_to
        Path.hardlink_to = lambda *given: (link(*given), die())
    """,
    "the last link": """
        link, links = Path.hardlink_to, []
        Path.hardlink_to = lambda *given: (link(*given), links.append(1), len(links) == 3 and die())
    """,
}


@pytest.mark.parametrize("moment", sorted(KILLED_AT))
def test_a_setup_that_is_killed_can_be_done_again(tmp_path: Path, moment: str) -> None:
    process = start(tmp_path, KILLED_AT[moment])
    process.communicate("\n", timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert not (tmp_path / "domain.db").exists()
    set_up(tmp_path)
    check_whole(tmp_path)


def test_a_setup_that_is_killed_after_the_store_is_in_place_is_done(tmp_path: Path) -> None:
    process = start(tmp_path, "import shutil\nshutil.rmtree = lambda *given, **options: die()")
    process.communicate("\n", timeout=60)
    assert process.returncode == -signal.SIGKILL
    assert list(tmp_path.glob(".setup-*/cert.id"))  # another name of the organization's key
    check_whole(tmp_path)  # the next start removes it
    with pytest.raises(Error, match="already contains a domain"):
        set_up(tmp_path)
    check_whole(tmp_path)


@pytest.mark.parametrize("seconds", [0.02, 0.7])
def test_a_setup_killed_at_any_time_leaves_a_domain_or_an_open_road(tmp_path: Path, seconds: float) -> None:
    process = start(tmp_path)
    process.stdin.write("\n")
    process.stdin.flush()
    time.sleep(seconds)
    process.kill()
    process.communicate()
    if not (tmp_path / "domain.db").exists():
        set_up(tmp_path)
    check_whole(tmp_path)


def test_a_file_that_appears_meanwhile_stops_the_setup_and_stays(tmp_path: Path, monkeypatch) -> None:
    link = Path.hardlink_to

    def disturbed(path: Path, target: Path) -> None:
        (tmp_path / "server.id").write_text("somebody's")
        link(path, target)

    monkeypatch.setattr(Path, "hardlink_to", disturbed)
    with pytest.raises(Error, match="cannot be written: file exists"):
        set_up(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"server.id", ".setup.lock"}
    assert (tmp_path / "server.id").read_text() == "somebody's"


def test_a_read_only_folder_is_left_as_it_was(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    with read_only(folder), pytest.raises(Error, match=r"cannot be (created|written): (read-only file system|permission denied)"):
        set_up(folder)
    assert list(folder.iterdir()) == []
    with read_only(tmp_path), pytest.raises(Error, match="cannot be created"):
        set_up(tmp_path / "another")


@pytest.mark.parametrize("kilobytes", [8, 200])
def test_a_full_disk_leaves_nothing_half_done(tmp_path: Path, kilobytes: int) -> None:
    with small_disk(tmp_path / "disk", kilobytes):
        with pytest.raises(Error, match=r"disk is full|no space left on device"):
            set_up(tmp_path / "disk")
        assert [path.name for path in (tmp_path / "disk").iterdir()] == [".setup.lock"]


@pytest.mark.parametrize("size", [0, 60_000])
def test_files_that_may_not_grow_leave_nothing_half_done(tmp_path: Path, size: int) -> None:
    with limited_file_size(size), pytest.raises(Error, match=r"disk is full|file too large"):
        set_up(tmp_path / "data")
    assert [path.name for path in (tmp_path / "data").iterdir()] == [".setup.lock"]
