"""A pipe that has replaced one of the program's files: whoever opened it, such as the server, waited for ever."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dominoadmin.errors import Damaged
from dominoadmin.services.identities import identifying
from dominoadmin.store import key_rings
from dominoadmin.store.account_state import AccountState
from dominoadmin.tasks.ca import CaTask
from dominoadmin.tasks.http.task import HttpTask
from tests import builders
from tests.outside.web_office import KEY_FILE, furnish

pytestmark = pytest.mark.timeout(60)


def a_pipe(path: Path) -> Path:
    path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


@pytest.mark.parametrize("of", [Path, key_rings.stash_path])
def test_the_web_server_refuses_a_pipe_for_its_key_ring(office, of) -> None:
    web = furnish(office)
    web.install(web.certified_ring())
    web.change(ssl_key_file=KEY_FILE, ssl_port_status="Enabled")
    a_pipe(of(office.domain.directory.server("Server1") / KEY_FILE))
    task = HttpTask(office.domain, office.server)
    said = list(task.start())
    task.stop()
    assert any("is no file, but a pipe or a device" in line for line in said), said


def test_an_id_file_that_is_a_pipe_is_not_opened(office) -> None:
    with pytest.raises(Damaged, match="pipe or a device"):
        identifying.open_id(office.domain, a_pipe(office.root / "ann-admin.id"), "")
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    with pytest.raises(Damaged, match="pipe or a device"):
        list(ca.tell("unlock ann-admin.id x"))


def test_an_accounts_file_that_is_a_pipe_is_damaged(tmp_path) -> None:
    account = AccountState(tmp_path, "id", tmp_path)
    a_pipe(account.path)
    with pytest.raises(Damaged, match="is damaged"):
        account.read()
    account.change(lambda _kept: {"seen": 1}, damaged=True)
    assert account.read()["seen"] == 1
