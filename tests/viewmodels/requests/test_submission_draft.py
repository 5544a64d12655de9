"""The draft of "New Request", which reports the service's own problems."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin.errors import NotFound, Refused
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.databases import DatabaseConfiguration
from dominoadmin.viewmodels.requests.submission_draft import SubmissionDraft
from tests import builders, specimens


def typed(office, text: str = "", supports: str = "both", kind: str = "server", applicant: str = "") -> SubmissionDraft:
    return SubmissionDraft(domain=office.domain, configuration=DatabaseConfiguration(supports), kind=kind, csr_text=text, applicant=applicant)


def test_nothing_typed_says_what_to_do(office) -> None:
    assert typed(office, " \n").problem() == "Paste the request, or choose its file."
    assert typed(office).contents() == []


def test_what_it_asks_for_is_shown_in_words(office) -> None:
    draft = typed(office, builders.csr(names=("www.example.com", "10.0.0.1")).decode())
    assert draft.problem() == ""
    assert draft.contents() == [
        ("Subject name", "CN=www.example.com/O=MyCompany/C=US"),
        ("Subject alternate names", "dns:www.example.com\nip:10.0.0.1"),
        ("Public key", "ECDSA P-256"),
    ]


def test_what_it_asks_for_and_will_not_get_is_remarked(office) -> None:
    subject = specimens.name("www.example.com", email_address="bob@example.com")
    draft = typed(office, builders.csr(subject=subject).decode())
    assert ("Remarks", "The e-mail address bob@example.com will not be in the subject; add it as a subject alternate name.") in draft.contents()


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"text": "nonsense"}, "request"),
        ({"supports": "client"}, "This database accepts Client Certificates Only."),
        ({"applicant": "bob@"}, "A host name is required."),
        ({"applicant": "Bob//Else"}, "The organizational unit is required."),
    ],
)
def test_each_field_has_its_rule(office, fields: dict[str, str], problem: str) -> None:
    fields = {"text": builders.csr().decode(), **fields}
    draft = typed(office, **fields)
    assert problem in draft.problem()


def test_a_der_file_becomes_text_that_the_service_takes(office, tmp_path) -> None:
    builders.ready(office)
    der = x509.load_pem_x509_csr(builders.csr()).public_bytes(Encoding.DER)
    (tmp_path / "r.der").write_bytes(der)
    draft = typed(office)
    draft.set_file(tmp_path / "r.der")
    assert x509.load_pem_x509_csr(draft.csr_text.encode()).public_bytes(Encoding.DER) == der
    shown = submitting.take_in(office.domain, office.actor(), builders.DATABASE, draft.submission())
    assert shown.request.csr == der


def test_a_file_that_is_no_request_changes_nothing(office, tmp_path) -> None:
    draft = typed(office, "what was typed")
    (tmp_path / "x").write_bytes(b"%PDF-1.4 and so on")
    with pytest.raises(Refused, match="PDF"):
        draft.set_file(tmp_path / "x")
    with pytest.raises(NotFound):
        draft.set_file(tmp_path / "y")
    assert draft.csr_text == "what was typed"
    assert draft.kinds() == ("client", "server")
