"""Certificate Requests databases (technote, steps 9-13)."""

from __future__ import annotations

import json

import pytest

from dominoadmin.errors import Error, NotFound, Refused, Tampered
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.databases import Customization, DatabaseConfiguration, DatabaseRequest
from tests import builders
from tests.builders import CA_NAME, sql


def create(office, **fields):
    request = DatabaseRequest(**{"title": "Cert Req", "file": "certreq.nsf", "certifier": "MyCompany CA", **fields})
    return databases.create(office.domain, office.actor(), request)


def test_a_database_is_made_for_its_certifier(office) -> None:
    builders.certifier(office)
    made = create(office, title=" Cert Req ")
    assert (made.file, made.title, made.template, made.server) == ("certreq.nsf", "Cert Req", "certreq.ntf", office.server.name)
    configuration = databases.configuration_of(made)
    assert configuration == DatabaseConfiguration()
    assert (configuration.supports, configuration.processing, configuration.mail_confirmation) == ("both", "manual", True)
    assert [(record.file, ca.name) for record, ca in databases.all_databases(office.domain)] == [("certreq.nsf", CA_NAME)]
    assert builders.actions(office)[-1] == ("database created", "certreq.nsf")


def test_the_three_choices_have_the_forms_words() -> None:
    labels = [DatabaseConfiguration(supports).supports_label for supports in ("client", "server", "both")]
    assert labels == ["Client Certificates Only", "Server Certificates Only", "Both Client and Server Certificates"]


BAD = [
    ({"title": " "}, "Title is required"),
    ({"title": "x" * 97}, "Title is too long"),
    ({"title": "a\x00b"}, "Title contains an invisible"),
    ({"file": "certreq"}, "is not a valid database name."),
    ({"file": "../certreq.nsf"}, "is not a valid database name."),
    ({"file": "cert req.nsf"}, "is not a valid database name."),
    ({"file": "certreq.nsf\n"}, "is not a valid database name."),
    ({"file": "x" * 61 + ".nsf"}, "is not a valid database name."),
    ({"file": "réq.nsf"}, "is not a valid database name."),
    ({"template": "mail.ntf"}, "Template mail.ntf was not found"),
    ({"certifier": "Other CA"}, "No certifier is called"),
    ({"server": "Server9"}, "The server Server9/MyCompany/US is not in the Domino Directory"),
    ({"configuration": DatabaseConfiguration(supports="all")}, "from the lists"),
    ({"configuration": DatabaseConfiguration(processing="quick")}, "from the lists"),
    ({"configuration": DatabaseConfiguration(transfer_server="Server9")}, "The server Server9/MyCompany/US is not in the Domino Directory"),
    ({"configuration": DatabaseConfiguration(server_requests=Customization(0, ("keyCertSign",), ()))}, "is not a key usage"),
    (
        {"configuration": DatabaseConfiguration(server_requests=Customization(0, (), ("codeSigning",)))},
        "do not allow the usage codeSigning for server requests",
    ),
    ({"configuration": DatabaseConfiguration(client_requests=Customization(900, (), ()))}, "valid for 1 to 825 days"),
    ({"configuration": DatabaseConfiguration(client_requests=Customization(-1, (), ()))}, "valid for 1 to 825 days"),
]


@pytest.mark.parametrize(("change", "problem"), BAD, ids=[problem for _, problem in BAD])
def test_a_database_that_cannot_be_is_refused(office, change: dict, problem: str) -> None:
    builders.certifier(office)
    with pytest.raises(Error, match=problem):
        create(office, **change)
    assert sql(office, "SELECT * FROM databases") == []


def test_a_file_name_or_a_certifier_is_used_once(office) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    with pytest.raises(Refused, match=r"A database named CERTREQ\.NSF already"):
        create(office, certifier="Other CA", file="CERTREQ.NSF")
    with pytest.raises(Refused) as refusal:
        create(office, file="second.nsf")
    assert str(refusal.value) == (
        "Each Internet Certifier requires a unique Certificate Requests database; CN=MyCompany CA/O=MyCompany already has certreq.nsf."
    )


def test_a_server_and_a_transfer_server_may_be_named_in_short(office) -> None:
    builders.certifier(office)
    made = create(office, server="Server1", configuration=DatabaseConfiguration(transfer_server="Server1"))
    assert made.server == made.fields["transfer_server"] == "CN=Server1/O=MyCompany/C=US"


def test_a_configuration_is_replaced_and_checked_again(office) -> None:
    builders.ready(office, settings=CertificateSettings(extended_key_usage=("serverAuth", "clientAuth", "emailProtection")))
    wanted = DatabaseConfiguration("server", processing="automatic", mail_confirmation=False, server_requests=Customization(90, (), ("serverAuth",)))
    record = databases.configure(office.domain, office.actor(), "CertReq.nsf", wanted)
    assert databases.configuration_of(record) == wanted
    assert builders.actions(office)[-1] == ("database configured", "certreq.nsf")
    with pytest.raises(Refused, match="from the lists"):
        databases.configure(office.domain, office.actor(), "certreq.nsf", DatabaseConfiguration("nobody"))
    with pytest.raises(NotFound, match=r"Certificate Requests database x\.nsf") as refusal:
        databases.configure(office.domain, office.actor(), "x.nsf", wanted)
    assert refusal.value.hint == "Available: certreq.nsf."


def test_usages_of_a_kind_the_database_does_not_take_do_not_matter(office) -> None:
    builders.certifier(office, settings=CertificateSettings(extended_key_usage=("serverAuth",)))
    with pytest.raises(Refused, match="for client requests"):
        create(office)
    assert create(office, configuration=DatabaseConfiguration("server")).file == "certreq.nsf"


def test_a_damaged_configuration_is_one_sentence(office) -> None:
    builders.ready(office)
    whole = json.loads(sql(office, "SELECT fields FROM databases")[0]["fields"])
    custom = whole["server_requests"]
    for damage in (
        {"more": 1}, {"supports": "all"}, {"supports": []}, {"transfer_server": 7}, {"mail_confirmation": "yes"},
        {"server_requests": {**custom, "days": "90"}}, {"server_requests": {**custom, "key_usage": "digitalSignature"}},
        {"server_requests": {**custom, "key_usage": [1]}}, {"server_requests": {}}, {"client_requests": None},
    ):  # fmt: skip
        sql(office, "UPDATE databases SET fields = ?", json.dumps({**whole, **damage}))
        (record, _certifier), = databases.all_databases(office.domain)
        with pytest.raises(Tampered, match="A Database Configuration in the store cannot be read"):
            databases.configuration_of(record)
    for fields in ("[]", "null", "7", "{}"):
        sql(office, "UPDATE databases SET fields = ?", fields)
        with pytest.raises(Tampered, match="cannot be read"):
            databases.configuration_of(databases.stored(office.domain, "certreq.nsf"))
