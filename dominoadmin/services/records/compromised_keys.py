"""Compromised keys, which are never certified again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys
from dominoadmin.pki.keys import PublicKey
from dominoadmin.services import doubts
from dominoadmin.services.audit import committed
from dominoadmin.store import compromised_keys as stored
from dominoadmin.store import ledger
from dominoadmin.store.compromised_keys import CompromisedKey
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import RevocationRecord

COMPROMISED: Final = _("A certificate for this key was revoked because the key is compromised.")
HINT: Final = _("Create a new key and a new request.")


def bar(db: Connection, revoked: Iterable[RevocationRecord]) -> None:
    """Bar the keys of those certificates that are revoked because the key is compromised, for ever.

    What counts as barred is what the signed state says, whether or not there is a row: somebody may have removed one,
    or added it so that the state would never know of the key.
    """
    barring = [each for each in revoked if each.reason in stored.REASONS and each.released_at is None]
    found = {each: _barred(each.key_fingerprint) for each in barring if each.key_fingerprint}  # else it is unknown
    claimed = committed.claimed(db, found.values())
    stored.bar(db, [each for each, which in found.items() if not claimed[which]])


def refusals(db: Connection, fingerprints: Iterable[str]) -> dict[str, Refused]:
    """Return why keys are not certified again, by their fingerprints; nothing for others: as many queries as for one.

    The signed state knows every key that was barred, even if its row is gone, or that of its revocation says another
    key. A row that calls a key compromised, and is not the one that was signed, is named instead of believed. The act
    that asks is entered in the audit log, which checks the state's signature.

    Raises:
        Tampered: the state was altered.
        Damaged: a request for revocation cannot be read: it may be about any of the keys.

    """
    barred = {each: _barred(each) for each in fingerprints}
    said = [CompromisedKey(each, (which,)) for each, which in barred.items()] + stored.find(db, barred)
    objects = {which for each in said for which in each.rows}
    claimed, present = committed.claimed(db, objects), ledger.find_all(db, objects)
    found: dict[str, Refused] = {each: refusal() for each, which in barred.items() if claimed[which]}
    for key, rows in said:
        added = next((each for each in rows if present[each].digest != claimed[each].hex()), None)
        if added is None and all(claimed[each] for each in rows):
            found[key] = refusal()
        elif added:
            found.setdefault(key, doubts.altered(added))
    return found


class Asked:
    """Keys that are asked about one by one in an act: those that are foreseen in one query, any other in its own."""

    def __init__(self, db: Connection, foreseen: Iterable[str]) -> None:
        self._db, self._foreseen = db, {*foreseen}

    @cached_property
    def _refusals(self) -> dict[str, Refused]:
        return refusals(self._db, self._foreseen)

    def refusal(self, fingerprint: str) -> Refused | None:
        """Return why this key is not certified again, or None.

        Raises:
            Tampered, Damaged: as `refusals` does.

        """
        found = self._refusals if fingerprint in self._foreseen else refusals(self._db, [fingerprint])
        return found.get(fingerprint)


def problem(db: Connection, key: PublicKey) -> Refused | None:
    """Return why this key is not certified again, or None.

    Raises:
        Tampered, Damaged: as `refusals` does.

    """
    return Asked(db, []).refusal(keys.fingerprint(key))


def check(db: Connection, key: PublicKey) -> None:
    """Raise `Refused` if any certifier's certificate for this key was revoked because the key is compromised.

    Raises:
        Tampered: a row says so that nobody has signed.

    """
    if refused := problem(db, key):
        raise refused


def refusal() -> Refused:
    """Return the refusal of a compromised key."""
    return Refused(COMPROMISED, HINT)


def _barred(fingerprint: str) -> Object:
    return Object("barred_keys", fingerprint)
