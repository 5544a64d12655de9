"""Certificates and requests in PEM: only what is as it was signed is handed out."""

from __future__ import annotations

import pytest
from cryptography import x509

from dominoadmin.errors import NotFound, Tampered
from dominoadmin.services.records import pem_files
from tests import builders
from tests.builders import sql


@pytest.fixture
def issued(office):
    """An office with a certificate; its serial number."""
    builders.ready(office)
    builders.approved(office, "www.example.com")
    builders.load_ca(office)
    (row,) = sql(office, "SELECT serial_hex FROM issued WHERE request_id IS NOT NULL")
    return row["serial_hex"]


def test_a_certificate_is_the_one_that_was_issued_under_its_host_name(office, issued) -> None:
    (made,) = pem_files.certificates(office.domain, office.actor(), [(1, issued)])
    assert made.name == "www.example.com.pem"
    assert f"{x509.load_pem_x509_certificate(made.text.encode()).serial_number:x}" == issued
    assert max(map(len, made.text.splitlines())) == 64  # RFC 7468


def test_a_request_is_the_one_that_was_received(office, issued) -> None:
    (made,) = pem_files.requests(office.domain, office.actor(), [1])
    assert x509.load_pem_x509_csr(made.text.encode()).is_signature_valid


def test_two_of_a_name_are_two_files(office, issued) -> None:
    found = pem_files.requests(office.domain, office.actor(), [1, 1])
    assert [each.name for each in found] == ["www.example.com.pem", "www.example.com_2.pem"]


@pytest.mark.parametrize(
    ("change", "hand_out"),
    [
        ("UPDATE issued SET subject = 'CN=www.example.org'", lambda office, serial: pem_files.certificates(office.domain, office.actor(), [(1, serial)])),
        ("UPDATE issued SET der = x'3000'", lambda office, serial: pem_files.certificates(office.domain, office.actor(), [(1, serial)])),
        ("UPDATE requests SET csr = x'3000'", lambda office, serial: pem_files.requests(office.domain, office.actor(), [1])),
    ],
)
def test_what_was_altered_is_not_handed_out(office, issued, change, hand_out) -> None:
    sql(office, change)
    with pytest.raises(Tampered):
        hand_out(office, issued)


def test_what_is_not_there_is_named(office, issued) -> None:
    with pytest.raises(NotFound):
        pem_files.certificates(office.domain, office.actor(), [(1, "77")])
    with pytest.raises(NotFound, match="Request 77 was not found"):
        pem_files.requests(office.domain, office.actor(), [77])
