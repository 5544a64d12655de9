"""The sample domain: a throw-away domain with real certificates in all states.

The regular services create it, so everything that works in a domain works here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from dominoadmin.i18n import marked as _
from dominoadmin.paths import STORE_FILE, DataDirectory
from dominoadmin.pki import general_names, keys
from dominoadmin.pki import key_rings as rings
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import CLIENT, SERVER
from dominoadmin.services.certifiers import configuring, registering
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.certifiers.registering import CertifierRequest
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CrossRequest
from dominoadmin.services.directory import ports, server_documents, server_entries
from dominoadmin.services.directory.server_documents import ServerChange
from dominoadmin.services.domain import Actor, Clock, Domain, system_clock
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import Installation, KeyRingAccess, KeyRingRequest
from dominoadmin.services.processes import adminp
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.requests import approving, databases, inspecting, submitting
from dominoadmin.services.requests.databases import DatabaseRequest
from dominoadmin.services.requests.issuing import IssuingAuthority
from dominoadmin.services.requests.submitting import Submission
from dominoadmin.services.setup import creating as setup
from dominoadmin.services.setup.creating import SetupRequest, SetupResult
from dominoadmin.services.states import Protection
from dominoadmin.store import directory
from dominoadmin.store.database import Store
from dominoadmin.store.keychain import NoKeychain

HOST: Final = "server1.example.com"
CA: Final = "MyCompany CA"
PARTNERS: Final = "MyCompany Partners CA"
DATABASE: Final = "certreq.nsf"
PARTNER_DATABASE: Final = "partners.nsf"
KEY_RING: Final = "keyfile.kyr"
_CONSONANTS: Final = "bdfghklmnprstvz"
_VOWELS: Final = "aeiou"


@dataclass(frozen=True)
class Sample:
    """The sample domain: the data directory, the open IDs of its administrator and server, and their password."""

    root: Path
    password: str = field(repr=False)
    administrator: Identity
    administrator_id: Path
    server: Identity

    @property
    def opens(self) -> tuple[str, ...]:
        """Return the names of all that the password opens: files in the data directory, and the certifier."""
        files = sorted(path.name for path in self.root.iterdir() if path.suffix in (".id", ".kyr"))
        return (*files, PARTNERS)


def make_sample(root: Path, progress: Progress = QUIET, clock: Clock = system_clock) -> Sample:
    """Create the sample domain in `root`, a new or empty folder.

    Raises:
        Error: the folder cannot be used.
        Cancelled: the user stopped; the folder keeps what was created until then.

    """
    setup.check_folder(root)
    password = _new_password()
    listen = ports.for_trials()
    request = SetupRequest(
        organization="MyCompany",
        country="US",
        server="Server1",
        host=HOST,
        administrator="Ann Admin",
        administrator_password=password,
        server_password=password,
        http_port=listen.http,
        ssl_port=listen.ssl,
    )
    made = setup.set_up(root, request, lambda _domain_id: NoKeychain(), clock, progress)
    domain = Domain(directory=DataDirectory(root), store=Store(root / STORE_FILE), keychain=NoKeychain(), clock=clock)
    try:
        with domain.store.transaction() as db:
            directory.set_fact(db, directory.SAMPLE, "yes")  # its pages are only for this computer
        return _Sampling(domain, made, password, progress).run()
    finally:
        domain.store.close()


def _new_password() -> str:
    """Return two invented words and a number: 49 random bits, easy to type from a screen."""
    words = ["".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _n in range(3)) for _w in range(2)]
    return f"{words[0]}-{words[1]}-{secrets.randbelow(900) + 100}"


class _Sampling:
    def __init__(self, domain: Domain, made: SetupResult, password: str, progress: Progress) -> None:
        self._domain, self._made, self._password, self._progress = domain, made, password, progress
        self._ann = identifying.open_id(domain, made.administrator_id, password)
        self._server = identifying.open_id(domain, made.server_id, password)
        self._certifier = identifying.open_id(domain, made.certifier_id, password)
        self._actor = Actor.of(self._ann)

    def run(self) -> Sample:
        self._people()
        self._certifiers()
        self._server_certificate()
        self._requests_in_every_state()
        self._partner_requests()
        self._progress.step(_("Running the pending work of the Administration Process"))
        list(adminp.process(self._domain, Actor.of(self._server)))
        root = self._domain.directory.root
        return Sample(root, self._password, self._ann, self._made.administrator_id, self._server)

    def _people(self) -> None:
        self._progress.step(_("Registering a second person, Rob Ra"))
        identifying.register_person(self._domain, self._certifier, PersonRequest("Rob Ra", self._password))

    def _certifiers(self) -> None:
        self._progress.step(_("Registering two Internet certifiers"))
        ras = ("Rob Ra",)
        ca = CertifierRequest(_name(CA), Protection.SERVER_ID, ras=ras, key_algorithm="ec-p256")
        partners = CertifierRequest(
            _name(PARTNERS), Protection.PASSWORD, activation_password=self._password, ras=ras, key_algorithm="rsa-2048",
            icl_file="icl\\icl_Partners.nsf",
        )  # fmt: skip
        for request in (ca, partners):
            registering.register(self._domain, self._ann, request)
        for title, file, certifier in (
            ("Certificate Requests", DATABASE, CA),
            ("Partners' Requests", PARTNER_DATABASE, PARTNERS),
        ):
            databases.create(self._domain, self._actor, DatabaseRequest(title, file, certifier))

    def _server_certificate(self) -> None:
        """Follow the technote: a key ring, its certificate, the server document, and the cross-certificate."""
        self._progress.step(_("Certifying the server's key ring"))
        ring = KeyRingRequest(
            file=KEY_RING,
            password=self._password,
            common_name=HOST,
            organization="MyCompany",
            state="Massachusetts",
            country="US",
            names=("ip:127.0.0.1",),
            key_algorithm="ec-p256",
            database=DATABASE,
        )
        key_rings.create(self._domain, self._actor, ring)
        access = KeyRingAccess(KEY_RING, self._password)
        trusted = key_rings.trusted_root_of(self._domain, self._actor, DATABASE)
        number = key_rings.certify(self._domain, self._actor, access, DATABASE, trusted).request.id
        self._approve([number])
        self._issue(CA)
        submitting.pull(self._domain, self._actor, [number])
        with self._domain.store.snapshot() as db:
            pickup_id = submitting.view(db, number).pickup_id or ""
        key_rings.pickup(self._domain, self._actor, access, pickup_id)
        key_rings.install(self._domain, self._actor, Installation(KEY_RING))
        change = ServerChange(ssl_key_file=KEY_RING, ssl_port_status=server_entries.ENABLED)
        server_documents.change(self._domain, self._actor, "", change)
        self._progress.step(_("Cross-certifying the new Internet certifier"))
        subject = cross_certifying.certificate_of(self._domain, self._actor, CA)
        cross_certifying.issue_with_id(self._domain, self._certifier, self._actor, CrossRequest(subject))

    def _requests_in_every_state(self) -> None:
        self._progress.step(_("Creating requests in every state"))
        pulled = self._request(DATABASE, "Petra Client", CLIENT)
        issued = self._request(DATABASE, "www.example.com")
        rejected = self._request(DATABASE, "intranet.example.com")
        new = [self._request(DATABASE, host) for host in ("mail.example.com", "shop.example.com")]
        for host in ("wiki.example.com", "files.example.com"):
            self._request(DATABASE, host)
        submitting.submit(self._domain, self._actor, [pulled, issued, rejected, *new])
        approving.approve(self._domain, self._ann, self._seen([pulled, issued]))
        reason = _("Nobody knows this host: please say which department runs it.")
        approving.reject(self._domain, self._ann, self._seen([rejected]), reason)
        self._issue(CA)
        submitting.pull(self._domain, self._actor, [pulled, rejected])

    def _partner_requests(self) -> None:
        """Create two requests: one is issued, the other waits, approved, for the certifier's activation."""
        issued = self._request(PARTNER_DATABASE, "portal.partner.example")
        self._approve([issued])
        self._issue(PARTNERS, self._password)
        submitting.pull(self._domain, self._actor, [issued])
        self._approve([self._request(PARTNER_DATABASE, "extranet.partner.example")])

    def _request(self, database: str, common_name: str, kind: str = SERVER) -> int:
        """Take in a request as if from another machine: its key is not stored here."""
        person = kind == CLIENT
        name = "email:petra@example.com" if person else f"dns:{common_name}"
        ring = rings.new(keys.generate("ec-p256"), _name(common_name), [general_names.parse(name)], self._domain.now())
        applicant = "petra@example.com" if person else f"webmaster@{common_name}"
        submission = Submission(rings.request(ring), kind, applicant)
        return submitting.take_in(self._domain, self._actor, database, submission).request.id

    def _approve(self, ids: list[int]) -> None:
        submitting.submit(self._domain, self._actor, ids)
        approving.approve(self._domain, self._ann, self._seen(ids))

    def _seen(self, ids: list[int]) -> dict[int, str]:
        return inspecting.digests(self._domain, self._actor, ids)

    def _issue(self, name: str, password: str = "") -> None:
        """Issue all approved requests, as the CA process does."""
        with self._domain.store.snapshot() as db:
            record = configuring.find(db, name)
            certifier = configuring.verified(db, record, self._actor.verifier(), self._domain.now())
        vault = KeyVault()
        vault.open(certifier, self._server, password)
        IssuingAuthority(self._domain, Actor.of(self._server), vault, certifier).issue_approved()


def _name(common_name: str) -> DistinguishedName:
    return DistinguishedName(common_name=common_name, organization="MyCompany", state="Massachusetts", country="US")
