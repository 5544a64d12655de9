"""Merges the signed certificate into the key ring that asked for it (technote, steps 24-26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused, about
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, key_rings
from dominoadmin.pki.key_rings import KeyRing
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.access import KeyRingAccess, OpenKeyRing, event_of, open_ring, rewrite
from dominoadmin.services.records import issued_certificates
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.next_steps import Turn, for_command_line
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import RequestState
from dominoadmin.store import certifiers, guide_facts

# Domino's words (technote, step 26).
RECEIVED: Final = _("Certificate received into key ring")


@dataclass(frozen=True)
class SignedConfirmation:
    """The contents of "Merge Signed Certificate Confirmation". `path` leads from it to the trusted root."""

    file: str
    certifier: str
    request_id: int
    path: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        """The signed certificate."""
        return self.path[0]


def pickup_preview(domain: Domain, actor: Actor, access: KeyRingAccess, pickup_id: str) -> SignedConfirmation:
    """Return the certificate that `pickup` would merge, after every check of it.

    Raises:
        NotFound: no request has this pickup ID; or as `open_ring` does.
        Refused: it is not issued yet, is for another key, or has no path to a trusted root of the ring.
        Tampered: the certificate in the store is not the one that was issued for the request.
        Error, Damaged, WrongPassword: as `open_ring` does.

    """
    confirmation, _, _ = _picked_up(domain, actor, access, pickup_id)
    return confirmation


def pickup(domain: Domain, actor: Actor, access: KeyRingAccess, pickup_id: str) -> SignedConfirmation:
    """Merge the certificate with this pickup ID into the key ring that asked for it ("Pickup Certificate").

    Raises:
        NotFound, Refused, Tampered, Error, Damaged, WrongPassword: as `pickup_preview` does; nothing was changed.

    """
    confirmation, opened, ring = _picked_up(domain, actor, access, pickup_id)
    if ring != opened.ring or not _is_entered(domain, opened, confirmation.request_id):
        serial = f"{confirmation.certificate.serial_number:x}"
        event = event_of(
            AuditAction.KEY_RING_CERTIFICATE_MERGED, opened, request=confirmation.request_id, serial=serial
        )
        rewrite(domain, actor, opened, ring, event)
    return confirmation


def _is_entered(domain: Domain, opened: OpenKeyRing, request_id: int) -> bool:
    """Return whether the audit log has the pickup: a kill may have come between the file and the entry."""
    with domain.store.snapshot() as db:
        merged = guide_facts.merged(db, AuditAction.KEY_RING_CERTIFICATE_MERGED)
    return (opened.key_fingerprint, request_id) in merged


def _picked_up(
    domain: Domain, actor: Actor, access: KeyRingAccess, pickup_id: str
) -> tuple[SignedConfirmation, OpenKeyRing, KeyRing]:
    with domain.store.snapshot() as db:
        with about("pickup_id"):
            shown = submitting.by_pickup_id(db, pickup_id)
            if shown.state != RequestState.ISSUED:
                raise _not_issued(shown)
        record = certifiers.get(db, shown.request.certifier_id)
        certifier = configuring.verified(db, record, actor.verifier(), domain.now())
        certifier.check_founded()
        entry = issued_certificates.handed_out(db, actor.verifier(), shown.request, shown.document, certifier)
    leaf, above = x509.load_der_x509_certificate(entry.der), entry.issuer.chain(domain.now())
    opened = open_ring(domain, access)
    ring = key_rings.with_certificate(opened.ring, leaf, map(x509.load_der_x509_certificate, above), domain.now())
    roots = tuple(root.certificate for root in ring.trusted_roots)
    path = certification_paths.build(leaf, ring.intermediates, roots, domain.now())
    return SignedConfirmation(opened.path.name, shown.certifier, shown.request.id, path), opened, ring


def _not_issued(shown: RequestView) -> Refused:
    number, reason = shown.request.id, shown.document.reason if shown.document else ""
    match shown.turn:
        case Turn.SUBMIT:
            problem = _("Request {number} has not been submitted to the Administration Process.", number=number)
        case Turn.ISSUE:
            problem = _("Request {number} is approved and is waiting for the CA process.", number=number)
        case Turn.PULL_REJECTION | Turn.ASK_AGAIN:
            problem = _("Request {number} was rejected: {reason}", number=number, reason=reason)
        case Turn.MEND:
            problem = _("Request {number} was refused by the CA process: {reason}", number=number, reason=reason)
        case _:
            problem = _("Request {number} is waiting for a registration authority.", number=number)
    if shown.turn in (Turn.PULL_REJECTION, Turn.ASK_AGAIN, Turn.MEND):
        return Refused(problem, _("Create a new request: Certify Key Ring, or 'dominoadmin keyring certify'."))
    return Refused(problem, for_command_line(shown.turn, number))
