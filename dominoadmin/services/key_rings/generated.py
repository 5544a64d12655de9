"""Generated passwords of key rings, which nobody has seen: only the stash has them, sealed to the server's ID.

With that ID open, the person for whom a password was generated opens the key ring without typing it; nobody else
does. A person who wants a password of their own changes it, which seals the new one without a name.
"""

from __future__ import annotations

import secrets

from dominoadmin.errors import Error
from dominoadmin.pki import stashes
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.access import path_of
from dominoadmin.store import key_rings as files


def new_password() -> str:
    """Return a password of 256 random bits, in ASCII: Java opens the key ring, too."""
    return secrets.token_urlsafe(32)


def is_for(domain: Domain, actor: Actor, file: str) -> bool:
    """Return whether the stash of a key ring says that its password was generated for this person."""
    try:
        return files.read_stash(path_of(domain, file)).person == actor.name
    except Error:  # no such file, or damaged
        return False


def password_of(domain: Domain, actor: Actor, server: Identity | None, file: str) -> str:
    """Return the password that was generated for a person who is logged in, or an empty string.

    `server` is the open ID of the server, None if it is not open. The seal is bound to the name in the stash: one
    that was changed there opens nothing.
    """
    if server is None or actor.identity is None:
        return ""
    try:
        path = path_of(domain, file)
        stash = files.read_stash(path)
        return stashes.passwords(stash, server, files.stash_label(path))[0] if stash.person == actor.name else ""
    except Error:  # no such file, sealed to another server, or altered
        return ""
