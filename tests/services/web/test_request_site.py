"""The actions of the pages, without HTTP."""

import subprocess

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import pkcs7

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.services.audit import verifying
from dominoadmin.services.directory import mailing
from dominoadmin.services.requests import databases, next_steps, submitting
from dominoadmin.services.requests.databases import DatabaseConfiguration
from dominoadmin.services.web import request_site
from dominoadmin.services.web.request_site import WebForm
from dominoadmin.store import audit
from tests import builders, specimens
from tests.outside import judges
from tests.outside.web_office import FILE, WebOffice, csr_pem, furnish, write


@pytest.fixture
def web(office) -> WebOffice:
    return furnish(office)


def submitted(web: WebOffice, **fields: str) -> request_site.Receipt:
    return request_site.submit(web.office.domain, web.server, FILE, WebForm(**{"csr": csr_pem(), "contact": "ann@example.com"} | fields))


def issued(web: WebOffice, **fields: str) -> str:
    """Submit a request and have it issued; return its Request ID."""
    request_id = submitted(web, **fields).request_id
    number = web.request_number(request_id)
    submitting.submit(web.office.domain, web.office.actor(), [number])
    web.approve(number)
    return request_id


def test_databases_are_listed_with_what_they_support(web):
    domain, actor = web.office.domain, web.office.actor()
    databases.configure(domain, actor, FILE, DatabaseConfiguration(supports="server"))
    (site,) = request_site.sites(domain)
    assert (site.file, site.title, site.certifier) == (FILE, "Certificate Requests", "CN=MyCompany CA/O=MyCompany/C=US")
    assert (site.takes_servers, site.takes_clients) == (True, False)
    databases.configure(domain, actor, FILE, DatabaseConfiguration(supports="client"))
    assert request_site.site(domain, "CERTREQ.NSF").kinds == ("client",)
    with pytest.raises(NotFound):
        request_site.site(domain, "other.nsf")


def test_a_submission_waits_for_the_administrator_and_stands_in_the_servers_name(web):
    receipt = submitted(web)
    assert receipt.subject == "CN=www.example.com/C=US"
    assert receipt.names == ("dns:www.example.com",)
    assert len(bytes.fromhex(receipt.request_id.replace("-", ""))) == 16
    (shown,) = submitting.views(web.office.domain, FILE)
    assert (shown.state, shown.request.applicant, shown.request.kind) == ("Pending Submission", "ann@example.com", "server")
    with web.office.domain.store.snapshot() as db:
        last = audit.last(db)
    assert (last.actor, last.action, last.signed_in) == ("CN=Server1/O=MyCompany/C=US", "request received", True)
    verifying.verify(web.office.domain, web.office.actor())


def test_what_the_authority_will_not_take_over_is_said_at_once(web, tmp_path):
    key, csr = tmp_path / "key.pem", tmp_path / "csr.pem"
    subprocess.run(
        ["openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key, "-out", csr,
         "-subj", "/CN=www.example.com", "-addext", "subjectAltName=DNS:www.example.com", "-addext", "tlsfeature=status_request"],
        check=True, capture_output=True,
    )  # fmt: skip
    assert submitted(web, csr=csr.read_text()).remarks


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"csr": " \r\n"}, "The certificate request is missing."),
        ({"csr": "Grüße \ud800"}, "not a certificate request"),
        ({"contact": " "}, "The contact is missing."),
        ({"contact": "ann@exam\nple.com"}, "e-mail address"),
        ({"kind": "ca"}, "This database accepts Both Client and Server Certificates."),
    ],
)
def test_a_bad_form_changes_nothing(web, fields, sentence):
    with pytest.raises(Refused, match=sentence):
        submitted(web, **fields)
    assert not submitting.views(web.office.domain)


def test_the_state_is_told_step_by_step(web):
    domain, actor = web.office.domain, web.office.actor()
    request_id = submitted(web).request_id
    first = request_site.status(domain, request_id)
    assert (first.state, first.file, first.is_issued) == ("Pending Submission", FILE, False)
    number = web.request_number(request_id)
    submitting.submit(domain, actor, [number])
    assert request_site.status(domain, request_id).state == "Submitted to Administration Process"
    assert builders.approve(domain, web.office.ann, [number])[0].problem == ""
    assert request_site.status(domain, request_id).state == "Approved"
    for state in ("Pending Submission", "Submitted to Administration Process", "Approved", "Issued", "Rejected", "Error"):
        for pulled in (False, True):
            assert next_steps.FOR_APPLICANTS[next_steps.turn_of(state, is_pulled=pulled)]


def test_a_request_id_is_read_as_mail_programs_leave_it(web):
    request_id = submitted(web).request_id
    for written in (request_id.lower(), f"  {request_id}\r\n", request_id.replace("-", ""), request_id.replace("-", "\u2011")):
        assert request_site.status(web.office.domain, written).request_id == request_id


@pytest.mark.parametrize("wrong", ["", "-", "0" * 32, "Z" * 35, "\0", "1" * 1_000_000, "%", "' OR 1=1 --"])
def test_a_wrong_request_id_says_nothing(web, wrong):
    submitted(web)
    for ask in (request_site.status, lambda domain, wrong: request_site.pickup(domain, web.server, wrong)):
        with pytest.raises(NotFound, match="No request with this Request ID was found"):
            ask(web.office.domain, wrong)


def test_a_rejection_tells_its_reason_and_an_error_does_not(web):
    domain, actor = web.office.domain, web.office.actor()
    request_id = submitted(web).request_id
    number = web.request_number(request_id)
    submitting.submit(domain, actor, [number])
    builders.reject(domain, web.office.ann, [number], "Not our host.")
    assert request_site.status(domain, request_id).reason == "Not our host."
    with pytest.raises(Refused, match="Rejected"):
        request_site.pickup(domain, web.server, request_id)
    with builders.behind(domain.store) as db:
        db.execute("UPDATE admin_requests SET state = 'Error', reason = 'the signature of Ann does not hold'")
    reached = request_site.status(domain, request_id)
    assert (reached.state, reached.reason) == ("Error", "")


@pytest.mark.judge
def test_an_issued_certificate_is_picked_up_with_its_path(web, tmp_path):
    request_id = issued(web)
    found = request_site.pickup(web.office.domain, web.server, request_id.lower())
    assert found.stem == "www-example-com"
    judges.everyone_verifies(found.der(), web.root, hostname="www.example.com")
    chain = write(tmp_path / "chain.pem", found.chain_pem())
    leaf, root = x509.load_pem_x509_certificates(chain.read_bytes())
    assert (leaf.public_bytes(judges.Encoding.DER), root) == (found.der(), web.root)
    p7b = write(tmp_path / "both.p7b", found.pkcs7())
    listed = subprocess.run(["openssl", "pkcs7", "-inform", "der", "-in", p7b, "-print_certs"], capture_output=True, text=True, check=True)
    assert listed.stdout.count("BEGIN CERTIFICATE") == 2
    assert set(pkcs7.load_der_pkcs7_certificates(p7b.read_bytes())) == {leaf, web.root}
    printed = subprocess.run(
        ["openssl", "x509", "-in", chain, "-noout", "-fingerprint", "-sha256"], capture_output=True, text=True, check=True
    )
    assert printed.stdout.strip().endswith(found.fingerprint)


def test_a_certificate_slipped_into_the_store_is_not_handed_out(web):
    request_id = issued(web)
    with builders.behind(web.office.domain.store) as db:
        db.execute("UPDATE issued SET der = :der", {"der": specimens.der(specimens.leaf())})
    with pytest.raises(Tampered, match="was not issued by"):
        request_site.pickup(web.office.domain, web.server, request_id)


def test_the_certificate_of_another_request_is_not_handed_out(web):
    first, second = issued(web), issued(web, csr=csr_pem("other.example.com"))
    with builders.behind(web.office.domain.store) as db:
        (other,) = db.execute("SELECT der FROM issued ORDER BY request_id DESC LIMIT 1").fetchone()
        db.execute("UPDATE issued SET der = :der", {"der": other})
    with pytest.raises(Tampered, match="was issued for another request"):
        request_site.pickup(web.office.domain, web.server, first)
    assert request_site.pickup(web.office.domain, web.server, second).stem == "other-example-com"


def test_a_certificate_of_an_exchanged_authority_is_not_handed_out(web):
    request_id = issued(web)
    with builders.behind(web.office.domain.store) as db:
        db.execute("UPDATE issued SET der = :der", {"der": specimens.der(specimens.leaf())})
        db.execute("UPDATE certifiers SET certificate = :der", {"der": specimens.der(specimens.root())})
    with pytest.raises(Tampered):
        request_site.pickup(web.office.domain, web.server, request_id)


@pytest.mark.parametrize(
    ("name", "stem"), [("Žofie Müller", "zofie-muller"), ("李雷", "authority"), ('x"\r\ny', "x---y"), ("a" * 99, "a" * 64)]
)
def test_a_download_has_an_ascii_name(name, stem):
    assert request_site._stem(name, "authority") == stem


def test_a_certificate_without_a_common_name_has_a_file_name_too(web):
    nameless = specimens.leaf_draft().but(subject=x509.Name([])).signed(specimens.key("ec-p256", "root"))
    assert request_site.IssuedCertificate("", nameless, (web.root,)).stem == "certificate"


def test_the_decision_is_mailed_to_the_contact(web):
    request_id = issued(web)
    submitting.pull(web.office.domain, web.office.actor(), [web.request_number(request_id)])
    (memo,) = mailing.memos(web.office.domain, "ann@example.com")
    assert request_id in memo.body


def test_the_authority_is_described_with_sha_256_first(web):
    found = request_site.authority(web.office.domain, web.server, "CertReq.nsf")
    assert found.der() == web.root.public_bytes(judges.Encoding.DER)
    assert found.pem() == web.root_pem
    digests = [(name, web.root.fingerprint(algorithm).hex(":").upper()) for name, algorithm in (("SHA-256", SHA256()), ("SHA-1", SHA1()))]
    assert list(found.fingerprints) == digests
    assert (found.name, found.stem, found.key, found.remark) == (
        "CN=MyCompany CA/O=MyCompany/C=US", "mycompany-ca", "ECDSA P-256", "",
    )  # fmt: skip
    assert len({guide.system for guide in found.guides}) == 6
    assert all(guide.steps for guide in found.guides)


def test_an_authority_whose_certificate_was_exchanged_is_not_shown(web):
    with builders.behind(web.office.domain.store) as db:
        db.execute("UPDATE certifiers SET certificate = :der", {"der": specimens.der(specimens.root())})
    with pytest.raises(Tampered):
        request_site.authority(web.office.domain, web.server, FILE)


def test_an_authority_with_a_signature_of_tomorrow_says_who_cannot_read_it(office):
    web = furnish(office, algorithm="ml-dsa-44")
    assert "cannot verify ML-DSA" in request_site.authority(office.domain, web.server, FILE).remark
    assert request_site.pickup(office.domain, web.server, issued(web)).above == (web.root,)


@pytest.mark.judge
def test_the_commands_for_chromium_java_and_openssl_do_what_they_say(web, tmp_path):
    found = request_site.authority(web.office.domain, web.server, FILE)
    write(tmp_path / f"{found.stem}.cer", found.der())
    write(tmp_path / f"{found.stem}.pem", found.pem())
    guides = {guide.system: guide.commands for guide in found.guides}
    environment = {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin"}
    chromium = "\n".join(guides["Chromium and Chrome on Linux"])
    done = subprocess.run(["sh", "-ec", chromium], cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    listed = subprocess.run(["certutil", "-L", "-d", f"sql:{tmp_path}/.pki/nssdb"], capture_output=True, text=True, check=True)
    assert "mycompany-ca" in listed.stdout
    java = guides["Java"][0].replace("-cacerts", "-keystore cacerts -storepass changeit -noprompt")
    done = subprocess.run(java, shell=True, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
