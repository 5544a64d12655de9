"""Registering an Internet certifier (technote, steps 1-7)."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_private_key

from dominoadmin.errors import Cancelled, Damaged, Error, NotFound, Refused, Tampered
from dominoadmin.pki import lint
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.certifiers import configuring, registering
from dominoadmin.services.certifiers.form import CertifierRequest, default_icl_file
from dominoadmin.services.progress import Progress
from dominoadmin.services.states import Protection
from dominoadmin.store import id_files
from tests import builders
from tests.builders import CA_NAME, sql
from tests.conftest import NOW
from tests.outside import id_reader
from tests.outside.disks import limited_file_size
from tests.outside.judges import everyone_verifies

ACTIVATION = "activation 1"


def certificate(office, name: str = "MyCompany CA") -> x509.Certificate:
    return x509.load_der_x509_certificate(builders.record(office, name).active.certificate)


def locking(office):
    return id_files.describe(office.root / "rob-ra.id")


@pytest.mark.judge
@pytest.mark.parametrize(
    ("algorithm", "protection"),
    [
        ("rsa-2048", "server-id"), ("rsa-3072", "server-id"), ("ec-p256", "server-id-and-password"),
        ("ec-p384", "locking-id"), ("ml-dsa-44", "server-id"), ("ml-dsa-65", "locking-id"), ("ml-dsa-87", "server-id"),
    ],
)  # fmt: skip
def test_a_certifier_of_every_key_and_protection_is_made_and_every_judge_accepts_it(office, algorithm, protection) -> None:
    given = {
        "server-id": {}, "server-id-and-password": {"activation_password": ACTIVATION},
        "locking-id": {"locking_id": locking(office)},
    }[protection]  # fmt: skip
    made = builders.certifier(office, protection=protection, key_algorithm=algorithm, **given)
    found = certificate(office)
    everyone_verifies(found, found)
    assert made.fingerprint == found.fingerprint(hashes.SHA256()).hex()
    assert (made.name, made.protection) == (CA_NAME, protection)
    record = builders.record(office)
    assert (record.active.protection, record.active.key_algorithm, record.published_at) == (protection, algorithm, None)
    assert record.active.locking_id == ("CN=Rob Ra/O=MyCompany/C=US" if protection == "locking-id" else "")
    assert builders.actions(office)[-1] == ("certifier registered", CA_NAME)


def test_the_defaults_are_the_fact_sheets(office) -> None:
    request = CertifierRequest(DistinguishedName(common_name="MyCompany CA", organization="My Company", country="US"), "server-id")
    made = registering.register(office.domain, office.ann, request)
    assert made.icl_file == r"icl\icl_My_Company.nsf"
    assert made.name == "CN=MyCompany CA/O=My Company/C=US"
    configuration = builders.verified(office, made.name).configuration
    assert (configuration.caas, configuration.ras) == ((office.ann.name,), (office.ann.name,))
    assert (configuration.server, configuration.enabled, configuration.version) == (office.server.name, True, 1)
    assert (configuration.crl_days, configuration.crl_interval_days, configuration.hash_name) == (30, 7, "")
    assert configuration.settings == CertificateSettings()
    found = certificate(office, made.name)
    assert (found.not_valid_after_utc - found.not_valid_before_utc) == timedelta(days=3652) - timedelta(seconds=1)
    assert found.not_valid_before_utc == NOW - timedelta(minutes=5)
    assert builders.record(office, made.name).active.key_algorithm == "ec-p256"


@pytest.mark.parametrize(
    ("name", "icl_file"),
    [
        (DistinguishedName(common_name="My CA"), r"icl\icl_My_CA.nsf"),
        (DistinguishedName(common_name="My CA", organization="Acme & Sons/UK"), r"icl\icl_Acme___Sons_UK.nsf"),
        (DistinguishedName(common_name="..", organization=".."), r"icl\icl___.nsf"),
    ],
)
def test_the_icl_is_named_after_the_organisation_or_the_common_name(name: DistinguishedName, icl_file: str) -> None:
    assert default_icl_file(name) == icl_file


def test_further_administrators_have_only_the_roles_they_were_given(office) -> None:
    builders.certifier(office, caas=("Rob Ra", "CN=Ann Admin/O=MyCompany/C=US"), ras=())
    configuration = builders.verified(office).configuration
    assert configuration.caas == (office.ann.name, office.rob.name)
    assert configuration.ras == (office.ann.name,)
    builders.certifier(office, "Second CA", ras=("Rob Ra/MyCompany/US", "Rob Ra"))
    configuration = builders.verified(office, "Second CA").configuration
    assert (configuration.caas, configuration.ras) == ((office.ann.name,), (office.ann.name, office.rob.name))


def test_success_tells_what_to_do_next(office) -> None:
    steps = {}
    for protection in Protection:
        given = {"activation_password": ACTIVATION} if protection == "server-id-and-password" else {}
        given |= {"locking_id": locking(office)} if protection == "locking-id" else {}
        steps[protection] = builders.certifier(office, f"CA {protection}", protection, **given).next_step
    assert all("load ca" in step for step in steps.values())
    assert "tell ca activate" in steps["server-id-and-password"]
    assert "tell ca unlock" in steps["locking-id"]
    assert "activate" not in steps["server-id"]


def test_a_bare_common_name_and_a_missing_backup_are_warned_about(office, tmp_path: Path) -> None:
    bare = CertifierRequest(DistinguishedName(common_name="My CA"), "server-id")
    assert len(registering.register(office.domain, office.ann, bare).warnings) == 2
    backup = {"backup_file": tmp_path / "ca.bak", "backup_password": "backup pass"}
    assert builders.certifier(office, **backup).warnings == (
        "This version cannot restore a certifier from the local copy of its ID. Back up the data folder as well.",
    )


def refused(office, problem: str, kind: type[Error] = Refused, **fields) -> None:
    before = sql(office, "SELECT count(*) AS n FROM certifiers")[0]["n"]
    audited = len(builders.actions(office))
    with pytest.raises(kind, match=problem) as refusal:
        builders.certifier(office, fields.pop("common_name", "New CA"), fields.pop("protection", "server-id"), **fields)
    assert "\n" not in str(refusal.value)
    assert sql(office, "SELECT count(*) AS n FROM certifiers")[0]["n"] == before
    assert len(builders.actions(office)) == audited


REFUSED = [
    ("Common Name is required.", {"name": DistinguishedName(organization="MyCompany")}),
    ("Common Name is too long", {"common_name": "x" * 65}),
    ("control character", {"common_name": "a\x00b"}),
    ("Country Code must be two letters, such as US;", {"name": DistinguishedName(common_name="CA", country="us")}),
    ("Country Code must be two letters, such as US;", {"name": DistinguishedName(common_name="CA", country="USA")}),
    ("1 to 50 years, not 0", {"years": 0}),
    ("1 to 50 years, not 51", {"years": 51}),
    ("Time between CRLs must be shorter than the CRL duration", {"crl_days": 7}),
    ("Time between CRLs must be shorter", {"crl_interval_days": 0}),
    ("CRL duration must be at least two days", {"crl_days": 1}),
    ("CRL duration can be at most 36525 days", {"crl_days": 36526}),
    ("not a way to encrypt the certifier ID", {"protection": "nothing"}),
    ("A password is required for activating", {"protection": "server-id-and-password"}),
    ("must have 8 to 1024", {"protection": "server-id-and-password", "activation_password": "short"}),
    ("An activation password can be used only with 'Require password to activate certifier'.", {"activation_password": ACTIVATION}),
    ("Choose the person whose ID locks", {"protection": "locking-id"}),
    ("rsa-1024 is not a supported key algorithm", {"key_algorithm": "rsa-1024"}),
    ("md5 is not a supported hash", {"hash_name": "md5"}),
    ("ML-DSA has its own hash.", {"key_algorithm": "ml-dsa-44", "hash_name": "sha256"}),
    ("Minimum duration", {"settings": CertificateSettings(minimum_days=900)}),
    ("is not a valid ICL database name.", {"icl_file": "icl.txt"}),
    ("is not a valid ICL database name.", {"icl_file": "..\\x.nsf"}),
    ("is not a valid ICL database name.", {"icl_file": "a\nb.nsf"}),
    ("is not a valid ICL database name.", {"icl_file": "x" * 126 + ".nsf"}),
    ("A password is required for the backup", {"backup_file": Path("/tmp/never-written.bak")}),
]


@pytest.mark.parametrize(("problem", "fields"), REFUSED, ids=[problem for problem, _ in REFUSED])
def test_a_field_that_breaks_its_rule_is_refused(office, problem: str, fields: dict) -> None:
    refused(office, problem, **fields)


def test_people_and_servers_must_be_in_the_directory(office) -> None:
    refused(office, "is not in the Domino Directory", NotFound, ras=("Eve Ra",))
    refused(office, "is not in the Domino Directory", NotFound, caas=("Eve Ra",))
    refused(office, "The person Server1", NotFound, ras=("Server1",))
    refused(office, "The server Server9/MyCompany/US is not in the Domino Directory", NotFound, server="Server9")
    refused(office, "The only allowed characters", ras=("Eve+Ra",))


def test_only_a_person_registers_and_only_a_persons_id_locks(office) -> None:
    refused(office, "Only a person can register a certifier, and becomes its CA administrator \\(CAA\\)", creator=office.certifier)
    refused(office, "Only a person can register a certifier, and becomes its CA administrator \\(CAA\\)", creator=office.server)
    server_id = id_files.describe(office.root / "server.id")
    refused(office, "A locking ID can be used only with 'Encrypt ID with Locking ID'.", locking_id=locking(office))
    refused(office, "Choose the person whose ID locks", protection="locking-id", locking_id=server_id)


def test_a_second_certifier_of_the_same_name_or_icl_is_refused(office) -> None:
    builders.certifier(office)
    for same in ("mycompany ca", "MyCompany  CA", "MyCompany\u00a0CA", "\uff2dyCompany CA"):
        refused(office, "A certifier named CN=MyCompany CA/O=MyCompany already exists", common_name=same, icl_file="")
    refused(office, "belongs to CN=MyCompany CA", icl_file="ICL\\mycompany_ca.nsf")


def test_further_certifiers_get_the_next_free_icl_unless_one_is_named(office) -> None:
    def made(name: DistinguishedName) -> str:
        return registering.register(office.domain, office.ann, CertifierRequest(name, "server-id")).icl_file

    assert made(DistinguishedName(common_name="First CA", organization="MyCompany")) == r"icl\icl_MyCompany.nsf"
    assert made(DistinguishedName(common_name="Sales CA", organization="MyCompany")) == r"icl\icl_Sales_CA.nsf"
    assert made(DistinguishedName(common_name="Sales CA", organization="MyCompany", country="US")) == r"icl\icl_Sales_CA_2.nsf"
    assert made(DistinguishedName(common_name="sales ca", organization="MYCOMPANY", country="DE")) == r"icl\icl_sales_ca_3.nsf"
    assert made(DistinguishedName(common_name="Other CA")) == r"icl\icl_Other_CA.nsf"


def test_a_key_is_never_sealed_to_a_certificate_that_was_put_into_the_directory(office) -> None:
    chain = sql(office, "SELECT chain FROM directory WHERE name = ?", office.rob.name)[0]["chain"]
    sql(office, "UPDATE directory SET chain = ? WHERE kind = 'server'", chain)
    refused(office, "is not the one that was signed", Tampered)
    builders.signed(office, "UPDATE directory SET chain = ? WHERE kind = 'server'", chain)
    refused(office, "The certificate of CN=Server1/O=MyCompany/C=US belongs to CN=Rob Ra", Tampered)
    other = json.dumps([json.loads(chain)[0]])
    builders.signed(office, "UPDATE directory SET chain = ? WHERE kind = 'server'", other)
    refused(office, "not certified by the organization's certifier", Tampered)


def test_a_locking_id_of_another_organisation_is_refused(office, tmp_path: Path) -> None:
    from tests.services.identities.test_identifying import home_made_id, stranger_id

    for path in (stranger_id(tmp_path / "a.id"), home_made_id(office, tmp_path / "b.id")):
        locking_id = id_files.describe(path)
        refused(office, "not certified by the organization's certifier", Tampered, protection="locking-id", locking_id=locking_id)


class Impatient(Progress):
    def step(self, text: str) -> None:
        if "certificate" in text:
            raise Cancelled


def test_a_cancelled_registration_made_nothing(office) -> None:
    request = CertifierRequest(DistinguishedName(common_name="New CA"), "server-id")
    with pytest.raises(Cancelled):
        registering.register(office.domain, office.ann, request, Impatient())
    assert sql(office, "SELECT * FROM certifiers") == builders.journal(office) == []


def test_the_backup_copy_opens_as_documented_and_fits_the_certificate(office, tmp_path: Path) -> None:
    path = tmp_path / "ca.bak"
    builders.certifier(office, backup_file=path, backup_password="backup pass")
    assert path.stat().st_mode & 0o777 == 0o600
    found = id_reader.parts(path.read_bytes())
    assert (found.kind, found.public.decode()) == (b"BK", CA_NAME)
    fields = id_reader.fields(id_reader.content(path.read_bytes(), "backup pass"))
    assert bytes.fromhex(fields["certificate"]) == builders.record(office).active.certificate
    key = load_der_private_key(bytes.fromhex(fields["key"]), None)
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    assert key.public_key().public_bytes(*form) == certificate(office).public_key().public_bytes(*form)


def test_a_backup_that_cannot_be_written_stops_the_registration(office, tmp_path: Path) -> None:
    taken = tmp_path / "taken.bak"
    taken.write_text("somebody's")
    refused(office, "taken.bak already exists", Error, backup_file=taken, backup_password="backup pass")
    assert taken.read_text() == "somebody's"
    refused(office, "does not exist", Error, backup_file=tmp_path / "no" / "x.bak", backup_password="backup pass")


def test_a_certifier_that_cannot_be_entered_leaves_no_backup(office, tmp_path: Path, monkeypatch) -> None:
    path = tmp_path / "ca.bak"
    builders.plant(monkeypatch, office.domain.store, "CREATE TRIGGER no BEFORE INSERT ON certifiers BEGIN SELECT raise(ABORT, 'no'); END")
    with pytest.raises(Exception, match="no"):
        builders.certifier(office, backup_file=path, backup_password="backup pass")
    assert not path.exists()
    assert sql(office, "SELECT * FROM certifiers") == []


def test_a_malformed_certificate_leaves_no_certifier(office, monkeypatch) -> None:
    monkeypatch.setattr(lint, "problems", lambda *_given: ["the moon is full"])
    refused(office, "The certificate would be malformed: the moon is full")
    assert [(row["state"], row["tbs"]) for row in builders.journal(office)] == [("void", None)]
    assert sql(office, "SELECT * FROM certifiers") == []


def test_a_full_disk_leaves_no_certifier(office) -> None:
    with limited_file_size(1000), pytest.raises(Error, match="the disk is full"):
        builders.certifier(office)
    assert sql(office, "SELECT * FROM certifiers") == []
    builders.certifier(office)


def test_a_certifier_is_found_by_its_whole_name_or_its_common_name(office) -> None:
    with pytest.raises(NotFound) as refusal, office.domain.store.snapshot() as db:
        configuring.find(db, "MyCompany CA")
    assert str(refusal.value) == "No CA enabled certifiers could be found in the directory."
    builders.certifier(office)
    same = DistinguishedName(common_name="MyCompany CA", organization="Other")
    registering.register(office.domain, office.ann, CertifierRequest(same, "server-id"))
    with office.domain.store.snapshot() as db:
        for text in ("CN=MyCompany CA/O=MyCompany", " cn=mycompany ca/o=mycompany ", "ca:CN=MyCompany CA/O=MyCompany"):
            assert configuring.find(db, text).name == CA_NAME
        with pytest.raises(NotFound, match="More than one certifier is called"):
            configuring.find(db, "MyCompany CA")
        with pytest.raises(NotFound, match="No certifier is called 'Other CA'") as refusal:
            configuring.find(db, "Other CA")
        assert CA_NAME in refusal.value.hint


def test_a_name_that_differs_in_its_case_hides_no_certifier(office) -> None:
    """The program registers no such certifier, but a member's own program can, and certifiers are never removed."""
    builders.certifier(office)
    builders.certifier(office, "Rob CA", creator=office.rob)
    builders.sql(office, "UPDATE certifiers SET name = ? WHERE id = 2", builders.CA_NAME.upper())
    with office.domain.store.snapshot() as db:
        assert configuring.find(db, builders.CA_NAME).id == 1
        assert configuring.find(db, builders.CA_NAME.upper()).id == 2
        with pytest.raises(NotFound, match="More than one"):
            configuring.find(db, builders.CA)


def test_a_certifier_that_cannot_be_read_stops_no_other(office) -> None:
    """Its CAA, who may be any member, can enter that: the log commits it, and no backup mends it."""
    builders.certifier(office)
    builders.certifier(office, "Rob CA", creator=office.rob)
    with builders.act(office, office.rob, AuditAction.CERTIFIER_MODIFIED) as db:
        db.execute("UPDATE certifiers SET created_at = 'never' WHERE id = 2")
    assert builders.verified(office).record.name == CA_NAME
    assert builders.certifier(office, "Third CA").certifier_id == 3
    with pytest.raises(Damaged, match="Certifier 2: created_at"):
        builders.verified(office, "Rob CA")


@pytest.mark.parametrize("table", ["founding_statements", "configurations", "revocation_states", "crl_floors", "generations"])
def test_a_row_that_somebody_has_added_for_the_next_certifier_is_named(office, table: str) -> None:
    """One number further, the program would have met it with a traceback, or the new certifier been of no use."""
    builders.certifier(office)
    rows = {
        "founding_statements": "x'00', x'00'", "configurations": "1, x'00'", "revocation_states": "x'00'", "crl_floors": "9",
        "generations": "2, 'server-id', '', 'ec-p256', x'00', x'00', '2026-11-23T17:00:00Z', '2026-11-23T17:00:00Z', 0",
    }
    builders.sql(office, f"INSERT INTO {table} VALUES (2, {rows[table]})")
    with pytest.raises(Tampered, match=rf"\({table} 2.*\) is not the one that was signed"):
        builders.certifier(office, "Other CA")
    builders.sql(office, f"DELETE FROM {table} WHERE certifier_id = 2")
    builders.certifier(office, "Other CA")
