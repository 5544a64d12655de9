"""An office with the objects that its server serves: a certifier, its database, and an installed key ring."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from dominoadmin.pki import key_rings, keys, stashes
from dominoadmin.pki.general_names import GeneralName
from dominoadmin.pki.key_rings import KeyRing
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.databases import DatabaseConfiguration, DatabaseRequest
from dominoadmin.store import certifiers, issued, requests
from dominoadmin.tasks.ca import CaTask
from tests import builders
from tests.builders import no_password
from tests.conftest import Office

HOST = "server1.example.com"
KEY_FILE = "keyfile.kyr"
FILE = "certreq.nsf"
_PASSWORD = "key ring password 4"


@dataclass
class WebOffice:
    """An office with all that its web server needs."""

    office: Office
    root: x509.Certificate

    @property
    def root_pem(self) -> bytes:
        return self.root.public_bytes(Encoding.PEM)

    @property
    def server(self) -> Actor:
        return Actor.of(self.office.server)

    def change(self, **fields: object) -> None:
        server_documents.change(self.office.domain, self.office.actor(), "", ServerChange(**fields))

    def certified_ring(self, algorithm: str = "ec-p256", host: str = HOST, *names: str) -> KeyRing:
        """Make a key ring and have its request issued, without the dialogs."""
        now = self.office.clock()
        alternatives = [GeneralName("dns", name) for name in (host, *names)]
        ring = key_rings.new(keys.generate(algorithm), DistinguishedName(common_name=host, organization="MyCompany"), alternatives, now)
        leaf = self.issue(key_rings.request(ring))
        ring = key_rings.with_trusted_root(ring, self.root, "MyCompany CA")
        return key_rings.with_certificate(ring, leaf, [], self.office.clock())

    def issue(self, csr: bytes) -> x509.Certificate:
        """Take in a request, approve it and let the CA process issue."""
        domain, actor = self.office.domain, self.office.actor()
        request_id = submitting.take_in(domain, actor, FILE, submitting.Submission(csr)).request.id
        submitting.submit(domain, actor, [request_id])
        self.approve(request_id)
        with domain.store.snapshot() as db:
            return x509.load_der_x509_certificate(issued.of_request(db, request_id).der)

    def approve(self, request_id: int) -> None:
        domain = self.office.domain
        assert builders.approve(domain, self.office.ann, [request_id])[0].problem == ""
        task = CaTask(domain, self.office.server, no_password)
        assert any("issued" in line for line in task.start())
        task.stop()

    def request_number(self, pickup_id: str) -> int:
        with self.office.domain.store.snapshot() as db:
            return requests.find_by_pickup_id(db, pickup_id).id

    def install(self, ring: KeyRing, file: str = KEY_FILE) -> None:
        """Put a key ring and its stash into the server's data directory."""
        folder = self.office.domain.directory.server("Server1")
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        server = self.office.server
        stash = stashes.seal(_PASSWORD, server.name, server.certificate, keys.fingerprint(ring.private_key.public_key()))
        (folder / file).write_bytes(key_rings.serialize(ring, _PASSWORD))
        (folder / file).with_suffix(".sth").write_bytes(stashes.serialize(stash))
        for each in (folder / file, (folder / file).with_suffix(".sth")):
            row = f"servers/{folder.name}/{each.name}", sha256(each.read_bytes()).hexdigest()
            builders.signed(self.office, "INSERT OR REPLACE INTO installed_files VALUES (?, ?)", *row)


def furnish(office: Office, supports: str = "both", algorithm: str = "ec-p256", file: str = FILE) -> WebOffice:
    """Register a certifier and create its database."""
    organization = "MyCompany" if file == FILE else file
    name = DistinguishedName(common_name=f"{organization} CA", organization=organization, country="US")
    registered = registering.register(
        office.domain, office.ann, CertifierRequest(name, "server-id", key_algorithm=algorithm)
    )
    configuration = DatabaseConfiguration(supports=supports)
    databases.create(
        office.domain, office.actor(), DatabaseRequest("Certificate Requests", file, registered.name, configuration=configuration)
    )
    with office.domain.store.snapshot() as db:
        certificate = certifiers.get(db, registered.certifier_id).active.certificate
    return WebOffice(office, x509.load_der_x509_certificate(certificate))


def csr_pem(host: str = "www.example.com") -> str:
    """Return a request for a server certificate with a new P-256 key."""
    subject = x509.Name([x509.NameAttribute(NameOID.COUNTRY_NAME, "US"), x509.NameAttribute(NameOID.COMMON_NAME, host)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    return builder.sign(ec.generate_private_key(ec.SECP256R1()), SHA256()).public_bytes(Encoding.PEM).decode()


def write(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
