"""What honest people do after a member's entry that is refused later stays, whatever numbers that one has used up."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.audit import shown, verifying
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.store import requests
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import sql

ROW = "'revoke', '[]', '', '', 'CN=Rob Ra/O=MyCompany/C=US', x'00', 'Done', '', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z'"
REQUEST = "kind, database, certifier_id, csr, subject, applicant, key_ring, state, 'other' || ?1, fields, remarks, requested_at, pulled_at, key_fingerprint FROM requests WHERE id = 1"
USED = {"far away": [1000], "many": [*range(2, 45)], "far away, many times": [1000, 5000, 700]}


def started(office) -> tuple[CaTask, str]:
    ca = CaTask(office.domain, office.server, builders.no_password)
    return ca, "\n".join([*ca.start(), *ca.run_due()])


@pytest.fixture
def issued(office) -> str:
    """The serial number of a certificate; the server has stopped."""
    builders.ready(office)
    builders.approved(office)
    started(office)[0].stop()
    return sql(office, "SELECT serial_hex FROM issued")[0]["serial_hex"]


def used_up(office, statement: str, numbers: list[int]) -> None:
    for each in numbers:
        with builders.act(office, office.rob) as db:
            db.execute(statement, (each,))


@pytest.mark.parametrize("numbers", USED.values(), ids=USED)
@pytest.mark.parametrize("hidden", [False, True])
def test_a_revocation_after_entries_that_were_not_allowed_is_carried_out(office, issued: str, numbers: list[int], hidden: bool) -> None:
    """It is looked for behind the gap, too, once those before it are refused."""
    used_up(office, f"INSERT INTO revocation_requests SELECT ?1, 1, {ROW}", numbers)
    number = revoking.request(office.domain, office.ann, 1, RevocationOrder((issued,), reason="keyCompromise"))
    assert number == max(numbers) + 1
    if hidden:
        sql(office, "DELETE FROM revocation_requests")
    ca, said = started(office)
    assert said.count("was refused.") == len(numbers)
    assert "Ann" not in said
    assert bool(sql(office, "SELECT 1 FROM revocations")) != hidden
    list(ca.run_due())
    named = f"A row of the store (revocation_requests {number}) is not the one that was signed"
    assert any(named in each for each in ca.status()) == hidden, ca.status()
    ca.stop()
    ca, _said = started(office)  # from the checkpoint
    assert any(named in each for each in ca.status()) == hidden, ca.status()
    verifying.verify(office.domain, office.actor())
    ca.stop()


@pytest.mark.parametrize("numbers", USED.values(), ids=USED)
def test_so_is_a_request_and_one_that_was_removed_is_missed(office, issued: str, numbers: list[int]) -> None:
    used_up(office, f"INSERT INTO requests SELECT ?1, {REQUEST}", numbers)
    number = builders.approved(office, "two.example.com")
    assert number == max(numbers) + 1
    _ca, said = started(office)
    assert f"Certificate issued for request {number}" in said
    sql(office, "PRAGMA foreign_keys = OFF")
    sql(office, "DELETE FROM requests WHERE id > 1")
    with office.domain.store.snapshot() as db:
        rows = [requests.find(db, 1)]
    assert f"(requests {number})" in str(shown.complaints(office.domain, office.actor(), rows, is_list=True))
    assert f"(requests {number})" in str(shown.in_window(office.domain, office.actor(), rows, is_whole=False))


def test_nothing_follows_the_largest_number_that_an_entry_can_have(office, issued: str) -> None:
    used_up(office, f"INSERT INTO revocation_requests SELECT ?1, 1, {ROW}", [10**18 - 1])
    with pytest.raises(Tampered, match=r"revocation_requests 9{18}\)"):
        revoking.request(office.domain, office.ann, 1, RevocationOrder((issued,), reason="keyCompromise"))
