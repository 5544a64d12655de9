"""The numbers of requests: one that the audit log knows is never given out again, even if the request is gone."""

from __future__ import annotations

from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.store import requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object


def free(db: Connection, verifier: Verifier) -> int:
    """Return the next number.

    Raises:
        Tampered: log or state are not as they were signed.

    """
    number = requests.last_number(db) + 1
    while any((committed.digests(db, verifier, [Object("requests", str(number))]) or {}).values()):
        number += 1
    return number
