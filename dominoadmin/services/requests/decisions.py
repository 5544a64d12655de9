"""Decisions of registration authorities: signed documents about one request, verified before they are carried out."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents
from dominoadmin.pki.documents import SignedDocument, Verifier
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.store.records import AdminRequestRecord, RequestRecord

KIND: Final = "decision"


def content(
    request: RequestRecord, document: AdminRequestRecord, certifier: Certifier, decision: str
) -> dict[str, Any]:
    """Return the content that an RA signs: this request's exact bytes, these fields, and this certifier's key."""
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
        """Return the canonical name of the RA who signed this decision about this request.

        Raises:
            Tampered: it is unsigned, about something else, or not signed by an RA of the certifier.

        """
        if document.decision is None:
            raise Tampered(
                _(
                    "Request {id} has the state {state}, but no signature confirms it.",
                    id=request.id,
                    state=document.state,
                )
            )
        signer, signed = self._verifier.verify(documents.parse(document.decision), KIND, self._now)
        if signed != content(request, document, self._certifier, decision):
            raise Tampered(
                _(
                    "The signature of {signer} for request {id} belongs to something else.",
                    signer=signer,
                    id=request.id,
                )
            )
        if signer not in self._certifier.configuration.ras:
            raise Tampered(
                _(
                    "{signer} signed the decision, but is not a registration authority (RA) of the certifier.",
                    signer=signer,
                )
            )
        return signer
