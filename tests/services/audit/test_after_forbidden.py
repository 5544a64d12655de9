"""What follows an entry that was not allowed: nobody gets a right because an object was taken away or added by it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.store import ledger
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.ledger import Object
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql
from tests.services.audit.test_roles import busy, busy_template, objects  # noqa: F401 - fixtures

ROWS = {"certifiers": "id", "configurations": "certifier_id", "founding_statements": "certifier_id"}
CERTIFIER = [Object("certifiers", "2"), Object("configurations", "2 1"), Object("founding_statements", "2")]


def enter(office, monkeypatch, who, *commits: Commit) -> None:
    """Sign an entry with these changes, whatever the rows say."""
    with monkeypatch.context() as patch:
        patch.setattr(audit_log._End, "commits", lambda *_given: [*commits])
        patch.setattr(audit_log, "_committing", lambda entries, *_given: [replace(entries[0], commits=commits)])
        with builders.act(office, who):
            pass


def digests(office, which: list[Object]) -> dict[Object, str]:
    with office.domain.store.snapshot() as db:
        return {each: found.digest for each, found in ledger.find_all(db, which).items()}


def replace_certifier(office) -> None:
    """Put a certifier that Rob has founded in the place of number 2."""
    builders.certifier(office, "Rob CA", creator=office.rob, caas=("Rob Ra",), ras=("Rob Ra",))
    for table, column in ROWS.items():
        for row in [tuple(each) for each in sql(office, f"SELECT * FROM {table} WHERE {column} = 3")]:
            sql(office, f"DELETE FROM {table} WHERE {column} = 2")
            changed = (2, "CN=Third CA/O=MyCompany", row[2], "icl\\x.nsf", *row[4:]) if table == "certifiers" else (2, *row[1:])
            sql(office, f"INSERT INTO {table} VALUES ({', '.join('?' * len(row))})", *changed)


@pytest.mark.parametrize("runs", [False, True])
@pytest.mark.parametrize("entries", [1, 2])
def test_nobody_registers_a_certifier_again_that_he_has_removed(busy, monkeypatch, runs: bool, entries: int) -> None:  # noqa: F811
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    if runs:
        list(ca.start())
    before, genuine = objects(busy), digests(busy, CERTIFIER)
    replace_certifier(busy)
    planted = digests(busy, CERTIFIER)
    gone = [Commit(each, genuine[each], "") for each in CERTIFIER]
    new = [Commit(each, "", planted[each]) for each in CERTIFIER]
    for commits in [[*gone, *new]] if entries == 1 else [gone, new]:
        enter(busy, monkeypatch, busy.rob, *commits)
    said = "\n".join(ca.run_due() if runs else ca.start())
    assert said.count("was refused. Rob Ra/MyCompany/US may not change this") == entries, said
    assert {each: objects(busy)[each] for each in CERTIFIER} == {each: before[each] for each in CERTIFIER}
    verifying.verify(busy.domain, busy.actor())
    ca.stop()


def test_what_its_administrator_changes_afterwards_is_judged_by_what_was_right_before(busy, monkeypatch) -> None:  # noqa: F811
    """A database that somebody without a role removed: the administrator's own change of it counts."""
    database = Object("databases", "other.nsf")
    (genuine,) = digests(busy, [database]).values()
    enter(busy, monkeypatch, busy.rob, Commit(database, genuine, "00" * 32))
    enter(busy, monkeypatch, busy.ann, Commit(database, "00" * 32, "11" * 32))
    enter(busy, monkeypatch, busy.rob, Commit(database, "11" * 32, "22" * 32))
    assert "\n".join(builders.load_ca(busy)).count("was refused") == 2
    assert objects(busy)[database] == "11" * 32
    verifying.verify(busy.domain, busy.actor())


@pytest.mark.parametrize("runs", [False, True])
def test_an_ra_decides_about_a_request_after_an_entry_about_it_was_refused(busy, monkeypatch, runs: bool) -> None:  # noqa: F811
    builders.certifier(busy, "Rob CA", creator=busy.rob, caas=("Rob Ra",), ras=("Rob Ra",))  # Ann is not an RA of all
    ca = CaTask(busy.domain, busy.server, builders.no_password)
    list(ca.start())
    request = Object("requests", "2")
    (genuine,) = digests(busy, [request]).values()
    enter(busy, monkeypatch, busy.rob, Commit(request, genuine, "00" * 32))
    assert "was refused" in "\n".join(ca.run_due())
    if not runs:
        ca.stop()
        ca = CaTask(busy.domain, busy.server, builders.no_password)
        list(ca.start())
    (outcome,) = builders.approve(busy.domain, busy.ann, [2])
    assert not outcome.problem
    assert "Certificate issued for request 2" in "\n".join(ca.run_due())
    verifying.verify(busy.domain, busy.actor())
    ca.stop()
