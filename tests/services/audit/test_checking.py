"""The store as a whole: every row that was altered, added or removed is named, with its remedy."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.audit import checking, taking_over
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying, renewing
from dominoadmin.services.requests import submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.ledger import Object
from tests import builders
from tests.builders import sql
from tests.conftest import ADMIN_PASSWORD
from tests.services.audit.test_taking_over import earlier  # noqa: F401 - a fixture


def found(office) -> list[tuple[str, str]]:
    return [(each.table, each.key) for each in checking.check(office.domain, office.actor())]


@pytest.fixture
def busy(office):
    """A domain with a row in all committed tables but those in EMPTY."""
    builders.ready(office)
    number = builders.approved(office)
    builders.submitted(office, "two.example.com")
    builders.load_ca(office)
    submitting.pull(office.domain, office.actor(), [number])
    builders.edit(office.domain, office.ann, number + 1, {"days": 30})
    (row,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id = ?", number)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="superseded"))
    builders.load_ca(office)
    builders.signed(office, "INSERT INTO installed_files VALUES ('servers/server1/keyfile.kyr', 'ab')")
    renewing.renew(office.domain, office.certifier, "Rob Ra", "another password 4")
    return office


EMPTY = {
    "barred_keys", "configuration_evidence", "cross_certificates", "crl_floors", "responders", "generations",
    "generation_certificates", "generation_responders",
}  # fmt: skip
"""Tables that a domain without a restored configuration, another authority, a running responder or a second key of its
certifier does not fill; of those about a second key, see test_generations.py."""


def test_a_store_as_it_was_made_is_clean(busy) -> None:
    assert found(busy) == []


def test_requests_that_nobody_has_signed_yet_are_clean_too(office) -> None:
    builders.ready(office)
    claimed = Actor(office.ann.name, office.ann.anchor)
    submitting.take_in(office.domain, claimed, builders.DATABASE, submitting.Submission(builders.csr()))
    assert found(office) == []


def test_a_store_that_was_taken_over_is_clean(earlier) -> None:  # noqa: F811
    taking_over.take_over(earlier.domain, earlier.certifier)
    assert found(earlier) == []
    builders.load_ca(earlier)
    assert found(earlier) == []


def another(value: object) -> object:
    """A value of the same type."""
    return {int: lambda: value + 1, str: lambda: value + "x", bytes: lambda: value + b"x", type(None): lambda: value}[type(value)]()


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_every_altered_column_is_named(busy, kind: str) -> None:
    only = f" WHERE {KINDS[kind].only}" if KINDS[kind].only else ""
    assert bool(sql(busy, f"SELECT 1 FROM {kind}{only}")) == (kind not in EMPTY)
    for column in () if kind in EMPTY else KINDS[kind].columns:
        (before,) = sql(busy, f"SELECT rowid AS place, {column} AS value FROM {kind}{only} LIMIT 1")
        sql(busy, f"UPDATE {kind} SET {column} = ? WHERE rowid = ?", another(before["value"]), before["place"])
        expected = [] if before["value"] is None else [kind]
        assert [table for table, _key in found(busy)] == expected, column
        sql(busy, f"UPDATE {kind} SET {column} = ? WHERE rowid = ?", before["value"], before["place"])


@pytest.mark.parametrize("kind", ["issued", "requests", "configurations", "directory", "admin_requests", "databases"])
def test_a_removed_row_is_named(busy, kind: str) -> None:
    sql(busy, f"DELETE FROM {kind} WHERE rowid = (SELECT min(rowid) FROM {kind})")
    ((table, _key),) = found(busy)
    assert table == kind
    (finding,) = checking.check(busy.domain, busy.actor())
    assert str(finding.finding) == "This row is missing."
    assert "backup" in finding.remedy


def test_an_added_row_is_named(busy) -> None:
    sql(busy, "INSERT INTO directory SELECT 'CN=Eve/O=MyCompany/C=US', kind, chain, fields, created_at FROM directory WHERE kind = 'person' LIMIT 1")
    assert found(busy) == [("directory", "CN=Eve/O=MyCompany/C=US")]


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET action = 'x' WHERE number = 3",
        "DELETE FROM audit WHERE number = 4",
        "DELETE FROM audit_heads WHERE size = (SELECT max(size) FROM audit_heads)",
        "UPDATE state_pages SET entries = zeroblob(64) WHERE number = (SELECT min(number) FROM state_pages)",
        "DELETE FROM state_pages WHERE number = (SELECT max(number) FROM state_pages)",
        "DELETE FROM state_groups",
        "UPDATE state_root SET entries = x''",
    ],
)
def test_a_log_or_state_that_was_altered_is_named(busy, change: str) -> None:
    sql(busy, change)
    ((table, _key),) = found(busy)
    assert table == "audit"


@pytest.mark.parametrize("number", [0, -1, -(2**63)])
def test_a_row_does_not_hide_before_the_first_one(busy, number: int) -> None:
    """SQLite numbers rows from 1 on; whoever writes SQL may choose another number."""
    sql(busy, "UPDATE directory SET rowid = ?, created_at = '2020-01-01T00:00:00Z' WHERE kind = 'server'", number)
    assert [table for table, _key in found(busy)] == ["directory"]


@pytest.mark.parametrize("number", [0, -1, -(2**63)])
def test_nor_does_a_row_that_was_added(busy, number: int) -> None:
    sql(busy, "INSERT INTO directory (rowid, name, kind, chain, fields, created_at) SELECT ?, 'CN=Eve', kind, chain, fields, created_at FROM directory WHERE name LIKE 'CN=Rob%'", number)
    sql(busy, "INSERT INTO revocation_requests SELECT ?, certifier_id, action, serials, reason, invalidity_at, requested_by, document, state, problem, created_at, changed_at FROM revocation_requests", number)
    assert found(busy) == [("directory", "CN=Eve"), ("revocation_requests", str(number))]


@pytest.mark.parametrize("length", [0, 255, 256, 300])
def test_a_salt_of_another_length_is_an_altered_row(busy, length: int) -> None:
    personal = [(table, row["key"]) for table, key in (("directory", "name"), ("requests", "id")) for row in sql(busy, f"SELECT CAST({key} AS TEXT) AS key FROM {table}")]
    sql(busy, "UPDATE salts SET salt = zeroblob(?)", length)
    assert {*personal} <= {*found(busy)}
    with pytest.raises(Tampered, match="is not the one that was signed"):
        identifying.open_id(busy.domain, busy.root / "ann-admin.id", ADMIN_PASSWORD)
    builders.received(busy, "three.example.com")


def test_a_salt_that_lies_there_before_its_object_is_replaced(office) -> None:
    builders.ready(office)
    which = Object("requests", "1").hash().hex()
    sql(office, "INSERT INTO salts (object, salt) VALUES (?, zeroblob(300))", which)
    builders.received(office)
    assert found(office) == []
    assert [len(row["salt"]) for row in sql(office, "SELECT salt FROM salts WHERE object = ?", which)] == [16]


def test_a_lost_salt_is_an_altered_row(busy) -> None:
    sql(busy, "DELETE FROM salts")
    assert {table for table, _key in found(busy)} == {kind for kind in KINDS if KINDS[kind].is_personal and sql(busy, f"SELECT 1 FROM {kind}")}
