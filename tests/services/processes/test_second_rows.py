"""A second row of an object that the log knows: one of them is read, and it is not the one that was compared."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import checking, committed, taking_over
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.store import role_facts
from dominoadmin.tasks.ca import CaTask
from tests import builders, second_rows
from tests.services.audit.test_taking_over import earlier  # noqa: F401 - a fixture
from tests.services.revocation.scene import Scene
from tests.services.revocation.test_faults import status

TOLD = r"A row of the store \({what}.*\) is not the one that was signed"


def added(office, table: str, where: str = "1", **changes: object) -> None:
    second_rows.add(office.domain.directory.store, table, where, **changes)


def found(office) -> set[str]:
    return {each.table for each in checking.check(office.domain, office.actor())}


def test_a_second_row_revives_no_revoked_certificate(office) -> None:
    builders.ready(office, publication=Publication(("http://ca.example.com/pki",)))
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    scene = Scene(office, ca)
    (leaf,) = scene.issue("www.example.com")
    scene.revoke(leaf, reason="keyCompromise")
    assert status(scene, leaf) == "REVOKED"
    added(office, "revocations", reason="certificateHold", released_at="2026-11-30T00:00:00Z")
    assert status(scene, leaf) == "INTERNAL_ERROR"
    assert "revocations" in found(office)


def test_a_second_row_makes_nobody_an_administrator(office) -> None:
    added(office, "domain", "key = 'administrator'", value=office.rob.name)
    with office.domain.store.snapshot() as db:
        assert role_facts.administrators(db) == (office.rob.name,)
    with pytest.raises(Tampered, match=TOLD.format(what="domain administrator")):
        committed.check_administrator(office.domain, Actor.of(office.rob).verifier(), office.rob.name)
    with pytest.raises(Tampered, match=TOLD.format(what="domain administrator")):
        server_documents.change(office.domain, Actor.of(office.rob), office.server.name, ServerChange(host_name="evil.example.com"))
    assert "domain" in found(office)


@pytest.mark.parametrize("indexed", [True, False])
def test_a_second_document_of_a_database_is_told(office, indexed) -> None:
    """The web office finds a database by its name in any case, which no index has."""
    builders.ready(office)
    added(office, "databases", indexed=indexed, title="Another title")
    with pytest.raises(Tampered, match=TOLD.format(what="databases certreq.nsf")):
        builders.received(office)
    assert "databases" in found(office)


def test_a_store_of_an_earlier_version_is_not_taken_over_with_it(earlier) -> None:  # noqa: F811 - the fixture
    added(earlier, "directory", "name LIKE 'CN=Rob%'")
    with pytest.raises(Tampered, match=TOLD.format(what="directory CN=Rob Ra")):
        taking_over.take_over(earlier.domain, earlier.certifier)


@pytest.mark.parametrize("number", ["min(rowid) - 1", "max(rowid) + 1"])
def test_an_act_that_changes_two_rows_makes_neither_genuine(office, number) -> None:
    added(office, "directory", "name LIKE 'CN=Rob%'", number=number, created_at="2020-01-01T00:00:00Z")
    with pytest.raises(Tampered, match=TOLD.format(what="directory CN=Rob Ra")), office.domain.store.transaction() as db:
        db.execute("UPDATE directory SET fields = '{}' WHERE name LIKE 'CN=Rob%'")
        event = Event(AuditAction.PERSON_REGISTERED, "Rob Ra", {})
        audit_log.enter(db, office.clock(), Actor.of(office.certifier), [event])
