"""`store check --deep`: a signature that is wrong is told although the log commits the row: somebody with an ID wrote it."""

from __future__ import annotations

import hashlib
import tracemalloc
from contextlib import contextmanager

import pytest

from dominoadmin.errors import Cancelled
from dominoadmin.pki import documents
from dominoadmin.services.audit import checking, roles
from dominoadmin.services.processes import deep_checks
from dominoadmin.services.progress import Progress
from tests import builders, specimens
from tests.builders import sql
from tests.services.audit.test_checking import busy  # noqa: F401 - a fixture


def deep(office) -> list[tuple[str, str]]:
    return [(each.table, str(each.finding)) for each in deep_checks.check(office.domain, office.actor(), deep=True)]


@pytest.fixture(autouse=True)
def no_roles(monkeypatch) -> None:
    """As if everybody might enter everything: what is left to check are the signatures."""
    monkeypatch.setattr(roles, "problem", lambda *_given: "")


@contextmanager
def entered(office):
    """Write what the log then commits, as a member of the organization can with SQL and the program's own code."""
    with builders.act(office, office.ann) as db:
        yield db
    assert checking.check(office.domain, office.actor()) == []


def flipped(octets: bytes, place: int = -5) -> bytes:
    found = bytearray(octets)
    found[place] ^= 1
    return bytes(found)


def one(office, table: str, column: str):
    return sql(office, f"SELECT {column} FROM {table} WHERE {column} IS NOT NULL ORDER BY rowid LIMIT 1")[0][0]


def test_a_clean_store_is_clean(busy) -> None:  # noqa: F811
    assert deep(busy) == []


@pytest.mark.parametrize(
    ("kind", "options"),
    [("rsa-2048", {}), ("ec-p384", {}), ("ml-dsa-44", {}), ("rsa-3072", {"hash_name": "sha512"}), ("ec-p256", {"hash_name": "sha384"})],
)
def test_lists_of_every_kind_of_key_are_verified(office, kind: str, options: dict) -> None:
    builders.ready(office, key_algorithm=kind, **options)
    builders.load_ca(office)
    assert deep(office) == []
    (row,) = sql(office, "SELECT crl_id, number, bytes FROM crl_pieces ORDER BY number DESC LIMIT 1")
    sql(office, "UPDATE crl_pieces SET bytes = ? WHERE crl_id = ? AND number = ?", flipped(row["bytes"]), row["crl_id"], row["number"])
    assert deep(office) == [("crls", "The CRL is not the one that was made.")]
    pieces = [each[0] for each in sql(office, "SELECT bytes FROM crl_pieces ORDER BY number")]
    with entered(office) as db:
        db.execute("UPDATE crls SET sha256 = ?", [hashlib.sha256(b"".join(pieces)).hexdigest()])
    assert deep(office)[0] == ("crls", "The signature of the CRL is not its certifier's.")


def test_a_list_that_claims_another_length_is_told(office) -> None:
    """What is signed is as it was; no reader takes the list for one, though."""
    builders.ready(office)
    builders.load_ca(office)
    pieces = [each[0] for each in sql(office, "SELECT bytes FROM crl_pieces ORDER BY number")]
    assert pieces[0][:2] == b"\x30\x81", "one octet is the length of the whole list"
    pieces[0] = flipped(pieces[0], 2)
    with entered(office) as db:
        db.execute("UPDATE crls SET sha256 = ?", [hashlib.sha256(b"".join(pieces)).hexdigest()])
    sql(office, "UPDATE crl_pieces SET bytes = ? WHERE number = (SELECT min(number) FROM crl_pieces)", pieces[0])
    assert ("crls", "The signature of the CRL is not its certifier's.") in deep(office)


def test_a_list_made_before_the_hash_was_changed_is_right(office) -> None:
    builders.ready(office, key_algorithm="rsa-2048")
    builders.load_ca(office)
    builders.next_version(office, 1, hash_name="sha512")
    assert deep(office) == []


@pytest.mark.parametrize(
    ("table", "column", "told"),
    [
        ("configurations", "document", ("configurations", "cannot be read|does not match|certified by")),
        ("decisions", "document", ("decisions", "cannot be read|does not match|certified by")),
        ("revocation_requests", "document", ("revocation_requests", "cannot be read|does not match|certified by")),
        ("issued", "der", ("issued", "is not its issuer's")),
    ],
)
def test_a_wrong_signature_is_told(busy, table: str, column: str, told: tuple[str, str]) -> None:  # noqa: F811
    import re

    before = one(busy, table, column)
    with entered(busy) as db:
        db.execute(f"UPDATE {table} SET {column} = ? WHERE {column} = ?", (flipped(before, -20), before))
    ((found, said),) = deep(busy)
    assert found == told[0] and re.search(told[1], said), said


def test_a_decision_about_something_else_or_of_no_ra_is_told(busy) -> None:  # noqa: F811
    (request,) = sql(busy, "SELECT * FROM requests WHERE id = 1")
    content = {"decision": "approve", "request": 1, "request_sha256": documents.digest(request["csr"]), "certifier": builders.CA_NAME}
    for signer, change, told in (
        (busy.ann, {}, ""), (busy.ann, {"request": 2}, "belongs to something else"), (busy.ann, {"request_sha256": "0"}, "something else"),
        (busy.ann, {"certifier": "CN=Other"}, "something else"), (busy.rob, {}, "is not a registration authority"),
    ):  # fmt: skip
        signed = documents.sign("decision", content | change, signer).serialize()
        with entered(busy) as db:
            db.execute("UPDATE admin_requests SET decision = ? WHERE request_id = 1", [signed])
        assert [table for table, _said in deep(busy)] == (["admin_requests"] if told else [])
        assert not told or told in deep(busy)[0][1]


def test_a_newer_decision_about_something_else_or_of_no_ra_is_told(busy) -> None:  # noqa: F811
    content = documents.json.loads(documents.parse(one(busy, "decisions", "document")).content)
    for signer, change, told in (
        (busy.ann, {}, ""), (busy.ann, {"request": 2}, "belongs to something else"), (busy.ann, {"number": 2}, "something else"),
        (busy.ann, {"version": 7}, "is not a registration authority"), (busy.rob, {}, "is not a registration authority"),
        (busy.ann, {"signed_at": 7}, "cannot be read"),
    ):  # fmt: skip
        signed = documents.sign("decision", content | change, signer).serialize()
        with entered(busy) as db:
            db.execute("UPDATE decisions SET document = ? WHERE request_id = ? AND number = 1", [signed, content["request"]])
        assert [table for table, _said in deep(busy)] == (["decisions"] if told else [])
        assert not told or told in deep(busy)[0][1]


def test_an_ra_of_an_earlier_version_decided_rightly(busy) -> None:  # noqa: F811
    builders.next_version(busy, 1, ras=(busy.rob.name,))
    assert deep(busy) == []


def test_the_id_of_somebody_else_is_told(busy) -> None:  # noqa: F811
    with entered(busy) as db:
        db.execute("UPDATE directory SET chain = (SELECT chain FROM directory WHERE name LIKE 'CN=Ann%') WHERE name LIKE 'CN=Rob%'")
    assert deep(busy) == [("directory", "The ID is that of CN=Ann Admin/O=MyCompany/C=US.")]
    with entered(busy) as db:
        db.execute("UPDATE directory SET chain = '[]' WHERE name LIKE 'CN=Rob%'")
    ((table, said),) = deep(busy)
    assert table == "directory" and "was not certified by" in said


def test_the_certificate_of_another_authority_is_told(busy) -> None:  # noqa: F811
    stranger = specimens.der(specimens.leaf())
    serial = one(busy, "issued", "serial_hex")
    with entered(busy) as db:
        db.execute("INSERT INTO cross_certificates VALUES (7, 'directory', 'x', 'x', 'ab', 'x', '2030-01-01T00:00:00Z', ?, '2026-01-01T00:00:00Z')", [stranger])
        db.execute("INSERT INTO responders VALUES (1, ?, x'00', '2030-01-01T00:00:00Z', '2026-01-01T00:00:00Z')", [b"no certificate"])
        db.execute("UPDATE issued SET serial_hex = 'ab' WHERE serial_hex = ?", [serial])
        db.execute("UPDATE revocations SET serial_hex = 'ab' WHERE serial_hex = ?", [serial])
    told = dict(deep(busy))
    assert told["cross_certificates"] == "The signature of the certificate is not its issuer's."
    assert told["responders"] == "The certificate cannot be read."
    assert told["issued"] == f"The certificate has the serial number {serial}."


def test_the_state_of_revocations_is_checked(busy) -> None:  # noqa: F811
    sql(busy, "UPDATE revocation_pages SET sha256 = 'x'")
    ((table, said),) = deep(busy)
    assert table == "revocation_pages" and "do not match the signature" in said
    sql(busy, "UPDATE crl_chunks SET entries = zeroblob(20)")
    assert {table for table, _said in deep(busy)} == {"crls", "revocation_pages"}


def test_a_certifier_that_cannot_be_verified_is_told_once(busy) -> None:  # noqa: F811
    sql(busy, "UPDATE certifiers SET certificate = x'00'")
    told = deep(busy)
    assert [table for table, _said in told] == ["certifiers", "configurations"]


def test_it_can_be_cancelled_at_every_step(busy) -> None:  # noqa: F811
    said: list[str] = []

    class Counting(Progress):
        def step(self, text: str) -> None:
            said.append(str(text))

    deep_checks.check(busy.domain, busy.actor(), Counting(), deep=True)
    assert {"Checking the file", "Verifying the IDs", "Verifying decision 1", "Verifying certificate 1", "Verifying CRL 1"} <= set(said)

    class Stopped(Progress):
        def step(self, text: str) -> None:
            if text == said[-1]:
                raise Cancelled

    with pytest.raises(Cancelled):
        deep_checks.check(busy.domain, busy.actor(), Stopped(), deep=True)


def test_its_memory_does_not_grow_with_the_store(office) -> None:
    builders.ready(office)
    requests = [builders.submitted(office, f"n{number}.example.com") for number in range(150)]
    builders.approve(office.domain, office.ann, requests)
    builders.load_ca(office)
    deep(office)  # what is imported and cached
    tracemalloc.start()
    try:
        assert deep(office) == []
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 12_000_000, peak
