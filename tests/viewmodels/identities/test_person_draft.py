"""Registering another person: the draft of its dialog."""

import pytest

from dominoadmin.services.identities import identifying
from dominoadmin.viewmodels.identities.person_draft import PersonDraft
from tests.conftest import ADMIN_PASSWORD


@pytest.fixture
def draft(office):
    return PersonDraft(
        domain=office.domain, name="Cara Caa", mail_address="cara@example.com", password="green horse 4", again="green horse 4", certifier_file="cert.id", certifier_password=ADMIN_PASSWORD
    )


def test_a_complete_draft_has_no_problem_and_registers(office, draft):
    assert draft.problem() == ""
    certifier = identifying.open_id(office.domain, draft.certifier_path(), draft.certifier_password)
    path = identifying.register_person(office.domain, certifier, draft.request())
    assert path.name == "cara-caa.id"
    assert [entry.name for entry in identifying.people(office.domain)][1] == "CN=Cara Caa/O=MyCompany/C=US"


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"name": " "}, "Type the person's name"),
        ({"name": "Cara Caa/Other"}, "is not in the organization"),
        ({"name": "Rob Ra"}, "is already in the Domino Directory."),
        ({"name": "Cara <b>"}, "The only allowed characters"),
        ({"mail_address": "cara"}, "is not an e-mail address"),
        ({"password": ""}, "A password is required"),
        ({"password": "short", "again": "short"}, "must have 8 to"),
        ({"again": "green horse 5"}, "The passwords do not match."),
        ({"certifier_file": "absent.id"}, "does not exist"),
        ({"certifier_file": "rob-ra.id"}, "is not a Certifier ID file"),
        ({"certifier_password": ""}, "Type the password of the certifier ID."),
    ],
)
def test_every_rule_is_a_sentence(draft, fields, problem):
    for field, value in fields.items():
        setattr(draft, field, value)
    assert problem in draft.problem()


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("Cara Caa/Other", "Cara Caa"),
        ("CN=Cara Caa", "Cara Caa"),
        ("Caa, Cara", "Cara Caa"),
        ("Cara Caa/MyCompany/DE", "Cara Caa"),
        ("Rob Ra", ""),  # the name is taken: which other one is meant is not known
        ("Rob Ra/Other", ""),
        ("Cara <b>", ""),
        ("cara@example.com", ""),
        ("/Other", ""),
    ],
)
def test_what_is_proposed_for_a_name_is_right_or_nothing_is(draft, name, mend):
    draft.name = name
    (problem,) = draft.problems()
    assert (problem.field, problem.mend) == ("name", mend)
    assert ("Rob Ra/" in problem.sentence) <= name.startswith("Rob")
    if mend:
        draft.name = mend
        assert draft.problems() == ()


def test_no_password_is_in_what_a_log_could_show(draft):
    assert "horse" not in repr(draft)
