"""The newest CRLs of a certifier, compared with what the audit log commits, octet for octet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from dominoadmin.errors import Damaged, NotFound, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.domain import Domain, is_over
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.store import crls, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.kinds import FREE
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord, CrlRecord

_LAST_ROW: Final = (1 << 63) - 1
AGAIN: Final = timedelta(hours=1)
"""The time after which a list is read again: a bit that flips on the disk is no commit that anyone would notice."""


def newest_lists(db: Connection, certifier_id: int, generation: int) -> list[CrlRecord]:
    """Return a generation's lists with its newest number, as stored: the complete one, its partitions, their deltas."""
    return crls.all_of(db, certifier_id, crls.last_number(db, certifier_id, generation), generation)


def newest(db: Connection, verifier: Verifier, record: CertifierRecord, generation: int) -> list[CrlRecord]:
    """Return a generation's lists with its newest number; none if it has never made one.

    Raises:
        Damaged: one is missing, was altered or added.
        Tampered: the state of the certifier's revocations does not hold.

    """
    number, lists = revocation_state.made(db, record, verifier).of(generation)
    found = newest_lists(db, record.id, generation) if number else []
    if crls.last_number(db, record.id, generation) != number or lists not in (None, len(found)):
        raise _altered(record, number)
    check(db, verifier, record, found)
    return found


def waiting_for_next(db: Connection, certifier_id: int, last: int) -> int:
    """Return how many revocations and releases were carried out that the newest CRL does not have yet.

    `last`: its number, or 0.
    """
    return revocations.count_changed_since(db, certifier_id, last) if last else 0


def check(db: Connection, verifier: Verifier, record: CertifierRecord, found: list[CrlRecord]) -> None:
    """Raise `Damaged` for a list that is not as the audit log commits it."""
    if not found:
        return
    try:
        committed.check(db, verifier, [Object("crls", str(crl.id)) for crl in found])
    except Tampered:
        raise _altered(record, found[0].number) from None


def altered(db: Connection, verifier: Verifier, certifier_id: int, number: int, generation: int) -> list[int]:
    """Return the ids of a generation's lists that are not as the audit log commits them.

    Looked at are those that the next list depends on: from the last regular one or from the newest, which has this
    number, whichever is older.
    """
    objects = {Object("crls", str(each)): each for each in crls.ids(db, certifier_id, number, generation)}
    return [objects[each] for each in committed.find_differing(db, verifier, objects)]


def added(db: Connection, verifier: Verifier) -> list[int]:
    """Return the ids of lists, of any certifier, near or behind the last that the audit log commits, which it does not.

    The next list would get its id after them, where none may be entered, or none at all.
    """
    found, upto = list[int](), _LAST_ROW
    while page := crls.last_ids(db, upto, FREE):
        known = committed.digests(db, verifier, [Object("crls", str(each)) for each in page])
        surplus = [which for which, digest in known.items() if not digest] if known else []
        found += (int(which.key) for which in surplus)
        if len(surplus) < len(page):
            break
        upto = page[-1] - 1
    return found


def has(db: Connection, verifier: Verifier, certifier_id: int, sha256: str) -> bool:
    """Return whether one of a certifier's lists, of any age, has this digest, by a row that the audit log commits."""
    objects = {Object("crls", str(each)) for each in crls.with_digest(db, certifier_id, sha256)}
    return objects != committed.find_differing(db, verifier, objects)


def floor(db: Connection, verifier: Verifier, certifier_id: int) -> int:
    """Return the number up to which lists may have been issued from a store that is lost, or 0.

    Raises:
        Tampered: the row that says so was altered, added or removed.

    """
    committed.check_same(db, verifier, [Object("crl_floors", str(certifier_id))])
    return crls.floor(db, certifier_id)


class Inspector:
    """Looks whether the newest lists are stored as they were issued, in the CA process.

    Small ones are read at each turn, large ones once after they were issued and then every hour.
    """

    def __init__(self, domain: Domain) -> None:
        self._domain = domain
        self._read: dict[tuple[int, int], tuple[int, datetime]] = {}

    def problem(self, verifier: Verifier, record: CertifierRecord, generation: int) -> str:
        """Return what is wrong with the newest lists of a certifier's generation, or an empty string.

        Raises:
            Tampered: the state of its revocations does not hold.

        """
        now = self._domain.now()
        number, at = self._read.get((record.id, generation), (0, now))
        try:
            with self._domain.store.snapshot() as db:
                found = newest(db, verifier, record, generation)
                if found and altered(db, verifier, record.id, found[0].number, generation):
                    raise _altered(record, found[0].number)
                for each in added(db, verifier)[:1]:
                    return str(committed.altered(Object("crls", str(each))))
                is_due = bool(found) and (number != found[0].number or is_over(at, AGAIN, now))
                for crl in found:
                    if is_due or crl.size <= crls.PIECE:
                        check_octets(db, record, crl)
        except Damaged as error:
            return str(error)
        if is_due:
            self._read[record.id, generation] = found[0].number, now
        return ""


def check_octets(db: Connection, record: CertifierRecord, crl: CrlRecord) -> None:
    """Raise `Damaged` for a list that is not stored octet for octet as it was issued."""
    digest = hashlib.sha256()
    for piece in crls.pieces(db, crl.id):
        digest.update(piece)
    if digest.hexdigest() != crl.sha256:
        raise _altered(record, crl.number)


def octets(domain: Domain, crl: CrlRecord) -> Iterator[bytes]:
    """Yield a list piece by piece; the last one only if all of them are those that were issued.

    Raises:
        NotFound: only newer lists are stored completely.
        Damaged: the pieces are others.

    """
    digest, number, last = hashlib.sha256(), 0, b""
    while True:  # a snapshot for each piece: a slow reader must not block the store
        with domain.store.snapshot() as db:
            piece = crls.piece(db, crl.id, number)
        if not piece:
            break
        digest.update(piece)
        if last:
            yield last
        last, number = piece, number + 1
    if not number:
        raise NotFound(
            _("CRL number {number} is no longer kept.", number=crl.number), _("Only the newest CRLs are kept.")
        )
    if digest.hexdigest() != crl.sha256:
        raise Damaged(
            _("CRL number {number} is not stored as it was issued.", number=crl.number), revocation_state.NEXT
        )
    yield last


def _altered(record: CertifierRecord, number: int) -> Damaged:
    return Damaged(
        _("CRL number {number} of {name} is not stored as it was issued.", number=number, name=record.name),
        revocation_state.NEXT,
    )
