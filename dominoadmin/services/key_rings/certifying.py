"""Merges the trusted root into a key ring and submits its request (technote, steps 16-18; "Certify Key Ring")."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, describe, key_rings, keys, names
from dominoadmin.pki.profiles import SERVER
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.access import KeyRingAccess, OpenKeyRing, event_of, open_ring, rewrite
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.issuable import AskedFor, issuable
from dominoadmin.services.requests.submitting import RequestView, Submission
from dominoadmin.store import certifiers
from dominoadmin.store.database import Connection
from dominoadmin.store.records import DatabaseRecord

# Domino's words (technote, step 18).
ROOT_RECEIVED: Final = _("Certificate received into key ring and designated as trusted root")
SUBMITTED: Final = _("Certificate Request Successfully Submitted for Key Ring")


@dataclass(frozen=True)
class RootConfirmation:
    """The contents of "Merge Trusted Root Certificate Confirmation"."""

    certifier: str
    certificate: x509.Certificate
    label: str


def check_database(domain: Domain, actor: Actor, database: str, file: str, asked: AskedFor) -> DatabaseRecord:
    """Check, before anything is written, that a Certificate Requests database would take a key ring's request.

    Raises:
        NotFound: there is no such database.
        Refused: it takes client certificates only (the technote's words), or its certifier's settings forbid it.
        Tampered: the certifier's configuration is invalid, or the database is not the one that was signed.

    """
    return _checked(domain, actor, database, file, asked)[0]


def _checked(
    domain: Domain, actor: Actor, database: str, file: str, asked: AskedFor
) -> tuple[DatabaseRecord, Certifier]:
    with domain.store.snapshot() as db:
        record = _database(db, actor, database)
        configuration = databases.configuration_of(record)
        submitting.check_kind(configuration, Submission(b"", SERVER, key_ring=file))
        certifier = certifiers.get(db, record.certifier_id)
        verified = configuring.verified(db, certifier, actor.verifier(), domain.now())
    _check_valid(domain, verified.issuer.certificate)
    issuable(asked, configuration, verified.configuration.settings)
    return record, verified


def _database(db: Connection, actor: Actor, file: str) -> DatabaseRecord:
    """Return a database as an administrator has signed it: its certifier becomes a trusted root."""
    record = databases.get(db, file)
    databases.check(db, actor.verifier(), record)
    return record


def trusted_root_of(domain: Domain, actor: Actor, database: str) -> RootConfirmation:
    """Return the certificate of a database's certifier, to be confirmed before it is merged as trusted root.

    Raises:
        NotFound: there is no such database.
        Refused: the certificate is not valid now.
        Tampered: the certifier's configuration is invalid, or has another certificate; or the database is not the one
            that was signed.

    """
    with domain.store.snapshot() as db:
        certifier = certifiers.get(db, _database(db, actor, database).certifier_id)
        found = configuring.verified(db, certifier, actor.verifier(), domain.now())
    found.check_founded()
    certificate = found.issuer.certificate
    _check_valid(domain, certificate)
    return RootConfirmation(certifier.name, certificate, label_for(certificate))


def merge_trusted_root(
    domain: Domain, actor: Actor, access: KeyRingAccess, certificate: x509.Certificate, label: str
) -> str:
    """Merge an authority's certificate into a key ring and designate it as trusted root; return Domino's message.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `open_ring` does.
        Refused: the certificate is not an authority's or not valid now, or the label is taken or invalid.

    """
    _merge_root(domain, actor, open_ring(domain, access), RootConfirmation("", certificate, label))
    return ROOT_RECEIVED


def submit_request(domain: Domain, actor: Actor, access: KeyRingAccess, database: str) -> RequestView:
    """Add the key ring's request to a Certificate Requests database, as *Pending Submission*.

    Raises:
        NotFound, Error, Damaged, WrongPassword: as `open_ring` does.
        Refused: the database takes client certificates only, or the certifier's settings forbid the request.

    """
    return _submit(domain, actor, open_ring(domain, access), database)


def certify(domain: Domain, actor: Actor, access: KeyRingAccess, database: str, root: RootConfirmation) -> RequestView:
    """Merge the certificate that `trusted_root_of` has shown and submit the request ("Certify Key Ring").

    Raises:
        NotFound, Error, Damaged, WrongPassword, Refused, Tampered: as `check_database` and `merge_trusted_root` do.

    """
    opened = open_ring(domain, access)
    _record, certifier = _checked(domain, actor, database, opened.path.name, asked_by(opened))
    return _submit(domain, actor, _merge_root(domain, actor, opened, root), database, certifier)


def asked_by(opened: OpenKeyRing) -> AskedFor:
    """Return the contents of an existing key ring's request.

    Raises:
        Refused: its name has attributes that this program does not use.

    """
    ring = opened.ring
    algorithm = keys.algorithm_of(ring.private_key.public_key())
    return AskedFor(SERVER, names.from_x509(ring.subject), ring.general_names, algorithm)


def _merge_root(domain: Domain, actor: Actor, opened: OpenKeyRing, root: RootConfirmation) -> OpenKeyRing:
    """Merge a trusted root, unless the ring already trusts it."""
    if any(known.certificate == root.certificate for known in opened.ring.trusted_roots):
        return opened
    _check_valid(domain, root.certificate)
    ring = key_rings.with_trusted_root(opened.ring, root.certificate, root.label)
    detail = {"label": root.label, "sha256": describe.certificate(root.certificate)["sha256"]}
    return rewrite(domain, actor, opened, ring, event_of(AuditAction.TRUSTED_ROOT_MERGED, opened, **detail))


def _submit(
    domain: Domain, actor: Actor, opened: OpenKeyRing, database: str, known: Certifier | None = None
) -> RequestView:
    applicant = names.abbreviated(actor.name)
    submission = Submission(key_rings.request(opened.ring), SERVER, applicant, opened.path.name)
    return submitting.take_in(domain, actor, database, submission, known)


def _check_valid(domain: Domain, certificate: x509.Certificate) -> None:
    if problem := certification_paths.validity_problem(certificate, domain.now()):
        raise Refused(problem, _("Register a new Internet certifier, and check the clock of this computer."))


def label_for(certificate: x509.Certificate) -> str:
    """Return the proposed label for a trusted root: its common name, if that is valid."""
    try:
        subject = names.from_x509(certificate.subject)
        label = subject.common_name or subject.organization
        key_rings.check_label(label)
    except Refused:
        return "Trusted root"
    return label
