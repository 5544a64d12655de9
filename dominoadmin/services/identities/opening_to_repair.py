"""Opens IDs to check and repair the store, though rows by which IDs are opened may be what has to be repaired.

Otherwise nobody could repair a store in which a fact about the domain, the organization's document or those of people
were altered. What the audit log commits decides then, whatever the rows say; and a repair commits nothing new.
"""

from __future__ import annotations

from pathlib import Path

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.pki import identities
from dominoadmin.pki.identities import Identity, PublicIdentity
from dominoadmin.services.audit import committed, former_ids
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities import identifying
from dominoadmin.store import id_files
from dominoadmin.store.ledger import Object


def open_id(domain: Domain, path: Path, password: str) -> Identity:
    """Open an ID file.

    Raises:
        NotFound, Error, Damaged, WrongPassword, Refused: as `identifying.open_id` does.
        NotAllowed: the ID has been revoked or superseded.
        Tampered: the log or the state as a whole is not what was signed last, or it commits no such ID.

    """
    try:
        return identifying.open_id(domain, path, password)
    except (Tampered, Damaged) as error:
        if isinstance(error, Tampered) and not error.which:
            raise
        identity = id_files.load(path, password)
        identities.verify_chain(identity.chain_der, identity.anchor, domain.now())
        document = Object("directory", identity.name)
        end = former_ids.object_with(identities.fingerprint(identity.chain_der[0]))
        with domain.store.snapshot() as db:
            known = committed.digests(db, Actor.of(identity).verifier(), [document, end]) or {}
            if known.get(end):
                raise former_ids.refusal(db, end.key) from None
        if not known.get(document):
            raise
    return identity


def describe_id(domain: Domain, path: Path) -> PublicIdentity:
    """Return the owner of an ID file; needs no password.

    Raises:
        NotFound, Error, Damaged, Refused: as `identifying.describe_id` does.

    """
    try:
        return identifying.describe_id(domain, path)
    except (Tampered, Damaged) as error:
        if isinstance(error, Tampered) and not error.which:
            raise
    return id_files.describe(path)
