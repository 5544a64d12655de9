"""Cross-certification by the CA process, and the technote's prompt when a request is pulled (step 22, a-e)."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from dominoadmin.errors import NotFound, Refused, Tampered
from dominoadmin.pki import names
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.audit import roles, verifying
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.domain import Actor
from dominoadmin.services.records import address_books
from dominoadmin.services.requests import databases, inspecting, queue, submitting
from dominoadmin.tasks.ca import CaTask
from dominoadmin.viewmodels.issuance import merged as browsing
from tests import builders, specimens
from tests.builders import no_password
from tests.outside import judges
from tests.services.cross_certificates import other_authorities

TRUSTED = "The requested Cross Certificate will not be issued because the subject is already trusted."
CERTIFIER = "CN=MyCompany CA/O=MyCompany/C=US"


@pytest.fixture
def desk(office):
    office.clock.now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=60)
    register(office)
    return office


@pytest.fixture(scope="module")
def other(tmp_path_factory) -> other_authorities.Other:
    return other_authorities.root(tmp_path_factory.mktemp("other") / "ca")


def register(desk, common_name: str = "MyCompany CA", **fields) -> None:
    name = DistinguishedName(common_name=common_name, organization="MyCompany", country="US")
    icl = f"icl\\{common_name.replace(' ', '_')}.nsf"
    registering.register(desk.domain, desk.ann, CertifierRequest(name, "server-id", icl_file=icl, **fields))


def submit(desk, subject: bytes, actor: Actor | None = None, certifier: str = "MyCompany CA", **fields):
    request = CrossRequest(subject, **fields)
    return cross_certifying.submit_to_ca(desk.domain, actor or desk.actor(), certifier, request)


def approve(desk, number: int) -> str:
    (outcome,) = builders.approve(desk.domain, desk.ann, [number])
    return outcome.problem


def run_ca(desk) -> list[str]:
    return list(CaTask(desk.domain, desk.server, no_password).start())


def entries(desk) -> list[address_books.Entry]:
    return address_books.entries(desk.domain, desk.actor())


def state(desk, number: int) -> tuple[str, str]:
    with desk.domain.store.snapshot() as db:
        shown = submitting.view(db, number)
    return shown.state, shown.document.reason


def change(desk, sql: str, *values: object) -> None:
    with builders.behind(desk.domain.store) as db:
        db.execute(sql, values)


def certificate_of(desk, name: str = "MyCompany CA") -> x509.Certificate:
    return x509.load_der_x509_certificate(cross_certifying.certificate_of(desk.domain, desk.actor(), name))


# The CA process


@pytest.mark.judge
@pytest.mark.parametrize("algorithm", ["rsa-2048", "ec-p384"])
def test_the_ca_process_issues_an_approved_cross_certificate_into_its_book(desk, other, algorithm):
    register(desk, "Judged CA", key_algorithm=algorithm)
    shown = submit(desk, other.pem, certifier="ca:Judged CA", book="directory", permitted_dns=("b.example",))
    assert (shown.state, shown.document.state) == ("Submitted to Administration Process", "New")
    assert approve(desk, shown.request.id) == ""
    run_ca(desk)
    (entry,) = entries(desk)
    assert (entry.record.book, entry.problem) == ("directory", "")
    path = (entry.certificate,)
    root = certificate_of(desk, "Judged CA")
    judges.everyone_verifies(other.server("DNS:www.b.example"), root, path, "www.b.example")
    with pytest.raises(AssertionError):
        judges.openssl_verifies(other.server("DNS:www.c.example"), root, path)
    verifying.verify(desk.domain, desk.actor())


@pytest.mark.judge
def test_ml_dsa_certifies_and_is_certified(desk, other):
    register(desk, "Coming CA", key_algorithm="ml-dsa-65")
    coming = certificate_of(desk, "Coming CA")
    request = CrossRequest(specimens.pem(coming))
    ours = cross_certifying.issue_with_id(desk.domain, desk.certifier, desk.actor(), request).certificate
    judges.everyone_verifies(ours, desk.certifier.certificate)
    approve(desk, submit(desk, other.pem, certifier="Coming CA", book="directory").request.id)
    run_ca(desk)
    judges.everyone_verifies(other.server("DNS:b.example"), coming, (entries(desk)[1].certificate,), "b.example")


def test_a_cross_request_belongs_to_no_database_and_every_list_shows_it(desk, other):
    shown = submit(desk, other.pem, book="directory", days=77, path_length=1)
    summary = submitting.summary(shown)
    assert {key: summary[key] for key in ("kind", "database", "certifier", "applicant", "pickup_id")} == {
        "kind": "cross", "database": None, "certifier": CERTIFIER, "applicant": "Ann Admin/MyCompany/US", "pickup_id": None,
    }  # fmt: skip
    assert shown.document.fields == {
        "kind": "cross", "days": 77, "path_length": 1, "permitted_dns": [], "book": "directory",
    }  # fmt: skip
    assert [each.request.id for each in submitting.views(desk.domain)] == [shown.request.id]
    assert queue.queue(desk.domain, 1) == ["Certificate request 1: CN=Other CA/O=Other/C=US (New)"]
    inspection = inspecting.inspect(desk.domain, desk.actor(), shown.request.id)
    assert [check.problem for check in inspection.checks] == [""] * 8


def test_an_issued_cross_request_stands_in_the_icl_and_can_be_pulled_without_mail_or_prompt(desk, other):
    number = submit(desk, other.pem).request.id
    approve(desk, number)
    run_ca(desk)
    submitting.pull(desk.domain, desk.actor(), [number])
    assert state(desk, number) == ("Issued", "")
    assert cross_certifying.prompt(desk.domain, desk.actor(), [number]) == []
    with desk.domain.store.snapshot() as db:
        assert db.execute("SELECT count(*) FROM mail").fetchone()[0] == 0
    (listed,) = browsing.issued_certificates(desk.domain)
    assert listed["serial"] == entries(desk)[0].record.serial_hex


def test_a_rejected_cross_request_leaves_the_book_empty(desk, other):
    number = submit(desk, other.pem).request.id
    builders.reject(desk.domain, desk.ann, [number], "Who are they?")
    run_ca(desk)
    assert (state(desk, number), entries(desk)) == (("Rejected", "Who are they?"), [])
    submitting.pull(desk.domain, desk.actor(), [number])
    assert submit(desk, other.pem).request.id == number + 1


def test_an_ra_may_narrow_the_request_and_choose_the_other_book(desk, other):
    number = submit(desk, other.pem, book="personal").request.id
    changes = {"book": "directory", "permitted_dns": ["B.example"], "days": 10}
    builders.edit(desk.domain, desk.ann, number, changes)
    approve(desk, number)
    run_ca(desk)
    (entry,) = entries(desk)
    assert entry.record.book == "directory"
    constraints = entry.certificate.extensions.get_extension_for_class(x509.NameConstraints).value
    assert constraints.permitted_subtrees == [x509.DNSName("b.example")]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"book": "Somebody"}, "is not a full name"),
        ({"book": "Ann Admin/MyCompany"}, "is neither the owner of a Personal Address Book nor 'directory'."),
        ({"book": 7}, "cannot be read"),
        ({"permitted_dns": [7]}, "cannot be read"),
        ({"permitted_dns": 7}, "cannot be read"),
        ({"days": "many"}, "cannot be read"),
        ({"days": float("inf")}, "cannot be read"),
        ({"path_length": 9}, "0 to 5"),
        ({"names": ["dns:b.example"]}, "no editable field named names"),
        ({"kind": "server"}, "no editable field named kind"),
    ],
)
def test_an_edit_that_makes_no_sense_is_refused(desk, other, changes, reason):
    number = submit(desk, other.pem).request.id
    with pytest.raises(Refused, match=reason):
        builders.edit(desk.domain, desk.ann, number, changes)


def test_the_name_of_another_authority_is_not_edited(desk, other):
    number = submit(desk, other.pem).request.id
    with pytest.raises(Refused, match="no editable field named subject"):
        builders.edit(desk.domain, desk.ann, number, {}, {"common_name": "Another CA"})


def test_it_ends_with_its_issuer_however_long_was_asked_for(desk, tmp_path):
    old = other_authorities.root(tmp_path / "ca", days=9000)
    register(desk, "Short CA", years=1)
    approve(desk, submit(desk, old.pem, certifier="Short CA").request.id)
    run_ca(desk)
    assert entries(desk)[0].certificate.not_valid_after_utc == certificate_of(desk, "Short CA").not_valid_after_utc


def test_the_same_is_not_asked_for_twice_and_not_issued_twice(desk, other):
    number = submit(desk, other.pem, book="directory").request.id
    submit(desk, other.pem, book="personal")
    with pytest.raises(Refused, match=f"Request {number} for the same cross-certificate"):
        submit(desk, other.pem, book="directory")
    approve(desk, number)
    with pytest.raises(Refused, match=f"Request {number} for the same cross-certificate"):
        submit(desk, other.pem, book="directory")
    run_ca(desk)
    with pytest.raises(Refused) as caught:
        submit(desk, other.pem, book="directory")
    assert str(caught.value) == TRUSTED


WAITING = "Submitted to Administration Process"


@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_requests_that_an_edit_made_the_same_only_one_is_approved(desk, other, at_once):
    first = submit(desk, other.pem, book="directory").request.id
    second = submit(desk, other.pem, book="personal").request.id
    builders.edit(desk.domain, desk.ann, second, {"book": "directory"})
    assert approve(desk, first) == ""
    if not at_once:
        run_ca(desk)
    inspection = inspecting.inspect(desk.domain, desk.actor(), second)
    assert [check.problem for check in inspection.checks if check.problem] == [TRUSTED]
    assert approve(desk, second) == TRUSTED
    run_ca(desk)
    assert (state(desk, first), state(desk, second)) == (("Issued", ""), (WAITING, ""))
    assert len(entries(desk)) == 1
    builders.edit(desk.domain, desk.ann, second, {"book": names.canonical("Ann Admin/MyCompany/US")})
    assert approve(desk, second) == ""


def test_of_two_that_are_the_same_in_one_batch_the_second_is_not_approved(desk, other):
    first = submit(desk, other.pem, book="directory").request.id
    second = submit(desk, other.pem, book="personal").request.id
    builders.edit(desk.domain, desk.ann, second, {"book": "directory"})
    outcomes = builders.approve(desk.domain, desk.ann, [first, second])
    assert [outcome.problem for outcome in outcomes] == ["", TRUSTED]
    run_ca(desk)
    assert (state(desk, first), state(desk, second)) == (("Issued", ""), (WAITING, ""))


@pytest.mark.parametrize("at_once", [True, False])
def test_of_two_that_were_approved_all_the_same_the_ca_process_issues_one(desk, other, at_once):
    """Somebody with SQL hides one approval from the other; the CA process asks the book itself."""
    first = submit(desk, other.pem, book="directory").request.id
    second = submit(desk, other.pem, book="personal").request.id
    builders.edit(desk.domain, desk.ann, second, {"book": "directory"})
    approve(desk, first)
    change(desk, "UPDATE admin_requests SET state = 'New' WHERE request_id = ?", first)
    assert approve(desk, second) == ""
    if not at_once:
        run_ca(desk)
    change(desk, "UPDATE admin_requests SET state = 'Approved' WHERE request_id = ?", first)
    run_ca(desk)
    kept, refused = (first, second) if at_once else (second, first)
    assert (state(desk, kept), state(desk, refused)) == (("Issued", ""), ("Error", TRUSTED))
    assert len(entries(desk)) == 1


def test_another_authority_with_the_certifiers_name_in_other_letters_is_refused(desk, tmp_path):
    """It would be self-issued, and constraints would not bind it (RFC 5280, 6.1.4 and 7.1)."""
    twin = other_authorities.root(tmp_path / "ca", subject="/C=US/O=MYCOMPANY/CN=mycompany  ca")
    with pytest.raises(Refused, match="The other authority has the certifier's own name, but a different key"):
        submit(desk, twin.pem)


def test_what_the_lint_refuses_of_a_cross_certificate_is_a_broken_rule(desk, other):
    """A request of an older version was not linted when it was made."""
    draft = specimens.root_draft().having(x509.SubjectKeyIdentifier(b"\x01" * 20))
    number = submit(desk, other.pem).request.id
    odd = specimens.der(draft.signed(specimens.key("ec-p256", "root")))
    with builders.act(desk, desk.rob) as db:
        db.execute("UPDATE requests SET csr = ? WHERE id = ?", [odd, number])
    inspection = inspecting.inspect(desk.domain, desk.actor(), number)
    (problem,) = [check.problem for check in inspection.checks if check.problem]
    assert problem == "The certificate would be malformed: The subjectKeyIdentifier is not the SHA-1 of the public key."
    assert approve(desk, number) == problem
    assert state(desk, number) == (WAITING, "")


def test_an_authority_that_expires_while_it_waits_is_neither_approved_nor_issued(desk, tmp_path):
    brief = other_authorities.root(tmp_path / "ca", days=2)
    waiting = submit(desk, brief.pem).request.id
    approved = submit(desk, brief.pem, book="directory").request.id
    assert approve(desk, approved) == ""
    desk.clock.advance(days=3)
    assert "expired on" in approve(desk, waiting)
    run_ca(desk)
    assert state(desk, approved)[0] == "Error"
    assert "expired on" in state(desk, approved)[1]


def test_no_certifier_an_unknown_one_and_a_disabled_one(desk, other):
    for nothing in ("", " ", "ca:", "ca: "):
        with pytest.raises(Refused, match=r"^No certifier specified$"):
            submit(desk, other.pem, certifier=nothing)
    with pytest.raises(NotFound, match="No certifier is called"):
        submit(desk, other.pem, certifier="ca:Nobody")
    disable(desk)
    with pytest.raises(Refused, match="The selected certifier is not allowed to perform that action"):
        submit(desk, other.pem)


def disable(desk) -> None:
    builders.next_version(desk, 1, enabled=False)


def test_the_ca_process_does_not_certify_itself_nor_an_expired_authority(desk, other):
    with pytest.raises(Refused, match="already trusted"):
        submit(desk, specimens.pem(certificate_of(desk)))
    desk.clock.advance(days=901)
    with pytest.raises(Refused, match="expired on"):
        submit(desk, other.pem)


def test_what_the_lint_would_refuse_is_refused_before_anybody_approves_it(desk):
    draft = specimens.root_draft().having(x509.SubjectKeyIdentifier(b"\x01" * 20))
    with pytest.raises(Refused, match="would be malformed"):
        submit(desk, specimens.pem(draft.signed(specimens.key("ec-p256", "root"))))
    assert submitting.views(desk.domain) == []


def test_only_an_ra_approves(desk, other):
    number = submit(desk, other.pem).request.id
    (outcome,) = builders.approve(desk.domain, desk.rob, [number])
    assert outcome.problem == "You are not a Registration Authority for the certifier."


@pytest.mark.parametrize(("is_entered", "told"), [(False, "is not the one that was signed"), (True, "belongs to something else.")])
def test_a_request_that_was_changed_after_its_approval_is_refused(desk, other, tmp_path, monkeypatch, is_entered: bool, told: str):
    """By SQL; and by an entry, as if everybody might enter everything."""
    monkeypatch.setattr(roles, "problem", lambda *_given: "")
    evil = other_authorities.root(tmp_path / "ca", subject="/C=US/O=Other/CN=Other CA")
    swapped = submit(desk, other.pem).request.id
    widened = submit(desk, other.pem, book="directory").request.id
    approve(desk, swapped), approve(desk, widened)
    fields = builders.view(desk, widened).document.fields
    wider = json.dumps({**fields, "path_length": 5})
    with builders.act(desk, desk.rob) if is_entered else builders.behind(desk.domain.store) as db:
        db.execute("UPDATE requests SET csr = ? WHERE id = ?", [specimens.der(evil.certificate), swapped])
        db.execute("UPDATE admin_requests SET fields = ? WHERE request_id = ?", [wider, widened])
    run_ca(desk)
    assert state(desk, swapped)[0] == "Error"
    assert told in state(desk, swapped)[1]
    if is_entered:
        assert state(desk, widened)[0] == "Error"
        assert told in state(desk, widened)[1]
    else:
        assert state(desk, widened) == ("Approved", ""), "its document was altered, and is left as it is"
    assert entries(desk) == []


# The bundle of a longer path


@pytest.mark.judge
def test_a_bundle_leads_up_to_our_root_if_the_issuer_was_cross_certified_itself(desk, other):
    approve(desk, submit(desk, other.pem, book="directory").request.id)
    run_ca(desk)
    number = entries(desk)[0].record.id
    alone = address_books.bundle(desk.domain, desk.actor(), number)
    assert (alone.anchor, len(alone.chain)) == (certificate_of(desk), 1)

    own = specimens.pem(certificate_of(desk))
    actor = desk.actor()
    cross_certifying.issue_with_id(desk.domain, desk.certifier, actor, CrossRequest(own, "personal"))
    narrow = address_books.bundle(desk.domain, actor, number)
    assert narrow == alone
    wide = CrossRequest(own, "directory", path_length=1)
    cross_certifying.issue_with_id(desk.domain, desk.certifier, actor, wide)
    bundle = address_books.bundle(desk.domain, actor, number)
    assert (bundle.anchor, len(bundle.chain)) == (desk.certifier.certificate, 2)
    judges.everyone_verifies(other.server("DNS:b.example"), bundle.anchor, bundle.chain, "b.example")
    judges.openssl_verifies(other.server("DNS:b.example"), alone.anchor, alone.chain)


def test_what_a_doubtful_certifier_has_issued_is_doubtful(desk, other):
    approve(desk, submit(desk, other.pem, book="directory").request.id)
    run_ca(desk)
    change(desk, "UPDATE certifiers SET certificate = ?", specimens.der(specimens.root()))
    (entry,) = entries(desk)
    assert entry.tampered
    with pytest.raises(Tampered):
        address_books.bundle(desk.domain, desk.actor(), entry.record.id)


# The prompt


@pytest.fixture
def pulled(desk) -> int:
    """A server request of MyCompany CA, issued and pulled."""
    databases.create(desk.domain, desk.actor(), databases.DatabaseRequest("Requests", "certreq.nsf", "MyCompany CA"))
    data = server_request()
    number = submitting.take_in(desk.domain, desk.actor(), "certreq.nsf", submitting.Submission(data)).request.id
    submitting.submit(desk.domain, desk.actor(), [number])
    assert cross_certifying.prompt(desk.domain, desk.actor(), [number]) == []
    approve(desk, number)
    run_ca(desk)
    submitting.pull(desk.domain, desk.actor(), [number])
    return number


def server_request() -> bytes:
    builder = x509.CertificateSigningRequestBuilder().subject_name(specimens.name("www.example.com"))
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName("www.example.com")]), critical=False)
    return specimens.pem(builder.sign(specimens.key("ec-p256", "server"), hashes.SHA256()))


def test_on_pulling_the_new_internet_ca_is_offered_for_cross_certification(desk, pulled):
    (prompt,) = cross_certifying.prompt(desk.domain, desk.actor(), [pulled, pulled])
    assert (prompt.certifier, prompt.issuer, prompt.book) == (CERTIFIER, "O=MyCompany/C=US", "personal")
    assert prompt.certificate == specimens.der(certificate_of(desk))
    assert prompt.command == (
        "dominoadmin crosscert issue --subject 'ca:CN=MyCompany CA/O=MyCompany/C=US' --certifier cert.id --into personal"
    )


@pytest.mark.parametrize(("book", "rob_is_asked"), [("personal", True), ("directory", False)])
def test_whoever_trusts_it_is_not_asked_again(desk, pulled, book, rob_is_asked):
    (prompt,) = cross_certifying.prompt(desk.domain, desk.actor(), [pulled])
    request = CrossRequest(prompt.certificate, book, days=30)
    cross_certifying.issue_with_id(desk.domain, desk.certifier, desk.actor(), request)
    assert cross_certifying.prompt(desk.domain, desk.actor(), [pulled]) == []
    assert bool(cross_certifying.prompt(desk.domain, Actor.of(desk.rob), [pulled])) == rob_is_asked
    desk.clock.advance(days=31)
    assert cross_certifying.prompt(desk.domain, desk.actor(), [pulled]) == [prompt]


def test_nobody_is_asked_to_trust_an_expired_or_a_doubtful_authority(desk, pulled):
    desk.clock.advance(days=3700)
    assert cross_certifying.prompt(desk.domain, desk.actor(), [pulled]) == []
    desk.clock.advance(days=-3700)
    change(desk, "UPDATE certifiers SET certificate = ?", specimens.der(specimens.root()))
    assert cross_certifying.prompt(desk.domain, desk.actor(), [pulled]) == []


def test_a_request_that_is_not_there_is_not_found(desk):
    with pytest.raises(NotFound):
        cross_certifying.prompt(desk.domain, desk.actor(), [77])
