"""The pages: their contents, forms and downloads, as plain HTML with strict headers."""

from html.parser import HTMLParser

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.databases import DatabaseConfiguration
from tests import builders, specimens
from tests.outside.web_office import FILE, csr_pem, furnish

PAGES = (
    "/", f"/{FILE}", f"/{FILE}/", f"/{FILE}?OpenDatabase", f"/{FILE}/authority", f"/{FILE}/status", f"/{FILE}/pickup",
    f"/{FILE}/ServerCertificateRequest?OpenForm&SpecialAction=ServerRequest",
    f"/{FILE}/UserCertificateRequest?OpenForm&SpecialAction=SubmitCert",
    f"/{FILE}/Certificate?OpenForm&SpecialAction=ServerPickup",
)  # fmt: skip
VOID = {"meta", "link", "br", "input", "wbr"}


class Page(HTMLParser):
    """Parses a page strictly: every tag is closed, in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == [], f"left open: {self.open}"

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for seen, attributes in self.seen if seen == tag]


def judged(answer) -> Page:
    """Check the rules for every page."""
    page = Page(answer.text)
    assert page.all("html")[0]["lang"] == "en"
    assert len(page.all("h1")) == len(page.all("title")) == len(page.all("main")) == 1
    ids = [attributes["id"] for _, attributes in page.seen if "id" in attributes]
    assert len(ids) == len(set(ids))
    labelled = {attributes["for"] for attributes in page.all("label")}
    fields = [f for f in (*page.all("input"), *page.all("textarea")) if f.get("type") != "hidden"]
    assert all(f["id"] in labelled for f in fields)
    described = " ".join(attributes.get("aria-describedby") or "" for _, attributes in page.seen).split()
    assert set(described) <= set(ids)
    assert not page.all("script")
    assert not [attributes for _, attributes in page.seen if "style" in attributes or "onclick" in attributes]
    policy = answer.headers["content-security-policy"].split("; ")
    assert {"default-src 'none'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"} == set(
        policy
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "same-origin"
    assert "date" in answer.headers
    assert "server" not in answer.headers
    return page


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_plain_accessible_html_with_strict_headers(running, path):
    answer = running.get(path)
    assert answer.status == 200
    page = judged(answer)
    for link in page.all("a"):
        if link["href"].startswith("/"):
            assert running.get(link["href"]).status == 200, link


def test_paths_are_the_same_in_upper_and_lower_case(running):
    assert "Accept This Authority" in running.get("/CertReq.NSF/AUTHORITY").text
    assert running.get("/CERTREQ.NSF/servercertificaterequest?openform").status == 200
    assert running.get("/CERTREQ.NSF/CA.CER").body[:1] == b"\x30"


def test_the_index_lists_the_databases(running):
    assert "Certificate Requests" in running.get("/").text
    furnish(running.web.office, file="second.nsf")
    page = judged(running.get("/"))
    assert "/second.nsf" in [link["href"] for link in page.all("a")]


def test_an_office_without_databases_says_so(office):
    from dominoadmin.services.domain import Actor
    from dominoadmin.tasks.http.pages import Pages, Visit

    text = Pages(office.domain, Actor.of(office.server)).index(Visit()).body.decode()
    assert "There is no Certificate Requests database on this server yet" in text


@pytest.mark.parametrize(
    "path",
    ["/nothing", "/nothing.nsf", f"/{FILE}/nothing", f"/{FILE}/status/more", "/names.nsf", "/favicon.ico", "/%00.nsf",
     "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", f"/{FILE}/..%2f..%2fdomain.db", "/templates/base.html", "/domain.db"],
)  # fmt: skip
def test_what_is_not_there_is_a_friendly_page(running, path):
    answer = running.get(path)
    assert answer.status == 404
    assert "Certificate Requests on this server" in judged(answer).text


def test_only_what_the_database_supports_is_offered(running):
    databases.configure(running.web.office.domain, running.web.office.actor(), FILE, DatabaseConfiguration(supports="server"))
    home = judged(running.get(f"/{FILE}"))
    assert "Request Server Certificate" in home.text
    assert "Request Client Certificate" not in home.text
    answer = running.get(f"/{FILE}/UserCertificateRequest")
    assert answer.status == 404
    assert "does not accept requests of this type." in judged(answer).text
    assert running.post(f"/{FILE}/UserCertificateRequest", csr=csr_pem(), contact="ann@example.com").status == 404
    databases.configure(running.web.office.domain, running.web.office.actor(), FILE, DatabaseConfiguration(supports="client"))
    assert "Request Server Certificate" not in judged(running.get(f"/{FILE}")).text


def test_the_authority_is_shown_and_downloaded(running):
    root = running.web.root
    page = judged(running.get(f"/{FILE}/authority"))
    from cryptography.hazmat.primitives.hashes import SHA1, SHA256

    sha256, sha1 = (root.fingerprint(algorithm).hex(":").upper() for algorithm in (SHA256(), SHA1()))
    assert 0 < page.text.find(sha256) < page.text.find(sha1)
    for system in ("Windows", "macOS", "Firefox", "Chromium", "Java", "openssl and curl"):
        assert system in page.text
    der = running.get(f"/{FILE}/ca.cer")
    assert (der.headers["content-type"], der.headers["content-disposition"]) == (
        "application/pkix-cert", 'attachment; filename="mycompany-ca.cer"',
    )  # fmt: skip
    assert x509.load_der_x509_certificate(der.body) == root
    assert x509.load_pem_x509_certificate(running.get(f"/{FILE}/ca.pem").body) == root
    assert running.get(f"/{FILE}/ca.crt").headers["content-type"] == "application/x-x509-ca-cert"


def test_an_authority_slipped_in_behind_the_programs_back_is_not_offered(running, caplog):
    with builders.behind(running.web.office.domain.store) as db:
        db.execute("UPDATE certifiers SET certificate = :der", {"der": specimens.der(specimens.root())})
    form = {"csr": csr_pem(), "contact": "ann@example.com"}
    for answer in (running.get(f"/{FILE}/ca.cer"), running.post(f"/{FILE}/ServerCertificateRequest", **form)):
        assert answer.status == 503
        assert "The server cannot answer this at the moment." in judged(answer).text
    assert len(caplog.records) == 2


def test_a_visitor_submits_asks_and_picks_up(running):
    csr = csr_pem()
    page = judged(running.post(f"/{FILE}/ServerCertificateRequest?OpenForm", csr=csr, contact="ann@example.com"))
    assert "Your certificate request has been submitted" in page.text
    request_id = page.all("input")[0]["value"]
    assert len(bytes.fromhex(request_id.replace("-", ""))) == 16
    assert "Pending Submission" in judged(running.post(f"/{FILE}/status", id=request_id)).text
    early = running.post(f"/{FILE}/pickup", id=request_id)
    assert early.status == 409
    assert "There is nothing to pick up: the state of the request is Pending Submission." in judged(early).text

    domain, number = running.web.office.domain, running.web.request_number(request_id)
    submitting.submit(domain, running.web.office.actor(), [number])
    assert "Submitted to Administration Process" in running.post(f"/{FILE}/status", id=request_id).text
    running.web.approve(number)
    assert "You can pick it up." in judged(running.post(f"/{FILE}/status", id=request_id.lower().replace("-", " "))).text

    shown = judged(running.post(f"/{FILE}/pickup", id=request_id))
    assert "CN=www.example.com" in shown.text
    pem = running.post(f"/{FILE}/pickup", id=request_id, format="pem")
    leaf, root = x509.load_pem_x509_certificates(pem.body)
    assert root == running.web.root
    assert leaf.public_key() == x509.load_pem_x509_csr(csr.encode()).public_key()
    assert pem.headers["content-disposition"] == 'attachment; filename="www-example-com.pem"'
    assert x509.load_der_x509_certificate(running.post(f"/{FILE}/pickup", id=request_id, format="der").body) == leaf
    both = running.post(f"/{FILE}/pickup", id=request_id, format="p7b")
    assert both.headers["content-type"] == "application/x-pkcs7-certificates"
    assert set(pkcs7.load_der_pkcs7_certificates(both.body)) == {leaf, root}
    assert pem.text in running.post(f"/{FILE}/pickup", id=request_id).text
    assert leaf.public_bytes(Encoding.PEM).decode() in pem.text


def test_a_rejected_request_tells_its_reason(running):
    page = judged(running.post(f"/{FILE}/UserCertificateRequest", csr=csr_pem(), contact="ann@example.com"))
    request_id = page.all("input")[0]["value"]
    office, number = running.web.office, running.web.request_number(request_id)
    submitting.submit(office.domain, office.actor(), [number])
    builders.reject(office.domain, office.ann, [number], "Not our host.")
    text = judged(running.post(f"/{FILE}/status", id=request_id)).text
    assert "Rejected" in text
    assert "Reason: Not our host." in text


def test_a_certificate_slipped_into_the_store_is_not_handed_out(running, caplog):
    page = judged(running.post(f"/{FILE}/ServerCertificateRequest", csr=csr_pem(), contact="ann@example.com"))
    request_id = page.all("input")[0]["value"]
    office, number = running.web.office, running.web.request_number(request_id)
    submitting.submit(office.domain, office.actor(), [number])
    running.web.approve(number)
    with builders.behind(office.domain.store) as db:
        db.execute("UPDATE issued SET der = :der", {"der": specimens.der(specimens.leaf())})
    assert running.post(f"/{FILE}/pickup", id=request_id, format="der").status == 503
    assert "was not issued by" in caplog.text


@pytest.mark.parametrize("page", ["status", "pickup"])
@pytest.mark.parametrize("wrong", ["", "1", "00000000-00000000-00000000-00000000", "<script>alert(1)</script>", "x" * 9000])
def test_every_unknown_request_id_gets_the_same_sentence(running, page, wrong):
    answer = running.post(f"/{FILE}/{page}", id=wrong)
    assert answer.status == 404
    assert "No request with this Request ID was found." in judged(answer).text


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"csr": "", "contact": "ann@example.com"}, "The certificate request is missing."),
        ({"csr": "  \n", "contact": "ann@example.com"}, "The certificate request is missing."),
        ({"csr": "<b>&amp;\"nonsense'", "contact": "ann@example.com"}, "not a certificate request"),
        ({"csr": csr_pem(), "contact": " "}, "The contact is missing."),
        ({"csr": csr_pem(), "contact": "ann@@example.com"}, "is not an e-mail address"),
        ({"csr": csr_pem(), "contact": "Ann <ann@example.com>"}, "."),
        ({"csr": csr_pem(), "contact": "a\u202eb/c/d=e"}, "."),
        ({"csr": csr_pem().replace("M", "N", 3), "contact": "ann@example.com"}, "."),
        ({"contact": "ann@example.com"}, "The certificate request is missing."),
    ],
)
def test_a_refused_form_comes_back_with_what_was_typed(running, fields, sentence):
    answer = running.post(f"/{FILE}/ServerCertificateRequest", **fields)
    assert answer.status == 422
    page = judged(answer)
    assert sentence in page.text
    assert fields.get("csr", "").strip() in page.text
    assert next(f for f in page.all("input") if f["id"] == "contact")["value"] == fields["contact"]
    assert not submitting.views(running.web.office.domain, FILE)[1:]


def test_a_private_key_is_not_sent_back(running):
    key = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n"
    answer = running.post(f"/{FILE}/ServerCertificateRequest", csr=key, contact="ann@example.com")
    assert answer.status == 422
    assert "c2VjcmV0" not in answer.text
    assert "Never share a private key: submit only the request, and create a new key if anyone else may have seen this file." in judged(answer).text


def test_names_from_outside_are_text_on_the_page(running):
    databases.create(
        running.web.office.domain, running.web.office.actor(),
        databases.DatabaseRequest("<script>alert('title')</script>", "evil.nsf", _second_certifier(running.web.office)),
    )  # fmt: skip
    for path in ("/", "/evil.nsf", "/evil.nsf/authority"):
        assert "<script>alert('title')</script>" in judged(running.get(path)).text


def _second_certifier(office) -> str:
    from dominoadmin.pki.names import DistinguishedName
    from dominoadmin.services.certifiers import registering

    name = DistinguishedName(common_name="<b>Evil</b> CA", organization="Second")
    return registering.register(office.domain, office.ann, CertifierRequest(name, "server-id")).name


def test_a_form_may_come_as_multipart_too_but_brings_no_files(running):
    boundary = {"Content-Type": "multipart/form-data; boundary=x"}
    field = '--x\r\nContent-Disposition: form-data; name="id"{}\r\n\r\n1\r\n--x--\r\n'
    plain = running.ask("POST", f"/{FILE}/status", field.format(""), boundary)
    assert plain.status == 404
    assert "No request with this Request ID was found." in plain.text
    assert running.ask("POST", f"/{FILE}/status", field.format('; filename="a.csr"'), boundary).status == 400
    assert running.ask("POST", f"/{FILE}/status", "&".join(["a=1"] * 100), boundary | {"Content-Type": "application/x-www-form-urlencoded"}).status == 400
    assert running.ask("POST", f"/{FILE}/status", "\x00\x01", {"Content-Type": "image/png"}).status == 404


@pytest.mark.parametrize(
    ("encoding", "typed"),
    [
        ("utf-7", "+2AA-"), ("unicode_escape", "\\ud800"), ("raw_unicode_escape", "\\ud800"), ("punycode", "xn--99999999999-@"),
        ("idna", "xn--99999999999-@"), ("undefined", "ann"),
    ],
)  # fmt: skip
def test_an_encoding_that_python_knows_and_no_browser_sends_is_refused(running, caplog, encoding, typed):
    form = f'--x\r\nContent-Disposition: form-data; name="contact"\r\n\r\n{typed}\r\n--x--\r\n'
    head = {"Content-Type": f"multipart/form-data; boundary=x; charset={encoding}"}
    answer = running.ask("POST", f"/{FILE}/ServerCertificateRequest", form, head)
    if answer.status != 422:  # Python 3.13 reads some of them: then the form itself is refused
        assert (answer.status, "The form cannot be read." in judged(answer).text) == (400, True)
    assert not caplog.records


def test_health_is_told_as_text_and_as_json(running):
    assert running.get("/healthz").body == b"ok\n"
    assert running.get("/healthz", Accept="application/json").text == '{"status":"ok"}'


def test_health_fails_with_the_store(running, caplog):
    path = running.web.office.domain.store.path
    running.web.office.domain.store.close()
    path.rename(path.with_name("away.db"))
    answer = running.get("/healthz")
    assert answer.status == 503
    assert str(path) not in answer.text
    assert f"{path} can no longer be used: the file was moved or removed." in caplog.text
    path.with_name("away.db").rename(path)
    assert running.get("/healthz").status == 200


def test_head_answers_without_a_body(running):
    answer = running.ask("HEAD", f"/{FILE}")
    assert (answer.status, answer.body) == (200, b"")


def test_the_style_sheet_knows_light_and_dark_and_shows_the_focus(running):
    answer = running.get("/style.css")
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert answer.headers["cache-control"] == "max-age=3600"
    for rule in ("prefers-color-scheme: dark", "color-scheme: light dark", ":focus-visible", "@media print"):
        assert rule in answer.text


def test_a_bug_of_ours_is_a_page_without_a_traceback(running, caplog, monkeypatch):
    from dominoadmin.services.web import request_site

    monkeypatch.setattr(request_site, "sites", lambda _domain: 1 / 0)
    answer = running.get("/")
    assert answer.status == 500
    assert "An error occurred on the server." in judged(answer).text
    running.task.stop()  # uvicorn logs after it has answered
    assert "ZeroDivisionError" in caplog.text
    assert "ZeroDivisionError" not in answer.text
