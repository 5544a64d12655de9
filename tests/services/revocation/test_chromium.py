"""Chromium that must check revocation, by OCSP and CRL: it shows the page or ERR_CERT_REVOKED."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from dominoadmin import application
from dominoadmin.tasks.http.task import HttpTask
from tests.conftest import NO_KEYCHAIN, Clock, Office, set_up_office
from tests.outside import chromium
from tests.outside.web_office import FILE, HOST, KEY_FILE, WebOffice, write
from tests.services.revocation.front import front
from tests.services.revocation.scene import Scene, authority

pytestmark = pytest.mark.judge
REQUIRED = {"RequireOnlineRevocationChecksForLocalAnchors": True, "EnableOnlineRevocationChecks": True}
OCSP, CRL = "/pki/ocsp", ".crl"
ALGORITHMS = ("rsa-2048", "ec-p256")


@contextmanager
def web_site(office: Office, algorithm: str, home: Path) -> Iterator[Scene]:
    """A TLS server with a certificate of ours, whose CRL and OCSP are behind a proxy that can refuse them."""
    home.mkdir()
    with front() as before:
        scene = authority(office, algorithm, f"http://127.0.0.1:{before.port}/pki")
        web = WebOffice(office, scene.root)
        ring = web.certified_ring(algorithm)
        web.install(ring)
        web.change(ssl_key_file=KEY_FILE, ssl_port_status="Enabled")
        task = HttpTask(office.domain, office.server)
        list(task.start())
        before.behind = task._plain.port
        scene.before, scene.leaf, scene.home = before, ring.certificate, home
        scene.page = f"https://{HOST}:{task._ssl.port}/{FILE}"
        scene.root_pem = write(home / "root.pem", web.root_pem)
        yield scene
        task.stop()


@pytest.fixture(params=ALGORITHMS)
def site(request, office, tmp_path):
    with web_site(office, request.param, tmp_path / "home") as scene:
        yield scene


def verdict(site, *refused: str, policies=REQUIRED) -> str:
    """Load the page in a browser with an empty cache, while the proxy refuses these addresses."""
    site.before.refused = set(refused)
    site.before.seen.clear()
    dom, said = chromium.load_page(site.page, site.root_pem, site.home, policies)
    if "<h1>Certificate Requests</h1>" in dom:
        return "page"
    return next((word for word in ("ERR_CERT_REVOKED", "ERR_CERT_UNABLE_TO_CHECK_REVOCATION") if word in said), said)


def test_a_good_certificate_is_a_page_by_ocsp_and_by_the_list(site) -> None:
    assert verdict(site) == "page"
    assert site.before.asked_for(OCSP) and not site.before.asked_for(CRL)
    assert verdict(site, OCSP) == "page"
    assert site.before.asked_for(OCSP) and site.before.asked_for(CRL)
    assert verdict(site, CRL) == "page"
    assert verdict(site, OCSP, CRL) == "ERR_CERT_UNABLE_TO_CHECK_REVOCATION", "the policy is not in force"


@pytest.mark.parametrize("reason", ["keyCompromise", "certificateHold"])
def test_a_revoked_certificate_is_refused_by_ocsp_and_by_the_list(site, reason) -> None:
    assert verdict(site) == "page"
    site.revoke(site.leaf, reason=reason)
    assert verdict(site) == "ERR_CERT_REVOKED"
    assert site.before.asked_for(OCSP) and not site.before.asked_for(CRL)
    assert verdict(site, OCSP) == "ERR_CERT_REVOKED"
    assert site.before.asked_for(CRL)
    assert verdict(site, CRL) == "ERR_CERT_REVOKED"
    if reason == "certificateHold":
        site.release(site.leaf)
        assert verdict(site) == "page" == verdict(site, OCSP)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
@pytest.mark.parametrize(("days", "expected"), [(25, "page"), (31, "ERR_CERT_UNABLE_TO_CHECK_REVOCATION")])
def test_an_old_list_holds_until_its_next_update_and_not_a_day_longer(tmp_path, algorithm, days, expected) -> None:
    """Everything was set up that many days ago, and no list was made since."""
    clock = Clock()
    clock.advance(days=-days)
    root, ids = set_up_office(tmp_path / "data", clock)
    domain = application.open_domain(root, NO_KEYCHAIN, clock)
    with web_site(Office(domain=domain, clock=clock, **ids), algorithm, tmp_path / "home") as site:
        crl = x509.load_der_x509_crl(site.list_of())
        assert crl.next_update_utc - crl.last_update_utc < timedelta(days=30, hours=1)
        assert abs(datetime.now(UTC) - timedelta(days=days) - crl.last_update_utc) < timedelta(hours=1)
        assert verdict(site, OCSP) == expected
    domain.store.close()
