"""Changes of a key's protection: from every kind to every other, leaving nothing of the old seal."""

from __future__ import annotations

import errno
import itertools
import sqlite3
from contextlib import closing

import pytest

from dominoadmin.errors import Locked, NotAllowed, Refused, WrongPassword
from dominoadmin.pki.identities import PublicIdentity
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import configuration_versions, modifying, protecting
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.certifiers.protecting import KeyOpening, ProtectionOrder
from dominoadmin.services.domain import Actor
from dominoadmin.services.states import Protection, RequestState
from dominoadmin.store.sqlite import failures
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import CA_NAME, sql

OLD, NEW = "activate me 4", "another one 5"
WAYS = (Protection.SERVER_ID, Protection.PASSWORD, Protection.LOCKING_ID)


def public(identity) -> PublicIdentity:
    return PublicIdentity(identity.kind, identity.name, identity.chain)


def certifier(office, protection: str) -> None:
    more = {Protection.PASSWORD: {"activation_password": OLD}, Protection.LOCKING_ID: {"locking_id": public(office.rob)}}
    builders.ready(office, protection=protection, **more.get(protection, {}))


def opening(office, protection: str, password: str = OLD) -> KeyOpening:
    return KeyOpening(
        office.rob if protection == Protection.LOCKING_ID else office.server, password if protection == Protection.PASSWORD else ""
    )


def order(office, protection: str, version: int = 1, locker=None) -> ProtectionOrder:
    more = {Protection.PASSWORD: {"activation_password": NEW}, Protection.LOCKING_ID: {"locking_id": public(locker or office.rob)}}
    return ProtectionOrder(1, version, protection, **more.get(protection, {}))


def change(office, before: str, after: str, **more) -> protecting.Resealed:
    return protecting.change(office.domain, office.ann, order(office, after, **more), opening(office, before))


def pieces_left(office, seal: bytes) -> list[str]:
    """Return the files of the store that contain a piece of a seal; SQLite splits long values anywhere."""
    pieces = [seal[start : start + 24] for start in range(len(seal) - 24)]
    files = sorted(office.root.rglob("domain*"))
    return [path.name for path in files if any(map(path.read_bytes().__contains__, pieces))]


@pytest.mark.parametrize(
    ("before", "after"), [pair for pair in itertools.product(WAYS, WAYS) if pair[0] != pair[1] or pair[0] == Protection.PASSWORD]
)
def test_every_way_to_every_other(office, before, after) -> None:
    certifier(office, before)
    seal = builders.record(office).active.sealed_key
    assert pieces_left(office, seal)
    done = change(office, before, after)
    assert (done.version, done.protection, done.wiped, done.remarks) == (2, after, True, ())
    assert pieces_left(office, seal) == []
    found, vault = builders.verified(office), KeyVault()
    vault.open(found, opening(office, after, NEW).holder, NEW if after == Protection.PASSWORD else "")
    assert vault.is_open(found.generation)
    assert (found.generation.protection, bool(found.generation.locking_id)) == (after, after == Protection.LOCKING_ID)
    assert builders.actions(office)[-1] == ("certifier protection changed", CA_NAME)
    (row,) = sql(office, "SELECT detail FROM audit ORDER BY number DESC LIMIT 1")
    assert OLD not in row["detail"] and NEW not in row["detail"]
    verifying.verify(office.domain, office.actor())


def test_the_old_password_opens_nothing_any_more(office) -> None:
    certifier(office, Protection.PASSWORD)
    change(office, Protection.PASSWORD, Protection.PASSWORD)
    with pytest.raises(WrongPassword):
        KeyVault().open(builders.verified(office), office.server, OLD)


def test_the_locking_id_is_changed(office) -> None:
    certifier(office, Protection.LOCKING_ID)
    change(office, Protection.LOCKING_ID, Protection.LOCKING_ID, locker=office.ann)
    with pytest.raises(Locked):
        KeyVault().open(builders.verified(office), office.rob)
    KeyVault().open(builders.verified(office), office.ann)
    assert protecting.present(office.domain, office.actor(), 1).holder == office.ann.name


def test_without_what_opens_the_key_nothing_is_changed(office) -> None:
    certifier(office, Protection.PASSWORD)
    wanted = order(office, Protection.SERVER_ID)
    for given, error in (
        (KeyOpening(office.server, "wrong one 1"), WrongPassword), (KeyOpening(office.server), Locked), (KeyOpening(office.rob, OLD), Locked),
    ):  # fmt: skip
        with pytest.raises(error):
            protecting.change(office.domain, office.ann, wanted, given)
    with pytest.raises(NotAllowed):
        protecting.change(office.domain, office.rob, wanted, KeyOpening(office.server, OLD))
    assert builders.verified(office).configuration.version == 1


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [
        (ProtectionOrder(1, 1, Protection.SERVER_ID), "Nothing was changed"),
        (ProtectionOrder(1, 1, "paper"), "is not a way"),
        (ProtectionOrder(1, 1, Protection.SERVER_ID, NEW), "can be used only with"),
        (ProtectionOrder(1, 1, Protection.PASSWORD), ""),
        (ProtectionOrder(1, 1, Protection.PASSWORD, "x"), ""),
        (ProtectionOrder(1, 1, Protection.LOCKING_ID), "Choose the person"),
        (ProtectionOrder(1, 7, Protection.PASSWORD, NEW), "Someone saved version"),
    ],
)
def test_what_breaks_a_rule_is_refused_before_the_key_is_opened(office, wanted, sentence) -> None:
    certifier(office, Protection.SERVER_ID)
    with pytest.raises(Refused, match=sentence or None):
        protecting.check(office.domain, office.actor(), wanted)


def test_only_a_person_locks(office) -> None:
    certifier(office, Protection.SERVER_ID)
    with pytest.raises(Refused, match="Choose the person"):
        protecting.check(office.domain, office.actor(), order(office, Protection.LOCKING_ID, locker=office.server))
    with pytest.raises(Refused, match="can be used only with"):
        protecting.check(office.domain, office.actor(), ProtectionOrder(1, 1, Protection.SERVER_ID, locking_id=public(office.rob)))


def test_a_running_ca_process_asks_for_the_new_password(office) -> None:
    certifier(office, Protection.SERVER_ID)
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    request = builders.approved(office)
    change(office, Protection.SERVER_ID, Protection.PASSWORD)
    assert any("requires its password" in line for line in task.run_due())
    assert builders.state(office, request) == RequestState.APPROVED
    list(task.tell(f"activate 1 {NEW}"))
    assert builders.state(office, request) == RequestState.ISSUED


def test_a_reader_keeps_the_old_seal_in_the_log_until_the_ca_process_wipes_it(office) -> None:
    certifier(office, Protection.SERVER_ID)
    seal = builders.record(office).active.sealed_key
    task = CaTask(office.domain, office.server, builders.no_password)
    with closing(sqlite3.connect(office.domain.directory.store)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM certifiers").fetchone()
        done = change(office, Protection.SERVER_ID, Protection.LOCKING_ID)
        assert not done.wiped and any("The old seal is still in the store's log, because another process is reading the store" in remark for remark in done.remarks)
        assert not protecting.wipe(office.domain)
        assert pieces_left(office, seal)
    list(task.start())
    assert pieces_left(office, seal) == []
    assert protecting.wipe(office.domain)


def test_a_disk_that_is_full_after_the_new_seal_is_stored_is_no_failure_of_the_act(office, monkeypatch) -> None:
    """The error would say that nothing was changed, while only the new password opens the key."""
    certifier(office, Protection.SERVER_ID)

    def full() -> bool:
        raise failures.unwritable(office.domain.store.path, OSError(errno.ENOSPC, ""))

    with monkeypatch.context() as patch:
        patch.setattr(office.domain.store, "wipe", full)
        done = change(office, Protection.SERVER_ID, Protection.PASSWORD)
    assert (done.version, done.wiped) == (2, False)
    assert any("or it cannot be written" in remark for remark in done.remarks)
    list(CaTask(office.domain, office.server, builders.no_password).start())
    assert protecting.wipe(office.domain)


def test_a_copy_of_the_store_that_holds_the_old_seal_is_named(office) -> None:
    certifier(office, Protection.SERVER_ID)
    office.domain.store.wipe()
    copy = office.root / "domain-schema-1.db"
    copy.write_bytes(office.domain.directory.store.read_bytes())
    done = change(office, Protection.SERVER_ID, Protection.PASSWORD)
    assert len(done.remarks) == 1 and "domain-schema-1.db" in done.remarks[0]


def test_modifying_afterwards_keeps_the_seal_bound(office) -> None:
    certifier(office, Protection.SERVER_ID)
    old = builders.record(office).active.sealed_key
    change(office, Protection.SERVER_ID, Protection.PASSWORD)
    begun = modifying.begin(office.domain, Actor.of(office.ann), 1)
    modifying.set_enabled(office.domain, office.ann, 1, enabled=False)
    assert begun.version == 2 and builders.verified(office).configuration.version == 3
    sql(office, "UPDATE certifiers SET sealed_key = ?", old)
    with pytest.raises(Refused, match="does not belong to this certifier"):
        builders.verified(office)


def test_an_older_seal_that_was_put_back_is_not_made_genuine(office) -> None:
    certifier(office, Protection.PASSWORD)
    (row,) = sql(office, "SELECT sealed_key FROM certifiers")
    change(office, Protection.PASSWORD, Protection.PASSWORD)
    sql(office, "UPDATE certifiers SET sealed_key = ?", row["sealed_key"])
    assert configuration_versions.standing(office.domain, office.actor(), 1).problem
    with pytest.raises(Refused, match=r"The sealed key of .* was replaced"):
        configuration_versions.restore(office.domain, office.ann, 1)
    assert configuration_versions.standing(office.domain, office.actor(), 1).problem
