"""The sample domain: real certificates in all states, made once for this file."""

from __future__ import annotations

import re
import socket
import time
from datetime import timedelta
from itertools import pairwise

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from dominoadmin import application
from dominoadmin.errors import Cancelled, Error
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.services.audit import checkpoints, verifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess
from dominoadmin.services.processes import deep_checks
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import address_books
from dominoadmin.services.requests import submitting
from dominoadmin.services.setup import sample_domain
from dominoadmin.services.setup.sample_domain import KEY_RING, make_sample
from dominoadmin.services.setup.sample_events import DATABASE, PARTNER_DATABASE, STAFF_DATABASE
from dominoadmin.services.status import gathering
from dominoadmin.services.status.concerns import Level, Matter
from dominoadmin.store import audit, certifiers, crls, issued
from tests.conftest import NO_KEYCHAIN, copy_data
from tests.outside.judges import everyone_verifies
from tests.services.revocation.judges import is_yes, says
from tests.services.revocation.scene import write


class Steps(Progress):
    def __init__(self):
        self.said = []

    def step(self, text):
        self.said.append(text)


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    steps, started = Steps(), time.monotonic()
    made = make_sample(tmp_path_factory.mktemp("sample") / "data", steps)
    assert time.monotonic() - started < 60
    assert len(steps.said) >= 5
    return made


@pytest.fixture
def domain(sample):
    opened = application.open_domain(sample.root, NO_KEYCHAIN)
    yield opened
    opened.store.close()


REVOKED = {
    "backup.example.com": "Superseded", "db.example.com": "Key Compromise", "stage.example.com": "Certificate Hold",
    "legacy.example.com": "Cessation Of Operation",
}  # fmt: skip
"""By the first certifier, with openssl's words."""


def common_name(shown):
    return shown.subject.split("/")[0].removeprefix("CN=")


def not_issued(domain, database):
    """Return the states of the requests for which there is no certificate, by their common names."""
    return {common_name(shown): shown.state for shown in submitting.views(domain, database) if shown.state != "Issued"}


def issued_requests(domain):
    return [shown for shown in submitting.views(domain) if shown.state == "Issued"]


def test_the_sample_is_served_to_this_computer_only_and_never_on_the_ports_of_the_web(sample, domain):
    server = application.start_server(domain, sample.server, lambda _prompt: "")
    try:
        said = "\n".join([*server.console.execute("load http"), *server.console.execute("tell http show")])
        ports = [int(port) for port in re.findall(r"(?:TCP|SSL) Port:(\d+)", said)]
        assert len(ports) == 2
        for port in ports:
            assert port > 1024
            socket.create_connection(("127.0.0.1", port), 5).close()
            with pytest.raises(ConnectionRefusedError):  # another address of this computer, as other computers use one
                socket.create_connection(("127.0.0.2", port), 5)
        assert "this computer only" in said
    finally:
        list(server.stop())


def test_the_password_opens_every_id(sample, domain):
    names = {identifying.open_id(domain, path, sample.password).name for path in sample.root.glob("*.id")}
    assert names == {
        "O=MyCompany/C=US", "CN=Server1/O=MyCompany/C=US", "CN=Ann Admin/O=MyCompany/C=US", "CN=Rob Ra/O=MyCompany/C=US",
    }  # fmt: skip


def test_the_ids_that_are_needed_are_open_and_everything_is_named(sample):
    assert sample.administrator.name == "CN=Ann Admin/O=MyCompany/C=US"
    assert sample.server.name == "CN=Server1/O=MyCompany/C=US"
    assert sample.opens == (
        "ann-admin.id", "cert.id", "keyfile.kyr", "rob-ra.id", "server.id", "MyCompany Partners CA",
    )  # fmt: skip
    assert sample.password not in repr(sample)


def test_there_are_requests_in_every_state(domain):
    submitted = "Submitted to Administration Process"
    assert not_issued(domain, DATABASE) == {
        "mail.example.com": submitted, "shop.example.com": submitted, "crm.example.com": submitted,
        "helpdesk.example.com": submitted, "Ethan Cross": submitted, "intranet.example.com": "Rejected",
        "wiki.example.com": "Pending Submission", "files.example.com": "Pending Submission",
    }  # fmt: skip
    assert not_issued(domain, PARTNER_DATABASE) == {"extranet.partner.example": "Approved"}
    assert not_issued(domain, STAFF_DATABASE) == {"Hannah Cole": "Approved", "Oliver Grant": submitted}
    unpulled = [common_name(shown) for shown in issued_requests(domain) if not shown.request.pulled_at]
    assert unpulled == ["news.example.com"]


def test_each_certifier_has_another_protection_and_one_has_an_rsa_key(domain):
    with domain.store.snapshot() as db:
        records = certifiers.all_of(db)
    assert [record.active.protection for record in records] == ["server-id", "server-id-and-password", "locking-id"]
    assert records[2].active.locking_id == "CN=Ann Admin/O=MyCompany/C=US"
    keys = [x509.load_der_x509_certificate(record.active.certificate).public_key() for record in records]
    assert [key.key_size for key in keys] == [256, 2048, 256]


@pytest.mark.judge
def test_openssl_finds_certificates_in_every_state_by_the_crls(domain, tmp_path):
    found = {}
    with domain.store.snapshot() as db:
        for record in certifiers.all_of(db):
            last = crls.newest(db, record.id, generation=1)
            crl = x509.load_der_x509_crl(b"".join(crls.pieces(db, last.id)))
            write(tmp_path, ca=x509.load_der_x509_certificate(record.active.certificate), crl=crl)
            for entry in issued.all_of(db, record.id):
                write(tmp_path, leaf=x509.load_der_x509_certificate(entry.der))
                name = x509.load_der_x509_certificate(entry.der).subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value
                found[name] = judgement(tmp_path)
    assert {name for name, said in found.items() if said == "expired"} == {"pilot.example.com", "chat.example.com"}
    assert {name for name, said in found.items() if said == "revoked"} == {*REVOKED, "Martin Reed"}
    assert {name for name, said in found.items() if said == "valid"} >= {"server1.example.com", "api.example.com", "Grace Hall"}
    assert set(found.values()) == {"valid", "expired", "revoked"}


def judgement(folder):
    """Ask openssl by the current clock and the current list."""
    said = says("openssl", "verify", "-x509_strict", "-crl_check", "-CAfile", "ca.pem", "-CRLfile", "crl.pem", "leaf.pem", cwd=folder)
    if is_yes(said):
        return "valid"
    return "revoked" if "certificate revoked" in said else "expired" if "certificate has expired" in said else said


@pytest.mark.judge
def test_the_crls_say_why_and_a_released_hold_is_on_none(domain, tmp_path):
    with domain.store.snapshot() as db:
        names = {entry.serial_hex: x509.load_der_x509_certificate(entry.der).subject.rfc4514_string() for entry in issued.all_of(db)}
        said = {}
        for record in certifiers.all_of(db):
            (tmp_path / "crl.der").write_bytes(b"".join(crls.pieces(db, crls.newest(db, record.id, generation=1).id)))
            text = says("openssl", "crl", "-inform", "DER", "-in", "crl.der", "-noout", "-text", cwd=tmp_path)
            for entry in text.split("Serial Number: ")[1:]:
                reason = re.search(r"Reason Code: *\n *(.+)", entry)[1]
                said[re.search("CN=([^,]+)", names[entry.split()[0].lower().lstrip("0")])[1]] = reason
                assert ("Invalidity Date" in entry) == (reason == "Key Compromise")
    assert said == {**REVOKED, "Martin Reed": "Affiliation Changed"}


def test_some_certificates_are_about_to_expire_and_some_are_not(domain):
    with domain.store.snapshot() as db:
        ends = {entry.subject.split("/")[0][3:]: entry.not_after for entry in issued.all_of(db)}
    left = {name: (end - domain.now()).days for name, end in ends.items()}
    assert {name for name, days in left.items() if 0 <= days < 30} == {"vpn.example.com", "print.example.com"}
    assert min(days for days in left.values() if days >= 30) < 60  # the first to follow
    assert max(left.values()) > 180


def test_the_status_asks_for_what_a_morning_asks_for(sample, domain):
    status = gathering.gather(domain, Actor.of(sample.administrator))
    asked = [(each.matter, each.certifier_id) for each in status.concerns if each.level == Level.ATTENTION]
    assert sorted(asked) == sorted([
        (Matter.SERVER, 0), (Matter.APPROVALS, 1), (Matter.APPROVALS, 3), (Matter.SUBMISSIONS, 1),
        (Matter.ISSUANCE, 2), (Matter.ISSUANCE, 3), (Matter.CERTIFICATES, 1),
    ])  # fmt: skip
    assert status.level == Level.ATTENTION
    months = [each.number for each in gathering.count(domain).issued]
    assert sum(map(bool, months)) >= 4  # of the year


def test_the_first_work_of_the_server_finds_nothing_wrong_and_the_locked_certifier_can_be_unlocked(sample, tmp_path):
    copy_data(sample.root, tmp_path / "data")
    opened = application.open_domain(tmp_path / "data", NO_KEYCHAIN)
    server = application.start_server(opened, sample.server, lambda _prompt: "")
    try:
        said = "\n".join(server.console.execute("load ca"))
        assert "MyCompany Staff CA/O=MyCompany/ST=Massachusetts/C=US is locked. Enter: tell ca unlock" in said
        assert "MyCompany Partners CA/O=MyCompany/ST=Massachusetts/C=US requires its password" in said
        for word in ("refused", "altered", "void", "expired", "tampered"):
            assert word not in said.lower()
        said = "\n".join(server.console.execute(f"tell ca unlock ann-admin.id {sample.password}"))
        assert "Certificate issued for request" in said
        assert not_issued(opened, STAFF_DATABASE).keys() == {"Oliver Grant"}
    finally:
        list(server.stop())
        opened.store.close()


def test_the_clock_of_the_past_goes_forward_only(domain):
    with domain.store.snapshot() as db:
        times = [audit.at(db, number).at for number in range(1, audit.size(db) + 1)]
    assert times == sorted(times)
    assert 149 <= (domain.now() - times[0]).days <= 151
    assert domain.now() - times[-1] < timedelta(minutes=10)
    clock = sample_domain._PastClock(domain.clock, timedelta(days=1))
    with pytest.raises(AssertionError):
        clock.go_to(timedelta(days=2))


def test_no_list_had_expired_before_the_next_one_was_made(domain):
    with domain.store.snapshot() as db:
        for record in certifiers.all_of(db):
            made = sorted(crls.all_of(db, record.id), key=lambda crl: crl.number)
            for before, after in pairwise(made):
                assert after.made_at < before.next_update
            assert made[-1].next_update - domain.now() > timedelta(days=20)


@pytest.mark.judge
def test_certificates_are_real(domain):
    with domain.store.snapshot() as db:
        for record in certifiers.all_of(db):
            root = x509.load_der_x509_certificate(record.active.certificate)
            valid = [entry for entry in issued.all_of(db, record.id) if entry.not_after > domain.now()]
            for entry in {each.kind: each for each in valid}.values():  # openssl judges all of them, see above
                everyone_verifies(x509.load_der_x509_certificate(entry.der), root)


def test_the_server_has_its_key_ring_and_its_document_names_it(sample, domain):
    shown = key_rings.show(domain, KeyRingAccess(KEY_RING, sample.password))
    assert shown.state == "certificate merged"
    ring = key_rings.open_installed(domain, sample.server, KEY_RING)
    assert GeneralName("ip", "127.0.0.1") in ring.general_names


def test_the_new_authority_is_cross_certified(sample, domain):
    [entry] = address_books.entries(domain, Actor.of(sample.administrator))
    assert entry.problem == ""


def test_the_audit_log_holds_and_the_server_has_signed_all_of_it(sample, domain):
    ann = Actor.of(sample.administrator)
    entries = verifying.verify(domain, ann).entries
    assert entries > 150
    with domain.store.snapshot() as db:
        server, seen = checkpoints.compare(db, ann.verifier())
    assert (server, seen.size) == (sample.server.name, entries)
    assert checkpoints.overdue(domain, ann.verifier()) == 0


def test_the_store_is_as_it_was_signed(sample, domain):
    assert deep_checks.check(domain, Actor.of(sample.administrator), deep=True) == []


def test_two_samples_do_not_share_a_password():
    assert len({sample_domain._new_password() for _ in range(50)}) == 50


def test_a_folder_with_a_domain_is_not_touched(sample):
    with pytest.raises(Error, match="already contains a domain"):
        make_sample(sample.root)


def test_it_can_be_cancelled(tmp_path):
    class Impatient(Progress):
        def step(self, text):
            if "Rob" in text:
                raise Cancelled

    with pytest.raises(Cancelled):
        make_sample(tmp_path / "data", Impatient())
