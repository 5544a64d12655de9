"""Compares what somebody was shown with what the audit log commits: all rows that a list or a document was made of."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final
from weakref import WeakKeyDictionary

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural
from dominoadmin.pki import identities, merkle
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed, former_ids, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import (
    audit,
    certifiers,
    directory,
    generation_records,
    issued,
    issued_lists,
    ledger,
    reading,
    records,
)
from dominoadmin.store.database import Connection, Store
from dominoadmin.store.kinds import FACTS, KINDS
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AuditRecord, DirectoryEntry

_TABLES: Final = {
    DirectoryEntry: "directory",
    records.CertifierRecord: "certifiers",
    generation_records.GenerationRecord: "generations",
    generation_records.GenerationCertificate: "generation_certificates",
    records.DatabaseRecord: "databases",
    records.RequestRecord: "requests",
    records.AdminRequestRecord: "admin_requests",
    records.EditRecord: "request_edits",
    records.IssuedEntry: "issued",
    records.IssuedRecord: "issued",
    issued_lists.Line: "issued",
    records.CrossCertificateRecord: "cross_certificates",
    records.RevocationRequestRecord: "revocation_requests",
    records.RevocationRecord: "revocations",
    records.CrlRecord: "crls",
}
"""The tables that records are rows of. No committed columns are in the others."""
_NAMED: Final = "directory", "certifiers"
"""Lists show their names with other rows, or leave out documents of another kind."""
_PAGE: Final = 1_000
_NUMBERS: Final = ("id",), ("request_id",)
_KNOWN_BY_NAME: Final = "directory", "databases"
"""Short tables without running numbers: the entries of the log say which rows there have been."""
_ISSUED: Final = "issued"


def complaints(
    domain: Domain, actor: Actor, shown: Iterable[object], *, is_list: bool = False
) -> list[Tampered | Damaged]:
    """Return a refusal for each record that is not the one that was signed, and for each such fact about the domain.

    `is_list`: also for each that is missing, of the kinds that have running numbers or are listed, and for the
    certificates that are missing. The same for the short kinds that were searched.

    A store of an earlier version has nothing to compare with.
    """
    shown = [*shown]
    return _complaints(domain, actor, shown, _NAMED if is_list else _searched(shown), is_list=is_list)


def in_window(domain: Domain, actor: Actor, shown: Sequence[object], *, is_whole: bool) -> list[Tampered | Damaged]:
    """Return what `complaints` would for a list of the window, which is read again after every commit.

    Not `is_whole`: of a long list only a part was read. Rows that are there and are not shown are not compared then;
    and documents of the Directory never, unless some are shown. A numbered row that has gone since it was read is no
    fault: an act may have removed it.
    """
    has_documents = any(isinstance(each, DirectoryEntry) for each in shown)
    named = _NAMED if has_documents else _NAMED[1:]
    return _complaints(domain, actor, shown, named if is_whole else (), is_list=is_whole, is_live=True)


def check_entries(domain: Domain, actor: Actor, numbers: Collection[int]) -> None:
    """Check that entries of the log are as they were signed.

    Raises:
        Tampered, Damaged: one is not; the message names the first one.

    """
    with domain.store.snapshot() as db:
        is_whole = not numbers or _is_as_signed(db, actor.verifier(), numbers)
    if not is_whole:
        verifying.verify(domain, actor)


def by_record(complaints: Sequence[Error], shown: Iterable[object]) -> Iterator[tuple[object, Error]]:
    """Yield each record that complaints are about, with the first of them."""
    about = {each.which: each for each in reversed(complaints) if isinstance(each, Tampered) and each.which}
    records_shown = [*shown] if about else []
    keys = _keys(records_shown)
    for record in records_shown:
        if isinstance(record, AuditRecord):
            objects: tuple[tuple[str, str], ...] = (("audit", str(record.number)),)
        else:
            objects = (*filter(None, (_object(record),)), *_shown_with(record, keys))
        if found := next((about[each] for each in objects if each in about), None):
            yield record, found


def _complaints(
    domain: Domain,
    actor: Actor,
    shown: Iterable[object],
    named: Iterable[str],
    *,
    is_list: bool,
    is_live: bool = False,
) -> list[Tampered | Damaged]:
    entries, rows, objects = set(), set(), {Object("domain", fact): None for fact in FACTS}
    shown = [*shown]
    keys = _keys(shown)
    for each in shown:
        if isinstance(each, AuditRecord):
            entries.add(each.number)
        elif itself := _object(each):
            rows.add(itself)
        objects |= dict.fromkeys(_shown_with(each, keys))
    objects |= dict.fromkeys(sorted(rows))
    numbered = {each for each in rows if is_live and KINDS[each.kind].key in _NUMBERS}
    try:
        with domain.store.snapshot() as db:
            for kind in named:
                for page in ledger.every(db, kind, _PAGE):
                    objects |= dict.fromkeys(page)
            listed = _listed(shown) if is_list or is_live else _searched(shown)
            kinds = listed | {each.kind for each in (objects if is_list else numbered)}
            objects |= dict.fromkeys(_once_there(domain, db, actor.verifier(), kinds, listed, is_list=is_list))
            missing = _missing_certificates(domain, db, actor.verifier()) if _ISSUED in listed else []
            differing = committed.find_differing(db, actor.verifier(), objects)
            # A row whose key was altered is looked up in vain: what was shown has to be there, too.
            known = committed.digests(db, actor.verifier(), rows)
            differing |= {each for each in rows - numbered if known is not None and not known[each]}
            is_whole = not entries or _is_as_signed(db, actor.verifier(), entries)
        if not is_whole:
            verifying.verify(domain, actor)  # names the first entry that differs
    except (Tampered, Damaged) as error:
        return [error]
    return [*(committed.altered(each) for each in objects if each in differing), *missing]


def _once_there(
    domain: Domain, db: Connection, verifier: Verifier, kinds: Iterable[str], listed: Collection[str], *, is_list: bool
) -> Iterator[Object]:
    """Yield objects whose rows may have been removed; `is_list`: also numbered ones whose rows are there."""
    for kind in sorted(kinds):
        if KINDS[kind].key in _NUMBERS:
            find = committed.numbered if is_list else committed.missing
            yield from (Object(kind, str(number)) for number in find(db, verifier, kind))
        elif kind in listed and kind in _KNOWN_BY_NAME:
            yield from (Object(kind, key) for key in sorted(_KEYS.of(domain.store, db, kind)))


def _listed(shown: Iterable[object]) -> set[str]:
    """Return the kinds of which a list is shown."""
    return {_TABLES[each.kind] for each in shown if isinstance(each, reading.ListOf) and each.kind in _TABLES}


def _searched(shown: Iterable[object]) -> set[str]:
    """Return the short kinds that were searched."""
    return {_TABLES[each.kind] for each in shown if isinstance(each, reading.SearchOf)}


def _missing_certificates(domain: Domain, db: Connection, verifier: Verifier) -> list[Tampered]:
    """Return a refusal for each Issued Certificate List of which certificates were removed.

    A list has no running numbers, so the journal of serial numbers says what may be missing, and the state whether it
    was issued. Who removes the line of the journal, too, is found out by `checking` only.
    """
    with reading.leaving_out():
        names = {record.id: record.name for record in certifiers.all_of(db)}
    counts, (known_counts, serials) = issued.counts(db), _NOT_LISTED.get(domain.store, ((-1, -1), ()))
    if counts != known_counts:  # to compare them all takes half a second for a million
        serials = tuple(issued.not_listed(db))
        _NOT_LISTED[domain.store] = counts, serials
    wanted = {Object(_ISSUED, f"{number} {serial}"): name for serial in serials for number, name in names.items()}
    known = committed.digests(db, verifier, wanted) or {}
    gone = (each for each, digest in known.items() if digest and not ledger.find(db, each).digest)
    return [_missing_of(name, count) for name, count in Counter(wanted[each] for each in gone).items()]


def _missing_of(certifier: str, count: int) -> Tampered:
    return Tampered(
        marked_plural(
            "{count} certificate that was issued is missing from the Issued Certificate List of {certifier}.",
            "{count} certificates that were issued are missing from the Issued Certificate List of {certifier}.",
            count,
            certifier=certifier,
        ),
        _(
            "Tools - Check Store or 'dominoadmin store check' names what is missing. Restore it from a backup: "
            "'dominoadmin store check --repair BACKUP'."
        ),
    )


_NOT_LISTED: Final[WeakKeyDictionary[Store, tuple[tuple[int, int], tuple[str, ...]]]] = WeakKeyDictionary()
"""The serial numbers of a store that may be missing from a list, as long as their numbers stay the same."""


class _Keys:
    """The keys of objects that a store's log has ever committed: each entry is looked through once by a process."""

    def __init__(self) -> None:
        self._known: WeakKeyDictionary[Store, dict[str, tuple[int, frozenset[str]]]] = WeakKeyDictionary()

    def of(self, store: Store, db: Connection, kind: str) -> frozenset[str]:
        """Return the keys of a kind. What the log has no longer only is one more name to look up."""
        known, size = self._known.setdefault(store, {}), audit.size(db)
        read, found = known.get(kind, (0, frozenset[str]()))
        if read != size:
            found |= audit.keys(db, kind, read if read < size else 0, size)
            known[kind] = size, found
        return found


_KEYS: Final = _Keys()


def _object(record: object) -> Object | None:
    """Return what the log calls a record, unless it commits nothing of it."""
    table = _TABLES.get(type(record))
    return Object(table, " ".join(str(getattr(record, column)) for column in KINDS[table].key)) if table else None


def _keys(shown: Iterable[object]) -> int:
    """Return how many later keys of certifiers are shown."""
    return sum(isinstance(each, generation_records.GenerationRecord) for each in shown)


def _shown_with(each: object, keys: int) -> Iterator[Object]:
    """Yield what the log may commit besides a record that is shown: lists show its state, and its certifier's name.

    `keys`: how many later keys of certifiers are shown. Where the log commits one more, its row was removed.
    """
    if isinstance(each, DirectoryEntry):
        yield from _end_of_id(each)
    elif isinstance(each, records.RequestRecord):
        yield Object("admin_requests", str(each.id))
    elif isinstance(each, records.CertifierRecord):
        yield from (Object("generations", f"{each.id} {number + 2}") for number in range(keys + 1))
    elif isinstance(each, records.IssuedEntry):
        yield Object("revocations", f"{each.certifier_id} {each.serial_hex}")
    if certifier := getattr(each, "certifier_id", 0):
        yield Object("certifiers", str(certifier))


def _end_of_id(entry: DirectoryEntry) -> Iterator[Object]:
    """Yield what the log may commit about the end of an ID: lists show whether there is one."""
    with suppress(Damaged, *PARSING_FAILURES):
        if chain := directory.chain_of(entry):
            yield former_ids.object_with(identities.fingerprint(chain[0]))


def _is_as_signed(db: Connection, verifier: Verifier, numbers: Collection[int]) -> bool:
    """Return whether entries are leaves of the tree that the last head signs: only their blocks are hashed again."""
    record = audit.head(db)
    if record is None:
        return True
    head = audit_log.verified_head(record, verifier)[1]
    audit_log.unsigned_tail(db, head)
    if min(numbers) < 1:
        return False
    kept = audit.blocks(db)
    blocks = {(number - 1) // audit.BLOCK for number in numbers}
    return audit.frontier(db, head.size).root().hex() == head.log and all(
        kept[block] == merkle.root(audit.leaves(db, block * audit.BLOCK, (block + 1) * audit.BLOCK))
        for block in blocks
        if block < head.size // audit.BLOCK
    )
