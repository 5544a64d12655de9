"""The dialog "Register a New Internet Certifier" without its window."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import NAME_KINDS
from dominoadmin.services.certifiers import registering
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.viewmodels.certifiers import (
    choices as certifier_choices,
)
from dominoadmin.viewmodels.certifiers import (
    preview as certifier_preview,
)
from dominoadmin.viewmodels.certifiers import (
    settings,
)
from dominoadmin.viewmodels.certifiers.registration_draft import BASICS, CERTIFICATES, MISC, STEPS, CertifierDraft
from dominoadmin.viewmodels.certifiers.tabs import Administrator, NameDraft
from tests import builders
from tests.builders import sql

BACKUP = "backup pass"
ANN, ROB = "CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US"
JUNE = datetime(2027, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def draft(office) -> CertifierDraft:
    made = CertifierDraft(choices=certifier_choices.choices(office.domain, office.ann))
    made.name = NameDraft(common_name="MyCompany CA", organization="MyCompany", country="us")
    made.misc.backup, made.misc.password, made.misc.again = True, BACKUP, BACKUP
    return made


def first_problem(draft) -> tuple[str, str]:
    """Return the first tab with a problem, and the problem."""
    return next(((step, said) for step in STEPS if (said := draft.problem(step))), ("", ""))


# choices


def test_the_directory_offers_its_servers_persons_and_the_id_files_that_can_lock(office) -> None:
    (office.root / "notes.id").write_text("no ID at all")
    offered = certifier_choices.choices(office.domain, office.ann)
    assert offered.servers == (office.server.name,)
    assert (offered.server, offered.creator) == (office.server.name, ANN)
    assert [each.label for each in offered.locking_ids] == [
        "Ann Admin/MyCompany/US (ann-admin.id)", "Rob Ra/MyCompany/US (rob-ra.id)",
    ]  # fmt: skip
    assert offered.certifiers == ()


def test_an_id_of_another_organisation_cannot_be_chosen(office) -> None:
    from tests.services.identities.test_identifying import stranger_id

    path = stranger_id(office.root / "stranger.id")
    offered = certifier_choices.choices(office.domain, office.ann)
    assert "stranger.id" not in [each.path.name for each in offered.locking_ids]
    with pytest.raises(Refused, match="belongs to another organization"):
        certifier_choices.locking_id(office.domain, path)


def test_only_a_person_is_offered_anything(office) -> None:
    with pytest.raises(Refused, match=r"Only a person can register a certifier, and becomes its CA administrator \(CAA\)."):
        certifier_choices.choices(office.domain, office.server)


# the whole


def test_a_new_draft_asks_for_a_name_first(office) -> None:
    empty = CertifierDraft(choices=certifier_choices.choices(office.domain, office.ann))
    assert not empty.problem().startswith("A password is required")  # no input is required that has no effect yet
    assert not empty.misc.backup
    assert first_problem(empty) == (BASICS, "The certifier needs a name. Click Create Certifier Name.")
    assert empty.problem() == first_problem(empty)[1]
    assert empty.basics.administrators == [Administrator(ANN, caa=True, ra=True)]
    assert empty.basics.server == office.server.name


def test_a_draft_with_a_name_and_a_password_registers_with_the_fact_sheets_defaults(office, draft) -> None:
    assert (draft.problem(), first_problem(draft)) == ("", ("", ""))
    made = registering.register(office.domain, office.ann, draft.request())
    assert made.name == "CN=MyCompany CA/O=MyCompany/C=US"
    assert made.icl_file == r"icl\icl_MyCompany.nsf"
    assert "Back up the data folder" in made.warnings[0]
    assert (office.root / "mycompany-ca.bak").stat().st_size > 100
    configuration = builders.verified(office, made.name).configuration
    assert (configuration.protection, configuration.caas, configuration.ras) == ("server-id", (ANN,), (ANN,))
    assert (configuration.crl_days, configuration.crl_interval_days, configuration.settings.default_days) == (30, 7, 200)
    assert builders.record(office, made.name).active.key_algorithm == "ec-p256"


def test_what_was_typed_on_every_tab_is_what_is_registered(office, draft) -> None:
    draft.basics.icl_file = r" icl\own.nsf "
    draft.basics.locked, draft.basics.locking_id = True, draft.choices.locking_ids[1]
    draft.basics.administrators.append(Administrator(ROB, caa=True))
    draft.certificates.default_days, draft.certificates.maximum_days = 90, 100
    draft.certificates.san_domains = "Example.com,\nexample.org example.com 192.0.2.0/24, 2001:DB8::/32"
    draft.certificates.wildcards = False
    draft.misc.backup = False
    draft.misc.key_algorithm, draft.misc.hash_name, draft.misc.years = "ec-p384", "sha512", 3
    draft.misc.crl_days, draft.misc.crl_interval_days = 10, 2
    made = registering.register(office.domain, office.ann, draft.request())
    assert (made.icl_file, made.protection, made.not_after.year) == (r"icl\own.nsf", "locking-id", office.clock.now.year + 3)
    known = builders.verified(office, made.name)
    configuration = known.configuration
    assert (configuration.caas, configuration.ras, configuration.locking_id) == ((ANN, ROB), (ANN,), ROB)
    assert (configuration.settings.default_days, configuration.settings.maximum_days) == (90, 100)
    limits = ("example.com", "example.org", "192.0.2.0/24", "2001:db8::/32")
    assert configuration.settings.names.dns_suffixes == limits
    assert not configuration.settings.names.wildcards
    assert (configuration.crl_days, configuration.crl_interval_days, configuration.hash_name) == (10, 2, "sha512")
    assert not list(office.root.glob("*.bak"))


def test_secrets_are_not_shown_where_a_draft_is_logged(draft) -> None:
    draft.basics.password = draft.basics.again = "very secret"
    assert "very secret" not in repr(draft)
    assert BACKUP not in repr(draft)


def test_a_password_that_is_not_wanted_any_more_is_not_sent(draft) -> None:
    draft.basics.require_password, draft.basics.password = True, "very secret"
    draft.basics.locked, draft.basics.locking_id = True, draft.choices.locking_ids[0]
    assert (draft.basics.protection, draft.request().activation_password) == ("locking-id", "")
    draft.basics.locked = False
    assert (draft.basics.protection, draft.request().activation_password) == ("server-id-and-password", "very secret")
    assert draft.request().locking_id is None
    draft.misc.backup = False
    assert (draft.request().backup_file, draft.request().backup_password) == (None, "")


# the name


def test_a_name_is_trimmed_and_its_country_capital() -> None:
    typed = NameDraft(common_name=" My CA ", organizational_unit=" Sales", organization="MyCompany ", locality=" Boston", state="Massachusetts", country=" us ")
    assert typed.name() == DistinguishedName(common_name="My CA", organizational_unit="Sales", organization="MyCompany", locality="Boston", state="Massachusetts", country="US")
    assert (typed.problem(), typed.warning()) == ("", "")
    assert NameDraft(common_name="CA", country="ß").problem().startswith("Country Code must be two letters, such as US;")


def test_a_bare_common_name_is_warned_about_and_allowed(draft) -> None:
    draft.name = NameDraft(common_name="My CA")
    assert draft.name.problem() == ""
    assert "only a common name" in draft.name.warning()
    assert draft.name.warning() in draft.remarks(BASICS)
    assert NameDraft(common_name="My CA", locality="Boston").warning() == ""
    assert NameDraft().warning() == ""
    assert NameDraft(organization="MyCompany").problem() == "Common Name is required."


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        (NameDraft(common_name="x" * 65), "Common Name is too long"),
        (NameDraft(common_name="a\tb"), "control character"),
        (NameDraft(common_name="CA", country="USA"), "Country Code must be two letters, such as US;"),
        (NameDraft(organization="MyCompany"), "Common Name is required."),
    ],
)
def test_a_name_that_breaks_its_rule_stops_the_draft(draft, name: NameDraft, problem: str) -> None:
    draft.name = name
    assert problem in draft.problem(BASICS)
    assert problem in name.problem()


# the tab Basics


def test_the_icl_follows_the_name_until_it_is_typed(draft) -> None:
    draft.name = NameDraft(common_name="Sales CA", organization="Acme")
    assert draft.icl_file() == r"icl\icl_Acme.nsf"
    draft.basics.icl_file = r"icl\mine.nsf"
    draft.name = NameDraft(common_name="Sales CA", organization="Renovations")
    assert draft.request().icl_file == r"icl\mine.nsf"
    draft.basics.icl_file = ""
    assert draft.request().icl_file == r"icl\icl_Renovations.nsf"


def test_the_second_certifier_of_an_organisation_gets_an_icl_of_its_own(office, draft) -> None:
    registering.register(office.domain, office.ann, draft.request())
    second = CertifierDraft(choices=certifier_choices.choices(office.domain, office.ann), name=draft.name)
    assert "A certifier named CN=MyCompany CA/O=MyCompany/C=US already exists. Choose another" in second.problem(BASICS)
    second.name = NameDraft(common_name="Sales CA", organization="MyCompany")
    assert (second.icl_file(), second.problem(BASICS)) == (r"icl\icl_Sales_CA.nsf", "")
    builders.certifier(office, "Third CA", icl_file=r"ICL\icl_sales_ca.nsf")
    third = CertifierDraft(choices=certifier_choices.choices(office.domain, office.ann), name=second.name)
    assert (third.icl_file(), third.problem(BASICS)) == (r"icl\icl_Sales_CA_2.nsf", "")
    second.basics.icl_file = r"ICL\icl_mycompany.nsf"
    assert "belongs to CN=MyCompany CA" in second.problem(BASICS)


def test_each_protection_asks_for_what_it_needs(draft) -> None:
    draft.basics.require_password = True
    assert "A password is required for activating the certifier" in draft.problem(BASICS)
    draft.basics.password = "short"
    assert "8 to 1024 characters" in draft.problem(BASICS)
    draft.basics.password = "long enough"
    assert draft.problem(BASICS).startswith("The passwords do not match.")
    draft.basics.again = "long enough"
    assert draft.problem(BASICS) == ""
    draft.basics.locked = True
    assert draft.problem(BASICS) == "Choose the person whose ID locks the certifier. Specify that person's ID file."
    draft.basics.locking_id = draft.choices.locking_ids[0]
    assert draft.problem(BASICS) == ""


def test_an_icl_name_that_is_none_is_refused(draft) -> None:
    draft.basics.icl_file = "icl.txt"
    assert "is not a valid ICL database name." in draft.problem(BASICS)


def test_administrators_need_a_role_and_two_caas_are_better(draft) -> None:
    assert "Add a second CA administrator (CAA), so that someone can stand in when the first is away." in draft.remarks(BASICS)[0]
    assert draft.candidates((ANN, ROB)) == [ROB]
    rob = Administrator(ROB)
    draft.basics.administrators.append(rob)
    assert draft.candidates((ANN, ROB)) == []
    assert draft.problem(BASICS).startswith("Rob Ra/MyCompany/US has neither role.")
    rob.ra = True
    assert (draft.problem(BASICS), len(draft.remarks(BASICS))) == ("", 1)
    rob.caa = True
    assert draft.remarks(BASICS) == []


# the tabs Certificates and Misc


def test_durations_that_cross_each_other_are_refused(draft) -> None:
    draft.certificates.minimum_days = 300
    assert first_problem(draft)[0] == CERTIFICATES
    assert draft.problem(CERTIFICATES) == "Minimum duration must not exceed the default duration (200)."


def told(draft, step: str = "") -> dict[str, str]:
    """Return the fields with problems, each with the value that mends it."""
    return {each.field: each.mend for each in draft.problems(step)}


def test_all_problems_of_all_tabs_are_told_at_once_each_at_its_field(draft) -> None:
    draft.name = NameDraft()
    draft.basics.icl_file, draft.basics.require_password, draft.basics.again = "icl", True, "other"
    draft.basics.administrators.append(Administrator(ROB))
    draft.certificates.key_usage, draft.certificates.san_domains = (), "no domain_"
    draft.certificates.minimum_days, draft.certificates.default_days, draft.certificates.maximum_days = 500, 300, 100
    draft.misc.crl_days, draft.misc.crl_interval_days, draft.misc.again = 10, 10, "x"
    draft.published.base_urls, draft.published.partition_size, draft.published.folder = "ftp://x", 5, "relative"
    assert told(draft) == {
        "name": "", "icl_file": "icl.nsf", "activation_password": "", "again": "", "administrators": "",
        "minimum_days": "100", "default_days": "100", "key_usage": "", "san_domains": "",
        "crl_interval_days": "2", "backup_again": "", "base_urls": "", "partition_size": "", "folder": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("step", "part", "changes", "expected"),
    [
        (CERTIFICATES, "certificates", {"minimum_days": 500}, {"minimum_days": "200"}),
        (CERTIFICATES, "certificates", {"maximum_days": 100}, {"maximum_days": "825"}),
        (CERTIFICATES, "certificates", {"default_days": 900}, {"default_days": "825"}),
        (CERTIFICATES, "certificates", {"minimum_days": 50, "default_days": 20}, {"minimum_days": "20"}),
        (CERTIFICATES, "certificates", {"minimum_days": 300, "maximum_days": 250}, {"minimum_days": "200"}),
        (MISC, "misc", {"crl_days": 5}, {"crl_days": "30"}),
        (MISC, "misc", {"crl_interval_days": 30}, {"crl_interval_days": "7"}),
        (MISC, "misc", {"crl_days": 20, "crl_interval_days": 20}, {"crl_interval_days": "5"}),
        (MISC, "misc", {"crl_days": 1, "crl_interval_days": 1}, {"crl_days": "2"}),
    ],
)
def test_of_two_durations_the_one_that_was_changed_has_the_problem_and_what_mends_it(draft, step, part, changes, expected) -> None:
    for key, value in changes.items():
        setattr(getattr(draft, part), key, value)
    assert told(draft, step) == expected
    for key, mend in expected.items():
        setattr(getattr(draft, part), key, int(mend))
    assert told(draft, step) == {}


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("key_usage", (), "at least one key usage"), ("key_algorithms", (), "A certifier must allow at least one key type."),
        ("san_domains", "*.example.com", "is not a valid domain name."), ("san_domains", "exam ple_.com", "_"),
        ("san_domains", "192.0.2.1/24", "is not an IP address or network."),
    ],
)  # fmt: skip
def test_what_could_never_be_issued_is_refused(draft, field: str, value: object, problem: str) -> None:
    setattr(draft.certificates, field, value)
    assert problem in draft.problem(CERTIFICATES)
    assert draft.remarks(CERTIFICATES) == []


def test_the_backup_needs_a_free_place_and_a_password_typed_twice(draft, tmp_path: Path) -> None:
    assert draft.backup_file() == draft.choices.directory.root / "mycompany-ca.bak"
    draft.misc.again = "other"
    assert first_problem(draft) == (MISC, "The passwords do not match. Type the same password again to confirm it.")
    draft.misc.password = draft.misc.again = ""
    assert "A password is required for the backup copy" in draft.problem(MISC)
    draft.misc.password = draft.misc.again = BACKUP
    draft.misc.backup_file = str(tmp_path / "nowhere" / "ca.bak")
    assert "nowhere does not exist" in draft.problem(MISC)
    taken = tmp_path / "taken.bak"
    taken.write_text("x")
    draft.misc.backup_file = str(taken)
    assert "already exists. Choose another name" in draft.problem(MISC)


def test_a_certifier_without_a_backup_is_possible_with_a_remark(draft) -> None:
    draft.misc.backup, draft.misc.password = False, ""
    assert draft.problem() == ""
    assert draft.remarks(MISC) == ["If the store is lost, the certifier is lost: back up the data folder."]


def test_crls_must_follow_each_other_before_they_end(draft) -> None:
    draft.misc.crl_interval_days = 30
    assert draft.problem(MISC).startswith("Time between CRLs must be shorter than the CRL duration")


def test_ml_dsa_is_remarked_on_and_takes_no_hash(draft) -> None:
    draft.misc.key_algorithm, draft.misc.hash_name = "ml-dsa-65", "sha512"
    assert (draft.problem(), draft.request().hash_name) == ("", "")
    assert "Browsers do not support ML-DSA yet; they will not accept this certifier's certificates." in draft.remarks(MISC)[-1]


# the preview


def shown(draft: CertifierDraft) -> dict[str, str]:
    return dict(certifier_preview.preview(draft.request(), JUNE).certificate)


def test_the_preview_says_what_the_certificate_will_say(draft) -> None:
    assert shown(draft) == {
        "Subject": "CN=MyCompany CA/O=MyCompany/C=US",
        "Issuer": "Same as the subject: the certifier signs its own certificate",
        "Validity": "2027-06-01 to 2037-05-31 (10 years)",
        "Key": "ECDSA P-256",
        "Signature": "ECDSA with SHA-256",
        "Serial number": "20 random octets",
        "Subject key identifier": "SHA-1 of the public key; known once the key has been generated",
        "Basic constraints (critical)": "The owner is a certification authority, with any number of CAs below it.",
        "Key usage (critical)": "Digital signature, Certificate signing, CRL signing",
    }


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ec-p256", "ec-p384", "ml-dsa-44"])
@pytest.mark.parametrize("hash_name", ["", "sha512"])
def test_the_preview_agrees_with_the_certificate_that_is_made(office, draft, algorithm: str, hash_name: str) -> None:
    draft.misc.key_algorithm, draft.misc.hash_name, draft.misc.years = algorithm, hash_name, 1
    draft.misc.backup = False
    told = dict(certifier_preview.preview(draft.request(), office.clock.now).certificate)
    made = registering.register(office.domain, office.ann, draft.request())
    found = x509.load_der_x509_certificate(builders.record(office, made.name).active.certificate)
    days = (found.not_valid_before_utc.date().isoformat(), found.not_valid_after_utc.date().isoformat())
    assert told["Validity"] == f"{days[0]} to {days[1]} (1 year)"
    signature = {
        "ecdsa-with-SHA256": "ECDSA with SHA-256", "ecdsa-with-SHA384": "ECDSA with SHA-384",
        "ecdsa-with-SHA512": "ECDSA with SHA-512", "sha256WithRSAEncryption": "RSA with SHA-256",
        "sha512WithRSAEncryption": "RSA with SHA-512",
    }  # fmt: skip
    assert told["Signature"] == signature.get(found.signature_algorithm_oid._name, "ML-DSA-44")
    assert len(told) == 6 + len(found.extensions)


def test_the_preview_says_what_the_certifier_may_issue(draft) -> None:
    draft.certificates.key_usage = ("digitalSignature", "keyAgreement")
    draft.certificates.extended_key_usage = ("emailProtection",)
    draft.certificates.key_algorithms = ("ec-p256",)
    draft.certificates.san_kinds, draft.certificates.san_domains, draft.certificates.wildcards = ("dns",), "example.com", False
    assert dict(certifier_preview.preview(draft.request(), JUNE).issues) == {
        "Duration": "200 days unless the request specifies otherwise (1 to 825 days)",
        "Key usage": "Digital signature, Key agreement",
        "Extended key usage": "E-mail protection",
        "Keys": "ECDSA P-256",
        "Alternate names": "Host names",
        "Domains": "example.com",
        "Wildcards": "not allowed",
    }
    draft.certificates.extended_key_usage = draft.certificates.san_kinds = ()
    draft.certificates.san_domains = ""
    told = dict(certifier_preview.preview(draft.request(), JUNE).issues)
    assert (told["Extended key usage"], told["Alternate names"], told["Domains"]) == ("none", "none", "any")


def test_without_a_name_there_is_no_preview(draft) -> None:
    draft.name = NameDraft()
    assert certifier_preview.preview(draft.request(), JUNE).problem == "Common Name is required."
    draft.name, draft.misc.hash_name = NameDraft(common_name="CA"), "md5"
    assert "md5 is not a supported hash" in certifier_preview.preview(draft.request(), JUNE).problem


def test_what_is_previewed_is_never_entered(office, draft) -> None:
    certifier_preview.preview(draft.request(), JUNE)
    assert sql(office, "SELECT * FROM certifiers") == builders.journal(office) == []


def test_every_kind_and_hash_has_its_words() -> None:
    assert [settings.kind_label(kind) for kind in NAME_KINDS] == [
        "Host names", "IP addresses", "E-mail addresses", "Web addresses (URI)",
    ]  # fmt: skip
    assert [settings.hash_label(name) for name in ("sha256", "sha384")] == ["SHA-256", "SHA-384"]


def test_a_command_that_will_not_run_is_told_before_the_certifier_is_registered(office, draft) -> None:
    draft.published.command = "/bin/true"
    assert not [each for each in draft.remarks(MISC) if "command" in each]
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Rob Ra",)))
    draft.choices = certifier_choices.choices(office.domain, office.ann)
    (told,) = [each for each in draft.remarks(MISC) if "command" in each]
    assert told.startswith("The command will not be run: none of those who have signed it (Ann Admin/MyCompany/US)")
    draft.misc.backup = False
    assert told in registering.register(office.domain, office.ann, draft.request()).warnings
