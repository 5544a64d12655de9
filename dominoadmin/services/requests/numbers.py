"""The numbers of requests: none is given out again, even if the request is gone, and none is submitted twice."""

from __future__ import annotations

from collections.abc import Sequence

from dominoadmin.errors import Tampered
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
    """Raise `Tampered` unless pending requests are as they were received, and none has a document in Admin4."""
    for refusal in altered(db, actor, ids).values():
        raise refusal


def altered(db: Connection, actor: Actor, ids: Sequence[int]) -> dict[int, Tampered]:
    """Return a refusal for each pending request, by its number, that is not as it was received.

    Nor may it have a document in Admin4: their states are not committed, and an altered one must not start a request
    again.
    """
    pending = {Object("requests", str(each)): each for each in ids}
    documents = [Object("admin_requests", str(each)) for each in ids]
    there = (which.key for which, content in ledger.find_all(db, documents).items() if content.digest)
    differing = committed.find_differing(db, actor.verifier(), [*pending, *documents])
    found = {key: Object("requests", key) for key in there} | {which.key: which for which in sorted(differing)}
    return {number: committed.altered(found[which.key]) for which, number in pending.items() if which.key in found}
