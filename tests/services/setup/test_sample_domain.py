"""The sample domain: real certificates in all states, made once for this file."""

from __future__ import annotations

import re
import socket
import time

import pytest
from cryptography import x509

from dominoadmin import application
from dominoadmin.errors import Cancelled, Error
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.services.audit import verifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import identifying
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import address_books
from dominoadmin.services.requests import submitting
from dominoadmin.services.setup import sample_domain
from dominoadmin.services.setup.sample_domain import DATABASE, KEY_RING, PARTNER_DATABASE, make_sample
from dominoadmin.store import certifiers, issued
from tests.conftest import NO_KEYCHAIN
from tests.outside.judges import everyone_verifies


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


def states(domain, database):
    return [(shown.state, shown.request.state) for shown in submitting.views(domain, database)]


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
    assert states(domain, DATABASE) == [
        ("Issued", "Issued"), ("Issued", "Issued"), ("Issued", submitted), ("Rejected", "Rejected"),
        (submitted, submitted), (submitted, submitted), ("Pending Submission",) * 2, ("Pending Submission",) * 2,
    ]  # fmt: skip
    assert states(domain, PARTNER_DATABASE) == [("Issued", "Issued"), ("Approved", submitted)]


def test_one_certifier_needs_its_password_and_one_has_an_rsa_key(domain):
    with domain.store.snapshot() as db:
        records = certifiers.all_of(db)
    assert [record.active.protection for record in records] == ["server-id", "server-id-and-password"]
    keys = [x509.load_der_x509_certificate(record.active.certificate).public_key() for record in records]
    assert [key.key_size for key in keys] == [256, 2048]


@pytest.mark.judge
def test_every_certificate_is_real(domain):
    with domain.store.snapshot() as db:
        for record in certifiers.all_of(db):
            root = x509.load_der_x509_certificate(record.active.certificate)
            for entry in issued.all_of(db, record.id):
                everyone_verifies(x509.load_der_x509_certificate(entry.der), root)


def test_the_server_has_its_key_ring_and_its_document_names_it(sample, domain):
    shown = key_rings.show(domain, KeyRingAccess(KEY_RING, sample.password))
    assert shown.state == "certificate merged"
    ring = key_rings.open_installed(domain, sample.server, KEY_RING)
    assert GeneralName("ip", "127.0.0.1") in ring.general_names


def test_the_new_authority_is_cross_certified(sample, domain):
    [entry] = address_books.entries(domain, Actor.of(sample.administrator))
    assert entry.problem == ""


def test_the_audit_log_holds(sample, domain):
    assert verifying.verify(domain, Actor.of(sample.administrator)).entries > 20


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
