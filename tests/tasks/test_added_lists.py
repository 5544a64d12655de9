"""Rows of CRLs that nobody signed: named, and the CA process continues with the numbers that the signed state gives."""

from __future__ import annotations

import pytest

from dominoadmin.services.audit import checking
from tests.builders import sql
from tests.tasks.test_ca_lists import ca, issued, newest, revoke  # noqa: F401 - a fixture

LARGEST = (1 << 63) - 1
ADDED = {
    "of another generation": (77, 3, 0, 2),
    "with a number before the first": (77, -1, 0, 1),
    "with the last number of a row, and of a list": (LARGEST, LARGEST, 0, 2),
    "shortly before the last number of a row": (LARGEST - 10, 1000, 0, 1),
    "of a partition": (1 << 40, 0, 5, 2),
    "behind the next ones": (20, 1, 0, 2),
    "in the place of the next one": (3, LARGEST, 0, 2),
}


@pytest.mark.parametrize("how", ADDED)
def test_a_list_that_was_added_is_named_and_removed(office, ca, how: str) -> None:  # noqa: F811
    """The next list got its number in the table behind it: it was refused until the store was repaired."""
    (serial,) = issued(office, ca, "www.example.com")
    revoke(office, serial)
    list(ca.run_due())
    row, number, part, generation = ADDED[how]
    sql(
        office,
        f"INSERT INTO crls SELECT {row}, certifier_id, {part}, kind, {number}, base_number, this_update, next_update,"
        f" entries, size, sha256, made_at, pushed_at, {generation} FROM crls WHERE id = 1",
    )
    said = list(ca.run_due())
    named = f"A row of the store (crls {row}) is not the one that was signed", f"A row in the store (Crl {row}: id) cannot be read"
    assert any(line.startswith(named) for line in said), said
    assert any("CRL number 3 (regular) of" in line for line in said), said
    assert newest(office).number == 3
    assert not list(ca.run_due()), "once"
    assert [row["id"] for row in sql(office, "SELECT id FROM crls ORDER BY id")] == [1, 2, 3]
    assert checking.check(office.domain, office.actor()) == []


def test_many_lists_that_were_added_are_removed(office, ca) -> None:  # noqa: F811
    sql(
        office,
        "WITH RECURSIVE n(n) AS (SELECT 100 UNION ALL SELECT n + 7 FROM n WHERE n < 1000) INSERT INTO crls SELECT n,"
        " certifier_id, part, kind, n, base_number, this_update, next_update, entries, size, sha256, made_at, pushed_at,"
        " 2 FROM crls, n WHERE id = 1",
    )
    assert any("CRL number 2 (regular) of" in line for line in ca.run_due())
    assert [row["id"] for row in sql(office, "SELECT id FROM crls ORDER BY id")] == [1, 2]
