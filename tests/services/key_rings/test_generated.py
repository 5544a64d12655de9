"""Generated passwords: the server's ID opens the key ring, for the person who has created it, and nobody else."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from dominoadmin.errors import NotAllowed
from dominoadmin.pki import documents, keys, stashes
from dominoadmin.pki import key_rings as key_ring_files
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.revocation import Reason
from dominoadmin.pki.stashes import Stash
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import renewing
from dominoadmin.services.key_rings import generated
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, KeyRingRequest
from dominoadmin.store import key_rings as stored
from tests import builders
from tests.services.key_rings.conftest import form

HOST = "server1.example.com"
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
    assert not generated.is_for(stage.domain, stage.actor, FILE)
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


def put_in_place(stage, password: str, signed: Callable[[Stash], Stash]) -> None:
    """Put another key ring and its stash in the place of Ann's: anyone can seal to the server's public key."""
    theirs, key = generated.new_password(), keys.generate("ec-p256")
    ring = key_ring_files.new(key, DistinguishedName(common_name=HOST), (), stage.clock())
    fingerprint = keys.fingerprint(key.public_key())
    stash = stashes.seal(theirs, stage.server.name, stage.server.certificate, fingerprint, stage.ann.name)
    (stage.root / FILE).write_bytes(key_ring_files.serialize(ring, theirs))
    (stage.root / "generated.sth").write_bytes(stashes.serialize(signed(stash)))


FORGED = {
    "not at all": lambda _stage, _own, stash: stash,
    "another seal": lambda _stage, own, stash: replace(stash, signed=own.signed),
    "by somebody else": lambda stage, _own, stash: generated.signed(stash, stage.server, stage.clock()),
    "unreadable": lambda _stage, _own, stash: replace(stash, signed=b'{"content": 1}'),
    "without a time": lambda stage, _own, stash: replace(
        stash, signed=documents.sign("generated password", stash.content(), stage.ann).serialize()
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_key_ring_that_somebody_puts_in_its_place_is_not_opened(stage, password, how: str):
    """Otherwise, Ann's request would be for a key that he has."""
    own = stored.read_stash(stage.root / FILE)
    put_in_place(stage, password, lambda stash: FORGED[how](stage, own, stash))
    assert generated.password_of(stage.domain, stage.actor, stage.server, FILE) == ""


def end(domain, certifier, reason: Reason) -> None:
    if reason == Reason.SUPERSEDED:
        renewing.renew(domain, certifier, "Ann Admin", "another password 4")
    else:
        renewing.revoke(domain, certifier, "Ann Admin", reason)


@pytest.mark.parametrize("reason", [Reason.SUPERSEDED, Reason.KEY_COMPROMISE])
def test_what_an_id_has_signed_that_was_renewed_still_opens_and_not_what_a_stolen_one_has(office, reason: Reason):
    made, ann = generated.new_password(), Actor.of(office.ann)
    builders.ready(office)
    fields = {"common_name": HOST, "organization": "MyCompany", "state": "Massachusetts", "country": "US"}
    request = KeyRingRequest(file=FILE, password=made, key_algorithm="ec-p256", is_generated=True, **fields)
    key_rings.create(office.domain, ann, request)
    assert generated.password_of(office.domain, ann, office.server, FILE) == made
    end(office.domain, office.certifier, reason)
    found = generated.password_of(office.domain, ann, office.server, FILE)
    assert found == (made if reason == Reason.SUPERSEDED else "")


def test_nothing_is_generated_for_a_person_who_is_not_logged_in(stage):
    locked = Actor(stage.ann.name, stage.ann.anchor)
    with pytest.raises(NotAllowed, match="somebody with an open ID"):
        key_rings.create(stage.domain, locked, form(file=FILE, is_generated=True))
    assert not (stage.root / FILE).exists()
