"""Generated passwords: the server's ID opens the key ring, for the person who has created it, and nobody else."""

from __future__ import annotations

import json

import pytest

from dominoadmin.services.domain import Actor
from dominoadmin.services.key_rings import generated
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess

FILE = "generated.kyr"
BOB = "CN=Bob Other/O=MyCompany/C=US"


@pytest.fixture
def password(stage) -> str:
    made = generated.new_password()
    stage.create(file=FILE, password=made, is_generated=True)
    return made


def test_the_servers_id_opens_it_for_its_creator(stage, password):
    assert generated.is_for(stage.domain, stage.actor, FILE)
    found = generated.password_of(stage.domain, stage.actor, stage.server, FILE)
    assert found == password
    assert stage.show(FILE, found).file == FILE


def test_each_password_is_another_one_of_256_bits():
    assert len({generated.new_password() for _ in range(10)}) == 10
    assert all(len(generated.new_password()) == 43 for _ in range(10))


def test_nobody_else_and_not_without_the_servers_id(stage, password):
    bob = Actor(BOB, stage.ann.anchor, stage.ann)
    assert not generated.is_for(stage.domain, bob, FILE)
    assert generated.password_of(stage.domain, bob, stage.server, FILE) == ""
    assert generated.password_of(stage.domain, stage.actor, None, FILE) == ""
    assert generated.password_of(stage.domain, stage.actor, stage.ann, FILE) == ""
    locked = Actor(stage.ann.name, stage.ann.anchor)  # the window is locked: only the name is known
    assert generated.password_of(stage.domain, locked, stage.server, FILE) == ""


def test_a_name_written_into_the_stash_opens_nothing(stage, password):
    bob = Actor(BOB, stage.ann.anchor, stage.ann)
    stash = stage.root / "generated.sth"
    fields = json.loads(stash.read_text())
    stash.write_text(json.dumps({**fields, "person": BOB}))
    assert generated.is_for(stage.domain, bob, FILE)
    assert generated.password_of(stage.domain, bob, stage.server, FILE) == ""


def test_a_password_that_somebody_has_chosen_is_not_handed_out(stage):
    assert not generated.is_for(stage.domain, stage.actor, "keyfile.kyr")
    assert generated.password_of(stage.domain, stage.actor, stage.server, "keyfile.kyr") == ""
    stash = stage.root / "keyfile.sth"
    fields = json.loads(stash.read_text())
    stash.write_text(json.dumps({**fields, "version": 2, "person": stage.ann.name}))
    assert generated.password_of(stage.domain, stage.actor, stage.server, "keyfile.kyr") == ""


def test_a_change_of_the_password_ends_it(stage, password):
    key_rings.change_password(stage.domain, stage.actor, KeyRingAccess(FILE, password), "A chosen one 77")
    assert generated.password_of(stage.domain, stage.actor, stage.server, FILE) == ""
    assert stage.show(FILE, "A chosen one 77").file == FILE


def test_what_is_no_key_ring_has_none(stage):
    for file in ("missing.kyr", "keyfile.txt", "../keyfile.kyr", ""):
        assert generated.password_of(stage.domain, stage.actor, stage.server, file) == ""


def test_the_server_opens_it_as_any_other(stage, password):
    stage.install(FILE)
    assert stage.open_installed(FILE).private_key is not None


def test_the_audit_log_says_that_it_was_generated(stage, password):
    (row,) = stage.sql("SELECT detail FROM audit WHERE action = 'key ring created' ORDER BY number DESC LIMIT 1")
    assert json.loads(row[0])["password"] == "generated"
    assert password not in row[0]
