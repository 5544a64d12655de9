"""The drafts of a registration authority's decision, which report the service's own problems before the click."""

from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import Refused
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import approving, inspecting
from dominoadmin.services.requests.next_steps import turn_of
from dominoadmin.viewmodels import words
from dominoadmin.viewmodels.requests import decision_draft as decision
from dominoadmin.viewmodels.requests import next_steps, states
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.requests.next_steps import Audience
from tests import builders, specimens
from tests.builders import sql


def inspection(office, number: int = 1):
    return inspecting.inspect(office.domain, office.actor(), number)


def edit(office, number: int = 1):
    return decision.edit_of(inspection(office, number), office.clock())


def saved(office, draft, number: int = 1):
    changes, subject = draft.changes()
    builders.edit(office.domain, office.ann, number, changes, subject)
    return builders.view(office, number).document.fields


@pytest.fixture
def submitted(office):
    builders.ready(office)
    builders.submitted(office)
    return office


@pytest.fixture
def crossed(office):
    builders.ready(office)
    cross_certifying.submit_to_ca(
        office.domain, office.actor(), builders.CA, CrossRequest(specimens.pem(specimens.root()))
    )
    return office


def test_a_draft_that_was_not_touched_changes_nothing(submitted) -> None:
    draft = edit(submitted)
    assert draft.changes() == ({}, {})
    assert draft.problem() == ""
    assert draft.proposal().fields == builders.view(submitted, 1).document.fields


def test_a_uri_with_a_comma_is_one_name(office) -> None:
    """Otherwise an applicant could get the name after the comma, with the RA's signature."""
    builders.ready(office)
    own = [x509.DNSName("www.example.com"), x509.UniformResourceIdentifier("https://www.example.com/,dns:evil.example.net")]
    asked = x509.CertificateSigningRequestBuilder().subject_name(specimens.name("www.example.com"))
    asked = asked.add_extension(x509.SubjectAlternativeName(own), critical=False)
    data = asked.sign(specimens.key("ec-p256", "applicant"), hashes.SHA256()).public_bytes(Encoding.PEM)
    builders.submitted(office, data=data)
    draft = edit(office)
    assert draft.changes() == ({}, {})
    draft.days = 30
    assert saved(office, draft)["names"] == ["dns:www.example.com", "uri:https://www.example.com/,dns:evil.example.net"]


def test_what_is_typed_is_what_the_service_keeps(submitted) -> None:
    draft = edit(submitted)
    draft.days = 90
    draft.names = "dns:WWW.example.com\n dns:example.com, ip:10.0.0.1"
    draft.subject |= {"state": "", "locality": " Westford ", "country": ""}
    assert draft.changes() == (
        {"days": 90, "names": ["dns:WWW.example.com", "dns:example.com", "ip:10.0.0.1"]},
        {"country": "", "locality": "Westford"},
    )
    proposed = draft.proposal().fields
    assert proposed["names"] == ["dns:www.example.com", "dns:example.com", "ip:10.0.0.1"]
    assert proposed["subject"] == {
        "common_name": "www.example.com",
        "organization": "MyCompany",
        "locality": "Westford",
    }
    assert saved(submitted, draft) == proposed


def test_usages_offered_are_those_the_certifier_allows_and_the_key_can_have(submitted) -> None:
    draft = edit(submitted)
    # The request's key is on P-256: it cannot encipher (RFC 5480, 3).
    assert draft.key_usage_choices == ("digitalSignature", "nonRepudiation", "keyAgreement")
    assert draft.extended_key_usage_choices == ("serverAuth", "clientAuth", "emailProtection")
    assert draft.days_range == (1, 825)
    draft.extended_key_usage = ("clientAuth", "serverAuth")
    assert saved(submitted, draft)["extended_key_usage"] == ["serverAuth", "clientAuth"]


def test_the_order_of_usages_is_no_change(submitted) -> None:
    builders.edit(submitted.domain, submitted.ann, 1, {"extended_key_usage": ["clientAuth", "serverAuth"]})
    draft = edit(submitted)
    assert draft.changes() == ({}, {})


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("days", 826, "The certifier issues certificates that are valid for 1 to 825 days, not 826."),
        ("names", "", "A server certificate needs a host name or an IP address as a subject alternate name."),
        ("names", "www.example.com", "'www.example.com' does not start with a known name type."),
        ("subject", {"country": "USA"}, "Country Code must be two letters, such as US; 'USA' is not."),
    ],
    ids=str,
)
def test_the_draft_says_what_the_service_would_say(submitted, field: str, value: object, problem: str) -> None:
    draft = edit(submitted)
    setattr(draft, field, draft.subject | value if isinstance(value, dict) else value)
    assert draft.problem() == problem
    assert [check.problem for check in draft.proposal().checks if check.problem] == [problem]
    changes, subject = draft.changes()
    with pytest.raises(Refused) as caught:
        builders.edit(submitted.domain, submitted.ann, 1, changes, subject)
    assert str(caught.value) == problem


def test_all_that_is_wrong_is_told_at_once_each_at_its_field(submitted) -> None:
    draft = edit(submitted)
    draft.subject |= {"organization": "x" * 65, "country": "Germany"}
    draft.names, draft.days, draft.key_usage = "www.example.com\n10.0.0.1", 826, ()
    assert {each.field: each.mend for each in draft.problems()} == {
        "organization": "", "country": "DE", "names": "dns:www.example.com\nip:10.0.0.1", "days": "825", "key_usage": "",
    }  # fmt: skip
    draft = edit(submitted)
    draft.names = "???"
    assert [(each.field, each.mend) for each in draft.problems()] == [("names", "")]
    assert edit(submitted).problems() == ()


def test_what_is_wrong_with_a_cross_certificate_is_told_at_once_and_what_no_field_mends_without_one(crossed) -> None:
    draft = edit(crossed)
    draft.days, draft.permitted_dns = 0, "two words_"
    assert {each.field for each in draft.problems()} == {"days", "permitted_dns"}
    draft.days, draft.permitted_dns = 90, ""
    assert draft.problems() == ()
    sql(crossed, "UPDATE admin_requests SET fields = json_set(fields, '$.path_length', 1)")
    assert {each.field for each in edit(crossed).problems()} == {""}


def test_fields_that_somebody_broke_cannot_be_edited_but_are_shown(submitted) -> None:
    sql(
        submitted,
        "UPDATE admin_requests SET fields = ?",
        '{"subject": "x", "names": 7, "days": "many", "colour": "red"}',
    )
    with pytest.raises(Refused, match="cannot be read"):
        edit(submitted)
    shown = inspection(submitted)
    rows = {row.label: row.issued for row in request_words.comparisons(shown.shown.request.fields, shown.fields)}
    assert rows["Subject name"] == "x"
    assert rows["Valid for"] == "many"
    assert rows["colour"] == "red"
    assert request_words.key_in_words(shown) == ("", "")


def test_requested_fields_that_somebody_broke_do_not_keep_an_ra_from_editing(submitted) -> None:
    sql(submitted, "UPDATE requests SET fields = ?", '{"key_usage": 7, "extended_key_usage": {"a": 1}, "days": "many"}')
    draft = edit(submitted)
    assert draft.declined_choices == ()
    assert draft.problem().endswith("no RA has changed it: Valid for, Key usage, Extended key usage.")
    rows = {row.label: row.asked for row in request_words.comparisons(draft.inspection.asked, draft.inspection.fields)}
    assert rows["Key usage"] == "7"


def test_a_requested_usage_is_offered_to_be_declined_until_it_is_granted(submitted) -> None:
    builder = x509.CertificateSigningRequestBuilder().subject_name(specimens.name("Bob"))
    builder = builder.add_extension(specimens.usage("digital_signature", "content_commitment"), critical=False)
    builder = builder.add_extension(x509.ExtendedKeyUsage([x509.ObjectIdentifier("1.3.6.1.5.5.7.3.17")]), critical=False)
    data = builder.sign(specimens.key("ec-p256", "applicant"), hashes.SHA256()).public_bytes(Encoding.PEM)
    number = builders.submitted(submitted, data=data, kind="client")
    draft = edit(submitted, number)
    assert draft.declined_choices == ("nonRepudiation", "1.3.6.1.5.5.7.3.17")
    assert "(nonRepudiation, 1.3.6.1.5.5.7.3.17): grant or decline them." in draft.problem()
    draft.key_usage = ("digitalSignature", "nonRepudiation")
    assert "(1.3.6.1.5.5.7.3.17): grant or decline them." in draft.problem()
    draft.declined = ("1.3.6.1.5.5.7.3.17",)
    assert draft.problem() == ""
    assert saved(submitted, draft, number)["declined_usages"] == ["1.3.6.1.5.5.7.3.17"]
    again = edit(submitted, number)
    assert (again.changes(), again.declined, again.declined_choices) == (({}, {}), draft.declined, draft.declined)
    (change,) = request_words.history(again.inspection)
    assert [(pair.label, pair.asked, pair.issued) for pair in change.fields] == [
        ("Key usage", "Digital signature", "Digital signature\nNon-repudiation"),
        ("Declined usages", "(none)", "1.3.6.1.5.5.7.3.17"),
    ]


def test_each_difference_between_asked_and_issued_is_marked(submitted) -> None:
    builders.edit(submitted.domain, submitted.ann, 1, {"days": 1}, {"locality": "Westford"})
    shown = inspection(submitted)
    rows = request_words.comparisons(shown.shown.request.fields, shown.fields)
    assert [(row.label, row.asked, row.issued) for row in rows if row.differs] == [
        ("Subject name", "CN=www.example.com/O=MyCompany/C=US", "CN=www.example.com/O=MyCompany/L=Westford/C=US"),
        ("Valid for", "200 days", "1 day"),
    ]
    assert [row.label for row in rows] == [
        "Subject name", "Subject alternate names", "Valid for", "Key usage", "Extended key usage",
    ]  # fmt: skip
    assert {row.label: row.issued for row in rows if not row.differs} == {
        "Subject alternate names": "dns:www.example.com",
        "Key usage": "Digital signature",
        "Extended key usage": "TLS web server authentication",
    }


def test_the_history_says_who_changed_what_and_when(submitted) -> None:
    submitted.clock.advance(hours=2)
    builders.edit(submitted.domain, submitted.ann, 1, {"days": 90})
    (change,) = request_words.history(inspection(submitted))
    assert (change.editor, change.edited_at) == ("Ann Admin/MyCompany/US", submitted.clock())
    assert [(field.label, field.asked, field.issued) for field in change.fields] == [
        ("Valid for", "200 days", "90 days")
    ]


def test_the_key_is_shown_with_its_fingerprint(submitted) -> None:
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    key = specimens.key("ec-p256", "applicant").public_key()
    digest = hashes.Hash(hashes.SHA256())
    digest.update(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo))
    kind, fingerprint = request_words.key_in_words(inspection(submitted))
    assert (kind, fingerprint) == ("ECDSA P-256", digest.finalize().hex())
    assert request_words.subject_of(inspection(submitted).shown) == "CN=www.example.com/O=MyCompany/C=US"


def test_a_cross_request_has_fields_of_its_own(crossed) -> None:
    draft = edit(crossed)
    assert isinstance(draft, decision.CrossEdit)
    assert draft.changes() == ({}, {})
    assert (draft.days, draft.path_length, draft.permitted_dns, draft.in_directory) == (3650, 0, "", False)
    draft.days, draft.path_length, draft.permitted_dns, draft.in_directory = 365, 1, "B.example", True
    assert draft.problem() == ""
    kept = saved(crossed, draft)
    assert kept == {"kind": "cross", "days": 365, "path_length": 1, "permitted_dns": ["b.example"], "book": "directory"}
    shown = inspection(crossed)
    rows = {row.label: (row.asked, row.issued) for row in request_words.comparisons(shown.shown.request.fields, kept)}
    assert rows == {
        "Valid for": ("3650 days", "365 days"),
        "Path length": ("0: no subordinate CAs", "1 subordinate CA"),
        "Permitted DNS domains": ("any host", "b.example"),
        "Address book": ("Personal Address Book of Ann Admin/MyCompany/US", "Domino Directory"),
    }
    assert request_words.subject_of(shown.shown) == "CN=Specimen root ec-p256/O=Specimen/C=US"
    again = edit(crossed)
    again.in_directory = False
    assert saved(crossed, again)["book"] == crossed.ann.name


def test_a_request_for_the_directory_may_go_to_the_applicants_own_book(office) -> None:
    builders.ready(office)
    request = CrossRequest(specimens.pem(specimens.root()), book="directory")
    cross_certifying.submit_to_ca(office.domain, office.actor(), builders.CA, request)
    draft = edit(office)
    assert draft.in_directory
    assert draft.personal_book == office.ann.name
    draft.in_directory = False
    assert draft.changes() == ({"book": office.ann.name}, {})
    sql(office, "UPDATE requests SET applicant = 'someone@example.com'")
    assert edit(office).personal_book == ""


def test_a_cross_request_says_what_is_wrong_with_it(crossed) -> None:
    draft = edit(crossed)
    draft.path_length = 6
    assert draft.problem() == "The path length of a cross-certificate must be 0 to 5."


@pytest.mark.parametrize("reason", ["", "  \n ", "x" * 501, "a\x07b"], ids=repr)
def test_a_rejection_needs_a_reason_that_people_can_read(reason: str) -> None:
    problem = "Enter a reason of 1 to 500 visible characters; the applicant will see it."
    assert decision.RejectionDraft(reason).problem() == problem
    assert decision.RejectionDraft("Unknown host").problem() == ""


def test_what_the_program_has_no_words_for_is_shown_as_it_stands() -> None:
    assert request_words.in_words("key_usage", ["1.2.3\x00"]) == "1.2.3\\x00"
    assert states.label("Lost\x07") == "Lost\\x07"
    assert words.kind_label("paper") == "paper"
    assert next_steps.said(Audience.AUTHORITY, turn_of("Lost")) == ""
    assert request_words.person_in_words("CN=a\x1bb") == "CN=a\\x1bb"
    assert request_words.in_words("names", []) == "(none)"
    assert request_words.in_words("path_length", 2) == "2 subordinate CAs"
    assert request_words.in_words("days", None) == "None"


def test_a_request_can_be_decided_once(submitted) -> None:
    assert approving.decided_problem(builders.view(submitted, 1)) == ""
    builders.reject(submitted.domain, submitted.ann, [1], "No.")
    assert (
        approving.decided_problem(builders.view(submitted, 1))
        == "Request 1 has already been decided: its state is Rejected."
    )


def test_the_request_of_a_decided_draft_is_left_alone(submitted) -> None:
    draft = edit(submitted)
    draft.days = 30
    builders.reject(submitted.domain, submitted.ann, [1], "No.")
    with pytest.raises(Refused, match="has already been decided"):
        saved(submitted, draft)
    assert replace(draft, days=200).changes() == ({}, {})


def test_every_state_says_what_comes_next() -> None:
    def next_step(state: str, reason: str = "") -> str:
        return next_steps.said(Audience.AUTHORITY, turn_of(state), reason=reason)

    assert next_step("Rejected", "Not\x07ours.").endswith("is pulled: Not\\x07ours.")
    assert next_step("Error", "It would outlive its certifier.") == (
        "The CA process refused it: It would outlive its certifier. Edit the request and approve it again, or reject it."
    )
    for state in ("New", "Approved", "Issued", "Rejected", "Error"):
        assert next_step(state)
        assert states.label(state) == state


def test_the_certificate_of_an_issued_request_is_checked_before_it_is_shown(submitted) -> None:
    builders.approve(submitted.domain, submitted.ann, [1])
    builders.load_ca(submitted)
    shown = inspection(submitted)
    (certificate,) = builders.certificates(submitted)
    chain = inspecting.certificate_chain(submitted.domain, submitted.actor(), shown)
    assert chain == [specimens.der(certificate), builders.record(submitted).active.certificate]
    sql(submitted, "UPDATE issued SET der = ?", builders.record(submitted).active.certificate)
    with pytest.raises(Refused, match="was issued"):
        inspecting.certificate_chain(submitted.domain, submitted.actor(), shown)


def test_the_preflight_of_many_says_one_sentence_for_each(submitted) -> None:
    builders.submitted(submitted, "second.example.com")
    builders.edit(submitted.domain, submitted.ann, 2, {"days": 30})

    def said(number: int, by=None) -> tuple[str, str]:
        actor = Actor.of(by or submitted.ann)
        (found,) = request_words.preflights(submitted.domain, actor, [number])
        assert found.request_id == number
        return found.problem, found.sentence

    assert said(1) == ("", "Follows all rules. Nothing was changed.")
    assert said(2) == ("", "Follows all rules. Changed since it was requested: Valid for.")
    assert said(77) == ("Request 77 was not found.",) * 2
    assert said(1, submitted.rob) == ("You are not a Registration Authority for the certifier.",) * 2
    builders.reject(submitted.domain, submitted.ann, [1], "No.")
    assert said(1) == ("Request 1 has already been decided: its state is Rejected.",) * 2
    sql(submitted, "UPDATE admin_requests SET fields = '{}' WHERE request_id = 2")
    assert said(2) == ("The request's fields cannot be read.",) * 2


def test_the_facts_of_a_request_come_with_labels(submitted) -> None:
    facts = dict(request_words.facts(inspection(submitted)))
    assert facts["Subject name"] == "CN=www.example.com/O=MyCompany/C=US"
    assert facts["Kind"] == "Server certificate"
    assert facts["Applicant"] == "(not specified)"
    assert facts["Certificate Requests database"] == "certreq.nsf"
    assert "Serial number" not in facts
    sql(submitted, "UPDATE admin_requests SET serial_hex = 'abc'")
    assert dict(request_words.facts(inspection(submitted)))["Serial number"] == "0A:BC"


def test_a_fingerprint_stands_in_two_lines() -> None:
    first, second = request_words.fingerprint_in_lines("0a" * 32).split("\n")
    assert first == "0A:" * 16
    assert second == ":".join(["0A"] * 16)
