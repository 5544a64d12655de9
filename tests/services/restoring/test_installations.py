"""Copies of one store: the second waits for *moved* or *copied*, and no number is used for two contents."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from dominoadmin import application
from dominoadmin.errors import NotAllowed, Tampered
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.restoring import accepting, installations
from dominoadmin.services.restoring.accepting import JUMP, SeenElsewhere
from dominoadmin.services.revocation import publishing
from dominoadmin.store import installation
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql
from tests.conftest import NO_KEYCHAIN, Office
from tests.tasks.copies import Copies, copies
from tests.tasks.test_ca_lists import BASE, issued, started
from tests.tasks.test_checkpoints import leaves, settle

__all__ = ["copies"]


@pytest.fixture
def ca(office) -> CaTask:
    builders.ready(office, publication=Publication((BASE,)))
    task = started(office)
    settle(task)
    return task


@pytest.fixture
def elsewhere(office, ca, tmp_path):
    """The same data folder, copied to another place of the same account; each office has its own state."""
    made: list[Office] = []

    def copy(name: str, state: str = "../state") -> Office:
        root = tmp_path / name
        shutil.copytree(office.root, root)
        domain = application.open_domain(root, NO_KEYCHAIN | {"DOMINOADMIN_STATE": state}, office.clock)
        made.append(replace(office, domain=domain))
        return made[-1]

    yield copy
    for each in made:
        each.domain.store.close()


def number(office) -> str:
    with office.domain.store.snapshot() as db:
        return installation.find(db)


def lines(office) -> str:
    task = CaTask(office.domain, office.server, builders.no_password)
    told = [*task.start(), *task.run_due()]
    task.stop()
    return "\n".join(told)


def works(office, host: str) -> None:
    task = started(office)
    settle(task)
    assert task.status() == ["Idle, 1 of 1 certifier active"]
    issued(office, task, host)
    assert host in leaves(office)[-1].subject.rfc4514_string()
    task.stop()


def test_a_store_that_nobody_has_run_is_adopted_once_and_silently(office, ca) -> None:
    first = number(office)
    assert len(first) == 32
    assert ("installation adopted", "CN=Server1/O=MyCompany/C=US") in builders.actions(office)
    ca.stop()
    works(office, "www.example.com")
    assert number(office) == first
    assert [action for action, _object in builders.actions(office)].count("installation adopted") == 1


@pytest.mark.parametrize("state", ["../state", "../another-account"])
def test_a_copy_waits_and_signs_nothing(office, ca, elsewhere, state: str) -> None:
    copy = elsewhere("copy", state)
    before = sql(copy, "SELECT max(number) AS n FROM audit")[0]["n"]
    told = lines(copy)
    assert "This store is a copy, or was moved here" in told
    assert sql(copy, "SELECT max(number) AS n FROM audit")[0]["n"] == before
    assert "copy" not in lines(office), "the first one goes on"
    works(office, "www.example.com")


def test_moved_lets_it_run_here(office, ca, elsewhere) -> None:
    copy = elsewhere("copy")
    with pytest.raises(NotAllowed):
        accepting.moved(copy.domain, copy.ann)
    accepting.moved(copy.domain, copy.certifier)
    works(copy, "www.example.com")
    assert number(copy) != number(office)
    verifying.verify(copy.domain, copy.actor())


def test_copied_lets_both_run_without_a_number_in_common(office, ca, elsewhere) -> None:
    one, two = elsewhere("one"), elsewhere("two")
    for copy in (one, two):
        with pytest.raises(NotAllowed):
            accepting.copied(copy.domain, copy.rob)
        accepting.copied(copy.domain, copy.certifier)
    used = []
    for each in (office, one, two):
        works(each, "www.example.com")
        task = started(each)
        list(task.tell("crl issue 1"))
        task.stop()
        used.append({crl.number for _record, crl in publishing.lists(each.domain, each.actor())} - {1})
    assert used[0].isdisjoint(used[1] | used[2])
    assert used[1].isdisjoint(used[2])
    assert min(used[1] | used[2]) > JUMP


def test_a_copy_from_before_the_adoption_waits_too(office, tmp_path) -> None:
    """The account knows the domain in another folder."""
    builders.ready(office)
    root = tmp_path / "copy"
    shutil.copytree(office.root, root)
    started(office).stop()
    domain = application.open_domain(root, NO_KEYCHAIN, office.clock)
    assert "This store is a copy, or was moved here" in lines(replace(office, domain=domain))
    domain.store.close()


def test_a_backup_on_a_new_computer_is_accepted_by_one_act(office, ca, elsewhere) -> None:
    copy = elsewhere("copy", "../new-computer")
    accepting.accept(copy.domain, copy.certifier, SeenElsewhere())
    works(copy, "www.example.com")


@pytest.mark.parametrize("act", [accepting.moved, accepting.copied, installations.check])
def test_a_kill_leaves_it_as_it_was_or_done(office, ca, monkeypatch, act) -> None:
    """The account has the number first; the store that it still knows by the one before is no copy."""
    before = number(office)
    signer = office.server if act is installations.check else office.certifier
    if act is installations.check:
        with office.domain.store.transaction() as db:
            db.execute("DELETE FROM installation")
            event = audit_log.Event(audit_log.AuditAction.STORE_MOVED, "test", {})
            audit_log.enter(db, office.clock(), Actor.of(office.certifier), [event])
        office.domain.account.path.unlink()

    def killed(*_given: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(installation, "keep", killed)
    with pytest.raises(KeyboardInterrupt):
        act(office.domain, signer)
    monkeypatch.undo()
    assert number(office) in ("", before)
    works(office, "www.example.com")
    assert number(office)


def test_a_number_that_was_changed_in_the_store_is_told(office, ca) -> None:
    sql(office, "UPDATE installation SET number = 'mine'")
    assert "installation 1" in lines(office)
    with pytest.raises(Tampered):
        installations.check(office.domain, office.server)
    sql(office, "DELETE FROM installation")
    assert "installation 1" in lines(office)


def test_a_folder_that_was_renamed_is_moved(office, ca, copies: Copies, tmp_path) -> None:
    ca.stop()
    office.domain.store.close()
    Path(office.root).rename(tmp_path / "renamed")
    domain = application.open_domain(tmp_path / "renamed", NO_KEYCHAIN, office.clock)
    renamed = replace(office, domain=domain)
    assert "was moved here" in lines(renamed)
    accepting.moved(domain, office.certifier)
    works(renamed, "www.example.com")
    domain.store.close()
