"""People and their IDs: opening, registration, and refusal of IDs from other domains."""

from __future__ import annotations

import base64
import json
import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from dominoadmin.errors import Error, NotFound, Refused, WrongPassword
from dominoadmin.pki import identities
from dominoadmin.pki.seals import SealingKey
from dominoadmin.services.audit import verifying
from dominoadmin.services.identities import clock, identifying
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.store import id_files
from tests import builders, ids
from tests.conftest import ADMIN_PASSWORD, NOW, ROB_PASSWORD
from tests.outside import id_reader

PASSWORD = "a new password"


def test_an_id_opens_with_its_password(office) -> None:
    opened = identifying.open_id(office.domain, office.root / "rob-ra.id", ROB_PASSWORD)
    assert (opened.kind, opened.name) == ("person", "CN=Rob Ra/O=MyCompany/C=US")
    with pytest.raises(WrongPassword):
        identifying.open_id(office.domain, office.root / "rob-ra.id", ADMIN_PASSWORD)
    with pytest.raises(NotFound):
        identifying.open_id(office.domain, office.root / "nobody.id", ADMIN_PASSWORD)


def stranger_id(path: Path) -> Path:
    """Write an ID of another organization that has the same name."""
    other = ids.organization("O=MyCompany/C=US", 2**150 + 7, NOW)
    person = ids.certify(other, "person", "CN=Ann Admin/O=MyCompany/C=US", 2**150 + 8, NOW)
    id_files.save(path, person, PASSWORD)
    return path


def test_an_id_of_another_organisation_is_refused(office, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="belongs to another organization's domain"):
        identifying.open_id(office.domain, stranger_id(tmp_path / "x.id"), PASSWORD)


def home_made_id(office, path: Path) -> Path:
    """Write an ID with Ann's name that nobody certified, and the real certifier's certificate behind it."""
    key, sealing_key = ec.generate_private_key(ec.SECP256R1()), SealingKey.generate()
    ann = office.ann.certificate
    builder = x509.CertificateBuilder(ann.issuer, ann.subject, key.public_key(), 77, ann.not_valid_before_utc, ann.not_valid_after_utc)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    value = b"\x04\x82\x04\xc0" + sealing_key.public
    builder = builder.add_extension(x509.UnrecognizedExtension(identities.SEALING_KEY_OID, value), critical=False)
    certificate = builder.sign(key, hashes.SHA256())
    id_files.save(path, identities.Identity("person", office.ann.name, key, sealing_key, (certificate, office.ann.anchor)), PASSWORD)
    return path


def test_a_home_made_id_with_the_administrators_name_is_refused(office, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="not certified by the organization's certifier") as refusal:
        identifying.open_id(office.domain, home_made_id(office, tmp_path / "x.id"), PASSWORD)
    assert refusal.value.hint == "Choose an ID of this domain."


def test_an_id_relabelled_as_the_certifier_is_refused(office, tmp_path: Path) -> None:
    data = (office.root / "rob-ra.id").read_bytes()
    private = id_reader.content(data, ROB_PASSWORD)
    chain = [base64.b64encode(office.rob.chain_der[0]).decode()]
    public = json.dumps({"kind": "certifier", "chain": chain}).encode()
    path = tmp_path / "x.id"
    path.write_bytes(id_reader.container(b"ID", public, private, PASSWORD))
    with pytest.raises(Refused, match="another organization's domain"):
        identifying.open_id(office.domain, path, PASSWORD)


def test_an_expired_id_is_refused(office) -> None:
    office.clock.advance(days=3660)
    with pytest.raises(Refused, match="expired on 20") as refusal:
        identifying.open_id(office.domain, office.root / "rob-ra.id", ROB_PASSWORD)
    assert f"it is {office.clock():%Y-%m-%d}" in str(refusal.value)
    assert refusal.value.hint == "Check the clock of this computer; if it is right, renew the ID."


def test_an_id_that_is_not_valid_yet_names_the_clock_and_the_date(office) -> None:
    office.clock.advance(days=-4000)
    with pytest.raises(Refused, match="is not valid before") as refusal:
        identifying.open_id(office.domain, office.root / "rob-ra.id", ROB_PASSWORD)
    assert f"it is {office.clock():%Y-%m-%d}" in str(refusal.value)
    assert refusal.value.hint == "Check the clock of this computer."


def test_a_clock_before_the_newest_entry_is_named_with_both_times(office) -> None:
    assert clock.problem(office.domain) == ""
    newest = office.clock()
    office.clock.advance(minutes=-4)
    assert clock.problem(office.domain) == ""
    office.clock.advance(days=-30)
    said = clock.problem(office.domain)
    for moment in (newest, office.clock()):
        assert f"{moment.astimezone():%Y-%m-%d %H:%M}" in said


def test_a_person_is_registered_with_an_id_and_a_document(office) -> None:
    request = PersonRequest("Eve Ra", PASSWORD, "Eve@Example.COM")
    path = identifying.register_person(office.domain, office.certifier, request)
    assert path == office.root / "eve-ra.id"
    assert path.stat().st_mode & 0o777 == 0o600
    (entry,) = [entry for entry in identifying.people(office.domain) if "Eve" in entry.name]
    assert (entry.name, entry.fields) == (
        "CN=Eve Ra/O=MyCompany/C=US", {"id_file": "eve-ra.id", "mail_address": "Eve@example.com"},
    )  # fmt: skip
    assert identifying.open_id(office.domain, path, PASSWORD).name == entry.name
    assert builders.actions(office)[-1] == ("person registered", "CN=Eve Ra/O=MyCompany/C=US")
    # The certifier has signed the head of the audit log, which counts like a person's signature.
    assert verifying.verify(office.domain, office.actor()).signer == "O=MyCompany/C=US"


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (PersonRequest("", PASSWORD), "is required"),
        (PersonRequest("Eve+Ra", PASSWORD), "The only allowed characters"),
        (PersonRequest("Eve Ra/Other", PASSWORD), "is not in the organization of the certifier"),
        (PersonRequest("Rob Ra", PASSWORD), "is already in the Domino Directory."),
        (PersonRequest("rob ra", PASSWORD), "Rob Ra/MyCompany/US is already in the Domino Directory."),
        (PersonRequest("Rob  Ra", PASSWORD), "Rob Ra/MyCompany/US is already in the Domino Directory."),
        (PersonRequest("\uff32ob Ra", PASSWORD), "Rob Ra/MyCompany/US is already in the Domino Directory."),
        (PersonRequest("Server", PASSWORD), "server.id already exists"),
        (PersonRequest("Eve Ra", ""), "A password is required"),
        (PersonRequest("Eve Ra", "x" * 1025), "8 to 1024"),
        (PersonRequest("Eve Ra", PASSWORD, "no-address"), "is not an e-mail address"),
        (PersonRequest("Eve Ra", PASSWORD, "a@b.example\nBcc: c@d.example"), "e-mail address"),
    ],
)
def test_a_person_that_cannot_be_is_refused_and_nothing_is_made(office, request_: PersonRequest, problem: str) -> None:
    before = sorted(office.root.glob("*.id"))
    with pytest.raises(Error, match=problem):
        identifying.register_person(office.domain, office.certifier, request_)
    assert sorted(office.root.glob("*.id")) == before
    assert len(identifying.people(office.domain)) == 2


@pytest.mark.parametrize("who", ["ann", "server"])
def test_only_the_certifiers_id_registers_people_in_dominos_words(office, who: str) -> None:
    with pytest.raises(Refused) as refusal:
        identifying.register_person(office.domain, getattr(office, who), PersonRequest("Eve Ra", PASSWORD))
    assert str(refusal.value) == "The ID file is not a Certifier ID file and cannot be used to issue certificates."


def test_a_person_who_cannot_be_entered_leaves_no_id_file(office, monkeypatch) -> None:
    builders.plant(monkeypatch, office.domain.store, "CREATE TRIGGER no BEFORE INSERT ON directory BEGIN SELECT raise(ABORT, 'no'); END")
    with pytest.raises(Exception, match="no"):
        identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    assert not (office.root / "eve-ra.id").exists()


@pytest.mark.parametrize(
    ("noted", "note"),
    [(identifying.last_used_id, identifying.note_used_id), (identifying.default_id, identifying.make_default)],
    ids=["the window's last", "the command line's default"],
)
def test_an_id_is_remembered_by_name_or_by_path(office, tmp_path: Path, noted, note) -> None:
    assert noted(office.domain) == office.root / "ann-admin.id"
    note(office.domain, office.root / "rob-ra.id")
    note(office.domain, office.root / "rob-ra.id")
    assert noted(office.domain) == office.root / "rob-ra.id"
    elsewhere = tmp_path / "elsewhere.id"
    shutil.copy(office.root / "rob-ra.id", elsewhere)
    note(office.domain, elsewhere)
    assert noted(office.domain) == elsewhere
    elsewhere.unlink()
    with pytest.raises(NotFound, match="no longer exists") as refusal:
        noted(office.domain)
    assert "--id" in refusal.value.hint


def test_the_windows_last_id_and_the_command_lines_default_are_kept_apart(office) -> None:
    rob = office.root / "rob-ra.id"
    identifying.note_used_id(office.domain, rob)
    assert identifying.default_id(office.domain) == office.root / "ann-admin.id"
    assert identifying.last_used_id(office.domain) == rob
    identifying.make_default(office.domain, rob)
    identifying.note_used_id(office.domain, office.root / "ann-admin.id")
    assert identifying.default_id(office.domain) == rob


def test_an_ids_certificate_follows_the_clock_it_is_given(office) -> None:
    office.clock.advance(days=30)
    path = identifying.register_person(office.domain, office.certifier, PersonRequest("Eve Ra", PASSWORD))
    start = id_files.describe(path).chain[0].not_valid_before_utc
    assert start == NOW + timedelta(days=30) - timedelta(minutes=5)
