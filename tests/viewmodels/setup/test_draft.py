"""The draft of the wizard "Set Up a New Domain": every page's rules, without a window."""

from __future__ import annotations

from pathlib import Path

import pytest

from dominoadmin.services.directory.ports import Ports
from dominoadmin.store.keychain import NoKeychain
from dominoadmin.viewmodels.setup.draft import (
    ASK,
    KEYCHAIN,
    KeychainOffer,
    SetupDraft,
    SetupStep,
    SetupSurroundings,
    keychain_offer,
    surroundings,
)

WORKS = KeychainOffer("SecretService Keyring", "")
NONE = KeychainOffer("", "There is no keychain.")


@pytest.fixture
def draft(tmp_path) -> SetupDraft:
    made = SetupDraft(
        root=tmp_path / "data", organization="MyCompany", country="US", server="Server1", host="server1.example.com", http_port=8080, ssl_port=8443, administrator="Ann Admin",
        password="correct horse 1", password_again="correct horse 1", backup_folder=str(tmp_path / "stick"),
    )  # fmt: skip
    made.offer(NONE)
    return made


def test_a_complete_draft_has_no_problem(draft):
    assert [draft.problem(step) for step in SetupStep] == [""] * len(SetupStep)


def test_an_empty_draft_says_at_each_page_what_to_type():
    empty = SetupDraft(root=Path("/nowhere"), server="")
    assert empty.problem(SetupStep.ORGANIZATION) == "Type the organization's name, for example MyCompany."
    empty.organization = "MyCompany"
    assert empty.problem(SetupStep.SERVER) == "Type the server's name, for example Server1."
    empty.server = "Server1"
    assert empty.problem(SetupStep.SERVER).startswith("Type the server's host name")
    assert empty.problem(SetupStep.ADMINISTRATOR) == "Type the administrator's name, for example Ann Admin."
    assert empty.problem(SetupStep.PASSWORDS) == "Waiting for the system keychain…"
    assert empty.problem(SetupStep.BACKUP) == "Choose a folder for the copies, or choose to make no copies."


@pytest.mark.parametrize(
    ("step", "field", "value", "part"),
    [
        (SetupStep.ORGANIZATION, "organization", "My/Company/Ltd", ""),
        (SetupStep.ORGANIZATION, "country", "U1", ""),
        (SetupStep.SERVER, "server", "Server1/Other", "is not in MyCompany"),
        (SetupStep.SERVER, "host", "server1", "not a fully qualified host name"),
        (SetupStep.SERVER, "host", "*.example.com", "wildcard"),
        (SetupStep.SERVER, "ssl_port", 8080, "must differ"),
        (SetupStep.SERVER, "http_port", 70000, "is not a port number"),
        (SetupStep.ADMINISTRATOR, "administrator", "Server1", "different names"),
        (SetupStep.ADMINISTRATOR, "administrator", "Ann/Other", "is not in MyCompany"),
        (SetupStep.ADMINISTRATOR, "password", "", "password"),
        (SetupStep.ADMINISTRATOR, "password", "short", "8 to 1024 characters"),
        (SetupStep.ADMINISTRATOR, "password_again", "", "again to confirm it"),
        (SetupStep.ADMINISTRATOR, "password_again", "correct horse 2", "The passwords do not match."),
        (SetupStep.PASSWORDS, "keep", KEYCHAIN, "There is no keychain."),
        (SetupStep.PASSWORDS, "same_password", False, "password"),
        (SetupStep.BACKUP, "backup_folder", "", "Choose a folder"),
    ],
)
def test_each_field_s_rule_stops_its_page(draft, step, field, value, part):
    setattr(draft, field, value)
    assert draft.problem(step)
    assert part in draft.problem(step)


def test_the_server_s_own_password_must_be_typed_twice(draft):
    draft.same_password = False
    draft.server_password = "battery staple 2"
    assert draft.problem(SetupStep.PASSWORDS) == "Type the password again to confirm it."
    draft.server_password_again = "battery staple 2"
    assert draft.problem(SetupStep.PASSWORDS) == ""
    assert draft.request().request.server_password == "battery staple 2"


def test_a_copy_in_the_data_folder_is_no_copy(draft):
    for folder in (draft.root, draft.root / "copies"):
        draft.backup_folder = str(folder)
        assert "Choose another folder" in draft.problem(SetupStep.BACKUP)


def test_a_folder_with_another_domain_s_id_files_is_refused(draft, tmp_path):
    (tmp_path / "stick").mkdir()
    (tmp_path / "stick" / "cert.id").touch()
    assert "cert.id" in draft.problem(SetupStep.BACKUP)


def test_a_file_is_no_folder(draft, tmp_path):
    (tmp_path / "stick").touch()
    assert "is a file" in draft.problem(SetupStep.BACKUP)


def test_without_copies_no_folder_is_needed(draft):
    draft.backup, draft.backup_folder = False, ""
    assert draft.problem(SetupStep.BACKUP) == ""
    assert draft.request().backup_folder is None


def test_where_the_keychain_works_it_is_proposed_and_makes_the_server_s_password(draft):
    draft.offer(WORKS)
    assert draft.keep == KEYCHAIN
    assert draft.problem(SetupStep.PASSWORDS) == ""
    assert draft.request().request.server_password == ""


def test_without_a_keychain_the_server_gets_the_administrator_s_password(draft):
    assert draft.keep == ASK
    assert draft.request().request.server_password == "correct horse 1"


def test_nothing_can_be_remembered_without_a_keychain(draft):
    draft.remember = True
    draft.offer(NONE)
    assert not draft.request().remember


def test_the_request_holds_what_was_typed(draft):
    draft.organization = " MyCompany "
    request = draft.request().request
    assert (request.organization, request.country, request.server) == ("MyCompany", "US", "Server1")
    assert (request.host, request.http_port, request.ssl_port) == ("server1.example.com", 8080, 8443)
    assert draft.names() == ("O=MyCompany/C=US", "CN=Server1/O=MyCompany/C=US", "CN=Ann Admin/O=MyCompany/C=US")


def test_what_the_machine_proposes_does_not_replace_what_was_typed(draft):
    draft.take(SetupSurroundings("other.example.com", Ports(80, 443, "free")))
    assert (draft.host, draft.http_port) == ("server1.example.com", 80)
    draft.host = ""
    draft.take(SetupSurroundings("other.example.com", Ports(80, 443, "free")))
    assert draft.host == "other.example.com"


def test_the_machine_s_proposal_can_be_used_as_it_is(draft):
    found = surroundings()
    draft.host = found.host or "server1.example.com"
    draft.take(found)
    assert draft.problem(SetupStep.SERVER) == ""
    assert found.ports.reason


def test_a_keychain_that_does_not_work_says_why():
    offer = keychain_offer(lambda _: NoKeychain())
    assert offer == KeychainOffer("", "The keychain is turned off (DOMINOADMIN_KEYCHAIN=none).")


def test_no_password_is_in_what_the_draft_shows_of_itself(draft):
    assert "horse" not in repr(draft)
