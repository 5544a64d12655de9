"""The audit log compared with the keychain and the paper: truncated, replaced, rewritten, restored from a backup."""

from __future__ import annotations

import contextlib
import hashlib
import sqlite3
from dataclasses import replace

import keyring
import pytest

from dominoadmin.errors import NotAllowed, Refused, Tampered
from dominoadmin.services.audit import anchoring, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.store.account_state import NoAccountState
from dominoadmin.store.keychain import Keychain
from dominoadmin.tasks.audit_watch import ServerAuditWatch
from tests.builders import sql
from tests.gui.identities.memory_keyring import MemoryKeyring
from tests.services.audit.test_log import claimed, enter, rewrite, root, sign_head


@pytest.fixture
def ring():
    before, memory = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def log(office, ring):
    """A log of eleven entries, recorded in the keychain."""
    office.domain = replace(office.domain, keychain=Keychain("test"), account=NoAccountState())
    enter(office, office.actor(), "one", "two", "three", "four", "five", "six")
    seen = look(office)
    assert seen.mirror.number == 11
    return office


def look(office) -> anchoring.Seen:
    return anchoring.look(office.domain, office.actor())


def put_back(office, number: int) -> None:
    """Truncate the log and restore the older head, which Ann had signed."""
    sql(office, "DELETE FROM audit WHERE number > ?", number)
    sign_head(office, office.ann, number)


def test_the_keychain_follows_the_log(log) -> None:
    enter(log, log.actor(), "seven")
    assert look(log).mirror.number == 12
    (kept,) = (log.domain.keychain.get(anchoring.PURPOSE),)
    assert root(log, 12) in kept


def test_a_log_that_was_cut_off_with_its_older_head_put_back_is_told(log) -> None:
    put_back(log, 9)
    verifying.verify(log.domain, log.actor())  # consistent in itself
    expected = "The audit log was truncated or replaced: it ends at entry 9, but entry 11 was seen on "
    assert look(log).problem.startswith(expected)
    assert look(log).problem.startswith(expected), "it is told until somebody accepts"
    with pytest.raises(Tampered, match="The audit log was truncated or replaced: it ends at entry 9, but entry 11 was seen"):
        anchoring.verify(log.domain, log.actor())


def test_a_log_that_grew_again_after_it_was_put_back_is_told(log) -> None:
    put_back(log, 9)
    enter(log, log.actor(), "other", "other", "other")
    assert "The audit log was truncated or replaced: entry 11 is not the one that was seen" in look(log).problem


def test_a_store_replaced_by_an_older_backup_is_told(log, tmp_path) -> None:
    backup = tmp_path / "backup.db"
    with (
        contextlib.closing(sqlite3.connect(log.domain.store.path)) as db,
        contextlib.closing(sqlite3.connect(backup)) as to,
    ):
        db.backup(to)
    enter(log, log.actor(), "seven")
    look(log)
    with (
        contextlib.closing(sqlite3.connect(backup)) as db,
        contextlib.closing(sqlite3.connect(log.domain.store.path)) as to,
    ):
        db.backup(to)
    assert "The audit log was truncated or replaced: it ends at entry 11, but entry 12 was seen" in look(log).problem


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET action = 'x' WHERE number = 12",
        "DELETE FROM audit WHERE number = 12",
        "UPDATE audit SET number = 99 WHERE number = 12",
    ],
)
def test_what_was_added_since_is_checked_before_it_is_noted(log, change: str) -> None:
    enter(log, log.actor(), "seven", "eight")
    sql(log, change)
    assert "12 of the audit log" in look(log).problem or "Entry 12 of the audit log is missing" in look(log).problem
    assert anchoring.compare(log.domain).mirror.number == 11


def test_an_entry_in_another_persons_name_is_told_before_it_is_noted(log) -> None:
    enter(log, Actor(log.ann.name, log.ann.anchor, replace(log.rob, name=log.ann.name)), "seven")
    assert f"is signed by {log.rob.name}, but entry 12 is by {log.ann.name}" in look(log).problem
    assert anchoring.compare(log.domain).mirror.number == 11


def test_an_inserted_entry_is_named(log) -> None:
    rewrite(log, 11, action="inserted")
    with pytest.raises(Tampered, match="The audit log does not match its head"):
        anchoring.verify(log.domain, log.actor())
    assert "entry 11 is not the one" in look(log).problem


def test_an_administrator_accepts_a_backup_and_the_log_says_so(log) -> None:
    put_back(log, 9)
    with pytest.raises(NotAllowed):
        anchoring.accept(log.domain, claimed(log))
    taken = anchoring.accept(log.domain, log.actor())
    assert taken.number == 10
    (row,) = sql(log, "SELECT action, detail FROM audit WHERE number = 10")
    assert row["action"] == "audit log accepted"
    assert '"seen_number": 11' in row["detail"]
    assert not look(log).problem
    with pytest.raises(Refused, match="nothing to accept"):
        anchoring.accept(log.domain, log.actor())


@pytest.mark.parametrize("forged", [False, True])
def test_only_an_administrator_by_the_log_accepts_a_backup(log, forged: bool) -> None:
    put_back(log, 9)
    if forged:
        sql(log, "INSERT INTO domain VALUES ('administrators', ?) ON CONFLICT DO UPDATE SET value = excluded.value", log.rob.name)
    with pytest.raises((NotAllowed, Tampered), match=r"\(domain administrators\) is not the one" if forged else "Rob Ra/MyCompany/US is not an administrator"):
        anchoring.accept(log.domain, Actor.of(log.rob))
    with pytest.raises(NotAllowed):
        anchoring.accept(log.domain, Actor.of(log.server))
    assert look(log).problem
    assert not sql(log, "SELECT 1 FROM audit WHERE action = 'audit log accepted'")


def test_the_organizations_certifier_accepts_a_backup(log) -> None:
    put_back(log, 9)
    assert anchoring.accept(log.domain, Actor.of(log.certifier)).number == 10
    assert not look(log).problem


def test_a_log_that_is_not_whole_cannot_be_accepted(log) -> None:
    put_back(log, 9)
    sql(log, "UPDATE audit SET action = 'x' WHERE number = 4")
    with pytest.raises(Tampered, match="Entry 4"):
        anchoring.accept(log.domain, log.actor())


def test_a_keychain_that_does_not_answer_is_no_problem_of_the_log(log, ring) -> None:
    ring.locked = True
    seen = look(log)
    assert (seen.problem, bool(seen.unavailable)) == ("", True)
    verdict, seen = anchoring.verify(log.domain, log.actor())
    assert (verdict.entries, bool(seen.unavailable)) == (11, True)


def test_an_anchor_is_read_as_it_was_printed(log) -> None:
    anchor = anchoring.current(log.domain)
    expected = root(log, 11)
    check = hashlib.sha256(f"11 {expected}".encode()).hexdigest()[:8]
    assert anchor.text().replace(" ", "") == f"11{expected}{check}"
    for text in (anchor.text(), f"11 {expected}", f" 11 {expected.upper()}\n"):
        typed = anchoring.read(text)
        assert (typed.number, typed.hash) == (11, expected)
        anchoring.check(log.domain, typed)
    assert f"Check   {check[:4]} {check[4:]}" in anchoring.paper(anchor)


@pytest.mark.parametrize(
    "text", ["", "11", "x 12ab", "0 " + "a" * 64, "11 " + "a" * 63, "11 " + "g" * 64, "11 " + "a" * 72]
)
def test_what_is_no_anchor_is_refused(text: str) -> None:
    with pytest.raises(Refused):
        anchoring.read(text)


def test_an_anchor_of_a_longer_or_another_log_is_told(log) -> None:
    anchor = anchoring.read(anchoring.current(log.domain).text())
    put_back(log, 9)
    with pytest.raises(Tampered, match="The audit log was truncated or replaced: it ends at entry 9, but the anchor is at entry 11"):
        anchoring.check(log.domain, anchor)
    enter(log, log.actor(), "other", "other")
    with pytest.raises(Tampered, match="Entry 11 of the audit log does not match the anchor"):
        anchoring.check(log.domain, anchor)


def test_the_server_tells_it_once_on_its_console(log) -> None:
    watch = ServerAuditWatch(log.domain, Actor.of(log.ann))
    watch.look()
    assert list(watch.lines()) == []
    put_back(log, 9)
    watch.look()
    watch.look()
    (line,) = watch.lines()
    assert "Audit log: The audit log was truncated or replaced: it ends at entry 9, but entry 11 was seen" in line


def test_pages_are_followed_and_the_entry_in_the_second_is_named(log, monkeypatch) -> None:
    monkeypatch.setattr(verifying, "PAGE", 3)
    assert verifying.verify(log.domain, log.actor()).entries == 11
    with log.domain.store.transaction() as db:
        audit_log.enter(db, log.clock(), log.actor(), [Event("seven", "object", {})])
    assert verifying.verify(log.domain, log.actor()).entries == 12
    sql(log, "UPDATE audit SET action = 'x' WHERE number = 8")
    with pytest.raises(Tampered, match="Entry 8"):
        verifying.verify(log.domain, log.actor())


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit SET at = 'x' WHERE number = 11",
        "UPDATE audit SET detail = '[1]' WHERE number = 11",
        """UPDATE audit SET detail = '{"a": NaN}' WHERE number = 11""",
    ],
)
def test_a_garbled_entry_does_not_silence_the_watch(log, statement: str) -> None:
    sql(log, statement)
    assert look(log).problem
    watch = ServerAuditWatch(log.domain, log.actor())
    watch.look()
    assert "Audit log:" in next(watch.lines())


def test_an_expired_id_accepts_nothing(log) -> None:
    put_back(log, 9)
    log.clock.advance(days=40_000)
    with pytest.raises(NotAllowed, match="Your ID is not valid at this time"):
        anchoring.accept(log.domain, log.actor())


def test_a_bug_ends_the_watch_and_stands_in_the_log(log, monkeypatch, caplog) -> None:
    def broken(*_given: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(anchoring, "look", broken)
    ServerAuditWatch(log.domain, log.actor())._run()
    assert [(each.message, each.exc_info[0]) for each in caplog.records] == [("the audit log cannot be watched", ZeroDivisionError)]
