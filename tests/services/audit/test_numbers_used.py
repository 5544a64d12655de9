"""Somebody removes the newest rows with SQL: their numbers are not given out again, and nobody is refused for it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Tampered
from dominoadmin.services.audit import checking, verifying
from dominoadmin.services.cross_certificates import certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store.records import LARGEST
from tests import builders
from tests.builders import sql
from tests.services.cross_certificates import other_authorities


def revoke(office) -> None:
    (row,) = sql(office, "SELECT serial_hex FROM issued")
    revoking.request(office.domain, office.ann, 1, RevocationOrder((row["serial_hex"],), reason="keyCompromise"))


def edit(office) -> None:
    number = builders.submitted(office, f"host{len(builders.actions(office))}.example.com")
    builders.edit(office.domain, office.ann, number, {"days": 30})


def register(office) -> None:
    builders.certifier(office, f"CA number {len(builders.actions(office))}")


def cross_certify(office, folder, into: str = "") -> None:
    subject = other_authorities.root(folder / str(len(builders.actions(office)))).certificate.public_bytes(Encoding.DER)
    if into:
        certifying.issue_with_id(office.domain, office.certifier, office.actor(), CrossRequest(subject, into))
    else:
        certifying.submit_to_ca(office.domain, office.actor(), builders.CA, CrossRequest(subject, "directory"))


ACTS = {
    "revocation_requests": lambda office, _folder: revoke(office),
    "request_edits": lambda office, _folder: edit(office),
    "certifiers": lambda office, _folder: register(office),
    "requests": cross_certify,
    "cross_certificates": lambda office, folder: cross_certify(office, folder, "directory"),
}
BELONGING = {
    "certifiers": ("configurations.certifier_id", "founding_statements.certifier_id", "certifiers.id"),
    "requests": ("admin_requests.request_id", "requests.id"),
}


@pytest.mark.parametrize("kind", ACTS)
def test_a_removed_rows_number_is_not_given_out_again(office, tmp_path, kind: str) -> None:
    office.clock.now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60)  # openssl uses the machine's clock
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    ACTS[kind](office, tmp_path)
    (newest,) = sql(office, f"SELECT max(id) AS id FROM {kind}")
    sql(office, "PRAGMA foreign_keys = OFF")
    for place in BELONGING.get(kind, (f"{kind}.id",)):
        table, column = place.split(".")
        sql(office, f"DELETE FROM {table} WHERE {column} = ?", newest["id"])

    ACTS[kind](office, tmp_path)

    assert sql(office, f"SELECT max(id) AS id FROM {kind}")[0]["id"] == newest["id"] + 1
    assert "refused" not in builders.said(builders.load_ca(office))
    assert (kind, str(newest["id"])) in {(each.table, each.key) for each in checking.check(office.domain, office.actor())}
    verifying.verify(office.domain, office.actor())


@pytest.mark.parametrize("largest", [LARGEST, 2**63 - 1])
def test_without_a_number_that_is_left_the_row_that_was_put_in_is_named(office, largest: int) -> None:
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    revoke(office)
    sql(office, "UPDATE revocation_requests SET id = ?", largest)
    with pytest.raises(Tampered, match=rf"\(revocation_requests {largest}\)"):
        revoke(office)


@pytest.mark.parametrize("number", [0, -1, -(1 << 63)])
def test_a_row_that_was_put_in_before_the_first_number_matters_to_nobody(office, number: int) -> None:
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    values = "'revoke', '[]', 'superseded', NULL, '', x'00', 'Done', '', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'"
    sql(office, f"INSERT INTO revocation_requests VALUES (?, 1, {values})", number)
    revoke(office)
    assert [row["id"] for row in sql(office, "SELECT id FROM revocation_requests ORDER BY id")] == [number, 1]
    builders.load_ca(office)
    assert len(sql(office, "SELECT 1 FROM revocations")) == 1
