"""Entries and heads that a member of the organization makes with a program of his own, or a writer with SQL alone."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from dominoadmin.errors import Damaged, NotAllowed, Tampered
from dominoadmin.pki import documents
from dominoadmin.services.audit import anchoring, checking, committed, shown, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import submitting
from dominoadmin.store import audit, audit_entries, ledger
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AuditRecord
from tests import builders
from tests.builders import sql

EVENT = Event(AuditAction.DATABASE_CONFIGURED, builders.DATABASE, {})
RENAMED = "UPDATE databases SET title = 'Mine'"


@pytest.fixture
def ready(office):
    builders.ready(office)
    builders.received(office)
    return office


def claimed(office) -> Actor:
    return Actor(office.ann.name, office.ann.anchor)


def act(office, actor: Actor, statement: str = RENAMED) -> None:
    with office.domain.store.transaction() as db:
        db.execute(statement)
        audit_log.enter(db, office.domain.now(), actor, [EVENT])


def appended(office, *, number: int | None = None, commits: tuple[Commit, ...] = (), signed_in: bool = False) -> None:
    """Append an entry that nobody signs, as a writer can."""
    with office.domain.store.snapshot() as db:
        size = audit.size(db)
    entry = AuditRecord(
        number=size + 1 if number is None else number, at=office.domain.now(), actor=office.ann.name, signed_in=signed_in, action="database configured",
        object="x", detail={}, commits=commits,
    )  # fmt: skip
    with builders.behind(office.domain.store) as db:
        audit.add(db, [entry], [audit_entries.write(entry, b"salt")])


def refused(office) -> None:
    """The log does not verify, and no act goes on with it."""
    with pytest.raises(Tampered):
        verifying.verify(office.domain, office.actor())
    with pytest.raises(Tampered):
        act(office, office.actor())


@pytest.mark.parametrize("statement", [RENAMED, "UPDATE requests SET subject = 'x'", "DELETE FROM requests", "DELETE FROM directory WHERE name LIKE 'CN=Rob%'"])
def test_nothing_is_written_without_a_signature(ready, statement: str) -> None:
    before = builders.actions(ready)
    with pytest.raises(NotAllowed):
        act(ready, claimed(ready), statement)
    assert builders.actions(ready) == before
    assert sql(ready, "SELECT title, subject FROM databases, requests")[0][0] == "Certificate Requests"


def test_an_id_that_is_not_valid_signs_nothing(ready) -> None:
    ready.clock.advance(days=365 * 20)
    with pytest.raises(NotAllowed):
        act(ready, ready.actor())


def test_an_unsigned_entry_that_commits_a_change_is_told(ready) -> None:
    digest = "0" * 64
    appended(ready, commits=(Commit(Object("databases", builders.DATABASE), "", digest),))
    refused(ready)


def test_an_unsigned_entry_that_commits_something_new_is_told(ready) -> None:
    appended(ready, commits=(Commit(Object("databases", "new.nsf"), "", "0" * 64),))
    refused(ready)


def test_an_unsigned_entry_that_changes_an_older_request_is_told(ready) -> None:
    appended(ready, commits=(Commit(Object("requests", "1"), "1" * 64, "0" * 64),))
    refused(ready)


@pytest.mark.parametrize("kind", ["requests", "admin_requests"])
def test_an_unsigned_entry_that_calls_an_older_request_new_is_told(ready, kind: str) -> None:
    """Otherwise an altered request counts as it is, a rejected one is open again, and the next act signs it."""
    submitting.submit(ready.domain, ready.actor(), [1])
    sql(ready, "UPDATE requests SET subject = 'CN=evil'")
    sql(ready, "UPDATE admin_requests SET state = 'Rejected'")
    altered = Object(kind, "1")
    with ready.domain.store.snapshot() as db:
        appended(ready, commits=(Commit(altered, "", ledger.find(db, altered).digest),))
    with ready.domain.store.snapshot() as db, pytest.raises(Tampered):
        committed.check(db, ready.actor().verifier(), [altered])
    refused(ready)


def test_unsigned_entries_that_call_one_request_new_twice_are_told(ready) -> None:
    """Whoever signs them would sign a log that never verifies."""
    for _twice in range(2):
        appended(ready, commits=(Commit(Object("requests", "2"), "", "0" * 64),))
    refused(ready)


@pytest.mark.parametrize("number", [0, -1, -300])
def test_an_entry_before_the_first_one_is_told(ready, number: int) -> None:
    appended(ready, number=number)
    with pytest.raises(Tampered, match=f"Entry {number} of the audit log was changed or moved"):
        verifying.verify(ready.domain, ready.actor())
    assert [(each.table, each.finding) for each in checking.check(ready.domain, ready.actor())] == [
        ("audit", f"Entry {number} of the audit log was changed or moved.")
    ]
    with ready.domain.store.snapshot() as db:
        entry = audit.at(db, number)
    assert shown.complaints(ready.domain, ready.actor(), [entry]), "what a list shows of it"


@pytest.mark.parametrize("detail", ["[]", "5", "null", '"text"'])
def test_an_entry_whose_detail_is_no_object_is_told(ready, detail: str) -> None:
    """Its octets may have the right digest of it."""
    appended(ready)
    entry = json.loads(sql(ready, "SELECT octets FROM audit ORDER BY number DESC LIMIT 1")[0]["octets"])
    octets = documents.canonical({**entry, "detail": hashlib.sha256(b"dominoadmin detail 1\x00salt" + detail.encode()).hexdigest()})
    sql(ready, "UPDATE audit SET detail = ?, octets = ? WHERE number = ?", detail, octets, entry["number"])
    with pytest.raises(Tampered, match=f"Entry {entry['number']} of the audit log was changed or moved"):
        verifying.verify(ready.domain, ready.actor())
    with ready.domain.store.snapshot() as db, pytest.raises(Damaged):
        audit.at(db, entry["number"])


@pytest.mark.parametrize("statement", ["UPDATE audit_blocks SET hash = zeroblob(32)", "INSERT INTO audit_blocks VALUES (-1, zeroblob(32))", "DELETE FROM audit_blocks"])
def test_altered_hashes_of_blocks_are_told_and_no_anchor_is_made_of_them(ready, statement: str) -> None:
    with ready.domain.store.transaction() as db:
        audit_log.enter(db, ready.domain.now(), ready.actor(), [EVENT] * 600)
    sql(ready, statement)
    with pytest.raises(Tampered, match="does not match its signature"):
        verifying.verify(ready.domain, ready.actor())
    assert [each.table for each in checking.check(ready.domain, ready.actor())] == ["audit"]
    with pytest.raises(Tampered, match="does not match its signature"):
        anchoring.current(ready.domain)


def test_no_anchor_is_made_of_a_head_that_cannot_be_read(ready) -> None:
    sql(ready, "UPDATE audit_heads SET content = x'00' WHERE size = (SELECT max(size) FROM audit_heads)")
    with pytest.raises(Tampered, match="does not match its signature"):
        anchoring.current(ready.domain)


def test_a_hash_of_a_block_that_was_put_in_before_its_time_stops_nobody(ready) -> None:
    sql(ready, "INSERT INTO audit_blocks (number, hash) VALUES (0, x'00')")
    with ready.domain.store.transaction() as db:
        audit_log.enter(db, ready.domain.now(), ready.actor(), [EVENT] * 300)
    act(ready, ready.actor())
    verifying.verify(ready.domain, ready.actor())
    assert checking.check(ready.domain, ready.actor()) == []
    with ready.domain.store.snapshot() as db:
        assert audit.frontier(db, audit.size(db)).root().hex() == json.loads(audit.head(db).content)["log"]


def test_an_unsigned_entry_that_claims_a_log_in_is_told(ready) -> None:
    appended(ready, signed_in=True)
    refused(ready)


def test_an_unsigned_entry_with_a_gap_before_it_is_told(ready) -> None:
    with ready.domain.store.snapshot() as db:
        appended(ready, number=audit.size(db) + 2)
    refused(ready)


def test_an_unsigned_request_does_not_go_on_with_an_altered_state(ready) -> None:
    sql(ready, "DELETE FROM state_pages")
    with pytest.raises(Tampered):
        submitting.take_in(ready.domain, claimed(ready), builders.DATABASE, submitting.Submission(builders.csr("two.example.com")))


def test_a_commit_with_a_false_digest_before_is_told(ready, monkeypatch) -> None:
    """So that a change between two acts would look as if it had been entered."""
    real = audit_log._End.commits
    monkeypatch.setattr(audit_log._End, "commits", lambda *given: [each._replace(before="0" * 64) for each in real(*given)])
    act(ready, ready.actor())
    with pytest.raises(Tampered):
        verifying.verify(ready.domain, ready.actor())


@pytest.mark.parametrize(
    "changes",
    [
        {"state": "0" * 64}, {"state_before": "0" * 64}, {"log_before": "0" * 64}, {"size_before": 1}, {"epoch": 2}, {"log": "0" * 64},
        {"size": 1},
    ],
)  # fmt: skip
def test_a_head_over_something_else_is_told(ready, monkeypatch, changes: dict) -> None:
    real = audit_log._sign
    monkeypatch.setattr(audit_log, "_sign", lambda db, head, *rest: real(db, replace(head, **changes), *rest))
    if "size" in changes:
        sql(ready, "DELETE FROM audit_heads WHERE size = 1")
    act(ready, ready.actor())
    with pytest.raises(Tampered):
        verifying.verify(ready.domain, ready.actor())


@pytest.mark.parametrize("field", ["epoch", "size", "size_before"])
@pytest.mark.parametrize("kind", [float, str, bool])
def test_a_head_whose_numbers_are_none_is_told(ready, monkeypatch, field: str, kind: type) -> None:
    """1.0 and true are equal to 1 in Python: the next acts, the checkpoint and the account's file would have them, too."""
    real = audit_log._sign
    monkeypatch.setattr(audit_log, "_sign", lambda db, head, *rest: real(db, replace(head, **{field: kind(getattr(head, field))}), *rest))
    act(ready, ready.actor())
    monkeypatch.undo()
    refused(ready)


def test_a_state_that_was_made_to_fit_its_own_head_is_told(ready, monkeypatch) -> None:
    """He signs a root to which nothing leads that the entries say: an object is left out."""
    real = audit_log.state.RootedPages.apply

    def other(pages, changes):
        return real(pages, dict.fromkeys(changes, b"\1" * 32))

    monkeypatch.setattr(audit_log.state.RootedPages, "apply", other)
    act(ready, ready.actor())
    monkeypatch.undo()
    with pytest.raises(Tampered):
        verifying.verify(ready.domain, ready.actor())


def test_a_state_that_was_made_to_fit_is_told_when_another_act_has_followed(ready, monkeypatch) -> None:
    real = audit_log.state.RootedPages.apply
    monkeypatch.setattr(audit_log.state.RootedPages, "apply", lambda pages, changes: real(pages, {**changes, b"\1" * 32: b"\2" * 32}))
    act(ready, ready.actor())
    monkeypatch.undo()
    act(ready, ready.actor())
    with pytest.raises(Tampered):
        verifying.verify(ready.domain, ready.actor())


def test_a_state_that_was_another_one_only_for_a_while_is_told(ready, monkeypatch) -> None:
    """The end is right: only the head between shows that something was signed which no entry says."""
    real = audit_log.state.RootedPages.apply
    for stranger in (b"\2" * 32, b""):
        monkeypatch.setattr(audit_log.state.RootedPages, "apply", lambda pages, changes, digest=stranger: real(pages, {**changes, b"\1" * 32: digest}))
        act(ready, ready.actor())
        monkeypatch.undo()
    with pytest.raises(Tampered):
        verifying.verify(ready.domain, ready.actor())


def test_a_head_that_was_moved_to_another_size_is_told(ready) -> None:
    """Both sizes have as many trees, so that the hashes fit."""
    with ready.domain.store.snapshot() as db:
        record = audit.head(db)
    other = next(size for size in range(record.size + 1, 1000) if size.bit_count() == record.size.bit_count())
    audit_log.verified_head(record, ready.actor().verifier())
    with pytest.raises(Tampered, match=f"does not match its signature at entry {other}"):
        audit_log.verified_head(record._replace(size=other), ready.actor().verifier())


def test_hashes_beside_a_head_that_do_not_lead_to_its_log_are_told(ready) -> None:
    """The next act would sign what they lead to."""
    sql(ready, "UPDATE audit_heads SET frontier = zeroblob(length(frontier))")
    with pytest.raises(Tampered, match="does not match its signature"):
        act(ready, ready.actor())
    with ready.domain.store.snapshot() as db, pytest.raises(Tampered, match="does not match its signature"):
        audit_log.verified_head(audit.head(db), ready.actor().verifier())


def test_a_head_beyond_the_entries_is_told(ready) -> None:
    sql(ready, "INSERT INTO audit_heads SELECT size + 1, content, signature, signer, frontier FROM audit_heads ORDER BY size DESC LIMIT 1")
    refused(ready)


def test_a_page_of_the_state_beside_the_signed_ones_is_told(ready) -> None:
    """Its group and the root lead nowhere near it, so no look-up reads it; the whole log is compared page by page."""
    (free,) = sql(ready, "SELECT min(number) + 1 AS number FROM state_pages WHERE number + 1 NOT IN (SELECT number FROM state_pages)")
    sql(ready, "INSERT INTO state_pages VALUES (?, zeroblob(64))", free["number"])
    with pytest.raises(Tampered):
        verifying.verify(ready.domain, ready.actor())


def test_only_the_organizations_certifier_signs_the_beginning(ready, monkeypatch) -> None:
    """A log of his own, whole in itself, in place of ours."""
    for table in ("audit", "audit_heads", "audit_blocks", "state_pages", "state_groups", "state_root"):
        sql(ready, f"DELETE FROM {table}")
    with ready.domain.store.transaction() as db:
        audit_log.begin(db, ready.domain.now(), Actor.of(ready.rob), EVENT, [{}])
    with pytest.raises(Tampered, match="The beginning of the audit log is signed by CN=Rob Ra"):
        verifying.verify(ready.domain, ready.actor())
