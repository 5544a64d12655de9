"""Revocation from the signed request to the list with which openssl refuses."""

import subprocess
from datetime import timedelta

import pytest
from cryptography import x509

from dominoadmin.errors import NotFound
from dominoadmin.pki import describe
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.publication import Publication
from dominoadmin.services.audit import verifying
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.revocation import publishing, revoking
from dominoadmin.services.revocation.lists import octets
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.services.states import RevocationAction
from dominoadmin.tasks.ca import CaTask
from tests import builders

BASE = "http://server1.example.com/pki"


@pytest.fixture
def ca(office):
    """The CA process with one active certifier."""
    builders.ready(office, ras=("Rob Ra",))
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    return task


def issued(office, ca, *hosts):
    builders.approve(office.domain, office.ann, [builders.submitted(office, host) for host in hosts])
    list(ca.run_due())
    return [f"{certificate.serial_number:x}" for certificate in builders.certificates(office)][-len(hosts):]


def crl(office) -> x509.CertificateRevocationList:
    found = publishing.find_list(office.domain, office.actor(), 1)
    return x509.load_der_x509_crl(b"".join(octets(office.domain, found)))


def openssl_says(office, tmp_path, serial: str) -> str:
    certificate = next(c for c in builders.certificates(office) if f"{c.serial_number:x}" == serial)
    (tmp_path / "leaf.pem").write_bytes(certificate.public_bytes(builders.Encoding.PEM))
    (tmp_path / "ca.pem").write_text(describe.pem(builders.verified(office).record.active.certificate))
    found = publishing.find_list(office.domain, office.actor(), 1)
    (tmp_path / "crl.der").write_bytes(b"".join(octets(office.domain, found)))
    subprocess.run(["openssl", "crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem"], cwd=tmp_path, check=True)
    at = str(int(office.clock().timestamp()))
    command = ["openssl", "verify", "-attime", at, "-crl_check_all", "-CRLfile", "crl.pem", "-CAfile", "ca.pem", "leaf.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_revoked_certificate_is_refused_by_openssl(office, ca, tmp_path) -> None:
    good, bad = issued(office, ca, "good.example.com", "bad.example.com")
    assert "leaf.pem: OK" in openssl_says(office, tmp_path, bad)
    revoking.request(office.domain, office.rob, 1, RevocationOrder((bad,), reason="keyCompromise"))
    lines = list(ca.run_due())
    assert any("1 certificate revoked" in line for line in lines), lines
    assert any("CRL number 2 (non-regular)" in line for line in lines), lines
    assert "certificate revoked" in openssl_says(office, tmp_path, bad)
    assert "leaf.pem: OK" in openssl_says(office, tmp_path, good)
    (entry,) = crl(office)
    assert entry.serial_number == int(bad, 16)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    verifying.verify(office.domain, office.actor())


@pytest.fixture
def online(office):
    """The same, with addresses in its certificates."""
    builders.ready(office, ras=("Rob Ra",), publication=Publication((BASE,), delta_hours=6))
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    return task


def ocsp_says(office, tmp_path, serial: str, *more: str) -> str:
    (tmp_path / "ca.pem").write_text(describe.pem(builders.verified(office).record.active.certificate))
    digest = [option for option in more if option == "-sha256"]  # openssl requires it before the serial
    nonce = [option for option in more if option == "-no_nonce"]
    ask = ["openssl", "ocsp", *digest, "-issuer", "ca.pem", "-serial", f"0x{serial}", "-reqout", "request.der", *nonce]
    subprocess.run(ask, cwd=tmp_path, check=True, capture_output=True)
    answer = Responder(office.domain, office.server).answer((tmp_path / "request.der").read_bytes())
    (tmp_path / "answer.der").write_bytes(answer.der)
    read = ["openssl", "ocsp", *digest, "-issuer", "ca.pem", "-CAfile", "ca.pem", "-serial", f"0x{serial}", "-respin", "answer.der"]
    done = subprocess.run(
        [*read, "-no_nonce", "-attime", str(int(office.clock().timestamp())), "-validity_period", "99999999"],
        cwd=tmp_path, check=False, capture_output=True, text=True,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("more", [(), ("-no_nonce",), ("-sha256",)])
def test_ocsp_says_what_the_list_says(office, online, tmp_path, more) -> None:
    good, bad = issued(office, online, "good.example.com", "bad.example.com")
    assert f"0x{bad}: good" in ocsp_says(office, tmp_path, bad, *more)
    revoking.request(office.domain, office.ann, 1, RevocationOrder((bad,), reason="superseded"))
    list(online.run_due())
    said = ocsp_says(office, tmp_path, bad, *more)
    assert "Response verify OK" in said, said
    assert f"0x{bad}: revoked" in said and "Reason: superseded" in said, said
    assert f"0x{good}: good" in ocsp_says(office, tmp_path, good, *more)
    assert "0x1234: unknown" in ocsp_says(office, tmp_path, "1234", *more)


def lists(office, *, delta: bool) -> list[x509.CertificateRevocationList]:
    """Return the completely stored lists, oldest first."""
    pieces = builders.sql(
        office,
        "SELECT c.id, coalesce(p.bytes, k.entries) AS octets FROM crls c JOIN crl_pieces p ON p.crl_id = c.id"
        " LEFT JOIN crl_chunks k ON k.id = p.chunk WHERE (base_number IS NOT NULL) = ? ORDER BY c.number, p.number",
        int(delta),
    )
    whole: dict[int, bytes] = {}
    for row in pieces:
        whole[row["id"]] = whole.get(row["id"], b"") + row["octets"]
    return [x509.load_der_x509_crl(der) for der in whole.values()]


def test_a_delta_says_what_has_changed_since_the_last_regular_list(office, online) -> None:
    held, gone, other = issued(office, online, "held.example.com", "gone.example.com", "other.example.com")
    assert lists(office, delta=True) == []
    for order in (RevocationOrder((held,), reason="certificateHold"), RevocationOrder((gone,)), RevocationOrder((held,), RevocationAction.RELEASE), RevocationOrder((other,))):
        revoking.request(office.domain, office.ann, 1, order)
        list(online.run_due())
    newest = lists(office, delta=True)[-1]
    assert newest.extensions.get_extension_for_class(x509.DeltaCRLIndicator).value.crl_number == 1
    assert newest.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number == 5
    assert newest.next_update_utc == office.clock() + timedelta(hours=12)
    reasons = {f"{entry.serial_number:x}": [each.value for each in entry.extensions] for entry in newest}
    assert set(reasons) == {held, gone, other}
    assert reasons[held][0].reason is x509.ReasonFlags.remove_from_crl
    assert {f"{entry.serial_number:x}" for entry in lists(office, delta=False)[-1]} == {gone, other}


def test_a_delta_is_made_anew_before_it_ends(office, online) -> None:
    issued(office, online, "good.example.com")
    office.clock.advance(days=8)  # the second regular list has the first delta
    list(online.run_due())
    (first,) = lists(office, delta=True)
    office.clock.advance(hours=5)
    assert list(online.run_due()) == []
    office.clock.advance(hours=1, minutes=1)
    list(online.run_due())
    assert lists(office, delta=True)[-1].last_update_utc > first.last_update_utc


def test_a_certifier_with_a_long_name_in_another_country_has_a_responder_too(office, tmp_path) -> None:
    name = DistinguishedName(common_name="A certification authority with quite a long name", organization="MyCompany", state="Massachusetts", country="US")
    registering.register(office.domain, office.ann, CertifierRequest(name, "server-id", publication=Publication((BASE,))))
    builders.load_ca(office)
    (row,) = builders.sql(office, "SELECT subject FROM issued")
    assert row["subject"] == "CN=A certification authority with quite a long name OCSP Responder"


def test_a_certifier_without_a_list_says_which_kind_is_missing(office) -> None:
    builders.certifier(office)
    for kind, sentence in (("", "no CRL"), ("regular", "no regular CRL"), ("non-regular", "no non-regular CRL")):
        with pytest.raises(NotFound, match=f"^CN=MyCompany CA/O=MyCompany has {sentence} yet.$"):
            publishing.find_list(office.domain, office.actor(), 1, kind)
