"""Revoked IDs, where something that they have signed is still to be done."""

from __future__ import annotations

from collections.abc import Container, Iterable

from dominoadmin.errors import Refused
from dominoadmin.pki import documents, identities
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed, former_ids
from dominoadmin.services.domain import Domain
from dominoadmin.store import former_ids as stored
from dominoadmin.store.database import Connection


def problems(
    db: Connection, verifier: Verifier, fingerprints: Iterable[str], current: Container[str] = ()
) -> dict[str, Refused]:
    """Return why IDs were revoked, by the fingerprints of their keys; nothing for one that was superseded.

    `current`: those that must not be superseded, either. `Tampered`: the row about it is not the one that was signed.

    Raises:
        Tampered: log or state are not those that were signed.

    """
    objects = {former_ids.object_with(each): each for each in fingerprints}
    differing = committed.find_differing(db, verifier, objects)
    found: dict[str, Refused] = {objects[each]: committed.altered(each) for each in differing}
    for each in objects.values():
        former = stored.find(db, each) if each not in found else None
        if former and (each in current or not former.is_superseded):
            found[each] = Refused(former_ids.problem(former))
    return found


def check_signer(domain: Domain, verifier: Verifier, document: bytes) -> None:
    """Raise `Refused` if the ID that has signed a verified document was revoked, `Tampered` if a row only says so."""
    fingerprint = identities.fingerprint(documents.parse(document).chain[0])
    with domain.store.snapshot() as db:
        if refused := problems(db, verifier, [fingerprint]).get(fingerprint):
            raise refused
