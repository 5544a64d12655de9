"""`dominoadmin icl revoke …`: the impact, the signed request, and the other certificates for a compromised key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dominoadmin.services.certifiers import modifying
from tests import builders
from tests.cli.commands import Desk


@pytest.fixture
def issued(office, ready: Desk) -> list[str]:
    """Serial numbers of two certificates for one key, of two certifiers."""
    builders.certifier(office, "Second CA")
    builders.database(office, "second.nsf", "Second CA")
    builders.approved(office)
    builders.approved(office, "two.example.com", "second.nsf")
    builders.load_ca(office)
    return [row["serial_hex"] for row in builders.sql(office, "SELECT serial_hex FROM issued ORDER BY request_id")]


def reasons(office) -> dict[str, str]:
    return {row["serial_hex"]: row["reason"] for row in builders.sql(office, "SELECT * FROM revocations")}


def test_a_compromised_keys_other_certificates_are_named_with_the_command_that_revokes_them(office, ready, issued) -> None:
    first, second = issued
    text = ready.ok("icl", "revoke", first, "--reason", "keyCompromise", signed="admin")
    assert text.splitlines()[0].startswith("Revocation submitted to the Administration Process (request 1)")
    assert f"The same key: {second} CN=two.example.com/O=MyCompany/C=US (CN=Second CA/O=MyCompany)" in text
    command = text.splitlines()[-1].removeprefix("Revoke: dominoadmin ")
    assert command == f"icl revoke {second} --certifier 'CN=Second CA/O=MyCompany' --reason keyCompromise"
    builders.load_ca(office)
    ready.ok(
        "icl", "revoke", second, "--certifier", "CN=Second CA/O=MyCompany", "--reason", "keyCompromise", signed="admin"
    )
    builders.load_ca(office)
    assert reasons(office) == dict.fromkeys(issued, "keyCompromise")
    refused = ready.refused(
        "request", "submit", "--database", builders.DATABASE, "--csr", ready.file("again.pem", builders.csr())
    )
    assert "A certificate for this key was revoked because the key is compromised." in refused


def test_another_reason_names_no_other_certificate_but_says_what_it_breaks(office, ready, issued) -> None:
    done = ready.json("icl", "revoke", issued[0], "--reason", "superseded", signed="admin")
    assert (done["requests"], done["serials"], done["action"]) == ([1], issued[:1], "revoke")
    assert "1 other certificate for the same key stays valid, unless it is revoked too." in done["impact"]
    assert [each["serial"] for each in done["same_key"]] == issued[1:]
    assert any("certificate contains no CRL or OCSP address. Distribute the CRL yourself, or clients will not learn of the revocation." in sentence for sentence in done["impact"])


def test_the_impact_alone_revokes_nothing_and_needs_no_password(office, ready, issued) -> None:
    text = ready.ok("icl", "revoke", issued[0], "--impact")
    assert "The certifier must be active for that." in text
    assert builders.sql(office, "SELECT * FROM revocation_requests") == []


def test_bad_revocations_are_told_in_one_sentence(office, ready, issued) -> None:
    first = issued[0]
    assert "No certificate with the serial number abcdef" in ready.refused("icl", "revoke", "abcdef", signed="admin")
    ready.ok("icl", "revoke", first, signed="admin")
    builders.load_ca(office)
    assert f"The certificate {first} has already been revoked" in ready.refused("icl", "revoke", first, signed="admin")
    assert "only a hold can be released" in ready.refused("icl", "release", first, signed="admin")
    assert "certificates, each only once." in ready.refused("icl", "revoke", issued[1], issued[1], signed="admin")


def test_who_may_not_revoke_one_of_them_revokes_none(office, ready, issued) -> None:
    draft = modifying.begin(office.domain, office.actor(), 1)
    modifying.save(office.domain, office.ann, replace(draft, caas=("Rob Ra",), ras=("Rob Ra",)))
    second, first = issued[1], issued[0]
    said = ready.refused("icl", "revoke", second, first, "--reason", "keyCompromise", signed="admin")
    assert "is neither a registration authority (RA) nor a CA administrator (CAA)" in said
    assert builders.sql(office, "SELECT * FROM revocation_requests") == []
