"""The forms of Domino Key Ring Management, without a window."""

from dataclasses import replace
from pathlib import Path

import pytest

from dominoadmin.errors import NotFound
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.domain import Actor
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.requests import databases
from dominoadmin.services.states import KeyRingState
from dominoadmin.viewmodels.key_rings.changes_draft import ExportDraft, LabelDraft, OpeningDraft, PasswordDraft
from dominoadmin.viewmodels.key_rings.draft import (
    CertifyDraft,
    KeyRingDraft,
    chosen_database,
    databases_for_servers,
    key_ring_draft,
    uncertified,
)
from dominoadmin.viewmodels.key_rings.installation_draft import InstallationDraft, server_of, servers, to_install
from dominoadmin.viewmodels.key_rings.listing import ListedRing
from dominoadmin.viewmodels.key_rings.pickup_draft import PickupDraft, key_ring_of, waiting
from tests import builders
from tests.conftest import NOW

PASSWORD = "Zebra Quartz 77"


def filled(**changes) -> KeyRingDraft:
    draft = KeyRingDraft(
        password=PASSWORD, confirmation=PASSWORD, common_name="server1.example.com", organization="MyCompany",
        state="Massachusetts", country="US", database="certreq.nsf",
    )
    return replace(draft, **changes)


def test_a_filled_form_has_no_problem_and_becomes_the_request_of_the_service():
    draft = filled(names="dns:www.example.com\n\n ip:10.0.0.1, uri:https://a.example\nuri:https://b.example/x,y ", locality="Boston", organizational_unit="IT")
    assert draft.problem() == ""
    assert draft.request() == key_rings.KeyRingRequest(
        file="keyfile.kyr", password=PASSWORD, common_name="server1.example.com", organization="MyCompany", state="Massachusetts", country="US", organizational_unit="IT", locality="Boston",
        names=("dns:www.example.com", "ip:10.0.0.1", "uri:https://a.example", "uri:https://b.example/x,y"), key_algorithm="rsa-2048", database="certreq.nsf",
    )


def test_all_problems_are_told_at_once_each_at_its_field():
    draft = filled(
        file="keyfile", password="short", confirmation="other", common_name="", organization=" ", organizational_unit="u" * 65,
        locality="a\x00b", state="MA", country="Germany", names="dns:no name_", database="",
    )
    assert {each.field: each.mend for each in draft.problems()} == {
        "file": "keyfile.kyr", "password": "", "confirmation": "", "common_name": "", "organization": "", "organizational_unit": "",
        "locality": "", "state": "", "country": "DE", "names": "", "database": "",
    }
    assert "names" in {each.field for each in filled(common_name="", names="\n".join(f"dns:a{n}.example.com" for n in range(101))).problems()}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"file": ""}, "is not a valid key ring file name."),
        ({"file": "keyfile.pem"}, "Keep the extension .kyr, as in keyfile.kyr."),
        ({"password": "", "confirmation": ""}, "A password is required for the key ring file"),
        ({"password": "short", "confirmation": "short"}, "must have 8 to 1024 characters"),
        ({"confirmation": ""}, "Type the password again to confirm it."),
        ({"confirmation": "Zebra Quartz 78"}, "The passwords do not match."),
        ({"common_name": " "}, "A hostname is required to configure SSL."),
        ({"common_name": "server1"}, "fully qualified host name"),
        ({"organization": ""}, "Organization Name is required."),
        ({"state": "MA"}, "must be spelled out"),
        ({"state": ""}, "State or Province is required."),
        ({"country": ""}, "Country Code is required."),
        ({"country": "USA"}, "Country Code must be two letters, such as US;"),
        ({"names": "www.example.com"}, "does not start with a known name type."),
        ({"locality": "x" * 200}, "is too long"),
        ({"organizational_unit": "a\u202eb"}, "invisible"),
        ({"key_algorithm": "ml-dsa-65"}, "A key ring cannot contain a key of type"),
        ({"database": ""}, "Choose the Certificate Requests database"),
    ],
)
def test_each_field_has_its_rule(changes, said):
    assert said in filled(**changes).problem()


def test_the_first_problem_is_that_of_the_topmost_field():
    assert "key ring file" in KeyRingDraft(file="").problem()
    assert "password is required" in KeyRingDraft().problem()


def test_no_form_shows_its_password_in_a_representation():
    forms = (filled(), CertifyDraft("a.kyr", PASSWORD), PickupDraft("a.kyr", PASSWORD), PasswordDraft(PASSWORD, PASSWORD),
             ExportDraft(password=PASSWORD), InstallationDraft("a.kyr", "", PASSWORD))  # fmt: skip
    assert all(PASSWORD not in repr(form) for form in forms)


@pytest.fixture
def ready(office):
    builders.ready(office)
    return office


def test_the_form_opens_with_what_the_server_document_and_the_certifier_know(office):
    name = DistinguishedName(common_name="Our CA", organization="My Company Ltd", state="Massachusetts", country="DE")
    registering.register(office.domain, office.ann, CertifierRequest(name, "server-id"))
    builders.database(office, certifier="Our CA")
    draft = key_ring_draft(office.domain, office.actor(), "certreq.nsf")
    assert (draft.file, draft.common_name, draft.database) == ("keyfile.kyr", "server1.example.com", "certreq.nsf")
    assert (draft.organization, draft.state, draft.country) == ("My Company Ltd", "Massachusetts", "DE")


def test_the_country_comes_from_the_organization_if_the_certifier_has_none(ready):
    draft = key_ring_draft(ready.domain, ready.actor(), "certreq.nsf")
    assert (draft.organization, draft.country, draft.state) == ("MyCompany", "US", "")


def test_a_taken_file_name_is_not_proposed(ready):
    (ready.root / "keyfile.kyr").write_bytes(b"")
    (ready.root / "keyfile2.sth").write_bytes(b"")
    assert key_ring_draft(ready.domain, ready.actor(), "certreq.nsf").file == "keyfile3.kyr"


def test_only_keys_that_the_certifier_certifies_are_offered(ready):
    draft = key_ring_draft(ready.domain, ready.actor(), "certreq.nsf")
    assert draft.allowed_keys == ("rsa-2048", "rsa-3072", "rsa-4096", "ec-p256", "ec-p384")


def test_a_database_for_clients_only_is_not_offered(ready):
    assert [record.file for record, _ in databases_for_servers(ready.domain)] == ["certreq.nsf"]
    databases.configure(
        ready.domain, ready.actor(), "certreq.nsf", databases.DatabaseConfiguration(supports="client")
    )
    with pytest.raises(NotFound, match="accepts requests for servers") as refusal:
        databases_for_servers(ready.domain)
    assert "File - Database - New" in refusal.value.hint


def test_certifying_needs_a_key_ring_its_password_and_a_database():
    assert "Choose the key ring file" in CertifyDraft().problem()
    assert CertifyDraft("keyfile.kyr").problem() == "Type the password of the key ring."
    assert "Choose the Certificate Requests database" in CertifyDraft("keyfile.kyr", "x").problem()
    assert CertifyDraft("keyfile.kyr", "x", "certreq.nsf").problem() == ""
    assert CertifyDraft(" keyfile.kyr ", "x").access() == key_rings.KeyRingAccess("keyfile.kyr", "x")


def test_a_request_id_may_come_with_blanks_out_of_a_mail():
    draft = PickupDraft("keyfile.kyr", "x", " 0C2A7F51-9D3E4B60-\r\n 8A1F5C27-E4D39B06\n")
    assert draft.problem() == ""
    assert PickupDraft("keyfile.kyr", "x", " \n").problem().startswith("Paste the Request ID")
    assert PickupDraft("keyfile.kyr", "", "1").problem() == "Type the password of the key ring."


def test_a_request_id_tells_which_key_ring_asked(ready):
    number = builders.received(ready, key_ring="keyfile.kyr")
    assert key_ring_of(ready.domain, builders.view(ready, number).request.pickup_id) == "keyfile.kyr"
    assert key_ring_of(ready.domain, "0000") == ""
    assert key_ring_of(ready.domain, "") == ""


def test_the_installation_says_what_is_copied_where(office):
    (server,) = servers(office.domain)
    draft = InstallationDraft("keyfile.kyr", server)
    there = office.root / "servers" / "server1"
    assert draft.copies(office.domain) == (
        (office.root / "keyfile.kyr", there / "keyfile.kyr"), (office.root / "keyfile.sth", there / "keyfile.sth"),
    )
    assert InstallationDraft("keyfile", server).copies(office.domain) == ()
    assert "is not a valid key ring file name." in InstallationDraft("keyfile", server).problem()
    assert draft.request() == key_rings.Installation("keyfile.kyr", server, "")


def test_a_new_password_is_typed_twice():
    assert "must have 8 to 1024" in PasswordDraft("short", "short").problem()
    assert PasswordDraft(PASSWORD, "").problem() == "Type the password again to confirm it."
    assert PasswordDraft(PASSWORD, PASSWORD).problem() == ""


def test_an_export_has_a_place_and_the_password_its_format_needs(tmp_path):
    out = str(tmp_path / "x.pem")
    assert ExportDraft().problem() == "Choose where to write the files."
    assert ExportDraft("pem", out).problem() == ""
    assert "A password is required for the export" in ExportDraft("pkcs12", out).problem()
    assert "Java accepts only passwords of at least six ASCII characters." in ExportDraft("java", out, "Zébra Quartz").problem()
    assert ExportDraft("pkcs12", out, PASSWORD).problem() == "Type the password again to confirm it."
    assert ExportDraft("pkcs12", out, PASSWORD, PASSWORD).problem() == ""


def test_the_input_of_kyrtool_is_written_without_a_password_even_if_one_was_typed(tmp_path):
    draft = ExportDraft("kyrtool", str(tmp_path / "x.pem"), PASSWORD)
    assert draft.problem() == ""
    assert draft.request().password == ""


def test_a_label_is_checked_by_the_rule_of_key_rings():
    assert LabelDraft("MyCompany CA").problem() == ""
    assert LabelDraft(" ").problem() == "The label is required."
    assert "too long" in LabelDraft("x" * 65).problem()


def test_an_actor_who_only_claims_a_name_sees_the_same_form(ready):
    claimed = Actor(ready.ann.name, ready.ann.anchor)
    assert key_ring_draft(ready.domain, claimed, "certreq.nsf").common_name == "server1.example.com"


def test_the_database_to_ask_is_the_one_named_or_the_first(ready):
    found = databases_for_servers(ready.domain)
    assert chosen_database(ready.domain, found, "") == "certreq.nsf"
    assert chosen_database(ready.domain, found, "CERTREQ.NSF") == "certreq.nsf"
    with pytest.raises(NotFound):
        chosen_database(ready.domain, found, "other.nsf")


def listed_ring(file, state, **more):
    fields = {"path": Path(file), "server": "CN=S/O=O", "stash_problem": "", "pickup_id": "", "not_after": None,
              "is_installed": False, "changed_at": NOW}  # fmt: skip
    return ListedRing(file=file, state=state, **{**fields, **more})


def test_each_dialog_proposes_the_key_ring_that_waits_for_it(ready):
    rings = [
        listed_ring("done.kyr", KeyRingState.CERTIFIED, is_installed=True), listed_ring("certified.kyr", KeyRingState.CERTIFIED),
        listed_ring("asked.kyr", KeyRingState.REQUESTED), listed_ring("issued.kyr", KeyRingState.READY), listed_ring("new.kyr", KeyRingState.UNSIGNED),
    ]  # fmt: skip
    assert uncertified(rings) == "new.kyr"
    assert waiting(ready.domain, rings) == "issued.kyr"
    assert to_install(rings) == "certified.kyr"
    assert to_install(rings[:1]) == "done.kyr"
    assert (uncertified([]), waiting(ready.domain, []), to_install([]), server_of([], "a.kyr")) == ("", "", "", "")
    assert server_of(rings, "new.kyr") == "CN=S/O=O"


def test_opening_a_key_ring_needs_its_password():
    assert OpeningDraft("a.kyr").problem() == "Type the password of the key ring."
    assert OpeningDraft("a.kyr", "x").access() == key_rings.KeyRingAccess("a.kyr", "x")
