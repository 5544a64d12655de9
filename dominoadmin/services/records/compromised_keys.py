"""Compromised keys, which are never certified again."""

from __future__ import annotations

from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import keys
from dominoadmin.pki.keys import PublicKey
from dominoadmin.store import revocations
from dominoadmin.store.database import Connection

COMPROMISED: Final = _("A certificate for this key was revoked because the key is compromised.")
HINT: Final = _("Create a new key and a new request.")


def problem(db: Connection, key: PublicKey) -> str:
    """Return why this key is not certified again, or an empty string."""
    return COMPROMISED if revocations.is_compromised(db, keys.fingerprint(key)) else ""


def check(db: Connection, key: PublicKey) -> None:
    """Raise `Refused` if any certifier's certificate for this key was revoked because the key is compromised."""
    if text := problem(db, key):
        raise Refused(text, HINT)
