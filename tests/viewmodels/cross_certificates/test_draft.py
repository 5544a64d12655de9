"""Issue Cross Certificate without its dialog: the technote's defaults, every rule in the service's words."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from dominoadmin.errors import Damaged, NotFound, Refused
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.identities import identifying
from dominoadmin.services.progress import QUIET
from dominoadmin.services.records import address_books
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.certifiers import choice as certifier_choice
from dominoadmin.viewmodels.cross_certificates.chosen_certifier import ChosenCertifier
from dominoadmin.viewmodels.cross_certificates.draft import CrossCertificateDraft
from tests import builders, specimens
from tests.conftest import ADMIN_PASSWORD

TRUSTED = "The requested Cross Certificate will not be issued because the subject is already trusted."


@pytest.fixture
def desk(office):
    office.clock.now = datetime.now(UTC).replace(microsecond=0, hour=12) + timedelta(days=1)
    return office


def certified(draft):
    return cross_certifying.certify(draft.domain, draft.actor, draft.signer(), draft.request(), QUIET)


def start(desk) -> CrossCertificateDraft:
    return CrossCertificateDraft.start(desk.domain, desk.actor())


@pytest.fixture
def draft(desk):
    draft = start(desk)
    draft.set_subject(specimens.pem(specimens.root()))
    return draft


def entries(desk):
    return address_books.entries(desk.domain, desk.actor())


def test_the_default_is_the_technotes_own_book_and_the_organizations_certifier(desk, draft) -> None:
    assert draft.certifier.shown == "/MyCompany/US"
    assert (draft.book, draft.path_length, draft.request().permitted_dns) == ("personal", 0, ())
    assert draft.subject_name == "Specimen root ec-p256/Specimen/US"
    assert draft.problem() == ""
    assert draft.needs_password
    with pytest.raises(Refused, match="has not been opened"):
        draft.signer()
    draft.identity = identifying.open_id(desk.domain, draft.certifier.file, ADMIN_PASSWORD)
    assert not draft.needs_password
    entry = certified(draft)
    assert (entry.record.book, entry.problem) == (desk.ann.name, "")
    assert entry.certificate.subject == specimens.root().subject
    entry.certificate.verify_directly_issued_by(desk.certifier.certificate)
    assert draft.problem() == TRUSTED


def test_nothing_lasts_longer_than_the_other_authority(desk, draft) -> None:
    own_end = specimens.root().not_valid_after_utc.date()
    assert draft.expires == draft.ends() == draft.latest()
    assert draft.expires <= own_end
    draft.expires = own_end + timedelta(days=900)
    assert draft.ends() == own_end
    assert draft.problem() == ""


def test_a_date_that_was_typed_stays_when_something_else_is_chosen(desk, draft) -> None:
    builders.certifier(desk)
    typed = desk.clock().date() + timedelta(days=30)
    draft.expires = typed
    draft.set_subject_certifier(builders.CA)
    assert (draft.expires, draft.subject_name) == (typed, "MyCompany CA/MyCompany")
    draft.set_certifier(certifier_choice.with_ca_process(desk.domain, desk.actor())[0])
    assert draft.expires == typed
    assert draft.problem() == TRUSTED


def test_the_usual_date_follows_the_subject(desk, draft) -> None:
    short = specimens.root_draft("ec-p256", "short").but(not_after=specimens.NOW + timedelta(days=40))
    draft.set_subject(specimens.pem(short.signed(specimens.key("ec-p256", "short"))))
    assert draft.expires == (specimens.NOW + timedelta(days=40)).date()


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"subject": b""}, "Choose the certificate of the authority to trust."),
        ({"certifier": None}, "No certifier specified"),
        ({"path_length": 6}, "The path length of a cross-certificate must be 0 to 5."),
        (
            {"permitted_dns": "example.com, two words_"},
            "The host name 'words_' contains an underscore, which is not allowed in host names.",
        ),
    ],
    ids=str,
)
def test_every_rule_is_said_in_the_services_words(draft, changes: dict, problem: str) -> None:
    for name, value in changes.items():
        setattr(draft, name, value)
    if "two words_" in draft.permitted_dns:
        draft.permitted_dns = "example.com, two.example words_"
    assert draft.problem() == problem


def test_a_date_in_the_past_is_refused(desk, draft) -> None:
    draft.expires = desk.clock().date()
    tomorrow = desk.clock().date() + timedelta(days=1)
    assert draft.problem() == f"The expiration date must be {tomorrow} or later."
    draft.expires = tomorrow + timedelta(days=36525)
    assert draft.problem() == "A cross-certificate can be valid for 1 to 36525 days."
    assert draft.earliest() == desk.clock().date() + timedelta(days=1)


def test_without_a_subject_or_a_certifier_no_end_can_be_said(desk) -> None:
    draft = start(desk)
    assert draft.ends() is None
    assert draft.expires == draft.latest() > desk.clock().date() + timedelta(days=3600)
    draft.certifier = None
    with pytest.raises(Refused, match="No certifier specified"):
        draft.signer()


def test_domains_may_stand_on_lines_or_between_commas(draft) -> None:
    draft.permitted_dns = "b.example, c.example\n d.example"
    assert draft.request().permitted_dns == ("b.example", "c.example", "d.example")
    draft.permitted_dns = "not a domain_"
    assert draft.ends() is not None


def test_a_server_means_the_domino_directory_and_the_ca_process_means_a_request(desk, draft) -> None:
    builders.certifier(desk)
    draft.server = "CN=Server1/O=MyCompany/C=US"
    (choice,) = certifier_choice.with_ca_process(desk.domain, desk.actor(), draft.server)
    draft.set_certifier(choice)
    assert (choice.shown, choice.file, draft.needs_password) == ("MyCompany CA/MyCompany", None, False)
    submitted = certified(draft)
    assert isinstance(submitted, RequestView)
    assert submitted.document.fields["book"] == "directory"
    assert entries(desk) == []


def test_what_is_no_authoritys_certificate_is_not_taken(desk, draft, tmp_path: Path) -> None:
    before = draft.subject
    with pytest.raises(Refused, match="Unable to parse certificate"):
        draft.set_subject(b"nothing")
    with pytest.raises(Refused, match="key usage restrictions"):
        draft.set_subject(specimens.pem(specimens.leaf()))
    with pytest.raises(NotFound):
        draft.set_subject_file(tmp_path / "none.pem")
    with pytest.raises(NotFound):
        draft.set_subject_certifier("Nobody CA")
    assert draft.subject == before
    file = tmp_path / "other.der"
    file.write_bytes(specimens.der(specimens.root("rsa-2048")))
    draft.set_subject_file(file)
    assert draft.subject_name == "Specimen root rsa-2048/Specimen/US"


# Choose a Certifier


def test_an_id_that_is_no_certifiers_is_refused_before_its_password(desk) -> None:
    people = desk.domain.directory.root / "aadmin.id"
    files = [path for path in desk.domain.directory.root.glob("*.id") if path.name != "cert.id"]
    assert files, people
    for path in files:
        with pytest.raises(
            Refused, match="The ID file is not a Certifier ID file and cannot be used to issue certificates"
        ):
            certifier_choice.with_id(desk.domain, desk.actor(), path)
    rubbish = desk.root / "rubbish.id"
    rubbish.write_text("rubbish")
    with pytest.raises(Damaged):
        certifier_choice.with_id(desk.domain, desk.actor(), rubbish)


def test_the_certifier_id_may_lie_in_a_safe(desk) -> None:
    (desk.root / "cert.id").rename(desk.root / "safe")
    draft = start(desk)
    assert draft.certifier is None
    draft.set_certifier(certifier_choice.with_id(desk.domain, desk.actor(), desk.root / "safe"), desk.certifier)
    draft.set_subject(specimens.der(specimens.root()))
    assert (draft.problem(), draft.needs_password) == ("", False)


def test_only_enabled_certifiers_of_the_server_can_be_chosen(desk) -> None:
    with pytest.raises(NotFound, match=r"No CA enabled certifiers could be found in the directory\."):
        certifier_choice.with_ca_process(desk.domain, desk.actor())
    builders.certifier(desk)
    builders.certifier(desk, "Second CA")
    names = [choice.name for choice in certifier_choice.with_ca_process(desk.domain, desk.actor())]
    assert names == ["CN=MyCompany CA/O=MyCompany", "CN=Second CA/O=MyCompany"]
    with pytest.raises(NotFound):
        certifier_choice.with_ca_process(desk.domain, desk.actor(), "CN=Server2/O=MyCompany/C=US")
    builders.sql(desk, "UPDATE configurations SET document = x'00' WHERE certifier_id = 1")
    assert [choice.name for choice in certifier_choice.with_ca_process(desk.domain, desk.actor())] == names[1:]


def test_the_id_file_stays_chosen_while_the_ca_process_is_tried(desk, draft) -> None:
    builders.certifier(desk)
    draft.set_certifier(certifier_choice.with_ca_process(desk.domain, desk.actor())[0])
    again = draft.chosen_certifier()
    assert (again.uses_ca_process, again.certifier) == (True, builders.CA_NAME)
    assert again.file == desk.root / "cert.id"
    again.uses_ca_process = False
    assert (again.problem(), again.choice().shown) == ("", "/MyCompany/US")


def test_nobody_is_offered_to_certify_itself(desk, draft) -> None:
    builders.certifier(desk)
    assert draft.chosen_certifier().ca_process_problem() == ""
    draft.set_subject_certifier(builders.CA)
    alone = draft.chosen_certifier()
    assert alone.certifiers() == []
    reason = "No other certifier with a CA process is enabled: MyCompany CA/MyCompany cannot certify itself."
    assert alone.ca_process_problem() == reason
    builders.certifier(desk, "Second CA")
    assert [each.name for each in alone.certifiers()] == ["CN=Second CA/O=MyCompany"]
    assert alone.ca_process_problem() == ""


def test_the_dialogs_draft_says_what_is_missing(desk) -> None:
    draft = ChosenCertifier(domain=desk.domain, actor=desk.actor())
    assert (draft.problem(), draft.file_label) == ("No certifier specified", "")
    draft.file = desk.root / "cert.id"
    assert (draft.problem(), draft.file_label, draft.choice().shown) == ("", "cert.id", "/MyCompany/US")
    draft.file = desk.root / "none" / "other.id"
    assert "does not exist" in draft.problem()
    assert draft.file_label == str(draft.file)
    draft.uses_ca_process = True
    assert draft.problem() == "No CA enabled certifiers could be found in the directory."
    builders.certifier(desk)
    assert draft.problem() == "No certifier specified"
    draft.certifier = builders.CA_NAME
    assert (draft.problem(), draft.choice().name) == ("", builders.CA_NAME)


def test_an_authority_that_has_expired_is_said_to_be(desk, draft) -> None:
    desk.clock.advance(days=4000)
    draft.expires = draft.latest()
    assert "expired" in draft.problem()


def test_all_that_is_wrong_is_told_at_once(desk, draft) -> None:
    draft.certifier, draft.permitted_dns, draft.expires = None, "two words_", desk.domain.now().date()
    assert [each.field for each in draft.problems()] == ["certifier", "expires", "permitted_dns"]
    again = start(desk)
    again.permitted_dns = "two words_"
    assert [each.field for each in again.problems()] == ["subject", "permitted_dns"]
    again.set_subject(specimens.pem(specimens.root()))
    again.permitted_dns = ""
    again.identity = identifying.open_id(desk.domain, again.certifier.file, ADMIN_PASSWORD)
    certified(again)
    again.permitted_dns = "two words_"
    assert [each.field for each in again.problems()] == ["permitted_dns", "subject"]
