"""CRLs that were removed, altered or added behind the program: told, not handed out, and made anew (design: attack 8)."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Damaged
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import checking
from dominoadmin.services.revocation import lists, publishing
from dominoadmin.services.revocation.lists import AGAIN
from dominoadmin.store import crls
from dominoadmin.tasks.ca import CaTask
from dominoadmin.viewmodels.revocation import crls as crl_listing
from tests import builders
from tests.builders import CA_NAME, sql
from tests.tasks.test_ca_lists import ca, issued, newest, revoke, started  # noqa: F401 - a fixture

ALTERED = {
    "the newest was removed": ["DELETE FROM crl_pieces WHERE crl_id = 2", "DELETE FROM crls WHERE id = 2"],
    "all were removed": ["DELETE FROM crl_pieces", "DELETE FROM crls"],
    "it got another number": ["UPDATE crls SET number = 1000000 WHERE id = 2"],
    "a newer one was added": [
        "INSERT INTO crls SELECT 77, certifier_id, part, kind, 1000000, base_number, this_update, next_update, entries, size, sha256, made_at, pushed_at, 1 FROM crls WHERE id = 1"
    ],
    "its end was altered": ["UPDATE crls SET next_update = '2099-01-01T00:00:00Z' WHERE id = 2"],
    "its end cannot be read": ["UPDATE crls SET next_update = 'never' WHERE id = 2"],
    "the last regular one was altered": ["UPDATE crls SET this_update = '2099-01-01T00:00:00Z' WHERE id = 1"],
    "a bit of it was flipped": ["UPDATE crl_pieces SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE crl_id = 2 AND number = 0"],
    "a bit of its entries was flipped": ["UPDATE crl_chunks SET entries = CAST(x'00' || substr(entries, 2) AS BLOB)"],
}


@pytest.fixture
def revoked(office, ca):  # noqa: F811
    """A certificate that the second list has, and the running CA process."""
    (serial,) = issued(office, ca, "www.example.com")
    revoke(office, serial)
    list(ca.run_due())
    assert newest(office).number == 2
    return serial, ca


def only(office) -> x509.CertificateRevocationList:
    return x509.load_der_x509_crl(b"".join(lists.octets(office.domain, newest(office))))


@pytest.mark.parametrize("how", ALTERED)
def test_a_list_that_was_altered_is_made_anew_and_told(office, revoked, how: str) -> None:
    serial, task = revoked
    for statement in ALTERED[how]:
        sql(office, statement)
    said = list(task.run_due())
    assert any(line.startswith("CRL number 2 of CN=MyCompany CA/O=MyCompany is not stored as it was issued") or "was altered" in line for line in said), said
    assert any("CRL number 3 (regular) of" in line for line in said), said
    assert {f"{entry.serial_number:x}" for entry in only(office)} == {serial}
    assert only(office).is_signature_valid(builders.verified(office).issuer.public_key)
    office.clock.advance(minutes=1)
    assert list(task.run_due()) == [], "once"
    (entry,) = sql(office, "SELECT detail FROM audit WHERE action = 'CRL issued' ORDER BY number DESC LIMIT 1")
    assert "problem" in entry["detail"]
    if "removed" not in how:
        assert [(each.table, each.key) for each in checking.check(office.domain, office.actor())] == []


@pytest.mark.parametrize("how", ["the newest was removed", "its end was altered", "a newer one was added"])
def test_a_list_that_was_altered_is_not_handed_out(office, revoked, how: str) -> None:
    for statement in ALTERED[how]:
        sql(office, statement)
    with pytest.raises(Damaged, match=r"CRL number 2 of .* is not stored as it was issued"):
        newest(office)
    with pytest.raises(Damaged, match="is not stored as it was issued"):
        publishing.lists(office.domain, office.actor())


def test_a_flipped_bit_reaches_no_file(office, tmp_path) -> None:
    builders.ready(office, publication=Publication((), folder=str(tmp_path)))
    task = started(office)
    (file,) = tmp_path.glob("*.crl")
    before = file.read_bytes()
    task.stop()
    sql(office, "UPDATE crl_pieces SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE number = 0")
    with pytest.raises(Damaged, match="CRL number 1 is not stored as it was issued"):
        crl_listing.write(office.domain, office.actor(), 1, tmp_path / "mine.crl")
    assert not (tmp_path / "mine.crl").exists()
    certifier = builders.verified(office)
    with pytest.raises(Damaged):
        list(publishing.release(office.domain, builders.Actor.of(office.server), certifier, lambda *_: None))
    assert [each.read_bytes() for each in tmp_path.glob("*.crl")] == [before]
    assert not list(tmp_path.glob(".*"))


def test_a_locked_certifier_tells_what_it_cannot_mend(office, revoked) -> None:
    _serial, task = revoked
    list(task.tell("deactivate 1"))
    for statement in ALTERED["the newest was removed"]:
        sql(office, statement)
    (line,) = task.run_due()
    assert line == f"{CA_NAME}: CRL number 2 of {CA_NAME} is not stored as it was issued."
    assert task.status() == ["Idle, 0 of 1 certifier active", line]
    assert any("CRL number 3 (regular)" in each for each in task.tell("activate 1"))


@pytest.mark.parametrize("number", [0, 1, 99])
def test_octets_that_somebody_has_put_in_for_the_next_list_are_not_in_it(office, number: int) -> None:
    """They kept it from being made, or became a part of it, which the server signed."""
    builders.ready(office)
    sql(office, "INSERT INTO crl_pieces VALUES (1, ?, NULL, x'00')", number)
    assert "CRL number 1 (regular)" in "\n".join(builders.load_ca(office))
    with office.domain.store.snapshot() as db:
        octets = b"".join(crls.pieces(db, 1))
    assert x509.load_der_x509_crl(octets).public_bytes(Encoding.DER) == octets


def test_a_large_list_is_read_again_every_hour(office, revoked, monkeypatch) -> None:
    monkeypatch.setattr("dominoadmin.store.crls.PIECE", 10)
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    sql(office, ALTERED["a bit of it was flipped"][0])
    assert list(task.run_due()) == []
    office.clock.now += AGAIN
    assert any("CRL number 3 (regular)" in line for line in task.run_due())


@pytest.mark.parametrize("how", ["UPDATE issued SET part = 0", "UPDATE issued SET not_after = '2020-01-01T00:00:00Z'", "DELETE FROM issued WHERE part > 0"])
def test_a_partition_whose_certificates_were_altered_keeps_its_list(office, how: str) -> None:
    """Its certificates name its address: without a newer list there, nobody would learn of their revocation."""
    builders.ready(office, publication=Publication(("http://server1.example.com/pki",), partition_size=10))
    task = started(office)
    one, two = issued(office, task, "one.example.com", "two.example.com")
    revoke(office, one)
    list(task.run_due())
    sql(office, f"{how} AND serial_hex <> '{two}'" if "WHERE" in how else how)
    if "DELETE" in how:
        sql(office, "UPDATE issued SET part = 0")
    revoke(office, two)
    list(task.run_due())
    found = [(each["part"], each["entries"]) for each in sql(office, "SELECT part, entries FROM crls WHERE number = (SELECT max(number) FROM crls)")]
    assert found == [(0, 2), (1, 2)]


@pytest.mark.parametrize("part", [2, 999_999_999, 1_000_000_000])
def test_no_certificate_names_a_partition_after_one_that_nobody_signed(office, part: int) -> None:
    """Its list would never have had a revocation: no address has so many digits."""
    builders.ready(office, publication=Publication(("http://server1.example.com/pki",), partition_size=10))
    task = started(office)
    (one,) = issued(office, task, "one.example.com")
    sql(office, f"UPDATE issued SET part = {part} WHERE part = 1")
    number = builders.approved(office, "two.example.com")
    assert any(f"(issued 1 {one}) is not the one that was signed" in line for line in task.run_due())
    sql(office, f"UPDATE issued SET part = 1 WHERE part = {part}")
    list(task.tell("refresh"))
    assert builders.state(office, number) == "Issued"
    assert [each["part"] for each in sql(office, "SELECT part FROM issued WHERE request_id IS NOT NULL")] == [1, 1]
