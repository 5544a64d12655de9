"""A disk that is full in the middle of an act: one sentence, nothing half done, and with room the act can be repeated.

Two sizes of what is left on the disk; `FULL=40` tries as many.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from dominoadmin import paths
from dominoadmin.errors import Error
from tests.conftest import copy_data
from tests.kills import acts
from tests.kills.acts import ACTS
from tests.kills.test_kills import _check_files, _check_whole
from tests.outside.disks import small_disk

SIZES = int(os.environ.get("FULL", "2"))
PAGE, INDEX, MOST = 4, 32, 160
"""In kilobytes: the unit of a disk, the index of SQLite's log, and what is room enough for every act."""


@pytest.mark.timeout(300 + 20 * SIZES)
@pytest.mark.parametrize("name", ACTS)
def test_an_act_on_a_full_disk_is_done_or_not_and_can_be_repeated(office_template, tmp_path: Path, name: str) -> None:
    act, (template, ids) = ACTS[name], office_template
    first = tmp_path / "template" / "data"
    copy_data(template, first)
    office = acts.opened(first, ids)
    act.prepare(office)
    office.domain.store.close()
    folder, before = acts.published(first), tmp_path / "before"
    folder.mkdir(exist_ok=True)
    shutil.copytree(folder, before)
    used = sum(-(-path.stat().st_size // (PAGE << 10)) * PAGE for path in first.rglob("*") if path.is_file())
    for free in range(INDEX + PAGE, MOST, (MOST - INDEX) // SIZES):
        with small_disk(disk := tmp_path / str(free), used + free):
            shutil.rmtree(folder)
            shutil.copytree(before, folder)
            copy_data(first, disk / "data")
            said = tried(act, disk / "data", ids)
            subprocess.run(["mount", "-o", f"remount,size={used + 10_000}k", str(disk)], check=True)
            try:
                repeated(act, disk / "data", ids)
            except (AssertionError, Error) as error:
                error.add_note(f"{name}: {free} kB: {said}")
                raise


def tried(act: acts.Act, root: Path, ids: dict) -> str:
    """Try an act, and return what it says if there is no room."""
    paths._swept.clear()  # as in the process of the next start
    office = acts.opened(root, ids)
    try:
        act.do(office)
    except Error as error:
        return str(error)
    finally:
        office.domain.store.close()
    return ""


def repeated(act: acts.Act, root: Path, ids: dict) -> None:
    paths._swept.clear()
    office = acts.opened(root, ids)
    try:
        _check_whole(office.domain, office.actor())
        if not act.is_done(office):
            act.do(office)
        act.check(office)
        _check_whole(office.domain, office.actor())
        _check_files(root)
    finally:
        office.domain.store.close()
