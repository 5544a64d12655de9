"""The audit log: no action without an entry, and every later change is detected."""

from __future__ import annotations

import hashlib
import itertools
import json

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki import documents, identities
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from tests import builders
from tests.builders import sql
from tests.conftest import NOW


def verify(office) -> audit_log.LogVerdict:
    return audit_log.verify(office.domain, office.actor())


def enter(office, actor: Actor, *actions: str) -> None:
    with office.domain.store.transaction() as db:
        audit_log.enter(db, office.clock(), actor, [Event(action, "object", {"n": 1}) for action in actions])


def claimed(office, name: str = "CN=Eve/O=MyCompany/C=US") -> Actor:
    return Actor(name, office.ann.anchor)


def tampered(office, problem: str) -> None:
    with pytest.raises(Tampered, match=problem):
        verify(office)


@pytest.fixture
def log(office):
    """A log with five entries of the setup, and six more."""
    enter(office, office.actor(), "one", "two", "three")
    enter(office, Actor.of(office.rob), "four", "five", "six")
    assert (verify(office).entries, verify(office).signed) == (11, 11)
    return office


def digest(row) -> str:
    """The documented hash: SHA-256 over the canonical JSON of everything but the hash itself."""
    content = {key: row[key] for key in row.keys() if key != "hash"}  # noqa: SIM118 - a row is not a mapping
    content["detail"], content["signed_in"] = json.loads(row["detail"]), bool(row["signed_in"])
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def rehash(office, start: int) -> None:
    """Make the chain consistent again from an entry on, as an informed attacker would."""
    for row in sql(office, "SELECT number FROM audit WHERE number >= ? ORDER BY number", start):
        number = row["number"]
        before = sql(office, "SELECT hash FROM audit WHERE number = ?", number - 1)
        sql(office, "UPDATE audit SET previous = ? WHERE number = ?", before[0]["hash"] if before else "0" * 64, number)
        (found,) = sql(office, "SELECT * FROM audit WHERE number = ?", number)
        sql(office, "UPDATE audit SET hash = ? WHERE number = ?", digest(found), number)


def test_a_whole_log_verifies_and_names_its_signer(log) -> None:
    assert verify(log) == audit_log.LogVerdict(11, 11, "CN=Rob Ra/O=MyCompany/C=US")
    entries = audit_log.entries(log.domain)
    assert [entry.number for entry in entries] == list(range(1, 12))
    assert entries[0].previous == "0" * 64
    rows = sql(log, "SELECT * FROM audit ORDER BY number")
    assert all(row["hash"] == digest(row) for row in rows)
    assert all(later["previous"] == row["hash"] for row, later in itertools.pairwise(rows))


def test_what_was_only_claimed_stands_behind_the_head_until_somebody_signs(log) -> None:
    enter(log, claimed(log), "knocked")
    assert verify(log) == audit_log.LogVerdict(12, 11, "CN=Rob Ra/O=MyCompany/C=US")
    enter(log, log.actor(), "answered")
    assert verify(log) == audit_log.LogVerdict(13, 13, "CN=Ann Admin/O=MyCompany/C=US")


CHANGES = {"at": "2020-01-01T00:00:00Z", "actor": "CN=Rob Ra/O=MyCompany/C=US", "signed_in": 0, "action": "nothing",
           "object": "nothing", "detail": '{"n": 2}', "hash": "0" * 64, "previous": "0" * 64}  # fmt: skip


@pytest.mark.parametrize("column", sorted(CHANGES))
def test_a_changed_entry_is_named(log, column: str) -> None:
    sql(log, f"UPDATE audit SET {column} = ? WHERE number = 7", CHANGES[column])
    tampered(log, "Entry 7 of the audit log was changed or moved")


@pytest.mark.parametrize("number", [1, 5, 10])
def test_a_removed_entry_is_named(log, number: int) -> None:
    sql(log, "DELETE FROM audit WHERE number = ?", number)
    tampered(log, f"Entry {number} of the audit log is missing")


def test_a_removed_entry_behind_which_all_was_moved_up_is_named(log) -> None:
    sql(log, "DELETE FROM audit WHERE number = 5")
    for number in range(6, 12):
        sql(log, "UPDATE audit SET number = ? WHERE number = ?", number - 1, number)
    tampered(log, "Entry 5 of the audit log was changed or moved")


def test_swapped_entries_are_named(log) -> None:
    for old, new in ((6, 99), (7, 6), (99, 7)):
        sql(log, "UPDATE audit SET number = ? WHERE number = ?", new, old)
    tampered(log, "Entry 6 of the audit log was changed or moved")


def test_a_chain_made_to_fit_again_does_not_agree_with_the_head(log) -> None:
    sql(log, "UPDATE audit SET action = 'nothing' WHERE number = 7")
    rehash(log, 7)
    tampered(log, "The audit log does not match its head, signed by CN=Rob Ra/O=MyCompany/C=US at entry 11")


def test_the_next_act_does_not_sign_a_rewritten_log_as_genuine(log) -> None:
    sql(log, "UPDATE audit SET action = 'nothing' WHERE number = 7")
    rehash(log, 7)
    enter(log, Actor.of(log.server), "something else")
    tampered(log, "The audit log does not match its head, signed by CN=Rob Ra/O=MyCompany/C=US at entry 11")


def test_a_cut_off_tail_does_not_agree_with_the_head(log) -> None:
    sql(log, "DELETE FROM audit WHERE number > 8")
    tampered(log, "Entry 11 of the audit log, to which its signed head refers, is missing")


def test_an_entry_added_in_somebodys_name_is_no_signed_entry(log) -> None:
    sql(log, "INSERT INTO audit SELECT 12, at, actor, 1, action, object, detail, '', '' FROM audit WHERE number = 11")
    tampered(log, "Entry 12 of the audit log was changed or moved")
    rehash(log, 12)
    tampered(log, "had already advanced it: an older head was restored, or entries were added.")


def test_a_head_put_back_is_named(office) -> None:
    enter(office, office.actor(), "one")
    (head,) = sql(office, "SELECT * FROM audit_head")
    enter(office, office.actor(), "two", "three")
    sql(office, "UPDATE audit_head SET number = ?, hash = ?, document = ?", head["number"], head["hash"], head["document"])
    tampered(office, "is at entry 6, but entry 8 had already advanced it: an older head was restored, or entries were added")


def test_a_head_that_is_gone_or_rubbish_is_named(log) -> None:
    sql(log, "UPDATE audit_head SET document = x'00'")
    tampered(log, "cannot be read")
    sql(log, "DELETE FROM audit_head")
    tampered(log, "The audit log has no signed head")


def sign_head(office, signer, number: int) -> None:
    (row,) = sql(office, "SELECT hash FROM audit WHERE number = ?", number)
    document = documents.sign("audit head", {"number": number, "hash": row["hash"]}, signer).serialize()
    sql(office, "UPDATE audit_head SET number = ?, hash = ?, document = ?", number, row["hash"], document)


def test_a_head_signed_by_a_stranger_is_named(log) -> None:
    other = identities.organization("O=MyCompany/C=US", 7, NOW)
    sign_head(log, identities.certify(other, "person", log.ann.name, 8, NOW), 11)
    tampered(log, "not certified by the organization's certifier")


def test_a_head_signed_by_somebody_else_than_the_entrys_actor_is_named(log) -> None:
    """Any member of the organization can sign; the signer of the head is in the log."""
    sql(log, "UPDATE audit SET action = 'nothing' WHERE number = 7")
    rehash(log, 7)
    sign_head(log, log.ann, 11)
    tampered(log, "signed by CN=Ann Admin/O=MyCompany/C=US, but entry 11 is by CN=Rob Ra/O=MyCompany/C=US")


def test_a_head_of_another_kind_or_number_is_named(log) -> None:
    document = documents.sign("audit head", {"nonsense": True}, log.ann).serialize()
    sql(log, "UPDATE audit_head SET document = ?", document)
    tampered(log, "The audit log does not match its head, signed by")
    sign_head(log, log.ann, 6)
    sql(log, "UPDATE audit_head SET number = 11")
    tampered(log, "The audit log does not match its head, signed by")


def test_an_act_that_fails_leaves_no_entry(office) -> None:
    before = builders.actions(office)
    with pytest.raises(ZeroDivisionError), office.domain.store.transaction() as db:
        audit_log.enter(db, office.clock(), office.actor(), [Event("never", "object", {})])
        raise ZeroDivisionError
    assert builders.actions(office) == before
    verify(office)


def test_an_act_without_events_leaves_the_head_to_who_signed_it(office) -> None:
    before = sql(office, "SELECT * FROM audit_head")
    with office.domain.store.transaction() as db:
        audit_log.enter(db, office.domain.now(), Actor.of(office.server), [])
    assert sql(office, "SELECT * FROM audit_head") == before
    assert audit_log.verify(office.domain, office.actor()).signer == office.certifier.name


def test_fractions_of_a_second_do_not_break_the_chain(office) -> None:
    office.clock.now = NOW.replace(microsecond=123456)
    enter(office, office.actor(), "one")
    assert verify(office).entries == 6


def test_an_act_makes_no_wiped_log_genuine(log) -> None:
    sql(log, "DELETE FROM audit")
    enter(log, log.actor(), "seven")
    tampered(log, "Entry 11 of the audit log, to which its signed head refers, is missing")


def test_an_act_makes_no_signed_entry_genuine_that_was_added_in_somebodys_name(log) -> None:
    (row,) = sql(log, "SELECT * FROM audit WHERE number = 11")
    sql(
        log, "INSERT INTO audit SELECT 12, at, 'CN=Rob Ra/O=MyCompany/C=US', 1, 'request approved', '999', detail, ?, ''"
        " FROM audit WHERE number = 11", row["hash"],
    )  # fmt: skip
    rehash(log, 12)
    enter(log, log.actor(), "seven")
    tampered(log, "The head of the audit log is at entry 11")


def test_an_act_makes_no_older_head_genuine(log) -> None:
    sign_head(log, log.rob, 10)
    enter(log, log.actor(), "seven")
    tampered(log, "The head of the audit log is at entry 10")


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("detail", '{"a": NaN}'), ("detail", '{"a": 1e999}'), ("detail", '{"a": "\\ud800"}'), ("detail", "["),
        ("at", "0001-01-01T00:00:00+14:00"), ("at", "x"),
    ],
)  # fmt: skip
def test_an_entry_that_cannot_be_read_is_named(log, column: str, value: str) -> None:
    sql(log, f"UPDATE audit SET {column} = ? WHERE number = 8", value)
    tampered(log, "Entry 8 of the audit log was changed or moved")
