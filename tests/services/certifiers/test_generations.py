"""A certifier with several keys: the newest issues, those before sign lists and responders; chains lead to a root."""

from __future__ import annotations

import sqlite3
import subprocess
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import ocsp

from dominoadmin.errors import NotAllowed, Refused, Tampered
from dominoadmin.services.audit import checking, repairing, verifying
from dominoadmin.services.certifiers import configuring, generations
from dominoadmin.services.certifiers.generations import GenerationOrder
from dominoadmin.services.certifiers.key_vault import KeyOpening, KeyVault
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.domain import Actor
from dominoadmin.services.issuance import cycle
from dominoadmin.services.processes import deep_checks
from dominoadmin.services.requests import inspecting
from dominoadmin.services.requests.issuing import IssuingAuthority
from dominoadmin.services.revocation import lists, publishing
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.services.states import CertificateRole
from dominoadmin.store import certifiers
from dominoadmin.tasks.ca import CaTask
from tests import builders, specimens
from tests.builders import CA_NAME, sql
from tests.services.revocation import scene

BASE = "http://pki.example.com/pki"


def order(office, protection: str = "server-id", password: str = "", **fields) -> GenerationOrder:
    known = builders.verified(office)
    wanted = ProtectionOrder(known.record.id, known.configuration.version, protection, activation_password=password)
    return GenerationOrder(wanted, **fields)


def begun(office, **fields) -> configuring.Certifier:
    return generations.begin(office.domain, office.ann, order(office, **fields))


def linked(office, **fields) -> configuring.Certifier:
    return begun(office, opening=KeyOpening(office.server), **fields)


def key_of(certificate: x509.Certificate) -> bytes:
    return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def signed_by(issuer: x509.Certificate, *certificates: x509.Certificate) -> bool:
    for each in certificates:
        each.verify_directly_issued_by(issuer)
    return True


def openssl(tmp_path, root: bytes | x509.Certificate, leaf: x509.Certificate, chain=(), *options: str) -> str:
    """What `openssl verify` says about a certificate with only this root trusted and the chain that came with it."""
    trusted = root if isinstance(root, x509.Certificate) else x509.load_der_x509_certificate(root)
    (tmp_path / "root.pem").write_bytes(scene.pem(trusted))
    (tmp_path / "leaf.pem").write_bytes(scene.pem(leaf))
    (tmp_path / "chain.pem").write_bytes(scene.pem(*map(x509.load_der_x509_certificate, chain)))
    untrusted = ["-untrusted", tmp_path / "chain.pem"] if chain else []
    command = ["openssl", "verify", "-x509_strict", *options, "-CAfile", tmp_path / "root.pem", *untrusted, tmp_path / "leaf.pem"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else done.stderr


@pytest.fixture
def two(office):
    """A certifier that has issued one certificate by each of two keys; the CA process runs."""
    stage = scene.authority(office, base=BASE)
    stage.leaves = stage.issue("old.example.com")
    stage.roots = [stage.root]
    begun(office)
    stage.run()
    stage.roots.append(stage.root)
    stage.leaves += stage.issue("new.example.com")
    return stage


def test_a_new_key_issues_and_the_one_before_does_not(two) -> None:
    (old, new), (first, second) = two.leaves, two.roots
    assert key_of(first) != key_of(second)
    assert first.subject == second.subject
    assert signed_by(first, old)
    assert signed_by(second, new)
    points = [each.extensions.get_extension_for_class(x509.CRLDistributionPoints).value[0].full_name[0].value for each in (old, new)]
    assert len(set(points)) == 2
    known, vault = builders.verified(two.office), KeyVault()
    active, retired = known.generations
    assert (active.is_retired, retired.is_retired) == (False, True)
    with pytest.raises(Refused, match="is retired"):
        IssuingAuthority(two.office.domain, Actor.of(two.office.server), vault, retired)


def test_the_act_is_a_caas_and_in_the_log(two) -> None:
    office = two.office
    assert ("generation begun", CA_NAME) in builders.actions(office)
    with pytest.raises(NotAllowed):
        generations.begin(office.domain, office.rob, order(office))
    with pytest.raises(Refused):
        generations.begin(office.domain, office.ann, replace(order(office), years=0))
    stale = order(office)
    begun(office)
    with pytest.raises(Refused):
        generations.begin(office.domain, office.ann, stale)
    assert len(builders.record(office).generations) == 3
    verifying.verify(office.domain, office.actor())
    report = deep_checks.check(office.domain, office.actor(), deep=True)
    assert report == []


@pytest.mark.parametrize("algorithm", ["rsa-2048", "ec-p384", "ml-dsa-65"])
def test_a_new_key_may_be_of_another_kind(office, algorithm: str) -> None:
    stage = scene.authority(office, base=BASE)
    (old,) = stage.issue("old.example.com")
    first = stage.root
    linked(office, key_algorithm=algorithm)
    stage.run()
    (new,) = stage.issue("new.example.com")
    assert signed_by(stage.root, new)
    assert stage.revoke(old, new)
    for number, root in enumerate((first, stage.root), start=1):
        crl = list_of(office, number)
        assert crl.is_signature_valid(root.public_key())
        assert {each.serial_number for each in crl} == {old.serial_number, new.serial_number}


def list_of(office, generation: int) -> x509.CertificateRevocationList:
    with office.domain.store.snapshot() as db:
        (found,) = [each for each in lists.newest_lists(db, 1, generation) if not each.part and each.base_number is None]
    return x509.load_der_x509_crl(b"".join(lists.octets(office.domain, found)))


def served(office, certificate: x509.Certificate) -> x509.CertificateRevocationList:
    """The list at the address in a certificate."""
    (point,) = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    found = publishing.published(office.domain, office.actor(), point.full_name[0].value.rpartition("/")[2])
    return x509.load_der_x509_crl(b"".join(lists.octets(office.domain, found)))


def test_both_keys_sign_their_lists(two, tmp_path) -> None:
    (old, new), office = two.leaves, two.office
    two.revoke(old)
    for leaf, root, said in ((old, two.roots[0], "certificate revoked"), (new, two.roots[1], "OK")):
        crl = served(office, leaf)
        assert crl.is_signature_valid(root.public_key())
        (tmp_path / "crl.pem").write_bytes(crl.public_bytes(Encoding.PEM))
        at = str(int(office.clock().timestamp()) + 1)
        assert said in openssl(tmp_path, root, leaf, (), "-crl_check", "-CRLfile", str(tmp_path / "crl.pem"), "-attime", at)


def test_numbers_are_unique_over_all_keys(two) -> None:
    office = two.office
    for _day in range(3):
        office.clock.advance(days=7)
        two.run()
    rows = sql(office, "SELECT number, generation FROM crls")
    assert {row["generation"] for row in rows} == {1, 2}
    assert len({row["number"] for row in rows}) == len(rows)
    serials = sql(office, "SELECT issuer, serial_hex FROM serials WHERE issuer = (SELECT issuer FROM serials WHERE request_id = 1)")
    own = [each.serial_number for each in two.roots] + [each.serial_number for each in two.leaves]
    assert {f"{number:x}" for number in own} <= {row["serial_hex"] for row in serials}, "one journal for the name"


def answer(office, leaf: x509.Certificate, issuer: x509.Certificate) -> ocsp.OCSPResponse:
    asked = ocsp.OCSPRequestBuilder().add_certificate(leaf, issuer, hashes.SHA256()).build()
    return ocsp.load_der_ocsp_response(Responder(office.domain, office.server).answer(asked.public_bytes(Encoding.DER)).der)


def test_both_keys_have_their_responder(two) -> None:
    (old, new), office = two.leaves, two.office
    two.revoke(old)
    for leaf, root, status in ((old, two.roots[0], ocsp.OCSPCertStatus.REVOKED), (new, two.roots[1], ocsp.OCSPCertStatus.GOOD)):
        found = answer(office, leaf, root)
        assert found.certificate_status == status
        assert signed_by(root, *found.certificates)
    assert answer(office, new, two.roots[0]).certificate_status != ocsp.OCSPCertStatus.GOOD, "that key has not issued it"


def test_a_retired_key_signs_until_all_it_has_issued_has_expired(office) -> None:
    stage = scene.authority(office, base=BASE)
    (old,) = stage.issue("old.example.com")
    first = stage.root
    begun(office)
    stage.run()
    stage.revoke(old)
    office.clock.now = old.not_valid_after_utc - timedelta(days=1)
    stage.run()
    assert list_of(office, 1).next_update_utc > office.clock()
    assert answer(office, old, first).certificate_status == ocsp.OCSPCertStatus.REVOKED
    office.clock.now = old.not_valid_after_utc + timedelta(days=8)
    stage.run()
    last = list_of(office, 1)
    assert last.last_update_utc > old.not_valid_after_utc, "RFC 5280, 3.3: once more after it has expired"
    assert last.get_revoked_certificate_by_serial_number(old.serial_number)
    responder = sql(office, "SELECT certificate FROM responders")
    for _month in range(3):
        office.clock.advance(days=30)
        stage.run()
    assert list_of(office, 1) == last
    assert sql(office, "SELECT certificate FROM responders") == responder
    assert list_of(office, 2).last_update_utc > last.last_update_utc
    assert not list(list_of(office, 2))


def test_the_newer_key_has_partitions_of_its_own(office) -> None:
    stage = scene.authority(office, base=BASE, partition_size=1000)
    (old,) = stage.issue("old.example.com")
    begun(office)
    stage.run()
    (new,) = stage.issue("new.example.com")
    stage.revoke(old, new)
    for leaf, other, root in ((old, new, 0), (new, old, 1)):
        crl = served(office, leaf)
        assert crl.is_signature_valid(x509.load_der_x509_certificate(builders.record(office).generations[root].certificate).public_key())
        assert crl.get_revoked_certificate_by_serial_number(leaf.serial_number)
        assert not crl.get_revoked_certificate_by_serial_number(other.serial_number)
    newest = sql(office, "SELECT DISTINCT generation, part FROM crls WHERE number >= (SELECT max(number) FROM crls) - 1")
    assert {tuple(row) for row in newest} == {(1, 0), (1, 1), (2, 0), (2, 2)}


def test_the_chain_is_that_of_the_key_that_has_issued(two, tmp_path) -> None:
    office, known = two.office, builders.verified(two.office)
    for leaf, root in zip(two.leaves, two.roots, strict=True):
        issuer = known.signed(leaf)
        assert openssl(tmp_path, root, leaf, issuer.chain(office.clock())).endswith("OK\n")
    requests = [row["request_id"] for row in sql(office, "SELECT request_id FROM issued WHERE request_id > 0 ORDER BY id")]
    for number, leaf, root in zip(requests, two.leaves, two.roots, strict=True):
        chain = inspecting.certificate_chain(office.domain, office.actor(), inspecting.inspect(office.domain, office.actor(), number))
        assert chain == [each.public_bytes(Encoding.DER) for each in (leaf, root)]


def test_a_link_serves_those_who_trust_only_the_key_before(office, tmp_path) -> None:
    stage = scene.authority(office, base=BASE)
    first = stage.root
    linked(office, key_algorithm="rsa-2048")
    stage.run()
    (leaf,) = stage.issue("new.example.com")
    chain = builders.verified(office).signed(leaf).chain(office.clock())
    assert len(chain) == 2
    for root in (first, stage.root):
        assert openssl(tmp_path, root, leaf, chain).endswith("OK\n")
    assert "unable to get local issuer" in openssl(tmp_path, first, leaf) or "authority and subject key identifier mismatch" in openssl(tmp_path, first, leaf)
    office.clock.now = first.not_valid_after_utc + timedelta(days=1)
    assert builders.verified(office).chain(office.clock()) == (stage.root.public_bytes(Encoding.DER),), "the link has expired"


def points(certificate: x509.Certificate) -> list[str]:
    found = certificate.extensions.get_extension_for_class(x509.CRLDistributionPoints).value
    return [name.value for point in found for name in point.full_name]


@pytest.mark.judge
def test_a_link_names_the_list_of_the_key_that_signed_it_as_long_as_it_is_valid(office, tmp_path) -> None:
    stage = scene.authority(office, base=BASE)
    first, (before,) = stage.root, stage.issue("old.example.com")
    linked(office, key_algorithm="rsa-2048")
    stage.run()
    (leaf,) = stage.issue("new.example.com")
    chain = map(x509.load_der_x509_certificate, builders.verified(office).signed(leaf).chain(office.clock()))
    (link,) = [each for each in chain if key_of(each) == key_of(stage.root) and each != stage.root]
    assert points(link) == points(before) != points(leaf)
    for years in (0, 3):
        office.clock.advance(days=365 * years)
        stage.run()
        both = [list_of(office, 1), list_of(office, 2)]
        assert both[0].is_signature_valid(first.public_key()) and both[0].next_update_utc > office.clock()
        (tmp_path / "crls.pem").write_bytes(b"".join(each.public_bytes(Encoding.PEM) for each in both))
        at = f"{int(office.clock().timestamp())}"
        checking_lists = ("-crl_check", "-CRLfile", str(tmp_path / "crls.pem"), "-attime", at)
        assert openssl(tmp_path, first, link, (), *checking_lists).endswith("OK\n"), years


def parents(office, own: x509.Certificate, **fields) -> list[x509.Certificate]:
    """A certificate of the same key and name by another authority, and that one's."""
    key, now = ec.generate_private_key(ec.SECP256R1()), office.clock() - timedelta(hours=1)
    name = specimens.name("Parent CA")
    ca, usage = x509.BasicConstraints(ca=True, path_length=None), x509.KeyUsage(True, False, False, False, False, True, True, False, False)

    def made(subject, public):
        builder = x509.CertificateBuilder(name, subject, public, x509.random_serial_number(), now, now + timedelta(days=900))
        builder = builder.add_extension(ca, critical=True).add_extension(usage, critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        if public != key.public_key():
            builder = builder.add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        return builder.sign(key, hashes.SHA256())

    return [made(fields.get("subject", own.subject), fields.get("public") or own.public_key()), made(name, key.public_key())]


def der(certificates) -> list[bytes]:
    return [each.public_bytes(Encoding.DER) for each in certificates]


def test_a_parents_certificate_comes_before_all_others(office, tmp_path) -> None:
    stage = scene.authority(office, base=BASE)
    linked(office)
    stage.run()
    path = parents(office, stage.root)
    generations.certify(office.domain, office.ann, 1, CertificateRole.PARENT, der(path))
    stage.run()
    (leaf,) = stage.issue("new.example.com")
    chain = builders.verified(office).signed(leaf).chain(office.clock())
    assert list(chain) == der(path)
    assert openssl(tmp_path, path[-1], leaf, chain).endswith("OK\n")
    assert openssl(tmp_path, stage.root, leaf, chain).endswith("OK\n")
    assert publishing.published(office.domain, office.actor(), address(leaf)) == chain[0]
    assert not deep_checks.check(office.domain, office.actor(), deep=True)


def address(leaf: x509.Certificate) -> str:
    """The file name of the issuer's certificate, as a certificate names it."""
    access = leaf.extensions.get_extension_for_class(x509.AuthorityInformationAccess).value
    (found,) = (each.access_location.value for each in access if each.access_method == x509.AuthorityInformationAccessOID.CA_ISSUERS)
    return found.rpartition("/")[2]


def test_a_certificate_of_another_key_or_name_is_refused(office) -> None:
    builders.ready(office)
    own = builders.verified(office).issuer.certificate
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    for path in (parents(office, own, public=other), parents(office, own, subject=specimens.name("Other CA"))):
        with pytest.raises(Refused, match="not one of the certifier"):
            generations.certify(office.domain, office.ann, 1, CertificateRole.OUTSIDE, der(path))
    good, stranger = parents(office, own), parents(office, own)
    for path in ([good[0]], [good[0], stranger[1]]):
        with pytest.raises(Refused, match="do not form a path"):
            generations.certify(office.domain, office.ann, 1, CertificateRole.OUTSIDE, der(path))
    with pytest.raises(NotAllowed):
        generations.certify(office.domain, office.rob, 1, CertificateRole.OUTSIDE, der(good))


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE generations SET sealed_key = x'00'",
        "UPDATE generations SET protection = 'locking-id'",
        "UPDATE generations SET before_until = '2020-01-01T00:00:00Z'",
        "UPDATE generations SET certificate = (SELECT certificate FROM certifiers)",
        "DELETE FROM generations",
        "INSERT INTO generations SELECT certifier_id, 3, protection, locking_id, key_algorithm, certificate, sealed_key, created_at, before_until, before_part FROM generations",
        "DELETE FROM generation_certificates",
        "UPDATE generation_certificates SET path = '[]'",
        "INSERT INTO generation_certificates SELECT certifier_id, generation, 2, role, certificate, path, created_at FROM generation_certificates",
    ],
)
def test_a_row_of_a_key_that_was_altered_is_told(office, statement: str) -> None:
    builders.ready(office)
    linked(office)
    sql(office, statement)
    with pytest.raises(Tampered):
        builders.verified(office)
    assert checking.check(office.domain, office.actor())


def test_a_key_between_two_others_that_was_removed_is_told(office) -> None:
    builders.ready(office)
    begun(office)
    begun(office)
    sql(office, "DELETE FROM generations WHERE number = 2")
    with pytest.raises(Tampered, match="is not the one that was signed"):
        builders.verified(office)


HIDDEN = {
    "the last end was lowered": "UPDATE issued SET not_after = '2020-01-01T00:00:00Z' WHERE part = 2",
    "all ends were lowered": "UPDATE issued SET not_after = '2020-01-01T00:00:00Z' WHERE part > 0",
    "the last partition was removed": "DELETE FROM issued WHERE part = 2",
    "all entries were removed": "DELETE FROM issued WHERE part > 0",
    "a partition was lowered": "UPDATE issued SET part = 1 WHERE part = 2",
    "an entry belongs to another certifier": "UPDATE issued SET certifier_id = 7 WHERE part = 2",
    "an entry is that of no request": "UPDATE issued SET request_id = NULL WHERE part = 2",
    "an entry was added": (
        "INSERT INTO issued SELECT NULL, certifier_id, 'abc', NULL, kind, subject, names, requester, key_algorithm, not_before,"
        " '2020-01-01T00:00:00Z', fingerprint, key_fingerprint, der, issued_at, part, generation FROM issued WHERE part = 2"
    ),
}


@pytest.mark.parametrize("how", HIDDEN)
def test_a_key_begins_by_all_entries_of_the_issued_certificate_list(office, how: str) -> None:
    """The CAA would sign that the key before is needed no longer than the entries that are left, or its partition again."""
    stage = scene.authority(office, base=BASE, partition_size=10)
    stage.issue(*(f"www{number}.example.com" for number in range(11)))
    sql(office, HIDDEN[how])
    with pytest.raises(Tampered, match="issued 1 "):
        begun(office)
    assert not sql(office, "SELECT 1 FROM generations")


def test_a_key_with_a_password_of_its_own_waits_for_it(office) -> None:
    stage = scene.authority(office, base=BASE)
    stage.issue("old.example.com")
    begun(office, protection="server-id-and-password", password="activation 2")
    assert "requires its password" in builders.said(stage.run())
    office.clock.advance(days=8)
    stage.run()
    assert list_of(office, 1).next_update_utc > office.clock() + timedelta(days=20), "the key before is open"
    (waiting,) = sql(office, "SELECT max(generation) AS newest FROM crls")
    assert waiting["newest"] == 1
    assert "is active" in builders.said(list(stage.ca.tell("activate 1 activation 2")))
    (leaf,) = stage.issue("new.example.com")
    assert signed_by(stage.root, leaf)
    with office.domain.store.snapshot() as db:
        assert [each.protection for each in certifiers.get(db, 1).generations] == ["server-id", "server-id-and-password"]


def test_an_approval_from_before_is_carried_out_by_the_new_key(office) -> None:
    stage = scene.authority(office, base=BASE)
    number = builders.approved(office, "waiting.example.com")
    begun(office)
    stage.run()
    (row,) = sql(office, "SELECT der FROM issued WHERE request_id = ?", number)
    assert signed_by(stage.root, x509.load_der_x509_certificate(row["der"]))


def test_a_ca_process_that_starts_later_opens_both_keys(two) -> None:
    office = two.office
    two.ca.stop()
    fresh = CaTask(office.domain, office.server, builders.no_password)
    list(fresh.start())
    two.ca = fresh
    office.clock.advance(days=8)
    two.run()
    for generation in (1, 2):
        assert list_of(office, generation).next_update_utc > office.clock() + timedelta(days=20)


@pytest.mark.parametrize("statement", ["UPDATE crls SET generation = 9", "UPDATE generations SET number = 9", "UPDATE issued SET generation = 9"])
def test_a_number_of_no_key_is_told_without_a_traceback(two, statement: str) -> None:
    office = two.office
    sql(office, statement)
    for leaf, root in zip(two.leaves, two.roots, strict=True):
        found = answer(office, leaf, root)
        is_certified = found.response_status == ocsp.OCSPResponseStatus.SUCCESSFUL
        assert not is_certified or found.certificate_status == ocsp.OCSPCertStatus.GOOD
    told = checking.check(office.domain, office.actor()) + deep_checks.check(office.domain, office.actor(), deep=True)
    assert told or "issued" in statement
    list(two.ca.run_due())


def test_a_retired_key_with_another_password_is_opened_by_it(office) -> None:
    builders.ready(office, protection="server-id-and-password", activation_password="activation 1")
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    list(ca.tell("activate 1 activation 1"))
    stage = scene.Scene(office, ca)
    stage.issue("old.example.com")
    begun(office, protection="server-id-and-password", password="activation 2")
    ca.stop()
    stage.ca = fresh = CaTask(office.domain, office.server, builders.no_password)
    list(fresh.start())
    assert "is active" in builders.said(list(fresh.tell("activate 1 activation 2")))
    office.clock.advance(days=29)
    stage.run()
    assert "expires" in builders.said(fresh.status()), "the list of the key that is closed"
    with pytest.raises(Refused, match="already active"):
        list(fresh.tell("activate 1 activation 3"))
    assert "earlier key" in builders.said(list(fresh.tell("activate 1 activation 1")))
    assert list_of(office, 1).next_update_utc > office.clock() + timedelta(days=20)
    assert fresh.status() == ["Idle, 1 of 1 certifier active"]


def test_the_rows_of_a_second_key_come_back_from_a_backup(two, tmp_path) -> None:
    office, backup = two.office, tmp_path / "backup.db"
    generations.certify(office.domain, office.ann, 1, CertificateRole.PARENT, der(parents(office, two.roots[1])))
    known = builders.verified(office).record.generations
    with closing(sqlite3.connect(office.domain.directory.store)) as db, closing(sqlite3.connect(backup)) as copy:
        db.backup(copy)
    for kind in ("generations", "generation_certificates", "generation_responders", "crls", "issued"):
        sql(office, f"DELETE FROM {kind}")
    done = repairing.repair(office.domain, office.ann, backup)
    assert not done.left
    assert checking.check(office.domain, office.actor()) == []
    assert builders.verified(office).record.generations == known
    two.revoke(two.leaves[1])
    assert {each.serial_number for each in list_of(office, 1)} == {two.leaves[1].serial_number}
    assert answer(office, two.leaves[1], two.roots[1]).certificate_status == ocsp.OCSPCertStatus.REVOKED


@pytest.mark.parametrize("step", ["_reserve", "_intend"])
@pytest.mark.parametrize("how", [begun, linked])
def test_a_ca_process_that_starts_meanwhile_does_not_keep_a_key_from_beginning(office, monkeypatch, step: str, how) -> None:
    """At its start it voids every serial number that is not finished: it takes it for one that a crash has left."""
    builders.ready(office)
    voided, real = [], getattr(cycle.Cycle, step)

    def disturbed(self, works) -> None:
        real(self, works)
        if len(voided) < 2:
            voided.append(builders.authority(office).recover())

    monkeypatch.setattr(cycle.Cycle, step, disturbed)
    assert how(office).generation.number == 2
    assert voided == [1, 1]
    assert not [row for row in builders.journal(office) if row["state"] not in ("issued", "void")]
    assert checking.check(office.domain, office.actor()) == []


def test_a_journal_that_is_changed_again_and_again_begins_no_key(office, monkeypatch) -> None:
    builders.ready(office)
    real = cycle.Cycle._intend

    def changed(self, works) -> None:
        real(self, works)
        sql(office, "UPDATE serials SET tbs = x'00' WHERE state = 'intended'")

    monkeypatch.setattr(cycle.Cycle, "_intend", changed)
    with pytest.raises(Tampered, match="The issuance journal was changed"):
        begun(office)
    assert builders.verified(office).generation.number == 1
