"""Chunks of CRL entries: filled in batches, replaced when an entry is removed, kept for the lists that use them."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest
from cryptography import x509

from dominoadmin.pki.revocation import Revocation
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor
from dominoadmin.services.revocation import lists
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.services.revocation.crl_issuing import CrlAuthority
from dominoadmin.services.states import CrlKind
from dominoadmin.store import crls, revocations
from dominoadmin.store.records import RevocationRecord
from tests import builders
from tests.builders import sql

_SERIALS = [f"{number * 7919 + 4096:x}" for number in range(23)]


@pytest.fixture
def authority(office, monkeypatch) -> CrlAuthority:
    """A certifier whose chunks have five entries, with eight entries placed at once."""
    monkeypatch.setattr(revocations, "CHUNK", 5)
    monkeypatch.setattr(revocations, "_BATCH", 8)
    builders.ready(office)
    vault, certifier = KeyVault(), builders.verified(office)
    vault.open(certifier, office.server)
    sql(
        office,
        "INSERT INTO revocation_requests VALUES (1, 1, 'revoke', '[]', 'superseded', NULL, 'nobody', x'', 'Done', '', ?, ?)",
        "2026-11-23T17:00:00Z", "2026-11-23T17:00:00Z",
    )  # fmt: skip
    return CrlAuthority(office.domain, Actor.of(office.server), vault, certifier)


def revoke(office, *serials: str, released: bool = False, days: int = 300) -> None:
    """Add revocations as when a request is carried out, alternating between two partitions."""
    now = office.clock()
    with builders.behind(office.domain.store) as db:
        since = crls.last_number(db, 1) + 1
        revocations.keep(
            db,
            [
                RevocationRecord(
                    certifier_id=1, serial_hex=serial, reason="certificateHold", revoked_at=now, invalidity_at=None, released_at=now if released else None, request_id=1, since=since,
                    not_after=now + timedelta(days=days), key_fingerprint="", part=1 + int(serial, 16) % 2, chunk=None,
                    entry=Revocation(serial, "certificateHold", now).entry(),
                )
                for serial in serials
            ],
        )  # fmt: skip
    builders.sealed(office.domain, 1, Actor.of(office.server), serials, since - 1)


def octets(office, crl) -> bytes:
    return b"".join(lists.octets(office.domain, crl))


def listed(office, crl) -> set[str]:
    data = octets(office, crl)
    assert (len(data), hashlib.sha256(data).hexdigest()) == (crl.size, crl.sha256)
    found = x509.load_der_x509_crl(data)
    assert found.is_signature_valid(builders.verified(office).issuer.public_key)
    assert len(found) == crl.entries
    return {f"{entry.serial_number:x}" for entry in found}


def current(office) -> int:
    return sql(office, "SELECT count(*) FROM crl_chunks WHERE is_current = 1")[0][0]


def replaced(office) -> int:
    return sql(office, "SELECT count(*) FROM crl_chunks WHERE is_current = 0")[0][0]


def test_more_than_a_batch_is_listed_whole(office, authority) -> None:
    revoke(office, *_SERIALS)
    (crl,) = authority.issue(CrlKind.REGULAR)
    assert listed(office, crl) == set(_SERIALS)
    assert sorted(row["count"] for row in sql(office, "SELECT count FROM crl_chunks")) == [1, 2, 5, 5, 5, 5]
    revocation_state_holds(office)


def revocation_state_holds(office) -> None:
    with office.domain.store.snapshot() as db:
        revocation_state.check_all(db, builders.verified(office).record, office.actor().verifier())


def test_a_list_stays_as_it_was_when_its_chunks_are_replaced(office, authority) -> None:
    revoke(office, *_SERIALS)
    (first,) = authority.issue(CrlKind.REGULAR)
    before = octets(office, first)
    revoke(office, _SERIALS[3], _SERIALS[4], released=True)
    (second,) = authority.issue(CrlKind.NON_REGULAR)
    assert listed(office, second) == set(_SERIALS) - {_SERIALS[3], _SERIALS[4]}
    assert octets(office, first) == before
    assert replaced(office) == 2
    revocation_state_holds(office)


def test_a_chunk_that_has_not_changed_is_kept_once_for_all_lists(office, authority) -> None:
    revoke(office, *_SERIALS)
    authority.issue(CrlKind.REGULAR)
    chunks = sql(office, "SELECT id FROM crl_chunks ORDER BY id")
    authority.issue(CrlKind.REGULAR)
    authority.issue(CrlKind.NON_REGULAR)
    assert sql(office, "SELECT id FROM crl_chunks ORDER BY id") == chunks
    assert replaced(office) == 0


def test_a_replaced_chunk_goes_with_the_last_list_that_has_it(office, authority) -> None:
    revoke(office, *_SERIALS)
    authority.issue(CrlKind.REGULAR)
    revoke(office, _SERIALS[0], released=True)
    authority.issue(CrlKind.REGULAR)
    assert replaced(office) == 1
    authority.issue(CrlKind.REGULAR)  # the first list was the previous one until now
    assert replaced(office) == 0
    assert current(office) == 6


def test_a_chunk_whose_entries_have_all_gone_is_none(office, authority) -> None:
    revoke(office, *_SERIALS)
    authority.issue(CrlKind.REGULAR)
    revoke(office, *_SERIALS, released=True)
    (crl,) = authority.issue(CrlKind.REGULAR)
    assert listed(office, crl) == set()
    assert current(office) == 0
    revoke(office, "abcdef")
    (crl,) = authority.issue(CrlKind.REGULAR)
    assert listed(office, crl) == {"abcdef"}


def test_what_was_held_and_released_between_two_lists_is_on_none(office, authority) -> None:
    revoke(office, *_SERIALS)
    revoke(office, *_SERIALS[5:], released=True)
    (crl,) = authority.issue(CrlKind.REGULAR)
    assert listed(office, crl) == set(_SERIALS[:5])
