"""Revocation from the signed request to the list that openssl refuses by."""

import subprocess
from datetime import timedelta

import pytest
from cryptography import x509

from dominoadmin.errors import NotAllowed, NotFound, Refused
from dominoadmin.pki import describe
from dominoadmin.services import approving, auditing, publishing, revoking
from dominoadmin.services.revoking import RELEASE, Order
from dominoadmin.tasks.ca import CaTask
from tests import builders


@pytest.fixture
def ca(office):
    """The CA process with one active certifier."""
    builders.ready(office, ras=("Rob Ra",))
    task = CaTask(office.domain, office.server, builders.no_password)
    list(task.start())
    return task


def issued(office, ca, *hosts):
    approving.approve(office.domain, office.ann, [builders.submitted(office, host) for host in hosts])
    list(ca.run_due())
    return [f"{certificate.serial_number:x}" for certificate in builders.certificates(office)][-len(hosts):]


def crl(office) -> x509.CertificateRevocationList:
    found = publishing.find_list(office.domain, 1)
    return x509.load_der_x509_crl(b"".join(publishing.octets(office.domain, found)))


def openssl_says(office, tmp_path, serial: str) -> str:
    certificate = next(c for c in builders.certificates(office) if f"{c.serial_number:x}" == serial)
    (tmp_path / "leaf.pem").write_bytes(certificate.public_bytes(builders.Encoding.PEM))
    (tmp_path / "ca.pem").write_text(describe.pem(builders.verified(office).record.certificate))
    found = publishing.find_list(office.domain, 1)
    (tmp_path / "crl.der").write_bytes(b"".join(publishing.octets(office.domain, found)))
    subprocess.run(["openssl", "crl", "-inform", "DER", "-in", "crl.der", "-out", "crl.pem"], cwd=tmp_path, check=True)
    at = str(int(office.clock().timestamp()))
    command = ["openssl", "verify", "-attime", at, "-crl_check_all", "-CRLfile", "crl.pem", "-CAfile", "ca.pem", "leaf.pem"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_a_revoked_certificate_is_refused_by_openssl(office, ca, tmp_path) -> None:
    good, bad = issued(office, ca, "good.example.com", "bad.example.com")
    assert "leaf.pem: OK" in openssl_says(office, tmp_path, bad)
    revoking.request(office.domain, office.rob, 1, Order((bad,), reason="keyCompromise"))
    lines = list(ca.run_due())
    assert any("1 certificate(s) revoked" in line for line in lines), lines
    assert any("CRL number 2 (non-regular)" in line for line in lines), lines
    assert "certificate revoked" in openssl_says(office, tmp_path, bad)
    assert "leaf.pem: OK" in openssl_says(office, tmp_path, good)
    (entry,) = crl(office)
    assert entry.serial_number == int(bad, 16)
    assert entry.extensions.get_extension_for_class(x509.CRLReason).value.reason is x509.ReasonFlags.key_compromise
    auditing.verify(office.domain, office.actor())
