"""Decisions of registration authorities: signed documents about one request, verified by whoever acts on them."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from dominoadmin.errors import Tampered
from dominoadmin.pki import documents
from dominoadmin.pki.documents import SignedDocument, Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.store.records import AdminRequestRecord, RequestRecord

KIND: Final = "decision"


def content(
    request: RequestRecord, document: AdminRequestRecord, certifier: Certifier, decision: str
) -> dict[str, Any]:
    """Return what an RA signs: exactly this request's bytes, exactly these fields, for exactly this certifier's key."""
    return {
        "decision": decision,
        "reason": document.reason,
        "request": request.id,
        "kind": request.kind,
        "request_sha256": documents.digest(request.csr),
        "certifier": certifier.record.name,
        "certifier_key": certifier.configuration.key_fingerprint,
        "fields": document.fields,
    }


def sign(
    ra: Identity, request: RequestRecord, document: AdminRequestRecord, certifier: Certifier, decision: str
) -> SignedDocument:
    """Return the decision, signed by the RA."""
    return documents.sign(KIND, content(request, document, certifier, decision), ra)


class DecisionCheck:
    """Checks decisions about the requests of one certifier."""

    def __init__(self, certifier: Certifier, verifier: Verifier, now: datetime) -> None:
        self._certifier, self._verifier, self._now = certifier, verifier, now

    def signer(self, request: RequestRecord, document: AdminRequestRecord, decision: str) -> str:
        """Return the canonical name of the RA who has signed this decision about this request.

        Raises:
            Tampered: nobody signed it, it was signed about something else, or not by an RA of the certifier.

        """
        if document.decision is None:
            raise Tampered(f"Request {request.id} is in the state {document.state}, but nobody has signed that.")
        signer, signed = self._verifier.verify(documents.parse(document.decision), KIND, self._now)
        if signed != content(request, document, self._certifier, decision):
            raise Tampered(f"What {signer} has signed about request {request.id} was given for something else.")
        if signer not in self._certifier.configuration.ras:
            raise Tampered(f"{signer}, who has signed it, is not a Registration Authority of the certifier.")
        return signer
