"""A member's certifier, whose configuration he signs with a program of his own, holds up nothing but itself."""

from __future__ import annotations

import shlex

import pytest

from dominoadmin.cli.main import main
from dominoadmin.pki import documents
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import configuring
from dominoadmin.store.records import instant
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql
from tests.tasks.test_ca_lists import BASE, issued, started
from tests.tasks.test_checkpoints import settle


def sign(office, changes: dict) -> None:
    """Enter the next version of Rob's configuration; a dot leads into a part of it."""
    known = builders.verified(office, "Rob CA")
    content = known.configuration.content() | {"version": 2, "signed_at": instant(office.clock()), "previous": documents.digest(known.versions[-1].document)}
    for key, value in changes.items():
        part, _dot, field = key.rpartition(".")
        if part:
            content[part] = {**content[part], field: value}
        else:
            content[field] = value
    document = documents.sign(configuring.KIND, content, office.rob).serialize()
    with builders.act(office, office.rob) as db:
        db.execute("INSERT INTO configurations VALUES (2, 2, ?)", (document,))


@pytest.fixture
def task(office) -> CaTask:
    builders.ready(office, publication=Publication((BASE,)))
    builders.certifier(office, "Rob CA", creator=office.rob, ras=("Rob Ra",), caas=("Rob Ra",))
    found = started(office)
    settle(found)
    return found


LISTS = [
    {"crl_interval_days": 0}, {"crl_interval_days": -1}, {"crl_days": -5}, {"crl_days": 0}, {"publication.delta_hours": -1}, {"publication.delta_hours": 10**9},
    {"publication.partition_size": -1}, {"publication.folder": "/a\x00b"}, {"publication.command": "a\x00b"},
]  # fmt: skip


@pytest.mark.parametrize("changes", LISTS, ids=str)
def test_a_configuration_by_which_nobody_can_work_cannot_be_read(office, task, changes: dict, capsys) -> None:
    """By an interval of no days, each turn issued a list, and with it the next turn was due."""
    sign(office, changes)
    before = len(sql(office, "SELECT id FROM crls"))
    lines = " ".join([*settle(task), *settle(task)])
    assert "CN=Rob CA/O=MyCompany: A certifier's configuration cannot be read." in lines
    assert len(sql(office, "SELECT id FROM crls")) == before
    assert issued(office, task, "after.example.com")
    for command in ("status", "certifier list", "certifier show 'Rob CA'", "certifier history 'Rob CA'", "crl list"):
        main(["--data", str(office.root), *shlex.split(command)])  # raises what is no sentence
    assert "unexpected" not in capsys.readouterr().err


def test_a_folder_with_a_name_that_is_too_long_is_told(office, task) -> None:
    sign(office, {"publication.folder": "/" + "x" * 5000})
    lines = " ".join(settle(task))
    assert "unexpected" not in lines
    assert "file name too long" in lines
    assert issued(office, task, "after.example.com")
