"""Compares objects of the store with what the audit log commits, in the snapshot in which they are used.

What a row says counts only if the state has its digest, and the state only if it leads to the root that the last head
signs. So a row that was put in, altered or removed behind the program is told before anything is done by it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

from cryptography import x509

from dominoadmin.errors import NotAllowed, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import identities, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.services import doubts
from dominoadmin.services.audit import checkpoints, former_ids, watching
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import NOTHING, Head
from dominoadmin.services.domain import Domain
from dominoadmin.store import audit, certifiers, earlier_audit, ledger, role_facts, state
from dominoadmin.store import former_ids as stored_former_ids
from dominoadmin.store.audit import HeadRecord
from dominoadmin.store.database import Connection
from dominoadmin.store.former_ids import FormerId
from dominoadmin.store.kinds import FACTS, FREE
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import LARGEST, AuditRecord

altered: Final = doubts.altered
"""The refusal of an object that is not the one that the log commits."""
_HEADS = 64
"""Verified heads that are remembered: the last ones of the domains that this process has open."""

_PAGE: Final = 1000
_MOST: Final = 10_000
"""Objects that are remembered with what the state says about them: two megabytes."""


def check(db: Connection, verifier: Verifier, objects: Iterable[Object], absent: Iterable[Object] = ()) -> None:
    """Check that objects are as the log commits them, and that it commits none of those that must not exist.

    Raises:
        Tampered: one was altered, added or removed; the message names the first. Or as `digests` does.

    """
    there, not_there = list(objects), list(absent)
    known = digests(db, verifier, [*there, *not_there])
    if known is None:
        return
    present = ledger.find_all(db, there)
    for each in there:
        if not known[each] or present[each].digest != known[each]:
            raise altered(each)
    for each in not_there:
        if known[each]:
            raise altered(each)


def check_same(
    db: Connection, verifier: Verifier, objects: Iterable[Object], asked: Iterable[Object] = ()
) -> Mapping[Object, str]:
    """Check objects that may or may not exist: the store has what the log commits, and nothing where that is nothing.

    Return the digests that the log commits of all of them and of `asked`, whose rows are not compared.

    Raises:
        Tampered: one was altered, added or removed; the message names the first.

    """
    expected = [*objects]
    known = digests(db, verifier, [*expected, *asked]) or {}
    present = ledger.find_all(db, expected) if known else {}
    for each in expected:
        if known and present[each].digest != known[each]:
            raise altered(each)
    return known


def check_rows(db: Connection, verifier: Verifier, kind: str) -> None:
    """Check all rows of a kind that are there.

    Raises:
        Tampered: one was altered or added; the message names the first.

    """
    for page in ledger.every(db, kind, _PAGE):
        check_same(db, verifier, page)


def check_every(db: Connection, verifier: Verifier, kind: str) -> None:
    """Check all objects of a kind with running numbers: what is decided goes by each of them, and by none besides.

    Raises:
        Tampered: one was altered, added or removed; the message names the first.

    """
    check_rows(db, verifier, kind)
    for number in missing(db, verifier, kind):
        raise altered(Object(kind, str(number)))


def check_certifiers(db: Connection, verifier: Verifier) -> None:
    """Check all certifiers and their later keys: what is decided goes by which ID opens each of them.

    Raises:
        Tampered, Damaged: one was altered, added or removed; the message names the first.

    """
    check_every(db, verifier, "certifiers")
    counts = {each.id: len(each.generations) for each in certifiers.all_of(db)}
    keys = [Object("generations", f"{each} {number}") for each, last in counts.items() for number in range(2, last + 2)]
    check_same(db, verifier, keys)


def former_id(db: Connection, verifier: Verifier, certificate: bytes) -> FormerId | None:
    """Return why an ID cannot be used any more, by its certificate in DER; None if it can.

    Raises:
        Tampered: the row that says so was altered, added or removed.

    """
    fingerprint = identities.fingerprint(certificate)
    check_same(db, verifier, [former_ids.object_with(fingerprint)])
    return stored_former_ids.find(db, fingerprint)


def check_current(db: Connection, verifier: Verifier, certificate: bytes) -> None:
    """Raise `Refused` if an ID was revoked or superseded, or `Tampered` if that cannot be known."""
    if former := former_id(db, verifier, certificate):
        raise Refused(former_ids.problem(former), former_ids.hint(former))


def check_domain(db: Connection, verifier: Verifier, *names: str) -> None:
    """Check the facts about the domain, and documents of its directory by their canonical names.

    Raises:
        Tampered: as `check` does.

    """
    check_same(db, verifier, [Object("domain", each) for each in FACTS])
    check(db, verifier, [Object("directory", each) for each in names])


def check_administrator(domain: Domain, verifier: Verifier, name: str) -> None:
    """Raise `NotAllowed` unless the log commits that this person is an administrator.

    Raises:
        NotAllowed: the person is none.
        Tampered: as `check_domain` does.

    """
    with domain.store.snapshot() as db:
        check_domain(db, verifier)
        known = role_facts.administrators(db)
    if name not in known:
        hint = _("Administrators: {names}.", names=", ".join(map(names.abbreviated, known)))
        raise NotAllowed(_("{name} is not an administrator.", name=names.abbreviated(name)), hint)


def find_differing(db: Connection, verifier: Verifier, objects: Iterable[Object]) -> set[Object]:
    """Return which of many objects are not as the log commits them. What neither has is as it should be.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last.

    """
    known = digests(db, verifier, objects) or {}
    present = ledger.find_all(db, known)
    return {each for each, digest in known.items() if present[each].digest != digest}


def altered_rows(db: Connection, verifier: Verifier, kind: str, numbers: Iterable[int]) -> dict[int, Tampered]:
    """Return a refusal for each object of a kind, by its number, that is not as the log commits it.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last.

    """
    objects = {Object(kind, str(number)): number for number in numbers}
    return {objects[each]: altered(each) for each in find_differing(db, verifier, objects)}


def numbered(db: Connection, verifier: Verifier, kind: str, after: int = 0) -> list[int]:
    """Return the running numbers of the objects of a kind that the log commits, those after a number.

    So one is known whose row was removed. It ends where many numbers in a row are free, unless the checkpoint has more.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last.

    """
    numbers, found, number = checkpoints.numbers(db, verifier), list[int](), after + 1
    while number:
        page = {each: Object(kind, str(each)) for each in range(number, number + FREE)}
        known = digests(db, verifier, page.values()) or {}
        here = [each for each, which in page.items() if known.get(which)]
        found += here
        number = number + FREE if here else numbers.next(kind, number + FREE)
    return found


def free(db: Connection, verifier: Verifier, kind: str) -> int:
    """Return the next running number of a kind: none is given out again, even if its row is gone.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last, or no number is left.

    """
    number = ledger.last_number(db, kind) + 1
    while number <= LARGEST - FREE:
        page = {each: Object(kind, str(each)) for each in range(number, number + FREE)}
        known = digests(db, verifier, page.values()) or {}
        if found := next((each for each, which in page.items() if not known.get(which)), 0):
            return found
        number += FREE
    raise altered(Object(kind, str(number - 1)))


def missing(db: Connection, verifier: Verifier, kind: str) -> list[int]:
    """Return the running numbers that `numbered` would, of which there is no row; those that are there are not read.

    Raises:
        Tampered: the log or the state as a whole is not what was signed last.

    """
    numbers, found, number = checkpoints.numbers(db, verifier), list[int](), 1
    for first, last in ledger.gaps(db, kind):
        number = max(number, first)
        while number <= last:
            page = {each: Object(kind, str(each)) for each in range(number, min(number + FREE, last + 1))}
            known = digests(db, verifier, page.values()) or {}
            here = [each for each, which in page.items() if known.get(which)]
            found += here
            number += len(page)
            if not here and len(page) == FREE and not (number := numbers.next(kind, number)):
                return found
    return found


def digests(db: Connection, verifier: Verifier, objects: Iterable[Object]) -> dict[Object, str] | None:
    """Return the digests that the log commits now, in hex; empty for what it does not commit.

    None: the store is of an earlier version, and can only be read before it is taken over.

    Raises:
        Tampered: log or state are not those that were signed. Or the server has seen an entry that was not allowed,
            and has not refused it yet.

    """
    record = audit.head(db)
    if record is None and earlier_audit.is_there(db):
        return None
    watching.check(db, record)
    head = _verified(record, verifier.anchor)[1] if record else NOTHING
    pending = {each.object: each.after for entry in audit_log.unsigned_tail(db, head) for each in entry.commits}
    root = bytes.fromhex(head.state)
    hashes = {each: each.hash() for each in objects}
    try:
        known = _FOUND.find(db, hashes.values(), root)
    except state.Altered:
        raise audit_log.differs(head.size) from None
    return {each: pending.get(each) or known[hash_].hex() for each, hash_ in hashes.items()}


def is_by(db: Connection, verifier: Verifier, entry: AuditRecord, name: str) -> bool:
    """Return whether somebody has made and signed an entry: what an entry only says may be anybody's word.

    Raises:
        Tampered: the head over it is not as it was signed.

    """
    if entry.previous or not (entry.signed_in and entry.actor == name):  # an earlier version's, or nobody's
        return entry.signed_in and entry.actor == name
    record = next(audit.heads(db, entry.number - 1, LARGEST), None)
    return record is not None and _verified(record, verifier.anchor)[0] == name


def claimed(db: Connection, objects: Iterable[Object]) -> dict[Object, bytes]:
    """Return the digests of objects in the state that the newest head names, whose signature is not checked here.

    For what is asked in an act that is entered: entering it checks the head. Empty for what the state does not have.

    Raises:
        Tampered: the state is not the one that the head names.

    """
    record = audit.head(db)
    hashes = {each: each.hash() for each in objects}
    if record is None:
        return dict.fromkeys(hashes, b"")
    try:
        found = _FOUND.find(db, hashes.values(), bytes.fromhex(json.loads(record.content)["state"]))
    except (ValueError, TypeError, KeyError, RecursionError, state.Altered):
        raise audit_log.differs(record.size) from None
    return {each: found[hash_] for each, hash_ in hashes.items()}


def claimed_epoch(db: Connection) -> int:
    """Return the epoch that the newest head names, whose signature is not checked here; the first one without a head.

    Raises:
        Tampered: the kept hashes of the log's blocks do not lead to what that head says.

    """
    record = audit.head(db)
    if record is None:
        return NOTHING.epoch
    try:
        said = json.loads(record.content)
        epoch, log = int(said["epoch"]), said["log"]
    except (ValueError, TypeError, KeyError, RecursionError):
        raise audit_log.differs(record.size) from None
    if log != audit.frontier(db, record.size).root().hex():
        raise audit_log.differs(record.size)
    return epoch


class _Found:
    """What the newest state said about objects: under the same root, it says the same for ever.

    Only that one is remembered: a store that goes back to an older head has to prove it by its pages.
    """

    def __init__(self) -> None:
        self._root = b""
        self._digests: dict[bytes, bytes] = {}

    def find(self, db: Connection, objects: Iterable[bytes], root: bytes) -> dict[bytes, bytes]:
        """Return the digests of objects by the hashes of their names; nothing for one that does not exist."""
        if root != self._root:
            self._root, self._digests = root, {}
        digests = self._digests
        found = {each: digests.get(root + each) for each in objects}
        read: dict[bytes, bytes] = {}
        if missing := [each for each, digest in found.items() if digest is None]:
            read = state.find(db, missing, root)
            if len(digests) + len(missing) > _MOST:
                digests.clear()
            digests |= {root + each: read.get(each, b"") for each in missing}
        return {each: read.get(each, b"") if digest is None else digest for each, digest in found.items()}


_FOUND: Final = _Found()


@lru_cache(maxsize=_HEADS)
def _verified(record: HeadRecord, anchor: bytes) -> tuple[str, Head]:
    return audit_log.verified_head(record, Verifier(x509.load_der_x509_certificate(anchor)))
