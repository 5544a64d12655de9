"""The drafts of "New Database" and "Database Configuration", which report the service's own problems."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Error, NotFound
from dominoadmin.pki.profiles import CLIENT, SERVER, CertificateSettings
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import Customization, DatabaseConfiguration, Processing
from dominoadmin.viewmodels.requests import database_draft as database
from dominoadmin.viewmodels.requests.database_draft import LOCAL, ConfigurationDraft, NewDatabaseDraft
from tests import builders
from tests.builders import CA_NAME, DATABASE, sql

SERVER_NAME = "CN=Server1/O=MyCompany/C=US"


def around(office) -> database.DatabaseSurroundings:
    return database.look_around(office.domain, office.actor())


def new(office, **fields) -> NewDatabaseDraft:
    """The dialog, filled in as in the technote."""
    draft = NewDatabaseDraft.suggested(around(office), SERVER_NAME)
    draft.show_advanced, draft.template = True, "certreq.ntf"
    for name, value in fields.items():
        setattr(draft, name, value)
    return draft


def form(office, **fields) -> ConfigurationDraft:
    draft = ConfigurationDraft.for_new(new(office))
    for name, value in fields.items():
        setattr(draft, name, value)
    return draft


def test_the_technotes_names_are_suggested_first(office) -> None:
    builders.certifier(office)
    draft = new(office)
    assert (draft.title, draft.file, draft.certifier) == ("Certificate Requests", "certreq.nsf", CA_NAME)
    assert draft.problem() == ""


def test_a_second_database_is_named_after_its_certifier(office) -> None:
    builders.ready(office)
    builders.certifier(office, "Zweite CÄ-1 of all")
    draft = new(office)
    assert (draft.title, draft.file) == ("Cert Req Zweite CÄ-1 of all", "CR_zweitec1.nsf")
    assert draft.problem() == ""


def test_the_certifier_the_guide_knows_is_taken(office) -> None:
    builders.certifier(office)
    builders.certifier(office, "Other CA")
    known = NewDatabaseDraft.suggested(around(office), SERVER_NAME, "CN=Other CA/O=MyCompany")
    assert ConfigurationDraft.for_new(known).certifier == "CN=Other CA/O=MyCompany"


def test_without_a_certifier_or_with_none_that_is_free_no_database_is_made(office) -> None:
    assert new(office).problem() == (
        "No CA enabled certifiers could be found in the directory. Register an Internet certifier first."
    )
    builders.ready(office)
    assert "Each Internet Certifier requires a unique Certificate Requests database, and each already has one. Register another certifier first." in new(office).problem()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title": " "}, "Title is required."),
        ({"title": "x" * 97}, "Title is too long"),
        ({"file": " "}, "Enter a File Name, for example certreq.nsf."),
        ({"file": "cert req.nsf"}, "'cert req.nsf' is not a valid database name. Use letters"),
        ({"template_server": LOCAL}, "Make sure the Template server is set to the server, not 'Local'."),
        ({"template": database.BLANK}, "choose the template 'Certificate Requests (6)'"),
        ({"template": "discsw6.ntf"}, "choose the template 'Certificate Requests (6)'"),
        ({"template": ""}, "choose the template 'Certificate Requests (6)'"),
    ],
)
def test_each_field_has_its_rule(office, change: dict[str, str], problem: str) -> None:
    builders.certifier(office)
    assert problem in new(office, **change).problem()


def test_a_file_name_that_is_taken_is_refused(office) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    assert new(office, file="CERTREQ.nsf").problem() == "A database named CERTREQ.nsf already exists. Choose another file name."


def test_the_template_is_on_the_list_with_advanced_templates_of_the_server_only(office) -> None:
    builders.certifier(office)
    assert "certreq.ntf" not in new(office, show_advanced=False).templates()
    assert "certreq.ntf" not in new(office, template_server=LOCAL).templates()
    assert new(office).templates()["certreq.ntf"] == "Certificate Requests (6)"


def test_what_the_two_forms_hold_is_what_the_service_makes(office) -> None:
    builders.certifier(office)
    draft = form(office, supports="server", processing=Processing.AUTOMATIC, mail_confirmation=False)
    draft.customize(SERVER, Customization(90, ("digitalSignature",), ("serverAuth",)))
    assert draft.problem() == ""
    databases.create(office.domain, office.actor(), draft.request())
    later = ConfigurationDraft.for_existing(around(office), "CERTREQ.NSF")
    assert (later.file, later.certifier, later.new) == (DATABASE, CA_NAME, None)
    assert later.configuration() == draft.configuration()
    assert later.customization(SERVER).days == 90
    assert later.customization(CLIENT) == databases.usual(CLIENT)
    assert later.problem() == ""


@pytest.mark.parametrize(
    ("custom", "problem"),
    [
        (Customization(900, (), ("clientAuth",)), "The certifier issues certificates that are valid for 1 to 825 days."),
        (Customization(0, (), ("codeSigning",)), "do not allow the usage codeSigning for client requests"),
    ],
)
def test_the_form_says_what_the_service_would_say(office, custom: Customization, problem: str) -> None:
    builders.certifier(office)
    draft = form(office)
    draft.customize(CLIENT, custom)
    assert problem in draft.problem()
    with pytest.raises(Error) as refusal:
        databases.create(office.domain, office.actor(), draft.request())
    assert str(refusal.value) in draft.problem()
    draft.supports = "server"
    assert draft.problem() == ""


def test_a_certifier_has_one_database(office) -> None:
    builders.certifier(office)
    draft = form(office)
    builders.database(office)
    draft.around = around(office)
    assert draft.problem() == (
        "Each Internet Certifier requires a unique Certificate Requests database; CN=MyCompany CA/O=MyCompany already has certreq.nsf. Use that database, or register another certifier."
    )


def test_a_server_without_certifiers_offers_none(office) -> None:
    builders.certifier(office)
    draft = form(office, server="CN=Server9/O=MyCompany")
    assert draft.authorities() == []
    assert draft.settings() == CertificateSettings()
    assert "This server has no certifier for the database. Choose another server, or register a certifier." in draft.problem()
    assert draft.agents() == (True, "")


def test_a_certifier_whose_configuration_does_not_hold_is_named_and_not_taken(office) -> None:
    builders.certifier(office)
    sql(office, "UPDATE certifiers SET protection = 'server-id-and-password'")
    draft = form(office, processing=Processing.AUTOMATIC)
    assert "does not belong to this certifier." in draft.problem()
    assert draft.settings() == CertificateSettings()
    assert draft.agents() == (True, "")


def test_automatic_says_whether_the_agents_may_run(office) -> None:
    builders.certifier(office)
    draft = form(office)
    assert draft.agents() == (True, "")
    draft.processing = Processing.AUTOMATIC
    assert draft.agents()[0]
    assert ". Automatic processing will work." in draft.agents()[1]
    server_documents.change(office.domain, office.actor(), "Server1", ServerChange(run_unrestricted=()))
    draft.around = around(office)
    may_run, sentence = draft.agents()
    assert not may_run
    assert '"Run unrestricted methods and operations"' in sentence


def test_a_configuration_that_cannot_be_read_is_filled_in_anew(office) -> None:
    builders.ready(office)
    sql(office, "UPDATE databases SET fields = '{}'")
    draft = ConfigurationDraft.for_existing(around(office), DATABASE)
    assert draft.configuration() == DatabaseConfiguration()
    with pytest.raises(NotFound):
        ConfigurationDraft.for_existing(around(office), "gone.nsf")


def test_all_that_is_wrong_with_the_default_fields_is_told_at_once(office) -> None:
    builders.certifier(office, settings=CertificateSettings(minimum_days=10, maximum_days=300, key_usage=("digitalSignature",), extended_key_usage=("serverAuth",)))
    custom = Customization(400, ("dataEncipherment",), ("emailProtection",))
    draft = form(office, server_requests=custom, client_requests=Customization(5, ("digitalSignature",), ()))
    assert {each.field: each.mend for each in draft.problems()} == {
        "server_days": "300", "server_usages": "", "server_extended_usages": "", "client_days": "10",
    }
