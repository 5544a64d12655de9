"""What follows from other tables is named if it differs, and is made again without a backup."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.processes import deep_checks, rebuilding
from dominoadmin.store import issued_lists
from dominoadmin.store.issued_lists import Chosen
from dominoadmin.store.records import instant
from dominoadmin.tasks.ca import CaTask
from tests import builders, second_rows
from tests.builders import sql
from tests.services.revocation.scene import Scene
from tests.services.revocation.test_faults import listed

ALTERED = {
    "a hash of a block": ("UPDATE audit_blocks SET hash = zeroblob(32)", "audit_blocks"),
    "a missing hash": ("DELETE FROM audit_blocks", "audit_blocks"),
    "a hash before the first": ("INSERT INTO audit_blocks VALUES (-1, zeroblob(32))", "audit_blocks"),
    "a hash in no octets": ("UPDATE audit_blocks SET hash = x''", "audit_blocks"),
    "a page of the state": ("UPDATE state_pages SET entries = zeroblob(64) WHERE number = (SELECT min(number) FROM state_pages)", "state_pages"),
    "all pages": ("DELETE FROM state_pages", "state_pages"),
    "a group": ("DELETE FROM state_groups WHERE number = (SELECT min(number) FROM state_groups)", "state_pages"),
    "the root": ("DELETE FROM state_root", "state_pages"),
    "a root that has no digests in it": ("UPDATE state_root SET entries = zeroblob(2000001)", "state_pages"),
    "a group that has none": ("UPDATE state_groups SET entries = zeroblob(2000001)", "state_pages"),
    "a page that has none": ("UPDATE state_pages SET entries = zeroblob(2000001)", "state_pages"),
    "another page": ("INSERT INTO state_pages VALUES (70000, x'')", "state_pages"),
    "a digest of revocations": ("UPDATE revocation_pages SET sha256 = 'x'", "revocation_pages"),
    "a missing digest": ("DELETE FROM revocation_pages", "revocation_pages"),
    "a row that left the list": ("UPDATE revocations SET chunk = NULL", "revocation_pages"),
    "a row in another chunk": ("UPDATE revocations SET chunk = 7", "revocation_pages"),
    "an entry of the list": ("UPDATE crl_chunks SET entries = zeroblob(length(entries))", "revocation_pages"),
    "entries that are gone": ("DELETE FROM crl_chunks", "revocation_pages"),
    "entries of another certifier": ("UPDATE crl_chunks SET certifier_id = -5", "revocation_pages"),
    "entries of another part": ("UPDATE crl_chunks SET part = 9", "revocation_pages"),
    "entries with another number": ("UPDATE crl_chunks SET number = number + 1", "revocation_pages"),
    "entries that count no longer": ("UPDATE crl_chunks SET is_current = 0", "revocation_pages"),
    "their number": ("UPDATE crl_chunks SET count = 9", "revocation_pages"),
    "a checkpoint": ("UPDATE checkpoints SET document = x'00'", "checkpoints"),
    "a checkpoint of another server": ("INSERT INTO checkpoints VALUES ('CN=Server2/O=MyCompany/C=US', x'00', x'')", "checkpoints"),
    "a checkpoint under another name": ("UPDATE checkpoints SET server = 'CN=Server2/O=MyCompany/C=US'", "checkpoints"),
}  # fmt: skip


@pytest.fixture
def scene(office):
    builders.ready(office, publication=Publication(("http://ca.example.com/pki",)))
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    scene = Scene(office, ca)
    scene.revoke(*scene.issue("one.example.com"))
    with office.domain.store.transaction() as db:
        events = [Event(AuditAction.SERVER_DOCUMENT_CHANGED, office.server.name, {})] * 300
        audit_log.enter(db, office.domain.now(), office.actor(), events)
    return scene


def found(scene) -> list:
    return deep_checks.check(scene.office.domain, scene.office.actor())


@pytest.mark.parametrize("what", ALTERED)
def test_what_follows_from_other_tables_is_named_and_made_again(scene, what: str) -> None:
    office, (statement, table) = scene.office, ALTERED[what]
    assert found(scene) == []
    sql(office, statement)
    named = found(scene)
    assert len(named) == 1
    assert all("store check --rebuild" in each.remedy for each in named)
    made = rebuilding.rebuild(office.domain, office.actor())
    assert [each.table for each in made] == [table]
    assert found(scene) == []
    assert verifying.verify(office.domain, office.actor())
    before = listed(scene)
    assert len(before) == 1
    scene.revoke(*scene.issue("two.example.com"))
    assert len(listed(scene)) == 2
    assert before < listed(scene)
    assert found(scene) == []


def test_nothing_is_made_of_a_whole_store(scene) -> None:
    assert rebuilding.rebuild(scene.office.domain, scene.office.actor()) == []


def test_nothing_is_made_of_an_altered_log(scene) -> None:
    office = scene.office
    sql(office, "UPDATE audit_blocks SET hash = zeroblob(32)")
    sql(office, "UPDATE audit SET octets = x'00' WHERE number = 3")
    with pytest.raises(Tampered, match="Entry 3"):
        rebuilding.rebuild(office.domain, office.actor())
    assert sql(office, "SELECT DISTINCT hash FROM audit_blocks")[0]["hash"] == bytes(32)


def test_what_follows_from_altered_revocations_is_not_sealed(scene) -> None:
    office = scene.office
    sql(office, "UPDATE revocations SET reason = 'superseded'")
    assert [each.table for each in found(scene)] == ["revocations"]
    assert rebuilding.rebuild(office.domain, office.actor()) == []
    assert [each.table for each in found(scene)] == ["revocations"]


def test_an_index_that_leaves_out_a_row_is_made_again(scene) -> None:
    office = scene.office
    second_rows.hide(office.domain.directory.store, "issued", "issued_by_request")
    assert any("missing from index" in each.finding and "--rebuild" in each.remedy for each in found(scene))
    rebuilding.rebuild(office.domain, office.actor())
    assert found(scene) == []


def test_the_search_index_is_made_again(scene) -> None:
    office = scene.office
    sql(office, "INSERT INTO issued_words (issued_words) VALUES ('delete-all')")
    rebuilding.rebuild(office.domain, office.actor())
    with office.domain.store.snapshot() as db:
        assert len(issued_lists.ids(db, Chosen(search="one.example"), 0, instant(office.clock()))) == 1


@pytest.mark.parametrize("value", [None, "text", 1.5])
@pytest.mark.parametrize("column", ["crl_chunks.part", "crl_chunks.number", "crl_chunks.entries", "crl_chunks.sha256", "revocations.entry", "revocations.request_id"])
def test_values_that_no_schema_allows_are_named(scene, column: str, value) -> None:
    """SQL can loosen the schema for a moment."""
    office, (table, _dot, name) = scene.office, column.partition(".")
    with second_rows.loosened(office.domain.store.path, table):
        sql(office, f"UPDATE {table} SET {name} = ?", value)
    assert found(scene)
    rebuilding.rebuild(office.domain, office.actor())
    assert bool(found(scene)) == (column != "crl_chunks.entries"), "they are made again"
