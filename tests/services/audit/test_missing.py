"""A list of which only a part was read names the rows that were removed, and reads none that is there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.services.audit import committed, shown
from dominoadmin.store import crls, reading, request_lists
from tests import builders
from tests.builders import sql

REQUESTS = 25
REMOVED = {
    "nothing": ([], []),
    "the first": ([1], [1]),
    "one in the middle, and the last": ([7, 25], [7, 25]),
    "all but one": ([*range(1, 22), *range(23, 26)], [*range(1, 22), *range(23, 26)]),
}


@pytest.fixture
def requests(office):
    builders.ready(office)
    for number in range(REQUESTS):
        builders.submitted(office, f"host{number}.example.com")
    return office


@pytest.mark.parametrize("case", REMOVED)
def test_removed_numbers_are_found(requests, case: str) -> None:
    removed, expected = REMOVED[case]
    for number in removed:
        sql(requests, "DELETE FROM requests WHERE id = ?", number)
    (row,) = sql(requests, "SELECT * FROM requests WHERE id = 22")
    added = {**row, "id": 1_000_000_000_000, "pickup_id": "added"}
    sql(requests, f"INSERT INTO requests VALUES ({', '.join('?' * len(added))})", *added.values())
    with requests.domain.store.snapshot() as db:
        assert committed.missing(db, requests.actor().verifier(), "requests") == expected


def test_a_part_of_a_list_names_what_is_missing_and_not_what_it_does_not_show(requests) -> None:
    sql(requests, "DELETE FROM requests WHERE id = 3")
    sql(requests, "UPDATE requests SET subject = 'CN=evil.example.com' WHERE id > 10")
    with reading.noting() as found, requests.domain.store.snapshot() as db:
        request_lists.page(db, [9, 10, 11])
    said = [str(each) for each in shown.in_window(requests.domain, requests.actor(), found, is_whole=False)]
    assert [text.partition("(")[2].partition(")")[0] for text in said] == ["requests 11", "requests 3"]


@pytest.mark.parametrize("is_whole", [True, False])
def test_a_row_that_is_gone_since_it_was_read_is_no_fault_of_the_store(requests, is_whole: bool) -> None:
    """An old CRL is removed while a list is read; the list is read again at once."""
    builders.load_ca(requests)
    with reading.noting() as found, requests.domain.store.snapshot() as db:
        (crl, *_others) = crls.all_of(db, 1)
    found.append(replace(crl, id=1_000))
    assert shown.in_window(requests.domain, requests.actor(), found, is_whole=is_whole) == []
    sql(requests, "UPDATE crls SET id = 1000 WHERE id = ?", crl.id)
    said = [str(each) for each in shown.in_window(requests.domain, requests.actor(), found, is_whole=is_whole)]
    assert [text.partition("(")[2].partition(")")[0] for text in said] == [f"crls {crl.id}", "crls 1000"]
