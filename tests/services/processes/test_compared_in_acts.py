"""Rows that only decide along with others: an act that goes by one that nobody signed is refused."""

from __future__ import annotations

import pytest

from dominoadmin.errors import Tampered
from dominoadmin.services.certifiers import generations
from dominoadmin.services.certifiers.generations import GenerationOrder
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.cross_certificates import certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import renewing
from dominoadmin.services.revocation import publishing
from dominoadmin.services.revocation.crl_issuing import CrlAuthority
from dominoadmin.store import id_files
from tests import builders, specimens
from tests.builders import sql
from tests.services.revocation import scene

TOLD = r"A row of the store \(.*\) is not the one that was signed"
BASE = "http://pki.example.com/pki"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE certifiers SET name = 'CN=Other CA/O=MyCompany' WHERE id = 1",
        "UPDATE certifiers SET name = 'CN=Other CA/O=MyCompany', created_at = 'never' WHERE id = 1",
    ],
)
def test_no_certifier_gets_the_name_of_one_whose_row_was_altered(office, statement: str) -> None:
    builders.certifier(office)
    builders.certifier(office, "Second CA")
    sql(office, statement)
    with pytest.raises(Tampered, match=TOLD):
        builders.certifier(office)


@pytest.mark.parametrize("statement", ["UPDATE databases SET certifier_id = 2", "DELETE FROM databases"])
def test_no_certifier_gets_a_second_database_because_the_first_was_altered(office, statement: str) -> None:
    builders.ready(office)
    builders.certifier(office, "Other CA")
    sql(office, statement)
    with pytest.raises(Tampered, match=TOLD):
        builders.database(office)


BOOKS = {
    "a copy": "INSERT INTO cross_certificates SELECT 2, 'directory', subject, issuer, serial_hex, subject_key, not_after, der, created_at FROM cross_certificates",
    "another book": "UPDATE cross_certificates SET book = 'directory'",
}


@pytest.mark.parametrize("what", BOOKS)
def test_no_authority_counts_as_trusted_by_a_row_that_nobody_signed(office, what: str) -> None:
    """Ann has cross-certified it into her Personal Address Book only."""
    builders.certifier(office)
    other = specimens.pem(specimens.root())

    def ask(**fields) -> int:
        return certifying.submit_to_ca(office.domain, office.actor(), builders.CA, CrossRequest(other, **fields)).request.id

    builders.approve(office.domain, office.ann, [ask()])
    builders.load_ca(office)
    sql(office, BOOKS[what])
    number = ask(book="directory")
    (outcome,) = builders.approve(office.domain, office.ann, [number])
    assert not outcome.problem
    if what == "a copy":  # the number of a row that was put in is not free
        sql(office, "DELETE FROM cross_certificates WHERE id = 2")
    builders.load_ca(office)
    assert builders.state(office, number) == "Issued"


def test_no_authority_is_promised_trust_by_a_request_that_nobody_approved(office) -> None:
    builders.certifier(office)
    numbers = []
    for book in ("personal", "directory"):
        request = CrossRequest(specimens.pem(specimens.root()), book=book)
        numbers.append(certifying.submit_to_ca(office.domain, office.actor(), builders.CA, request).request.id)
    sql(office, "UPDATE admin_requests SET state = 'Approved', fields = (SELECT fields FROM admin_requests WHERE request_id = ?) WHERE request_id = ?", numbers[1], numbers[0])
    (outcome,) = builders.approve(office.domain, office.ann, [numbers[1]])
    assert not outcome.problem


@pytest.mark.parametrize("statement", ["UPDATE certifiers SET locking_id = ''", "DELETE FROM certifiers"])
def test_no_id_is_renewed_that_opens_a_certifier_by_an_altered_row(office, statement: str) -> None:
    holder = id_files.describe(office.root / "rob-ra.id")
    builders.certifier(office, protection="locking-id", locking_id=holder)
    sql(office, statement)
    with pytest.raises(Tampered, match=TOLD):
        renewing.renew(office.domain, office.certifier, "Rob Ra", "another password 4")
    assert not list(office.root.glob("rob-ra-2.id"))
    assert renewing.revoke(office.domain, office.certifier, "Rob Ra").reason == "unspecified", "that waits for no row"


def begun(office) -> None:
    known = builders.verified(office)
    order = GenerationOrder(ProtectionOrder(known.record.id, known.configuration.version, "server-id"))
    generations.begin(office.domain, office.ann, order)


@pytest.mark.parametrize("change", ["not_after = '2099-01-01T00:00:00Z'", "not_after = 'never'", "part = 77"])
def test_no_key_begins_after_what_nobody_has_issued(office, change: str) -> None:
    scene.authority(office, base=BASE, partition_size=1000).issue("one.example.com")
    sql(office, f"UPDATE issued SET {change} WHERE request_id IS NOT NULL")
    with pytest.raises(Tampered, match=TOLD):
        begun(office)


def test_a_new_key_knows_what_the_one_before_has_issued(office) -> None:
    stage = scene.authority(office, base=BASE, partition_size=1000)
    (leaf,) = stage.issue("one.example.com")
    begun(office)
    *_first, newest = builders.record(office).generations
    assert (newest.before_until, newest.before_part) == (leaf.not_valid_after_utc, 1)


def test_a_list_goes_by_no_altered_list_of_another_key(office) -> None:
    """It would leave out what has expired since, before the other key has told of it."""
    stage = scene.authority(office, base=BASE)
    begun(office)
    stage.run()
    sql(office, "UPDATE crls SET this_update = '2099-01-01T00:00:00Z' WHERE generation = 1")
    known, vault = builders.verified(office), KeyVault()
    vault.open(known, office.server)
    CrlAuthority(office.domain, Actor.of(office.server), vault, known).issue("non-regular")
    assert not sql(office, "SELECT * FROM crls WHERE this_update > '2090'")
    stage.run()
    assert sql(office, "SELECT * FROM crls WHERE generation = 1"), "they are made again"


def test_no_list_is_pushed_for_a_certifier_whose_row_was_altered(office) -> None:
    stage = scene.authority(office, base=BASE)
    begun(office)
    stage.run()
    sql(office, "DELETE FROM generations")
    with pytest.raises(Tampered):
        publishing.push(office.domain, Actor.of(office.server), 1)


def test_who_may_run_programs_already_needs_no_document(office) -> None:
    """It is compared where something is done by it; others can still be added."""
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Ann Admin", "Rob Ra")))
    sql(office, "UPDATE directory SET fields = '{}' WHERE name LIKE 'CN=Rob%'")
    found = server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Rob Ra",)))
    assert found.run_unrestricted == (office.rob.name,)
    server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Ann Admin",)))
    with pytest.raises(Tampered, match=TOLD):
        server_documents.change(office.domain, office.actor(), "", ServerChange(run_unrestricted=("Rob Ra",)))
