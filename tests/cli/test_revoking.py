"""`dominoadmin icl revoke …`: the impact, the signed request, and the other certificates for a compromised key."""

from __future__ import annotations

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import pkcs7

from dominoadmin.services.certifiers import modifying
from tests import builders, specimens
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


def flip(office, serial: str) -> None:
    """Flip the last bit of a stored certificate: of its signature."""
    (row,) = builders.sql(office, "SELECT der FROM issued WHERE serial_hex = ?", serial)
    builders.sql(office, "UPDATE issued SET der = ? WHERE serial_hex = ?", row["der"][:-1] + bytes([row["der"][-1] ^ 1]), serial)


LOST = {
    "removed": lambda office, serial: builders.sql(office, "DELETE FROM issued WHERE serial_hex = ?", serial),
    "altered": flip,
}


@pytest.mark.parametrize("how", LOST)
def test_what_the_list_has_lost_is_revoked_by_its_certificate(office, ready, issued, how: str) -> None:
    """Design: attack 6."""
    first = issued[0]
    file = ready.folder / "lost.pem"
    ready.ok("icl", "show", first, "--out", file)
    LOST[how](office, first)
    assert first in ready.refused("icl", "show", first) or how == "altered"
    ready.refused("icl", "revoke", first, signed="admin")
    done = ready.json("icl", "revoke", "--certificate", file, "--reason", "keyCompromise", signed="admin")
    assert done["serials"] == [first]
    builders.load_ca(office)
    assert reasons(office) == {first: "keyCompromise"}
    out = ready.folder / "list.pem"
    ready.ok("crl", "show", "CN=MyCompany CA/O=MyCompany", "--out", out)
    assert f"{int(first, 16)}" in {str(each.serial_number) for each in x509.load_pem_x509_crl(out.read_bytes())}
    refused = ready.refused(
        "request", "submit", "--database", "second.nsf", "--csr", ready.file("again.pem", builders.csr())
    )
    assert "the key is compromised" in refused
    assert "has already been revoked" in ready.refused("icl", "revoke", "--certificate", file, signed="admin")


def test_only_a_certificate_that_was_issued_here_is_revoked_by_its_file(office, ready, issued) -> None:
    foreign = ready.file("foreign.pem", specimens.pem(specimens.root()))
    assert "No certifier of this domain has issued this certificate." in ready.refused("icl", "revoke", "--certificate", foreign, signed="admin")
    own = ready.folder / "own.pem"
    own.write_bytes(specimens.pem(builders.verified(office).issuer.certificate))
    assert "its own CRLs cannot revoke it" in ready.refused("icl", "revoke", "--certificate", own, signed="admin")
    done = ready.run("icl", "revoke")
    assert (done.code, "the following arguments are required: SERIAL" in done.err) == (2, True), "as before files could be named"
    assert builders.sql(office, "SELECT * FROM revocation_requests") == []


def test_a_file_with_several_certificates_of_the_certifier_is_refused_and_one_with_its_path_is_not(office, ready) -> None:
    """Only the first one would be revoked."""
    builders.approved(office)
    builders.approved(office, "two.example.com")
    builders.load_ca(office)
    certificates = [specimens.pem(each) for each in builders.certificates(office)]
    own = specimens.pem(builders.verified(office).issuer.certificate)
    file = ready.folder / "all.pem"
    file.write_bytes(b"".join(certificates))
    assert "contains several certificates of one issuer" in ready.refused("icl", "revoke", "--certificate", file, signed="admin")
    assert builders.sql(office, "SELECT * FROM revocation_requests") == []
    file.write_bytes(certificates[0] + b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    assert "is not a certificate" in ready.refused("icl", "revoke", "--certificate", file, signed="admin")
    file.write_bytes(certificates[1] + own)
    assert len(ready.json("icl", "revoke", "--certificate", file, signed="admin")["serials"]) == 1


def test_no_certificate_with_a_flipped_bit_is_written_out(office, ready, issued) -> None:
    flip(office, issued[0])
    out = ready.folder / "server.pem"
    said = ready.refused("icl", "show", issued[0], "--out", out)
    assert f"A row of the store (issued 1 {issued[0]}) is not the one that was signed" in said
    assert not out.exists()


def test_a_certificate_is_written_in_each_format(office, ready, issued) -> None:
    found = {}
    for form in ("", "pem", "chain", "pkcs7", "der"):
        path = office.root.parent / f"out-{form}"
        ready.ok("icl", "show", issued[0], "--out", path, *(("--format", form) if form else ()))
        found[form] = path.read_bytes()
    assert found[""] == found["pem"]
    (alone,) = x509.load_pem_x509_certificates(found["pem"])
    assert x509.load_der_x509_certificate(found["der"]) == alone
    chain = x509.load_pem_x509_certificates(found["chain"])
    assert chain[0] == alone
    assert {*chain} == {*pkcs7.load_der_pkcs7_certificates(found["pkcs7"])}
    chain[0].verify_directly_issued_by(chain[1])
