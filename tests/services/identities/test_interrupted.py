"""Registrations of people that are killed: there is a recorded ID that opens, or nothing; and the journal knows it."""

from __future__ import annotations

import contextlib
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from dominoadmin import application
from dominoadmin.errors import Error, Refused, Tampered
from dominoadmin.pki import identities
from dominoadmin.services.audit import verifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.store import directory, id_files
from tests import ids
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD, NO_KEYCHAIN, ROB_PASSWORD
from tests.kills.killing import killed

EVE, PASSWORD = "CN=Eve Ra/O=MyCompany/C=US", "a new password"
REGISTER = """
from dominoadmin.services.identities.identifying import PersonRequest
identifying.register_person(domain, opened, PersonRequest("Eve Ra", "a new password"))
"""


class Place:
    """A data directory, as `tests.builders.sql` wants an office."""

    def __init__(self, root: Path) -> None:
        self.domain = application.open_domain(root, NO_KEYCHAIN)


def ids_in(root: Path) -> dict[Path, identities.PublicIdentity]:
    """Every whole ID in a folder, whatever the name of its file."""
    found = {}
    for path in root.iterdir():
        with contextlib.suppress(Error):
            found[path] = id_files.describe(path)
    return {path: shown for path, shown in found.items() if shown.name == EVE}


def journal(office) -> dict[str, str]:
    return {row["serial_hex"]: row["state"] for row in sql(office, "SELECT serial_hex, state FROM serials")}


def recorded(domain) -> tuple[bytes, ...] | None:
    with domain.store.snapshot() as db:
        entry = directory.find(db, EVE)
    return directory.chain_of(entry) if entry else None


@pytest.fixture(scope="module")
def tries(office_template, tmp_path_factory) -> dict[Path, str]:
    return killed(office_template[0], tmp_path_factory.mktemp("killed"), "cert.id", REGISTER)


def test_a_kill_at_any_step_leaves_a_recorded_id_or_none(tries) -> None:
    ends = set()
    for root, step in tries.items():
        before = ids_in(root)
        place = Place(root)  # the next start
        # What was signed is in the journal, whatever became of it.
        known, chain = journal(place), recorded(place.domain)
        for shown in before.values():
            assert f"{shown.chain[0].serial_number:x}" in known, step
        left = {path.name for path in root.iterdir() if path.name.startswith(".") and path.name != ".setup.lock"}
        assert left == set(), step
        if chain is None:
            assert ids_in(root) == {}, step
            if (chain, step) in ends:  # keys are derived slowly
                continue
            identifying.register_person(place.domain, opened_certifier(place), PersonRequest("Eve Ra", PASSWORD))
        opened = identifying.open_id(place.domain, root / "eve-ra.id", PASSWORD)
        assert (opened.name, opened.chain_der) == (EVE, recorded(place.domain)), step
        assert (root / "eve-ra.id").stat().st_mode & 0o777 == 0o600
        assert (root / "eve-ra.id").stat().st_nlink == 1
        assert journal(place)[f"{opened.certificate.serial_number:x}"] == "issued", step
        audited = [row["action"] for row in sql(place, "SELECT action FROM audit WHERE object = ?", EVE)]
        assert audited == ["person registered"], step
        verifying.verify(place.domain, Actor.of(opened))
        place.domain.store.close()
        ends.add((chain, step))
    assert {chain is None for chain, _step in ends} == {True, False}
    assert len(tries) > 12


_opened = {}


def opened_certifier(place) -> identities.Identity:
    """Open the certifier's ID once: all tries are copies of one domain."""
    if "it" not in _opened:
        _opened["it"] = identifying.open_id(place.domain, place.domain.directory.root / "cert.id", ADMIN_PASSWORD)
    return _opened["it"]


def test_an_id_that_nobody_has_recorded_opens_nothing(office) -> None:
    """Such as what a kill of an earlier version has left: the file was there before its record."""
    path = office.root / "eve-ra.id"
    path.write_bytes(identities.serialize(ids.certify(office.certifier, "person", EVE, 5, office.clock()), PASSWORD))
    with pytest.raises(Refused, match="is not recorded in this domain") as refusal:
        identifying.open_id(office.domain, path, PASSWORD)
    assert "Register the person again" in refusal.value.hint


def test_an_id_whose_document_was_removed_is_no_interrupted_registration(office) -> None:
    path = identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    assert identifying.open_id(office.domain, path, PASSWORD).name == EVE
    sql(office, "DELETE FROM directory WHERE name = ?", EVE)
    with pytest.raises(Tampered, match="directory CN=Eve Ra"):
        identifying.open_id(office.domain, path, PASSWORD)


def test_an_id_of_an_earlier_registration_of_the_same_name_opens_nothing(office) -> None:
    """The one in the store was lost, as a backup was restored."""
    with closing(sqlite3.connect(office.domain.directory.store)) as store, closing(sqlite3.connect(":memory:")) as backup:
        store.backup(backup)
        first = identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
        old = first.rename(office.root / "old.id")
        backup.backup(store)
    second = identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    assert identifying.open_id(office.domain, second, PASSWORD).name == EVE
    with pytest.raises(Refused, match="is not recorded in this domain"):
        identifying.open_id(office.domain, old, PASSWORD)


def test_the_journal_knows_the_certificate_of_every_id(office) -> None:
    known = journal(office)
    for identity in (office.ann, office.rob, office.server, office.certifier):
        assert known[f"{identity.certificate.serial_number:x}"] == "issued", identity.name
    tbs = {bytes(row["tbs"]) for row in sql(office, "SELECT tbs FROM serials")}
    assert office.rob.certificate.tbs_certificate_bytes in tbs


def test_a_serial_number_that_a_kill_has_left_is_voided_and_audited_later(office) -> None:
    sql(office, "UPDATE serials SET state = 'intended' WHERE serial_hex = ?", f"{office.rob.certificate.serial_number:x}")
    identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    assert "intended" in journal(office).values()  # it may be another process's, in this moment
    office.clock.advance(hours=2)
    identifying.register_person(office.domain, office.certifier, PersonRequest("Dan Ra", PASSWORD))
    assert journal(office)[f"{office.rob.certificate.serial_number:x}"] == "void"
    assert "intended" not in journal(office).values()
    assert [row["object"] for row in sql(office, "SELECT object FROM audit WHERE action = 'serials voided'")] == ["O=MyCompany/C=US"]


def test_a_full_disk_leaves_neither_a_file_nor_a_record(office, monkeypatch) -> None:
    import errno
    import os

    def full(_descriptor):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Error, match=r"eve-ra.id cannot be written: no space left on device"):
        identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    assert recorded(office.domain) is None
    assert not [path for path in office.root.iterdir() if "eve" in path.name]
    assert "intended" not in journal(office).values()


def test_two_who_register_one_name_at_once_make_one_person(office, monkeypatch) -> None:
    """The name is looked for again in the transaction that enters it."""
    monkeypatch.setattr(identifying, "check_person", lambda *_given: EVE)
    identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    (office.root / "eve-ra.id").rename(office.root / "first.id")
    with pytest.raises(Refused, match="is already in the Domino Directory"):
        identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    assert not (office.root / "eve-ra.id").exists()


def test_ids_of_before_open_as_ever(office) -> None:
    assert identifying.open_id(office.domain, office.root / "rob-ra.id", ROB_PASSWORD).name == office.rob.name
