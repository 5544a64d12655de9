"""Refused revocations: repeated, foreign, the certifier's own, of two authorities at once, too late."""

from datetime import UTC, datetime

import pytest
from cryptography import x509

from dominoadmin.errors import NotAllowed, NotFound, Refused
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from tests import builders


@pytest.fixture
def serials(office):
    builders.ready(office, ras=("Rob Ra",))
    for host in ("www.example.com", "two.example.com"):
        builders.approved(office, host)
    builders.load_ca(office)
    return [row["serial_hex"] for row in builders.sql(office, "SELECT serial_hex FROM issued ORDER BY request_id")]


def ask(office, *serials: str, person=None, certifier: int = 1, **order) -> int:
    return revoking.request(office.domain, person or office.ann, certifier, RevocationOrder(serials, **order))


def requests(office) -> list[tuple[str, str]]:
    rows = builders.sql(office, "SELECT state, problem FROM revocation_requests ORDER BY id")
    return [(row["state"], row["problem"]) for row in rows]


def test_a_certificate_is_not_revoked_twice(office, serials) -> None:
    ask(office, serials[0], reason="superseded")
    builders.load_ca(office)
    with pytest.raises(Refused, match=r"has already been revoked \(superseded\)"):
        ask(office, serials[0], reason="keyCompromise")


def test_of_two_authorities_at_once_the_first_counts_and_the_second_is_told(office, serials) -> None:
    ask(office, serials[0], reason="superseded")
    ask(office, *serials, person=office.rob, reason="keyCompromise")
    builders.load_ca(office)
    first, second = requests(office)
    assert first == ("Done", "")
    assert (second[0], "has already been revoked (superseded)" in second[1]) == ("Done", True)  # the other one is revoked
    rows = builders.sql(office, "SELECT serial_hex, reason FROM revocations")
    assert {row["serial_hex"]: row["reason"] for row in rows} == {serials[0]: "superseded", serials[1]: "keyCompromise"}


@pytest.mark.parametrize("year", [1, 1026, 1900, 1949])
def test_an_invalidity_date_that_cannot_be_stored_is_refused_and_not_taken_in_as_a_revocation_that_never_comes(office, serials, year) -> None:
    with pytest.raises(Refused, match=r"The invalidity date is too early\."):
        ask(office, serials[0], invalidity_at=datetime(year, 11, 1, tzinfo=UTC))
    assert requests(office) == []
    ask(office, serials[0], invalidity_at=datetime(1950, 1, 1, tzinfo=UTC))
    builders.load_ca(office)
    assert requests(office) == [("Done", "")]


def test_a_foreign_serial_number_is_not_found(office, serials) -> None:
    builders.certifier(office, "Other CA")
    for certifier, serial in ((1, "abcdef"), (2, serials[0])):
        with pytest.raises(NotFound, match=f"has not issued a certificate with the serial number {serial}"):
            ask(office, serial, certifier=certifier)


def test_the_certifiers_own_certificate_cannot_be_on_its_own_list(office, serials) -> None:
    own = x509.load_der_x509_certificate(builders.record(office).active.certificate)
    with pytest.raises(Refused, match="itself; its own CRLs cannot revoke it"):
        ask(office, f"{own.serial_number:x}")


def test_who_has_no_role_at_the_certifier_is_refused(office) -> None:
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued")
    with pytest.raises(NotAllowed, match=r"neither a registration authority \(RA\) nor a CA administrator"):
        ask(office, row["serial_hex"], person=office.rob)


def test_a_hold_becomes_final_and_is_not_released_any_more(office, serials) -> None:
    ask(office, serials[0], reason="certificateHold")
    builders.load_ca(office)
    ask(office, serials[0], reason="keyCompromise")
    ask(office, serials[0], action=RevocationAction.RELEASE)  # signed while it was on hold
    builders.load_ca(office)
    assert [state for state, _problem in requests(office)] == ["Done", "Done", "Error"]
    (row,) = builders.sql(office, "SELECT reason, released_at FROM revocations")
    assert (row["reason"], row["released_at"]) == ("keyCompromise", None)
