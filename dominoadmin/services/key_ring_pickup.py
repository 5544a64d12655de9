"""Merges the signed certificate into the key ring that asked for it (technote, steps 24-26)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused, Tampered
from dominoadmin.pki import certification_paths, key_rings
from dominoadmin.pki.key_rings import KeyRing
from dominoadmin.services import requesting
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_ring_access import KeyRingAccess, OpenKeyRing, event_of, open_ring, rewrite
from dominoadmin.services.requesting import APPROVED, ERROR, ISSUED, PENDING, REJECTED, RequestView
from dominoadmin.store import certifiers, issued
from dominoadmin.store.database import Connection

# Domino's words (technote, step 26).
RECEIVED: Final = "Certificate received into key ring"


@dataclass(frozen=True)
class SignedConfirmation:
    """What "Merge Signed Certificate Confirmation" shows. `path` leads from the certificate to the trusted root."""

    file: str
    certifier: str
    request_id: int
    path: tuple[x509.Certificate, ...]

    @property
    def certificate(self) -> x509.Certificate:
        """The signed certificate."""
        return self.path[0]


def pickup_preview(domain: Domain, access: KeyRingAccess, pickup_id: str) -> SignedConfirmation:
    """Return the certificate that `pickup` would merge, after every check of it.

    Raises:
        NotFound: no request has this pickup ID; or as `open_ring` does.
        Refused: it is not issued, belongs to another key, or no path leads from it to a trusted root of the ring.
        Error, Damaged, WrongPassword: as `open_ring` does.

    """
    confirmation, _, _ = _picked_up(domain, access, pickup_id)
    return confirmation


def pickup(domain: Domain, actor: Actor, access: KeyRingAccess, pickup_id: str) -> SignedConfirmation:
    """Merge the certificate with this pickup ID into the key ring that asked for it ("Pickup Certificate").

    Raises:
        NotFound, Refused, Error, Damaged, WrongPassword: as `pickup_preview` does; nothing was changed.

    """
    confirmation, opened, ring = _picked_up(domain, access, pickup_id)
    if ring != opened.ring:
        serial = f"{confirmation.certificate.serial_number:x}"
        event = event_of("key ring certificate merged", opened, request=confirmation.request_id, serial=serial)
        rewrite(domain, actor, opened, ring, event)
    return confirmation


def _picked_up(
    domain: Domain, access: KeyRingAccess, pickup_id: str
) -> tuple[SignedConfirmation, OpenKeyRing, KeyRing]:
    with domain.store.snapshot() as db:
        shown = requesting.by_pickup_id(db, pickup_id)
        leaf, issuer = _issued(db, shown)
    opened = open_ring(domain, access)
    ring = key_rings.with_certificate(opened.ring, leaf, [issuer], domain.now())
    roots = tuple(root.certificate for root in ring.trusted_roots)
    path = certification_paths.build(leaf, ring.intermediates, roots, domain.now())
    return SignedConfirmation(opened.path.name, shown.certifier, shown.request.id, path), opened, ring


def _issued(db: Connection, shown: RequestView) -> tuple[x509.Certificate, x509.Certificate]:
    """Return the certificate that a request led to, and its certifier's."""
    number = shown.request.id
    if shown.state != ISSUED:
        raise _not_issued(shown)
    found = issued.of_request(db, number)
    if found is None:
        raise Tampered(f"The certificate of request {number} is not in the Issued Certificate List.")
    issuer = certifiers.get(db, found.certifier_id).certificate
    try:
        return x509.load_der_x509_certificate(found.der), x509.load_der_x509_certificate(issuer)
    except ValueError:
        raise Tampered(f"The certificate of request {number} in the Issued Certificate List cannot be read.") from None


def _not_issued(shown: RequestView) -> Refused:
    number, reason = shown.request.id, shown.document.reason if shown.document else ""
    sentences = {
        PENDING: (
            "has not been submitted to the Administration Process.",
            f"Submit it: dominoadmin request submit {number}",
        ),
        APPROVED: (
            "is approved and waits for the CA process.",
            "Check that it runs ('load ca') and that the certifier is active ('tell ca stat').",
        ),
        REJECTED: (f"was rejected: {reason}", "Make a new request: dominoadmin keyring certify"),
        ERROR: (f"was refused by the CA process: {reason}", "Make a new request: dominoadmin keyring certify"),
    }
    waiting = ("waits for a registration authority.", f"An RA approves it: dominoadmin request approve {number}")
    problem, hint = sentences.get(shown.state, waiting)
    return Refused(f"Request {number} {problem}", hint)
