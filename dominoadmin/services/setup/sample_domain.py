"""The sample domain: a throw-away domain with real certificates in all states, and five months of work behind it.

The regular services create it by a clock in the past, so everything that works in a domain works here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dominoadmin.i18n import marked as _
from dominoadmin.paths import STORE_FILE, DataDirectory
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
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
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.databases import DatabaseRequest
from dominoadmin.services.setup import creating as setup
from dominoadmin.services.setup.creating import SetupRequest, SetupResult
from dominoadmin.services.setup.sample_acts import SampleActs, sample_name
from dominoadmin.services.setup.sample_events import (
    CA,
    DATABASE,
    DAYS,
    HOST,
    PARTNER_DATABASE,
    PARTNERS,
    STAFF,
    STAFF_DATABASE,
    START,
)
from dominoadmin.services.states import Protection
from dominoadmin.store import directory
from dominoadmin.store.database import Store
from dominoadmin.store.keychain import NoKeychain

KEY_RING: Final = "keyfile.kyr"
_NOW: Final = timedelta(0)
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
    past = _PastClock(clock, START)
    made = setup.set_up(root, request, lambda _domain_id: NoKeychain(), past, progress)
    domain = Domain(directory=DataDirectory(root), store=Store(root / STORE_FILE), keychain=NoKeychain(), clock=past)
    try:
        with domain.store.transaction() as db:
            directory.set_fact(db, directory.SAMPLE, "yes")  # its pages are only for this computer
        return _Sampling(domain, made, password, past, progress).run()
    finally:
        domain.store.close()


def _new_password() -> str:
    """Return two invented words and a number: 49 random bits, easy to type from a screen."""
    words = ["".join(secrets.choice(_CONSONANTS) + secrets.choice(_VOWELS) for _n in range(3)) for _w in range(2)]
    return f"{words[0]}-{words[1]}-{secrets.randbelow(900) + 100}"


class _PastClock:
    """A clock that is behind another one: it goes on with it, and jumps forward only."""

    def __init__(self, clock: Clock, ago: timedelta) -> None:
        self._clock, self._ago = clock, ago

    def __call__(self) -> datetime:
        return self._clock() - self._ago

    def go_to(self, ago: timedelta) -> None:
        """Go forward to so long ago."""
        assert ago <= self._ago
        self._ago = ago


class _Sampling:
    def __init__(self, domain: Domain, made: SetupResult, password: str, clock: _PastClock, progress: Progress) -> None:
        self._domain, self._made, self._password = domain, made, password
        self._clock, self._progress = clock, progress
        self._ann = identifying.open_id(domain, made.administrator_id, password)
        self._server = identifying.open_id(domain, made.server_id, password)
        self._certifier = identifying.open_id(domain, made.certifier_id, password)
        self._actor = Actor.of(self._ann)

    def run(self) -> Sample:
        acts = SampleActs(
            domain=self._domain, ann=self._ann, rob=self._second_person(), server=self._server, password=self._password
        )
        self._certifiers()
        self._server_certificate(acts)
        for number, day in enumerate(DAYS, start=1):
            self._progress.step(
                _("Replaying the last five months: step {number} of {total}", number=number, total=len(DAYS))
            )
            self._clock.go_to(day.ago)
            acts.live(day)
        self._clock.go_to(_NOW)
        self._progress.step(_("Running the pending work of the Administration Process"))
        self._run_processes()
        acts.sign_checkpoint()
        root = self._domain.directory.root
        return Sample(root, self._password, self._ann, self._made.administrator_id, self._server)

    def _second_person(self) -> Identity:
        self._progress.step(_("Registering a second person, Rob Ra"))
        path = identifying.register_person(self._domain, self._certifier, PersonRequest("Rob Ra", self._password))
        return identifying.open_id(self._domain, path, self._password)

    def _run_processes(self) -> None:
        list(adminp.process(self._domain, Actor.of(self._server)))

    def _certifiers(self) -> None:
        """Register one that needs only the server's ID, one with a password, and one that is locked with Ann's ID."""
        self._progress.step(_("Registering three Internet certifiers"))
        ann = identifying.describe_id(self._domain, self._made.administrator_id)
        rob = ("Rob Ra",)
        for request in (
            CertifierRequest(sample_name(CA), Protection.SERVER_ID, caas=rob, ras=rob),
            CertifierRequest(
                sample_name(PARTNERS), Protection.PASSWORD, activation_password=self._password, ras=rob,
                key_algorithm="rsa-2048", icl_file="icl\\icl_Partners.nsf",
            ),
            CertifierRequest(
                sample_name(STAFF), Protection.LOCKING_ID, locking_id=ann, caas=rob, ras=rob,
                icl_file="icl\\icl_Staff.nsf",
            ),
        ):  # fmt: skip
            registering.register(self._domain, self._ann, request)
        for title, file, certifier in (
            ("Certificate Requests", DATABASE, CA),
            ("Partners' Requests", PARTNER_DATABASE, PARTNERS),
            ("Staff Requests", STAFF_DATABASE, STAFF),
        ):
            databases.create(self._domain, self._actor, DatabaseRequest(title, file, certifier))

    def _server_certificate(self, acts: SampleActs) -> None:
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
        submitting.submit(self._domain, self._actor, [number])
        acts.approve(self._ann, [number])
        acts.turn(CA)
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
        self._run_processes()
