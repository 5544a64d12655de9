"""Generated passwords of key rings, which nobody has seen: only the stash has them, sealed to the server's ID.

With that ID open, the person for whom a password was generated opens the key ring without typing it; nobody else
does. This person has signed the seal: otherwise anyone could replace the key ring by one with another key, because a
password is sealed to the server's public key. Who prefers a password to type changes it; the new one is sealed without
a name.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from typing import Final

from dominoadmin.errors import Error, NotAllowed
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, stashes
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.stashes import Stash
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.access import path_of
from dominoadmin.services.records import revoked_ids
from dominoadmin.store import key_rings as files
from dominoadmin.store.records import instant, moment
from dominoadmin.store.stored_json import load

_KIND: Final = "generated password"
_AT: Final = "at"


def new_password() -> str:
    """Return a password of 256 random bits, in ASCII: Java opens the key ring, too."""
    return secrets.token_urlsafe(32)


def holder(actor: Actor) -> Identity:
    """Return the ID of the person for whom a password is generated.

    Raises:
        NotAllowed: it is not open, so that nothing could be signed, and nobody could open the key ring afterwards.

    """
    if actor.identity is None:
        raise NotAllowed(
            _("A password can only be generated for somebody with an open ID."),
            _("Log in first; on the command line, name an ID file with --id."),
        )
    return actor.identity


def signed(stash: Stash, person: Identity, now: datetime) -> Stash:
    """Return a stash whose seal the person has signed for whom the password was generated."""
    document = documents.sign(_KIND, {**stash.content(), _AT: instant(now)}, person)
    return replace(stash, signed=document.serialize())


def person_of(domain: Domain, file: str) -> str:
    """Return for whom the password of a key ring was generated, as its stash says; an empty string if for nobody."""
    try:
        return files.read_stash(path_of(domain, file)).person
    except Error:  # no such file, or damaged
        return ""


def is_for(domain: Domain, actor: Actor, file: str) -> bool:
    """Return whether the stash of a key ring says that its password was generated for this person."""
    return person_of(domain, file) == actor.name


def password_of(domain: Domain, actor: Actor, server: Identity | None, file: str) -> str:
    """Return the password that was generated for a person who is logged in, or an empty string.

    `server` is the open ID of the server, None if it is not open. A stash that this person has not signed opens
    nothing: what it opens may have a key that somebody else has.
    """
    if server is None or actor.identity is None:
        return ""
    try:
        path = path_of(domain, file)
        stash = files.read_stash(path)
        if stash.person != actor.name or not _is_signed(domain, actor, stash):
            return ""
        return stashes.passwords(stash, server, files.stash_label(path))[0]
    except Error:  # no such file, sealed to another server, altered, or signed with a revoked ID
        return ""


def _is_signed(domain: Domain, actor: Actor, stash: Stash) -> bool:
    """Return whether the person has signed the seal, perhaps with an ID that has been superseded since.

    Raises:
        Tampered, Refused: nobody in the organization has signed it, or with an ID that was revoked.

    """
    document = documents.parse(stash.signed)
    try:
        at = moment(load(document.content.decode())[_AT])
    except (ValueError, KeyError, TypeError, RecursionError):
        return False
    verifier = actor.verifier()
    signer, content = verifier.verify(document, _KIND, at)  # the ID may have ended since then
    revoked_ids.check_signer(domain, verifier, stash.signed)
    return signer == actor.name and content == {**stash.content(), _AT: instant(at)}
