"""Documents of an office: a certifier, its database, requests in all stages. Keys and requests are pyca's."""

from __future__ import annotations

import ipaddress
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding

from dominoadmin import application
from dominoadmin.errors import Cancelled
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring, modifying, registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor
from dominoadmin.services.progress import QUIET
from dominoadmin.services.requests import approving, databases, inspecting, submitting
from dominoadmin.services.requests.issuing import IssuingAuthority
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.store import audit, certifiers
from dominoadmin.store.database import Store
from dominoadmin.store.records import AuditRecord
from dominoadmin.store.sqlite import schemas
from tests import specimens

CA = "MyCompany CA"
CA_NAME = "CN=MyCompany CA/O=MyCompany"
DATABASE = "certreq.nsf"
HOST = "www.example.com"


def no_password(prompt: str) -> str:
    """Give no password, like a server without a terminal."""
    raise Cancelled(prompt)


def csr(host: str = HOST, *, names: tuple[str, ...] = (), algorithm: str = "ec-p256", key=None, subject=None) -> bytes:
    key = key or specimens.key(algorithm, "applicant")
    if subject is None:
        subject = specimens.name(host, country_name="US", organization_name="MyCompany")
    alternative = [_general_name(name) for name in names or (host,)]
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    builder = builder.add_extension(x509.SubjectAlternativeName(alternative), critical=False)
    return builder.sign(key, None if algorithm.startswith("ml-dsa") else hashes.SHA256()).public_bytes(Encoding.PEM)


def _general_name(text: str) -> x509.GeneralName:
    if "@" in text:
        return x509.RFC822Name(text)
    return x509.IPAddress(ipaddress.ip_address(text)) if text[0].isdigit() else x509.DNSName(text)


def certifier(office, common_name: str = CA, protection: str = "server-id", **fields) -> registering.Registered:
    creator = fields.pop("creator", office.ann)
    icl_file = rf"icl\{common_name.replace(' ', '_')}.nsf"
    name = DistinguishedName(common_name=common_name, organization="MyCompany")
    request = CertifierRequest(name, protection, icl_file=icl_file)
    return registering.register(office.domain, creator, replace(request, **fields))


def database(office, file: str = DATABASE, certifier: str = CA, **configuration):
    wanted = databases.DatabaseConfiguration(**configuration)
    request = databases.DatabaseRequest("Certificate Requests", file, certifier, configuration=wanted)
    return databases.create(office.domain, office.actor(), request)


def ready(office, **fields) -> registering.Registered:
    """A certifier with its database."""
    made = certifier(office, **fields)
    database(office)
    return made


def received(office, host: str = HOST, file: str = DATABASE, **submission) -> int:
    """A request that is pending."""
    data = submission.pop("data", None) or csr(host)
    taken = submitting.take_in(office.domain, office.actor(), file, submitting.Submission(data, **submission))
    return taken.request.id


def submitted(office, host: str = HOST, file: str = DATABASE, **submission) -> int:
    request_id = received(office, host, file, **submission)
    submitting.submit(office.domain, office.actor(), [request_id])
    return request_id


def approved(office, host: str = HOST, file: str = DATABASE, **submission) -> int:
    request_id = submitted(office, host, file, **submission)
    (outcome,) = approve(office.domain, office.ann, [request_id])
    assert not outcome.problem, outcome
    return request_id


def rivals(office) -> int:
    """Two certifiers with an RA each, and an approved request of the first one; return its number."""
    ready(office)
    certifier(office, "Rob CA", creator=office.rob, caas=("Rob Ra",), ras=("Rob Ra",))
    return approved(office)


def approve(domain, ra, ids, progress=QUIET) -> list[approving.Outcome]:
    """Look at requests and approve what was shown."""
    return approving.approve(domain, ra, inspecting.digests(domain, Actor.of(ra), ids), progress)


def reject(domain, ra, ids, reason: str, progress=QUIET) -> list[approving.Outcome]:
    """Look at requests and reject what was shown."""
    return approving.reject(domain, ra, inspecting.digests(domain, Actor.of(ra), ids), reason, progress)


def edit(domain, ra, request_id: int, changes: dict, subject: dict | None = None) -> submitting.RequestView:
    """Look at a request and edit what was shown."""
    (shown,) = inspecting.digests(domain, Actor.of(ra), [request_id]).values()
    return approving.edit(domain, ra, request_id, changes, subject, shown=shown)


def next_version(office, certifier_id: int, **changes) -> None:
    """Sign and enter another version of a certifier's configuration, whatever it says: no rule of the program is asked."""
    with office.domain.store.transaction() as db:
        known = modifying.current(db, office.actor(), certifier_id, office.domain.now())
        wanted = replace(known.configuration, **changes)
        modifying.add_version(db, office.ann, known, wanted, office.domain.now())
        event = Event(AuditAction.CERTIFIER_MODIFIED, known.record.name, {})
        audit_log.enter(db, office.domain.now(), office.actor(), [event])


def verified(office, name: str = CA) -> configuring.Certifier:
    with office.domain.store.snapshot() as db:
        record = configuring.find(db, name)
        return configuring.verified(db, record, office.actor().verifier(), office.domain.now())


def authority(office, name: str = CA, vault: KeyVault | None = None) -> IssuingAuthority:
    """The issuing authority of a certifier with its key open, as in the CA process."""
    known = verified(office, name)
    if vault is None:
        vault = KeyVault()
        vault.open(known, office.server)
    return IssuingAuthority(office.domain, Actor.of(office.server), vault, known)


def view(office, request_id: int) -> submitting.RequestView:
    with office.domain.store.snapshot() as db:
        return submitting.view(db, request_id)


def state(office, request_id: int) -> str:
    return view(office, request_id).state


def record(office, name: str = CA):
    with office.domain.store.snapshot() as db:
        return certifiers.get(db, configuring.find(db, name).id)


def sql(office, statement: str, *values: object) -> list[sqlite3.Row]:
    """Run SQL on the store directly, as an attacker would."""
    with closing(sqlite3.connect(office.domain.directory.store)) as db:
        db.row_factory = sqlite3.Row
        rows = db.execute(statement, values).fetchall()
        db.commit()
    return rows


def plant(monkeypatch, store: Store, *statements: str) -> None:
    """Change the schema, so that an act fails in the middle: the store does not look at its schema any more."""
    monkeypatch.setattr(schemas, "difference", lambda *_given: "")
    with closing(sqlite3.connect(store.path)) as db:
        for statement in statements:
            db.execute(statement)


@contextmanager
def act(office, who: Identity, action=AuditAction.REQUEST_EDITED, about: str = "1") -> Iterator[sqlite3.Connection]:
    """Write to the store and sign an entry about it, as a person who has an ID and a program that asks for no role."""
    with office.domain.store.transaction() as db:
        yield db
        with pytest.MonkeyPatch.context() as patched:
            for check in ("check_roles", "check_before", "check_numbers"):
                patched.setattr(audit_log._End, check, lambda *_given: None)
            audit_log.enter(db, office.clock(), Actor.of(who), [Event(action, about, {})])


def signed(office, statement: str, *values: object) -> None:
    """Run SQL as an act of the administrator, whatever it says: no rule of the program is asked."""
    with office.domain.store.transaction() as db:
        db.execute(statement, values)
        event = Event(AuditAction.SERVER_DOCUMENT_CHANGED, "", {})
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(audit_log._End, "check_before", lambda *_given: None)
            audit_log.enter(db, office.domain.now(), Actor.of(office.ann), [event])


def sealed(domain, certifier_id: int, server: Actor, serials, number: int) -> None:
    """Seal revocations that were written behind the log; `number`: of the newest CRL."""
    with domain.store.transaction() as db:
        record = certifiers.get(db, certifier_id)
        revocation_state.seal(db, record, server, serials, domain.now(), lists=revocation_state.Made(number))
        audit_log.enter(db, domain.now(), server, [Event(AuditAction.CERTIFICATE_REVOKED, "", {})])


@contextmanager
def behind(store: Store) -> Iterator[sqlite3.Connection]:
    """Write behind the audit log, as an attacker would, or a test of the store alone."""
    with closing(sqlite3.connect(store.path)) as db, db:
        db.row_factory = sqlite3.Row
        yield db


def journal(office) -> list[sqlite3.Row]:
    """The journal of serial numbers, without those of the office's IDs."""
    ids = {f"{each.certificate.serial_number:x}" for each in (office.ann, office.rob, office.server, office.certifier)}
    return [row for row in sql(office, "SELECT * FROM serials ORDER BY rowid") if row["serial_hex"] not in ids]


def certificates(office) -> list[x509.Certificate]:
    """The certificates in the ICLs, in the order of the requests."""
    rows = sql(office, "SELECT der FROM issued ORDER BY request_id")
    return [x509.load_der_x509_certificate(row["der"]) for row in rows]


def entries(office) -> list[AuditRecord]:
    """The entries of the audit log, the oldest first."""
    with office.domain.store.snapshot() as db:
        return [*audit.entries(db)]


def actions(office) -> list[tuple[str, str]]:
    """The audit log's actions and objects."""
    return [(row["action"], row["object"]) for row in sql(office, "SELECT * FROM audit ORDER BY number")]


def server(office, ask=None):
    """A running server with its console; `ask` answers its prompts."""
    return application.start_server(office.domain, office.server, ask or no_password)


def load_ca(office) -> list[str]:
    """Run the CA process once for everything; return the console's output."""
    running = server(office)
    lines = list(running.console.execute("load ca"))
    list(running.stop())
    return lines


def said(lines: list[str]) -> str:
    """The console's lines without their time stamps."""
    return "\n".join(line.partition("M  ")[2] or line for line in lines)
