"""The closed padlock: Chromium loads the pages without a warning if the authority is trusted, and only then."""

import pytest

from tests.outside import chromium
from tests.outside.web_office import FILE, HOST, csr_pem, write

pytestmark = pytest.mark.judge


@pytest.fixture
def root_pem(running, tmp_path):
    return write(tmp_path / "root.pem", running.web.root_pem)


@pytest.fixture
def home(tmp_path):
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


def test_with_the_authority_trusted_the_page_loads(running, root_pem, home):
    dom, said = chromium.load_page(f"https://{HOST}:{running.ssl_port}/{FILE}", root_pem, home)
    assert "<h1>Certificate Requests</h1>" in dom
    assert "ERR_CERT" not in said
    assert "Content Security Policy" not in said


def test_without_trust_there_is_no_page(running, home):
    dom, said = chromium.load_page(f"https://{HOST}:{running.ssl_port}/{FILE}", None, home)
    assert "<h1>Certificate Requests</h1>" not in dom
    assert "ERR_CERT_AUTHORITY_INVALID" in said


def test_under_another_name_there_is_no_page(running, root_pem, home):
    dom, said = chromium.load_page(f"https://other.example.com:{running.ssl_port}/{FILE}", root_pem, home)
    assert "<h1>Certificate Requests</h1>" not in dom
    assert "ERR_CERT_COMMON_NAME_INVALID" in said


def test_after_a_restart_the_new_certificate_is_as_good(running, root_pem, home):
    running.web.install(running.web.certified_ring("rsa-2048"))
    list(running.task.tell("restart"))
    dom, _ = chromium.load_page(f"https://{HOST}:{running.ssl_port}/{FILE}", root_pem, home)
    assert "<h1>Certificate Requests</h1>" in dom


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_a_person_walks_from_the_form_to_the_certificate(running, root_pem, home, scheme):
    """Also over plain HTTP, where browsers send no Sec-Fetch-Site and the referrer policy determines the Origin."""
    start = f"{scheme}://{HOST}:{running.ssl_port if scheme == 'https' else running.port}/{FILE}"
    with chromium.browser(start, root_pem, home) as browser:
        browser.click('a[href*="ServerCertificateRequest"]')
        browser.fill("#csr", "nonsense")
        browser.fill("#contact", "ann@example.com")
        browser.click("button")
        assert "not a certificate request" in browser.text("#problem")
        assert browser.evaluate("document.querySelector('#contact').value") == "ann@example.com"
        browser.fill("#csr", csr_pem())
        browser.click("button")
        assert "Your certificate request has been submitted" in browser.text()
        request_id = browser.text("code.id")
        browser.click("button")
        assert "Pending Submission" in browser.text()
        approve(running, request_id)
        browser.go(start + "/pickup")
        browser.fill("#id", request_id.lower())
        browser.click("button")
        assert "CN=www.example.com" in browser.text("dl")
        assert browser.evaluate("document.querySelector('#pem').value").count("BEGIN CERTIFICATE") == 2
        assert request_id not in browser.evaluate("location.href")


def approve(running, request_id: str) -> None:
    from dominoadmin.services.requests import submitting

    number = running.web.request_number(request_id)
    submitting.submit(running.web.office.domain, running.web.office.actor(), [number])
    running.web.approve(number)


def test_a_form_on_another_site_cannot_submit_here(running, root_pem, home, tmp_path):
    action = f"http://{HOST}:{running.port}/{FILE}/ServerCertificateRequest"
    evil = tmp_path / "evil.html"
    evil.write_text(
        f'<form method="post" action="{action}"><textarea name="csr">{csr_pem()}</textarea>'
        '<input name="contact" value="eve@example.com"></form><script>document.forms[0].submit()</script>'
    )
    with chromium.browser(f"http://{HOST}:{running.port}/", root_pem, home) as browser:
        browser.go(evil.as_uri())
        browser.wait_for("main")
        assert "The form was sent from a page of another site." in browser.text()


@pytest.mark.parametrize("dark", [False, True])
def test_text_stands_out_from_its_ground_in_light_and_dark(running, root_pem, home, tmp_path, dark):
    with chromium.browser(f"http://{HOST}:{running.port}/{FILE}", root_pem, home) as browser:
        browser.screenshot(tmp_path / "page.png", dark=dark)
        assert (tmp_path / "page.png").read_bytes().startswith(b"\x89PNG")
        style = "getComputedStyle(document.querySelector({!r}))"
        ground = browser.evaluate(style.format("body") + ".backgroundColor")
        assert luminance(ground) < 0.1 if dark else luminance(ground) > 0.9
        for selector in ("h1", ".note", ".cards a"):
            assert contrast(browser.evaluate(style.format(selector) + ".color"), ground) >= 4.5, selector


def luminance(colour: str) -> float:
    """WCAG 2.2, relative luminance."""
    channels = [int(part) / 255 for part in colour.removeprefix("rgb(").removesuffix(")").split(",")]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)
