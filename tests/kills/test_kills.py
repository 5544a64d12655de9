"""`kill -9` at random moments of the acts on which an authority rests: at the next start each is done, or not at all.

A few kills; `make kills` tries 200. The moments are drawn with a fixed seed; how long an act takes differs.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from dominoadmin import application, paths
from dominoadmin.errors import Error
from dominoadmin.paths import write_whole
from dominoadmin.services.audit import checking, verifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from tests.conftest import NO_KEYCHAIN, copy_data
from tests.kills import acts
from tests.kills.acts import ACTS
from tests.kills.killing import killed_at_random

KILLS = int(os.environ.get("KILLS", "10"))
EACH = max(1, KILLS // (len(ACTS) + 1))
"""Kills of each act; the setup of a domain is one, too."""
SEED = "20261129"


@pytest.mark.timeout(300 + 20 * EACH)
@pytest.mark.parametrize("name", ACTS)
def test_an_act_that_is_killed_is_done_or_not_and_can_be_repeated(office_template, tmp_path: Path, name: str) -> None:
    act, (template, ids) = ACTS[name], office_template
    first = tmp_path / "template" / "data"
    copy_data(template, first)
    office = acts.opened(first, ids)
    act.prepare(office)
    office.domain.store.close()
    for root, moment in killed_at_random(tmp_path, name, EACH, SEED).items():
        _publish(root)
        paths._swept.clear()  # as in the process of the next start
        office = acts.opened(root, ids)
        try:
            _check_whole(office.domain, office.actor())
            if not act.is_done(office):
                act.do(office)
            act.check(office)
            _check_whole(office.domain, office.actor())
            _check_files(root)
        except (AssertionError, Error) as error:
            error.add_note(f"{name}: {moment}: {root}")
            raise
        finally:
            office.domain.store.close()
        shutil.rmtree(root.parent)


@pytest.mark.timeout(300 + 20 * EACH)
def test_a_setup_that_is_killed_leaves_a_domain_or_can_be_repeated(tmp_path: Path) -> None:
    for root, moment in killed_at_random(tmp_path, "setup", EACH, SEED).items():
        if not (root / "domain.db").exists():
            acts.set_up(root)
        domain = application.open_domain(root, NO_KEYCHAIN)
        ids = {"ann-admin.id": acts.SETUP.administrator_password, "server.id": acts.SETUP.server_password}
        opened = [identifying.open_id(domain, root / file, password) for file, password in ids.items()]
        _check_whole(domain, Actor.of(opened[0]))
        domain.store.close()
        assert {path.name for path in root.iterdir()} == {*ids, "cert.id", "domain.db", ".setup.lock"}, moment


def _publish(root: Path) -> None:
    """Give a try the folder of published lists as it has left it."""
    folder = acts.published(root)
    shutil.rmtree(folder, ignore_errors=True)
    if (root.parent / "published").exists():
        (root.parent / "published").rename(folder)


def _check_whole(domain, actor: Actor) -> None:
    assert checking.check(domain, actor) == []
    verifying.verify(domain, actor)


def _check_files(root: Path) -> None:
    """Every key has its record, every record its key; what a kill has left half written goes with the next file."""
    for folder in (root, *(path for path in root.rglob("*") if path.is_dir())):
        write_whole(folder / "probe.txt", b"")
        left = [path.name for path in folder.iterdir() if path.name.startswith(".") and path.name != ".setup.lock"]
        assert left == []
        assert {path.stem for path in folder.glob("*.kyr")} == {path.stem for path in folder.glob("*.sth")}
        assert {path.stat().st_nlink for path in folder.iterdir() if path.is_file()} == {1}
