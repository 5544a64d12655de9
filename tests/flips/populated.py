"""A store with everything in it: certificates, requests and revocations in each state, lists, key rings, mail, checkpoints."""

from __future__ import annotations

from pathlib import Path

from dominoadmin import application
from dominoadmin.pki.publication import Publication
from dominoadmin.services.certifiers import configuration_versions, generations
from dominoadmin.services.certifiers.generations import GenerationOrder
from dominoadmin.services.certifiers.key_vault import KeyOpening
from dominoadmin.services.certifiers.protecting import ProtectionOrder
from dominoadmin.services.cross_certificates import certifying
from dominoadmin.services.domain import Actor
from dominoadmin.services.identities import administrators, identifying, renewing
from dominoadmin.services.records import address_books
from dominoadmin.services.requests import approving, submitting
from dominoadmin.services.revocation import revoking
from dominoadmin.services.revocation.revoking import RevocationOrder
from dominoadmin.tasks.ca import CaTask
from tests import builders, specimens
from tests.conftest import NO_KEYCHAIN, ROB_PASSWORD, Clock, Office, copy_data
from tests.outside.web_office import KEY_FILE, WebOffice
from tests.services.revocation.scene import Scene

BASE = "http://server1.example.com/pki"


def populate(template: Path, ids: dict, root: Path, clock: Clock) -> Office:
    """Copy a domain to `root` and fill it; return its office, with the store closed."""
    copy_data(template, root)
    office = Office(domain=application.open_domain(root, NO_KEYCHAIN, clock), clock=clock, **ids)
    publication = Publication((BASE,), delta_hours=1)
    builders.certifier(office, publication=publication, ras=("Rob Ra",), caas=("Rob Ra",), creator=office.ann)
    builders.certifier(office, "Second CA", publication=publication)
    builders.database(office, mail_confirmation=True)
    builders.database(office, "second.nsf", "Second CA")
    ca = CaTask(office.domain, office.server, builders.no_password)
    list(ca.start())
    scene = Scene(office, ca, BASE)
    _server(office, scene)
    _certificates(scene)
    _configurations(office, ca)
    _directory(office)
    _generation(office, ca)
    _undone(scene)
    for host in ("server2.example.com", "server1.example.com") * 90:  # entries for a whole block of the log
        WebOffice(office, scene.root).change(host_name=host)
    builders.sql(office, "INSERT INTO leases VALUES ('CN=Server9/O=MyCompany/C=US', 'x', 1, 'h', '2026-01-01T00:00:00Z', '2026-01-01T00:00:00Z')")
    running = builders.server(office)  # the installation, a lease and a checkpoint
    list(running.stop())
    ca.stop()
    office.domain.store.close()
    return office


def _server(office: Office, scene: Scene) -> None:
    web = WebOffice(office, scene.root)
    web.install(web.certified_ring())
    web.change(ssl_key_file=KEY_FILE, ssl_port_status="Enabled")


def _certificates(scene: Scene) -> None:
    office = scene.office
    leaves = scene.issue(*(f"host{number}.example.com" for number in range(8)), applicant="Rob Ra")
    (leaked,) = scene.issue("leaked.example.com", data=builders.csr("leaked.example.com", key=specimens.key("ec-p256", "leaked")))
    scene.issue("second.example.com", file="second.nsf")
    scene.revoke(leaves[0], reason="superseded")
    scene.revoke(leaked, reason="keyCompromise", invalidity_at=office.clock())
    scene.revoke(leaves[2], leaves[3], reason="certificateHold")
    scene.release(leaves[3])
    submitting.pull(office.domain, office.actor(), [2, 3, 4])
    office.clock.advance(hours=2)
    scene.run()  # a delta, and the responders
    office.clock.advance(minutes=1)


def _configurations(office: Office, ca: CaTask) -> None:
    builders.next_version(office, 1, crl_days=20)
    before = builders.sql(office, "SELECT document FROM configurations WHERE version = 2 AND certifier_id = 1")[0][0]
    builders.sql(office, "UPDATE configurations SET document = ? WHERE version = 2 AND certifier_id = 1", before.replace(b"A", b"B", 3))
    configuration_versions.restore(office.domain, office.ann, 1)
    list(ca.run_due())


def _generation(office: Office, ca: CaTask) -> None:
    """A second key with a link certificate, and the responders of both."""
    known = builders.verified(office, "Second CA")
    wanted = ProtectionOrder(known.record.id, known.configuration.version, "server-id")
    generations.begin(office.domain, office.ann, GenerationOrder(wanted, opening=KeyOpening(office.server)))
    list(ca.run_due())


def _directory(office: Office) -> None:
    administrators.name_administrator(office.domain, office.certifier, "Rob Ra")
    identifying.register_person(office.domain, office.certifier, identifying.PersonRequest("Max Mobile", ROB_PASSWORD))
    renewing.revoke(office.domain, office.certifier, "Max Mobile")
    for book in address_books.BOOKS:
        request = certifying.CrossRequest(specimens.pem(specimens.root()), book)
        certifying.certify(office.domain, Actor.of(office.ann), ("cert.id", office.certifier), request, builders.QUIET)


def _undone(scene: Scene) -> None:
    """What waits: a request in each state before the certificate, and a revocation that is not carried out yet."""
    office = scene.office
    builders.received(office, "pending.example.com")
    waiting = builders.submitted(office, "waiting.example.com", kind="client", applicant="ann@example.com")
    builders.edit(office.domain, office.rob, waiting, {"days": 40})
    builders.reject(office.domain, office.ann, [builders.submitted(office, "rejected.example.com")], "Not this one.")
    withdrawn = builders.approved(office, "withdrawn.example.com")
    approving.withdraw(office.domain, office.ann, [withdrawn])
    builders.approved(office, "approved.example.com")
    (leaf,) = builders.sql(office, "SELECT serial_hex FROM issued WHERE request_id = 7")
    revoking.request(office.domain, office.rob, 1, RevocationOrder((leaf["serial_hex"],), reason="affiliationChanged"))
