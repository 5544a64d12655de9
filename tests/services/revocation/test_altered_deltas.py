"""A delta CRL is made of rows, not of chunks whose digests are sealed: each row is compared with what was signed."""

from __future__ import annotations

import pytest
from cryptography import x509

from tests import builders
from tests.builders import sql
from tests.services.revocation import scene
from tests.services.revocation.scene import Scene

BASE = "http://pki.example.com/pki"
ALTERED = {
    "it was released": "released_at = '2026-01-01T00:00:00Z'",
    "another entry": "entry = x'3000'",
    "another date": "revoked_at = '2020-01-01T00:00:00Z'",
    "it is older than the base": "since = 0",
}


@pytest.fixture
def stage(office) -> Scene:
    return scene.authority(office, base=BASE, delta_hours=6)


def newest(office) -> int:
    return sql(office, "SELECT max(number) FROM crls")[0][0]


def revoked(stage: Scene) -> set[int]:
    return {each.serial_number for each in x509.load_der_x509_crl(stage.list_of(delta=True))}


@pytest.mark.parametrize("what", ["removed", *ALTERED])
def test_no_delta_is_made_of_a_row_that_nobody_signed(office, stage, what: str) -> None:
    one, two = stage.issue("one.example.com", "two.example.com")
    stage.revoke(one)
    number, (kept,) = newest(office), sql(office, "SELECT * FROM revocations")
    sql(office, f"UPDATE revocations SET {ALTERED[what]}" if what in ALTERED else "DELETE FROM revocations")
    stage.revoke(two)
    assert newest(office) == number
    sql(office, "DELETE FROM revocations WHERE serial_hex = ?", kept["serial_hex"])
    columns = [each for each in kept.keys() if each != "id"]  # noqa: SIM118 - a row has no `in`
    sql(office, f"INSERT INTO revocations ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})", *(kept[each] for each in columns))
    stage.ca.stop()
    builders.load_ca(office)
    assert revoked(stage) == {one.serial_number, two.serial_number}


def test_deltas_say_what_has_changed_since_their_base(office, stage) -> None:
    one, two = stage.issue("one.example.com", "two.example.com")
    stage.revoke(one, reason="certificateHold")
    stage.revoke(two)
    stage.release(one)
    assert revoked(stage) == {one.serial_number, two.serial_number}
    office.clock.advance(days=7)
    stage.run()
    office.clock.advance(days=7)
    stage.run()
    assert revoked(stage) == set(), "the base says so"
