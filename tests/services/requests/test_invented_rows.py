"""Rows that somebody adds with SQL do not end approved requests: they are named, and the requests wait."""

import pytest

from dominoadmin.pki import identities, keys
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.requests import decisions, inspecting, submitting
from dominoadmin.services.states import Decision
from dominoadmin.store import certifiers
from dominoadmin.store import decisions as stored_decisions
from tests import builders, specimens

NOW = "2026-11-23T17:00:00Z"
HOST = "two.example.com"


def fingerprint(key) -> str:
    return keys.fingerprint(key.public_key())


@pytest.fixture
def waiting(office) -> int:
    """An office with an issued certificate, and an approved request for another key."""
    builders.ready(office)
    builders.approved(office)
    builders.load_ca(office)
    return builders.approved(office, HOST, data=builders.csr(HOST, algorithm="rsa-2048"))


def key() -> str:
    return fingerprint(specimens.key("rsa-2048", "applicant"))


def barred(_office) -> tuple[str, tuple]:
    return "INSERT INTO barred_keys VALUES (?, 1, '5')", (key(),)


def revoked(_office) -> tuple[str, tuple]:
    sql = (
        "INSERT INTO revocations (certifier_id, serial_hex, reason, revoked_at, request_id, since, not_after,"
        f" key_fingerprint, part, entry) VALUES (2, 'abc', 'keyCompromise', '{NOW}', 1, 1, '{NOW}', ?, 0, x'00')"
    )
    return sql, (key(),)


def asked(office) -> tuple[str, tuple]:
    """A request for the revocation of a certificate with this key, which nobody has signed."""
    columns = "certifier_id, action, serials, reason, requested_by, document, state, problem, created_at, changed_at"
    (row,) = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id = 1")
    builders.sql(office, "UPDATE issued SET key_fingerprint = ? WHERE request_id = 1", key())
    row = (1, "revoke", f'["{row["serial_hex"]}"]', "keyCompromise", office.rob.name, b"", "New", "", NOW, NOW)
    return f"INSERT INTO revocation_requests ({columns}) VALUES ({', '.join('?' * len(row))})", row


ISSUED = fingerprint(specimens.key("ec-p256", "applicant"))


def former(office) -> tuple[str, tuple]:
    found = identities.fingerprint(office.ann.chain_der[0])
    return "INSERT INTO former_ids VALUES (?, ?, 'keyCompromise', ?)", (found, office.ann.name, NOW)


@pytest.mark.parametrize("invented", [barred, revoked, asked, former])
def test_a_row_that_nobody_signed_ends_no_approved_request(office, waiting: int, invented) -> None:
    """An Error would have to be decided again, and its reason would be false."""
    sql, values = invented(office)
    builders.sql(office, sql, *values)
    lines = builders.load_ca(office)
    assert builders.state(office, waiting) == "Approved", (lines, builders.view(office, waiting).document)
    assert any("is not the one that was signed" in line for line in lines), lines
    builders.sql(office, "DELETE FROM barred_keys")
    builders.sql(office, "DELETE FROM revocations")
    builders.sql(office, "DELETE FROM revocation_requests")
    builders.sql(office, "DELETE FROM former_ids")
    builders.sql(office, "UPDATE issued SET key_fingerprint = ? WHERE request_id = 1", ISSUED)
    builders.load_ca(office)
    assert builders.state(office, waiting) == "Issued"


@pytest.mark.parametrize(("issuer", "serial"), [("ab", "cd"), ("ab", "that of another request"), ("its own", "cd")])
@pytest.mark.parametrize("state", ["issued", "intended", "reserved"])
def test_a_line_of_the_journal_that_nobody_signed_ends_no_request(office, waiting: int, issuer, serial, state) -> None:
    (row,) = builders.sql(office, "SELECT issuer, serial_hex FROM serials WHERE request_id = 1")
    issuer = row["issuer"] if issuer == "its own" else issuer
    serial = row["serial_hex"] if serial == "that of another request" else serial
    builders.sql(office, "INSERT INTO serials VALUES (?, ?, ?, ?, NULL, ?)", issuer, serial, waiting, state, NOW)
    found = inspecting.inspect(office.domain, office.actor(), waiting)
    assert not any(each.problem for each in found.checks)
    builders.load_ca(office)
    assert builders.state(office, waiting) == "Issued"


def test_what_was_issued_is_not_issued_again_by_a_second_approval(office, waiting: int) -> None:
    """An RA can sign another approval with a program of his own."""
    with builders.act(office, office.ann, about="1") as db:
        view = submitting.view(db, 1)
        certifier = configuring.verified(db, certifiers.get(db, 1), office.actor().verifier(), office.clock())
        histories = decisions.histories(db, office.actor().verifier(), [1])
        case = decisions.Case(view.request, view.document, certifier, histories[1])
        statement = case.next(Decision.APPROVE, office.clock())
        stored_decisions.add(db, [decisions.sign(office.ann, statement)])
        db.execute("UPDATE admin_requests SET state = 'Approved', reason = '' WHERE request_id = 1")
    builders.load_ca(office)
    assert "already been issued" in builders.view(office, 1).document.reason
    assert len(builders.certificates(office)) == 2


UNREADABLE = {
    "a line of the journal": "INSERT INTO serials SELECT issuer, 'ab', NULL, 'reserved', NULL, 'never' FROM serials WHERE request_id = 1",
    "the number of a request in the journal": (
        "INSERT INTO serials SELECT issuer, 'ab', -5, 'reserved', NULL, reserved_at FROM serials WHERE request_id = 1"
    ),
    "when the certifier was published": "UPDATE certifiers SET published_at = 'never'",
    "when a list was published": "UPDATE crls SET pushed_at = 'never'",
    "when a request was pulled": "UPDATE requests SET pulled_at = 'never'",
}


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_nobody_signs_and_nobody_can_read_hinders_nothing(office, waiting: int, what: str) -> None:
    """No backup brings it back, as nothing says what it was."""
    builders.sql(office, UNREADABLE[what])
    lines = builders.load_ca(office)
    assert builders.state(office, waiting) == "Issued"
    assert not [line for line in lines if "cannot be read" in line]
    assert submitting.pull(office.domain, office.actor(), [1])
    assert not builders.sql(office, "SELECT 1 FROM serials WHERE state = 'reserved'")
