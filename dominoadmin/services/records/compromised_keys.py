"""Compromised keys, which are never certified again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys
from dominoadmin.pki.keys import PublicKey
from dominoadmin.services.audit import committed
from dominoadmin.store import ledger, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object

COMPROMISED: Final = _("A certificate for this key was revoked because the key is compromised.")
HINT: Final = _("Create a new key and a new request.")


def among(db: Connection, fingerprints: Iterable[str]) -> frozenset[str]:
    """Return which of many keys are not certified again, by their fingerprints: as many queries as for one.

    The signed state knows every key that was barred, even if its row is gone, or that of its revocation says another
    key. The act that asks is entered in the audit log, which checks the state's signature.

    Raises:
        Tampered: the state was altered.
        Damaged: a request for revocation cannot be read: it may be about any of the keys.

    """
    wanted = {each: Object("barred_keys", each) for each in fingerprints}
    claimed = committed.claimed(db, wanted.values())
    present = ledger.find_all(db, wanted.values())
    barred = {each for each, which in wanted.items() if claimed[which] or present[which].digest}
    return frozenset(barred | revocations.compromised(db, wanted))


class Asked:
    """Keys that are asked about one by one in an act: those that are foreseen in one query, any other in its own."""

    def __init__(self, db: Connection, foreseen: Iterable[str]) -> None:
        self._db, self._foreseen = db, {*foreseen}

    @cached_property
    def _barred(self) -> frozenset[str]:
        return among(self._db, self._foreseen)

    def problem(self, fingerprint: str) -> str:
        """Return why this key is not certified again, or an empty string.

        Raises:
            Tampered, Damaged: as `among` does.

        """
        barred = self._barred if fingerprint in self._foreseen else among(self._db, [fingerprint])
        return COMPROMISED if fingerprint in barred else ""


def problem(db: Connection, key: PublicKey) -> str:
    """Return why this key is not certified again, or an empty string.

    Raises:
        Tampered, Damaged: as `among` does.

    """
    return Asked(db, []).problem(keys.fingerprint(key))


def check(db: Connection, key: PublicKey) -> None:
    """Raise `Refused` if any certifier's certificate for this key was revoked because the key is compromised."""
    if problem(db, key):
        raise refusal()


def refusal() -> Refused:
    """Return the refusal of a compromised key."""
    return Refused(COMPROMISED, HINT)
