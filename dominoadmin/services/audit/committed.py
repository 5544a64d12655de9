"""Compares objects of the store with what the audit log commits, in the snapshot in which they are used.

What a row says counts only if the state has its digest, and the state only if it leads to the root that the last head
signs. So a row that was put in, altered or removed behind the program is told before anything is done by it.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from cryptography import x509

from dominoadmin.errors import Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import NOTHING, Head
from dominoadmin.store import audit, earlier_audit, ledger, state
from dominoadmin.store.audit import HeadRecord
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object

_HEADS = 64
"""Verified heads that are remembered: the last ones of the domains that this process has open."""


def check(db: Connection, verifier: Verifier, objects: Iterable[Object], absent: Iterable[Object] = ()) -> None:
    """Check that objects are as the log commits them, and that it commits none of those that must not exist.

    Raises:
        Tampered: one was altered, added or removed; the message names the first.

    """
    there, not_there = list(objects), list(absent)
    if differing := _differing(db, verifier, there, not_there):
        which = differing[0]
        raise Tampered(
            _(
                "A row of the store ({what}) is not the one that was signed: it was altered, added or removed.",
                what=f"{which.kind} {which.key}",
            ),
            _("Nothing was done by it. Restore the store from a backup; 'dominoadmin audit verify' checks the log."),
        )


def digests(db: Connection, verifier: Verifier, objects: Iterable[Object]) -> dict[Object, str]:
    """Return the digests that the log commits now, in hex; empty for what it does not commit.

    Raises:
        Tampered: log or state are not those that were signed.

    """
    record = audit.head(db)
    head = _verified(record, verifier.anchor) if record else NOTHING
    pending = {each.object: each.after for entry in audit_log.unsigned_tail(db, head) for each in entry.commits}
    hashes = {each: each.hash() for each in objects}
    try:
        known = state.find(db, hashes.values(), bytes.fromhex(head.state))
    except state.Altered:
        raise audit_log.differs(head.size) from None
    return {each: pending.get(each) or known.get(hash_, b"").hex() for each, hash_ in hashes.items()}


def _differing(db: Connection, verifier: Verifier, there: list[Object], absent: list[Object]) -> list[Object]:
    if audit.head(db) is None and earlier_audit.is_there(db):
        return []  # it can only be read before it is taken over
    committed = digests(db, verifier, (*there, *absent))
    return [
        *(each for each in there if not committed[each] or ledger.find(db, each).digest != committed[each]),
        *(each for each in absent if committed[each]),
    ]


@lru_cache(maxsize=_HEADS)
def _verified(record: HeadRecord, anchor: bytes) -> Head:
    return audit_log.verified_head(record, Verifier(x509.load_der_x509_certificate(anchor)))[1]
