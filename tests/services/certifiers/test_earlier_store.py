"""A store of the version before certifiers had several keys: it opens, issues, and begins a new key."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import generations
from dominoadmin.services.processes import deep_checks
from dominoadmin.services.restoring import accepting
from tests import builders
from tests.builders import sql
from tests.services.audit.test_taking_over import opened
from tests.services.certifiers.test_generations import order

EARLIER = Path(__file__).parents[2] / "store" / "earlier" / "schema-8.zip"


@pytest.fixture
def earlier(tmp_path):
    office = opened(EARLIER, tmp_path / "data", datetime(2026, 11, 30, 12, tzinfo=UTC))
    accepting.moved(office.domain, office.certifier)
    yield office
    office.domain.store.close()


def issued(office, host: str) -> x509.Certificate:
    key = ec.generate_private_key(ec.SECP256R1())
    number = builders.submitted(office, host, data=builders.csr(host, key=key))
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert not outcome.problem
    builders.load_ca(office)
    (row,) = sql(office, "SELECT der FROM issued WHERE request_id = ?", number)
    return x509.load_der_x509_certificate(row["der"])


def test_it_opens_issues_and_begins_a_new_key(earlier) -> None:
    before = {row["serial_hex"]: row["der"] for row in sql(earlier, "SELECT serial_hex, der FROM issued")}
    rows = sql(earlier, "SELECT * FROM certifiers")
    verifying.verify(earlier.domain, earlier.actor())
    builders.load_ca(earlier)
    first = builders.verified(earlier).issuer.certificate
    issued(earlier, "new.example.com").verify_directly_issued_by(first)
    assert sql(earlier, "SELECT * FROM certifiers") == rows
    generations.begin(earlier.domain, earlier.ann, order(earlier))
    second = builders.verified(earlier).issuer.certificate
    assert first != second
    issued(earlier, "newer.example.com").verify_directly_issued_by(second)
    assert deep_checks.check(earlier.domain, earlier.actor(), deep=True) == []
    after = {row["serial_hex"]: row["der"] for row in sql(earlier, "SELECT serial_hex, der FROM issued")}
    assert before.items() <= after.items()
