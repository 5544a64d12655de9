"""The audit log: no action without an entry, and every later change is detected."""

from __future__ import annotations

import base64
import hashlib
import json

import pytest

from dominoadmin.errors import Error, Tampered
from dominoadmin.pki import documents
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor
from tests import builders, ids
from tests.builders import sql
from tests.conftest import NOW


def verify(office) -> verifying.LogVerdict:
    return verifying.verify(office.domain, office.actor())


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


def tree(hashes: list[bytes]) -> bytes:
    """The root as RFC 9162, 2.1.1 defines it."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    left = 1
    while left * 2 < len(hashes):
        left *= 2
    return hashlib.sha256(b"\1" + tree(hashes[:left]) + tree(hashes[left:])).digest()


def root(office, size: int) -> str:
    rows = sql(office, "SELECT octets FROM audit WHERE number <= ? ORDER BY number", size)
    return tree([hashlib.sha256(b"\0" + row["octets"]).digest() for row in rows]).hex()


def canonical(content: dict) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def rewrite(office, number: int, **changes: object) -> None:
    """Change an entry everywhere, as an informed attacker would."""
    (row,) = sql(office, "SELECT * FROM audit WHERE number = ?", number)
    octets = canonical(json.loads(row["octets"]) | changes)
    sql(office, "UPDATE audit SET octets = ? WHERE number = ?", octets, number)
    for column, value in changes.items():
        sql(office, f"UPDATE audit SET {column} = ? WHERE number = ?", value, number)


def add_in_the_name_of(office, name: str, number: int) -> None:
    (row,) = sql(office, "SELECT * FROM audit WHERE number = ?", number - 1)
    content = {**json.loads(row["octets"]), "number": number, "actor": name, "signed_in": True, "commits": []}
    sql(
        office, "INSERT INTO audit SELECT ?, ?, detail, salt, at, ?, 1, action, object FROM audit WHERE number = ?",
        number, canonical(content), name, number - 1,
    )  # fmt: skip


def test_a_whole_log_verifies_and_names_its_signer(log) -> None:
    assert verify(log) == verifying.LogVerdict(11, 11, "CN=Rob Ra/O=MyCompany/C=US")
    entries = builders.entries(log)
    assert [entry.number for entry in entries] == list(range(1, 12))
    for head in sql(log, "SELECT * FROM audit_heads"):
        content = json.loads(head["content"])
        assert (content["log"], content["log_before"]) == (root(log, head["size"]), root(log, content["size_before"]))


def test_what_was_only_claimed_stands_behind_the_head_until_somebody_signs(log) -> None:
    enter(log, claimed(log), "knocked")
    assert verify(log) == verifying.LogVerdict(12, 11, "CN=Rob Ra/O=MyCompany/C=US")
    enter(log, log.actor(), "answered")
    assert verify(log) == verifying.LogVerdict(13, 13, "CN=Ann Admin/O=MyCompany/C=US")


CHANGES = {"at": "2020-01-01T00:00:00Z", "actor": "CN=Rob Ra/O=MyCompany/C=US", "signed_in": 0, "action": "nothing",
           "object": "nothing", "detail": '{"n": 2}', "salt": bytes(16), "octets": b"{}"}  # fmt: skip


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


def test_an_entry_that_was_changed_everywhere_does_not_agree_with_the_head_of_its_act(log) -> None:
    rewrite(log, 7, action="nothing")
    tampered(log, "The audit log does not match its head, signed by CN=Ann Admin/O=MyCompany/C=US at entry 8")


def test_the_next_act_does_not_sign_a_rewritten_log_as_genuine(log) -> None:
    rewrite(log, 7, action="nothing")
    enter(log, Actor.of(log.server), "something else")
    tampered(log, "The audit log does not match its head, signed by CN=Ann Admin/O=MyCompany/C=US at entry 8")


def test_a_cut_off_tail_does_not_agree_with_the_head(log) -> None:
    sql(log, "DELETE FROM audit WHERE number > 8")
    tampered(log, "Entry 9 of the audit log is missing")


def test_an_entry_added_in_somebodys_name_is_no_signed_entry(log) -> None:
    add_in_the_name_of(log, log.rob.name, 12)
    tampered(log, "had already advanced it: an older head was restored, or entries were added.")


def test_a_head_put_back_is_named(office) -> None:
    enter(office, office.actor(), "one")
    enter(office, office.actor(), "two", "three")
    sql(office, "DELETE FROM audit_heads WHERE size > 6")
    tampered(office, "is at entry 6, but entry 8 had already advanced it: an older head was restored, or entries were added")


@pytest.mark.parametrize("column", ["content", "signature", "frontier", "signer"])
def test_a_head_that_is_rubbish_is_named(log, column: str) -> None:
    rubbish = "nobody" if column == "signer" else b"\0"
    sql(log, f"UPDATE audit_heads SET {column} = ? WHERE size = 8", rubbish)
    with pytest.raises(Error):
        verify(log)


def test_heads_that_are_gone_are_named(log) -> None:
    sql(log, "DELETE FROM audit_heads WHERE size = 8")
    tampered(log, "does not match its head, signed by CN=Rob Ra/O=MyCompany/C=US at entry 11")
    sql(log, "DELETE FROM audit_heads")
    tampered(log, "The audit log has no signed head")


def frontier(hashes: list[bytes]) -> bytes:
    """The roots of the complete subtrees, the largest first."""
    found, start = b"", 0
    while start < len(hashes):
        size = 1 << ((len(hashes) - start).bit_length() - 1)
        found += tree(hashes[start : start + size])
        start += size
    return found


def sign_head(office, signer, size: int, changes: dict[str, object] | None = None) -> None:
    """Sign a head over the log as it is, and put it in place of the newest ones."""
    (before,) = sql(office, "SELECT * FROM audit_heads WHERE size < ? ORDER BY size DESC LIMIT 1", size)
    last = json.loads(before["content"])
    hashes = [hashlib.sha256(b"\0" + row["octets"]).digest() for row in sql(office, "SELECT octets FROM audit WHERE number <= ? ORDER BY number", size)]
    content = {**last, "size_before": last["size"], "log_before": last["log"], "state_before": last["state"],
               "size": size, "log": tree(hashes).hex(), "state": last["state"]} | (changes or {})  # fmt: skip
    signed = documents.sign("audit head", content, signer)
    sql(office, "DELETE FROM audit_heads WHERE size >= ?", size)
    chain = json.dumps([base64.b64encode(der).decode() for der in signed.chain])
    sql(office, "INSERT OR REPLACE INTO audit_signers VALUES ('made up', ?)", chain)
    sql(office, "INSERT INTO audit_heads VALUES (?, ?, ?, 'made up', ?)", size, signed.content, signed.signature, frontier(hashes))


def test_a_head_signed_by_a_stranger_is_named(log) -> None:
    other = ids.organization("O=MyCompany/C=US", 7, NOW)
    sign_head(log, ids.certify(other, "person", log.ann.name, 8, NOW), 11)
    tampered(log, "not certified by the organization's certifier")


def test_a_head_signed_by_somebody_else_than_the_entrys_actor_is_named(log) -> None:
    """Any member of the organization can sign; the signer of the head is in the log."""
    rewrite(log, 10, action="nothing")
    sign_head(log, log.ann, 11)
    tampered(log, r"Entry 9 .* in the name of Rob Ra/MyCompany/US, and signed by Ann Admin/MyCompany/US")


@pytest.mark.parametrize(
    "changes",
    [
        {"size_before": 5}, {"log_before": "00" * 32}, {"state_before": "00" * 32}, {"epoch": 2}, {"log": "00" * 32},
        {"size": 12}, {"state": "00" * 32}, {"at": "yesterday"}, {"epoch": None}, {"surplus": 1},
    ],
    ids=str,
)  # fmt: skip
def test_a_head_that_says_something_else_is_named(log, changes) -> None:
    sign_head(log, log.rob, 11, changes)
    with pytest.raises(Tampered, match="does not match its"):
        verify(log)


@pytest.mark.parametrize("rubbish", ["zz", "", "00" * 31, 7, None, ["00" * 32]])
@pytest.mark.parametrize("root", ["state", "state_before", "log", "log_before"])
def test_a_head_whose_roots_are_none_stops_acts_in_a_sentence(log, root: str, rubbish: object) -> None:
    """Whoever has an ID can sign nonsense."""
    sign_head(log, log.rob, 11, {root: rubbish})
    with pytest.raises(Tampered, match="does not match its signature at entry 11"):
        enter(log, log.actor(), "seven")
    with pytest.raises(Tampered, match="does not match its"):
        verify(log)


def test_an_act_that_fails_leaves_no_entry(office) -> None:
    before = builders.actions(office)
    with pytest.raises(ZeroDivisionError), office.domain.store.transaction() as db:
        audit_log.enter(db, office.clock(), office.actor(), [Event("never", "object", {})])
        raise ZeroDivisionError
    assert builders.actions(office) == before
    verify(office)


def test_an_act_without_events_leaves_the_head_to_who_signed_it(office) -> None:
    before = sql(office, "SELECT * FROM audit_heads")
    with office.domain.store.transaction() as db:
        audit_log.enter(db, office.domain.now(), Actor.of(office.server), [])
    assert sql(office, "SELECT * FROM audit_heads") == before
    assert verify(office).signer == office.certifier.name


def test_fractions_of_a_second_do_not_break_the_chain(office) -> None:
    office.clock.now = NOW.replace(microsecond=123456)
    enter(office, office.actor(), "one")
    assert verify(office).entries == 6


def test_an_act_makes_no_wiped_log_genuine(log) -> None:
    sql(log, "DELETE FROM audit")
    with pytest.raises(Tampered, match="does not match its signature at entry 11"):
        enter(log, log.actor(), "seven")
    tampered(log, "Entry 1 of the audit log is missing")


def test_an_act_makes_no_signed_entry_genuine_that_was_added_in_somebodys_name(log) -> None:
    add_in_the_name_of(log, log.rob.name, 12)
    with pytest.raises(Tampered, match="does not match its signature at entry 11"):
        enter(log, log.actor(), "seven")
    tampered(log, "The head of the audit log is at entry 11")


def test_an_act_makes_no_older_head_genuine(log) -> None:
    sign_head(log, log.rob, 10)
    with pytest.raises(Tampered, match="does not match its signature at entry 10"):
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


def test_certificates_that_somebody_has_put_in_for_a_person_who_has_not_signed_yet_are_replaced(office) -> None:
    """Otherwise the first signature of that person would stop the whole store."""
    builders.ready(office)
    chain = hashlib.sha256(b"".join(office.rob.chain_der)).hexdigest()
    sql(office, "INSERT INTO audit_signers VALUES (?, '[]')", chain)
    builders.certifier(office, "Rob CA", creator=office.rob)
    verifying.verify(office.domain, office.actor())
