"""The state: whatever is put in, the root is the one of the documented format, and nothing can be changed behind it."""

from __future__ import annotations

import hashlib
import random

import pytest

from dominoadmin.store import state
from dominoadmin.store.database import scratch


def named(number: int) -> bytes:
    return hashlib.sha256(str(number).encode()).digest()


def root_of(objects: dict[bytes, bytes]) -> bytes:
    """The root by the definition: pages of sorted names and digests, groups of 256 pages, the root of the groups."""
    pages: dict[int, bytes] = {}
    for name, digest in sorted(objects.items()):
        number = int.from_bytes(name[:2], "big")
        pages[number] = pages.get(number, b"") + name + digest
    groups: dict[int, bytes] = {}
    for number, page in sorted(pages.items()):
        hashed = hashlib.sha256(b"dominoadmin state page 1\0" + number.to_bytes(2, "big") + page).digest()
        groups[number >> 8] = groups.get(number >> 8, b"") + bytes([number & 255]) + hashed
    top = b"".join(
        bytes([number]) + hashlib.sha256(b"dominoadmin state group 1\0" + number.to_bytes(2, "big") + group).digest()
        for number, group in sorted(groups.items())
    )
    return hashlib.sha256(b"dominoadmin state 1\0\0\0" + top).digest()


@pytest.fixture
def db():
    with scratch(state.TABLES) as made:
        yield made


def test_the_root_follows_every_change(db) -> None:
    chance, objects, root = random.Random(11), {}, state.EMPTY
    assert root == root_of({})
    for _round in range(40):
        changes = {named(chance.randrange(300)): chance.randbytes(32) for _ in range(chance.randrange(1, 30))}
        changes |= dict.fromkeys(chance.sample(sorted(objects), min(len(objects), 5)), b"")
        root = state.apply(db, changes, root)
        objects = {name: digest for name, digest in (objects | changes).items() if digest}
        assert root == root_of(objects) == state.root(db)
        assert state.find(db, [named(number) for number in range(300)], root) == objects
    root = state.apply(db, dict.fromkeys(objects, b""), root)
    assert root == state.EMPTY
    assert [db.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in state.TABLES] == [0, 0, 0]


def test_many_in_one_page(db) -> None:
    objects = {b"\1\2" + named(number)[2:]: named(number) for number in range(2000)}
    root = state.apply(db, objects, state.EMPTY)
    assert root == root_of(objects)
    assert state.find(db, objects, root) == objects


CHANGES = (
    "UPDATE state_pages SET entries = CAST(substr(entries, 65) || substr(entries, 1, 64) AS BLOB) WHERE number = 258",
    "UPDATE state_pages SET entries = substr(entries, 65) WHERE number = 258",
    "UPDATE state_pages SET entries = CAST(entries || x'00' AS BLOB) WHERE number = 258",
    "UPDATE state_pages SET entries = x'' WHERE number = 258",
    "DELETE FROM state_pages WHERE number = 258",
    "DELETE FROM state_groups",
    "UPDATE state_groups SET entries = CAST(entries || x'00' AS BLOB)",
    "DELETE FROM state_root",
    "UPDATE state_root SET entries = x''",
    "INSERT INTO state_pages VALUES (515, zeroblob(64))",
)


@pytest.mark.parametrize("change", CHANGES)
def test_what_does_not_lead_to_the_root_is_altered(db, change: str) -> None:
    objects = {b"\1\2" + named(number)[2:]: named(number) for number in range(3)}
    root = state.apply(db, objects, state.EMPTY)
    db.execute(change)
    asked = [*objects, b"\2\3" + named(9)[2:]]
    with pytest.raises(state.Altered):
        state.find(db, asked, root)
    with pytest.raises(state.Altered):
        state.apply(db, {name: named(7) for name in asked}, root)


def test_an_object_that_does_not_exist_is_proved_too(db) -> None:
    root = state.apply(db, {named(1): named(2)}, state.EMPTY)
    assert state.find(db, [named(3)], root) == {}
    with pytest.raises(state.Altered):
        state.find(db, [named(3)], named(4))


@pytest.mark.parametrize("tables", [("state_pages",), ("state_groups",), ("state_root",), ("state_pages", "state_groups"), ("state_groups", "state_root"), state.TABLES])
def test_parts_of_another_state_that_fit_each_other_do_not_lead_to_the_root(db, tables) -> None:
    """An older state that is whole in itself, put back in part or as a whole."""
    objects = {b"\1\2" + named(number)[2:]: named(number) for number in range(3)}
    root = state.apply(db, objects, state.EMPTY)
    with scratch(state.TABLES) as other:
        assert state.apply(other, dict.fromkeys(objects, bytes(32)), state.EMPTY) != root
        for table in tables:
            (row,) = other.execute(f"SELECT number, entries FROM {table}")
            db.execute(f"UPDATE {table} SET entries = ? WHERE number = ?", (row["entries"], row["number"]))
    with pytest.raises(state.Altered):
        state.find(db, objects, root)
    with pytest.raises(state.Altered):
        state.apply(db, {named(9): bytes(32), **objects}, root)
    with pytest.raises(state.Altered):
        state.proof(db, next(iter(objects)), root)


def test_a_digest_is_no_name(db) -> None:
    """Somebody may choose what an object holds, so that its digest, or the end of it, reads like another one's name."""
    other = b"\1\2" + named(1)[2:]
    inside = b"\1\2" + named(2)[2:31] + other[:1], other[1:] + b"\7"
    objects = {b"\1\2" + named(3)[2:]: other, inside[0]: inside[1]}
    root = state.apply(db, objects, state.EMPTY)
    assert root == root_of(objects)
    assert state.find(db, [other], root) == {}
    objects[other] = named(4)
    root = state.apply(db, {other: objects[other]}, root)
    assert root == root_of(objects)
    assert state.find(db, objects, root) == objects


@pytest.mark.parametrize("kept", [0, 5_000, 1 << 20])
def test_a_state_that_is_made_again_has_the_same_root_and_the_same_pages(db, monkeypatch, kept: int) -> None:
    monkeypatch.setattr(state, "_KEPT", kept)
    chance, objects, made = random.Random(12), {}, state.Remaking(db)
    for _round in range(40):
        changes = []
        for _number in range(chance.randrange(1, 30)):  # one object can change several times
            name = named(chance.randrange(300))
            after = chance.choice([b"", chance.randbytes(32)])
            changes.append((name, objects.get(name, b""), after))
            objects[name] = after
        assert made.follow(changes) == root_of({name: digest for name, digest in objects.items() if digest})
    made.keep()
    with scratch(state.TABLES) as other:
        root = state.apply(other, {name: digest for name, digest in objects.items() if digest}, state.EMPTY)
        assert state.root(db) == root
        assert state.is_same(db, other)


@pytest.mark.parametrize("claimed", [b"", b"\1" * 32])
def test_a_change_of_what_was_another_before_is_not_made_again(db, claimed) -> None:
    made = state.Remaking(db)
    made.follow([(named(1), b"", b"\2" * 32)])
    with pytest.raises(state.Altered):
        made.follow([(named(1), claimed, b"\3" * 32)])
