"""Compromised keys, which are never certified again."""

from __future__ import annotations

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


def problem(db: Connection, key: PublicKey) -> str:
    """Return why this key is not certified again, or an empty string.

    The signed state knows every key that was barred, even if its row is gone, or that of its revocation says another
    key. The act that asks is entered in the audit log, which checks the state's signature.

    Raises:
        Tampered: the state was altered.

    """
    fingerprint = keys.fingerprint(key)
    which = Object("barred_keys", fingerprint)
    is_barred = bool(committed.claimed(db, which)) or bool(ledger.find(db, which).digest)
    return COMPROMISED if is_barred or revocations.is_compromised(db, fingerprint) else ""


def check(db: Connection, key: PublicKey) -> None:
    """Raise `Refused` if any certifier's certificate for this key was revoked because the key is compromised."""
    if text := problem(db, key):
        raise Refused(text, HINT)
