"""The numbers of requests: none is given out again, even if the request is gone, and none is submitted twice."""

from __future__ import annotations

from collections.abc import Sequence

from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.domain import Actor
from dominoadmin.store import ledger, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object


def free(db: Connection, verifier: Verifier) -> int:
    """Return the next number.

    Raises:
        Tampered: log or state are not as they were signed, or the request with the highest number was put in.

    """
    number = requests.last_number(db) + 1
    newest = Object("requests", str(number - 1))
    if number > 1 and not (committed.digests(db, verifier, [newest]) or {newest: "unknown"})[newest]:
        raise committed.altered(newest)
    while any((committed.digests(db, verifier, [Object("requests", str(number))]) or {}).values()):
        number += 1
    return number


def check_new(db: Connection, actor: Actor, ids: Sequence[int]) -> None:
    """Raise `Tampered` unless pending requests are as they were received, and none has a document in Admin4.

    Their states are not committed: an altered one must not start a request again.
    """
    documents = [Object("admin_requests", str(each)) for each in ids]
    committed.check_same(db, actor.verifier(), [*(Object("requests", str(each)) for each in ids), *documents])
    for each, content in ledger.find_all(db, documents).items():
        if content.digest:
            raise committed.altered(Object("requests", each.key))
