"""Filters, orders and searches of a list of issued certificates; expected values are computed in Python."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import timedelta

import pytest

from dominoadmin.store import audit, issued_lists, request_lists
from dominoadmin.store.issued_lists import CertificateState, Chosen
from dominoadmin.store.records import instant
from dominoadmin.store.sqlite import issued_search
from tests import builders
from tests.builders import sql
from tests.conftest import NOW

TODAY = instant(NOW)


@dataclass(frozen=True)
class Entry:
    id: int
    certifier: int
    serial: str
    subject: str
    names: str
    requester: str
    key: str
    end: int  # days from now


ENTRIES = (
    Entry(1, 1, "a1", "CN=beta.example.com", "dns:beta.example.com", "CN=Ann/O=X", "ec-p256", 10),
    Entry(2, 1, "b20", "CN=Alpha.example.com", "dns:100%.example.com", "CN=Ann/O=X", "rsa-2048", -1),
    Entry(3, 1, "0123456789abcdef", "CN=under_score", "dns:x", "bob@example.com", "ec-p256", 400),
    Entry(4, 2, "c3", "CN=gamma AND NEAR", "dns:*.example.com", "bob@example.com", "ec-p256", 20),
    Entry(5, 2, "fff", 'CN=quote " and \'', "ip:10.0.0.1", "", "", -300),
    Entry(6, 1, "d4", "CN=ändern-straße", "dns:xn--ndern-gra.example", "CN=Änne/O=X", "rsa-2048", 30),
    Entry(7, 2, "e5", "CN=beta.example.com", "mail:a@b.example", "CN=Ann/O=X", "ec-p256", 5),
)
GONE, HELD, RELEASED = 1, 4, 6
REVOKED_ONES = {GONE, HELD}


@pytest.fixture
def listed(office):
    """Seven certificates of two certifiers; the first is revoked, the fourth on hold, the sixth was."""
    builders.ready(office)
    builders.certifier(office, "Other CA")
    sql(office, "DELETE FROM issued")
    for e in ENTRIES:
        sql(
            office,
            "INSERT INTO issued VALUES (?, ?, ?, NULL, 'server', ?, ?, ?, ?, ?, ?, ?, '', x'', ?, 0, 1)",
            e.id, e.certifier, e.serial, e.subject, e.names, e.requester, e.key, instant(NOW + timedelta(days=e.end - 500)),
            instant(NOW + timedelta(days=e.end)), f"{e.id * 7919:064x}", instant(NOW - timedelta(days=e.id)),
        )  # fmt: skip
    sql(office, "INSERT INTO issued_words (issued_words) VALUES ('rebuild')")
    sql(office, "INSERT INTO revocation_requests VALUES (1, 1, 'revoke', '[]', '', NULL, '', x'', 'Done', '', '', '')")
    for number in (GONE, HELD, RELEASED):
        sql(
            office,
            "INSERT INTO revocations (certifier_id, serial_hex, reason, revoked_at, released_at, request_id, since, not_after,"
            " key_fingerprint, part, entry) SELECT certifier_id, serial_hex, 'certificateHold', ?, ?, 1, 1, not_after, '', 0, x''"
            " FROM issued WHERE id = ?",
            TODAY, TODAY if number == RELEASED else None, number,
        )  # fmt: skip
    return office


def ids(office, chosen=None, order=issued_lists.BY_END, **more):
    with office.domain.store.snapshot() as db:
        return list(issued_lists.ids(db, chosen or Chosen(), order, TODAY, **more))


def expected(keep):
    return sorted(entry.id for entry in ENTRIES if keep(entry))


ORDERS = {
    issued_lists.BY_ISSUE: lambda e: (-e.id, e.id),
    issued_lists.BY_SUBJECT: lambda e: (e.subject.encode().lower(), e.id),
    issued_lists.BY_SERIAL: lambda e: (int(e.serial, 16) if e.serial[0] != "0" else 1 << 64, e.id),
    issued_lists.BY_END: lambda e: (e.end, e.id),
    issued_lists.BY_START: lambda e: (e.end, e.id),
    issued_lists.BY_KIND: lambda e: e.id,
    issued_lists.BY_REQUESTER: lambda e: (e.requester.encode().lower(), e.id),
    issued_lists.BY_KEY: lambda e: (e.key, e.id),
    issued_lists.BY_STATE: lambda e: (e.id in REVOKED_ONES, e.end, e.id),
    issued_lists.BY_CERTIFIER: lambda e: (e.certifier, e.id),
}


@pytest.mark.parametrize("certifier", [0, 1, 2])
@pytest.mark.parametrize("order", ORDERS)
def test_each_order_goes_both_ways_and_begins_as_it_goes_on(listed, order, certifier) -> None:
    wanted = [e.id for e in sorted(ENTRIES, key=ORDERS[order]) if certifier in (0, e.certifier)]
    chosen = Chosen(certifier_id=certifier)
    assert ids(listed, chosen, order) == wanted
    assert ids(listed, chosen, order, descending=True) == wanted[::-1]
    assert ids(listed, chosen, order, limit=2) == wanted[:2]


@pytest.mark.parametrize(
    ("chosen", "keep"),
    [
        (Chosen(states=(CertificateState.VALID,)), lambda e: e.end >= 0 and e.id not in REVOKED_ONES),
        (Chosen(states=(CertificateState.EXPIRED,)), lambda e: e.end < 0),
        (Chosen(states=(CertificateState.REVOKED,)), lambda e: e.id in REVOKED_ONES),
        (Chosen(states=(CertificateState.REVOKED, CertificateState.EXPIRED)), lambda e: e.end < 0 or e.id in REVOKED_ONES),
        (Chosen(hides_expired=True), lambda e: e.end >= 0),
        (Chosen(certifier_id=2, hides_expired=True), lambda e: e.end >= 0 and e.certifier == 2),
        (Chosen(ends_before=NOW + timedelta(days=20)), lambda e: 0 <= e.end <= 20 and e.id not in REVOKED_ONES),
        (Chosen(requester="cn=ann/o=x"), lambda e: e.requester == "CN=Ann/O=X"),
        (Chosen(certifier_id=1, key_algorithm="rsa-2048"), lambda e: e.key == "rsa-2048"),
        (Chosen(certifier_id=99), lambda _e: False),
    ],
)
def test_filters(listed, chosen, keep) -> None:
    assert sorted(ids(listed, chosen)) == expected(keep)


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("beta", [1, 7]), ("BETA example", [1, 7]), ("be", [1, 7]), ("%", [2]), ("100%", [2]), ("_", [3]), ("r_s", [3]),
        ("!", []), ('"', [5]), ("'", [5]), ('quote "', [5]), ("AND", [4, 5]), ("NEAR", [4]), ("OR", [3]), ("NOT", []),
        ("*.example", [4]), ("*", [4]), ("beta*", []), ("-straße", [6]), ("ÄNDERN", [6]), ("a1", [1]), ("0123456789ABCDEF", [3]),
        ("01:23:45:67:89", [3]), ("0123 6789ab", [3]), ("subject:beta", []), ("^beta", []), ("(beta", []), ("NEAR(beta alpha)", []),
        ("beta\0", [1, 7]), ("';DROP TABLE issued;--", []), ("x" * 5000, []), (f"{3 * 7919:064x}", [3]), ("", [1, 2, 3, 4, 5, 6, 7]),
        ("   ", [1, 2, 3, 4, 5, 6, 7]), ("\ud83d", []), ("10.0", [5]),
    ],
)  # fmt: skip
def test_every_word_is_searched_as_it_is_written(listed, search, found) -> None:
    assert sorted(ids(listed, Chosen(search=search))) == found


def test_a_page_has_the_rows_and_tells_what_is_revoked(listed) -> None:
    with listed.domain.store.snapshot() as db:
        page = issued_lists.page(db, [1, 6, 99])
    assert sorted(page) == [1, 6]
    assert (page[1].reason, page[6].reason) == ("certificateHold", "")
    assert page[6].subject == "CN=ändern-straße"


def test_a_page_goes_without_a_row_that_was_altered(listed) -> None:
    with builders.behind(listed.domain.store) as db:
        db.execute("UPDATE issued SET issued_at = 'some day' WHERE id = 1")
        assert sorted(issued_lists.page(db, [1, 6])) == [6]


def test_what_there_is_to_filter_by(listed) -> None:
    with listed.domain.store.snapshot() as db:
        assert issued_lists.key_algorithms(db, 0) == ["ec-p256", "rsa-2048"]
        assert issued_lists.requesters(db, 0) == ["bob@example.com", "CN=Ann/O=X", "CN=Änne/O=X"]
        assert issued_lists.requesters(db, 2) == ["bob@example.com", "CN=Ann/O=X"]
        assert issued_lists.requesters(db, 0, most=1) == ["bob@example.com"]


@pytest.mark.parametrize("search", ["word " * 5000, "x" * 200_000, "a:" * 60_000, "ab " * 60_000])
def test_a_search_of_any_length_is_answered(listed, search: str) -> None:
    with listed.domain.store.snapshot() as db:
        issued_lists.ids(db, Chosen(search=search), 0, TODAY)
        audit.numbers(db, audit.Filter(text=search, actor=search), audit.AuditOrder())
        request_lists.ids(db, request_lists.Wanted(database="certreq.nsf", pulled=False, search=search), request_lists.BY_STATE)


STATES = {
    (): lambda _e: True,
    (CertificateState.VALID,): lambda e: e.end >= 0 and e.id not in REVOKED_ONES,
    (CertificateState.REVOKED,): lambda e: e.id in REVOKED_ONES,
}
SEARCHES = {"example": {1, 2, 3, 4, 6, 7}, "beta com": {1, 7}, "a1": {1}, "0123456789abcdef": {3}, "fff": {5}}


@pytest.mark.parametrize("few", [0, 2, 5000])
@pytest.mark.parametrize("order", ORDERS)
def test_what_is_searched_filtered_and_sorted_is_the_same_by_every_way(listed, monkeypatch, few, order) -> None:
    """Few results are sorted, of many the first are searched in the order; both must give the same."""
    monkeypatch.setattr(issued_search, "_FEW", few)
    for (states, keep), (search, found) in itertools.product(STATES.items(), SEARCHES.items()):
        chosen = Chosen(states=states, search=search)
        wanted = [e.id for e in sorted(ENTRIES, key=ORDERS[order]) if e.id in found and keep(e)]
        back = wanted[::-1]
        for limit in (None, 1, 100):
            most = -1 if limit is None else limit
            assert ids(listed, chosen, order, limit=most) == wanted[:limit], chosen
            assert ids(listed, chosen, order, limit=most, descending=True) == back[:limit], chosen


@pytest.mark.parametrize(("search", "found"), [("0" * 16, True), ("00:12:34:56:78:9A:BC:DE:F0", True), ("0" * 80, False)])
def test_zeros_before_a_number_are_shown_but_not_kept(listed, search, found) -> None:
    sql(listed, "UPDATE issued SET serial_hex = '123456789abcdef0' WHERE id = 3")
    assert (3 in ids(listed, Chosen(search=search))) == found  # sixteen zeros are in every fingerprint here
