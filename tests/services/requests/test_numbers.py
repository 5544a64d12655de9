"""The numbers of requests never come back, whoever has deleted some."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.requests import submitting
from tests import builders
from tests.builders import sql


def delete_newest(office, how_many: int) -> None:
    sql(office, "PRAGMA foreign_keys = OFF")
    for table, column in (("admin_requests", "request_id"), ("requests", "id")):
        sql(office, f"DELETE FROM {table} WHERE {column} > (SELECT max(id) FROM requests) - ?", how_many)


def test_a_deleted_requests_number_is_not_given_out_again(office) -> None:
    builders.ready(office)
    numbers = [builders.received(office, f"{host}.example.com") for host in ("one", "two", "three")]
    delete_newest(office, 2)
    assert builders.received(office, "four.example.com") == numbers[-1] + 1
    assert builders.received(office, "five.example.com") == numbers[-1] + 2


def test_nor_is_that_of_one_that_nobody_has_signed_yet(office) -> None:
    builders.ready(office)
    unsigned = replace(office.actor(), identity=None)
    submission = submitting.Submission(builders.csr("one.example.com"))
    number = submitting.take_in(office.domain, unsigned, builders.DATABASE, submission).request.id
    delete_newest(office, 1)
    assert builders.received(office, "two.example.com") == number + 1


@pytest.mark.parametrize("number", [1000, 2**63 - 1])
def test_a_request_put_in_does_not_lead_the_next_number_away(office, number: int) -> None:
    builders.ready(office)
    builders.received(office, "one.example.com")
    columns = [row["name"] for row in sql(office, "SELECT name FROM pragma_table_info('requests') WHERE name NOT IN ('id', 'pickup_id')")]
    sql(office, f"INSERT INTO requests (id, pickup_id, {', '.join(columns)}) SELECT {number}, 'x', {', '.join(columns)} FROM requests")
    with pytest.raises(Tampered, match=rf"A row of the store \(requests {number}\) is not the one that was signed"):
        builders.received(office, "two.example.com")
    sql(office, "DELETE FROM requests WHERE id = ?", number)
    assert builders.received(office, "two.example.com") == 2
