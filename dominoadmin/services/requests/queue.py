"""The requests waiting for a certifier (`tell ca show queue`)."""

from __future__ import annotations

from dominoadmin.services.domain import Domain
from dominoadmin.services.states import AdminRequestState
from dominoadmin.store import requests


def queue(domain: Domain, certifier_id: int) -> list[str]:
    """Return a line for each request that waits for an RA or for the CA process."""
    with domain.store.snapshot() as db:
        documents = [
            d
            for state in (AdminRequestState.NEW, AdminRequestState.APPROVED)
            for d in requests.open_documents(db, certifier_id, state)
        ]
        known = {document.request_id: requests.find(db, document.request_id) for document in documents}
    return [
        f"Certificate request {document.request_id}: {found.subject} ({document.state})"
        for document in documents
        if (found := known[document.request_id])
    ]
