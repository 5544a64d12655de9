"""Compares what somebody was shown with what the audit log commits: all rows that a list or a document was made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Final

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.pki import identities, merkle
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed, former_ids, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import audit, directory, generation_records, issued_lists, ledger, records
from dominoadmin.store.database import Connection
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


def complaints(
    domain: Domain, actor: Actor, shown: Iterable[object], *, is_list: bool = False
) -> list[Tampered | Damaged]:
    """Return a refusal for each record that is not the one that was signed, and for each such fact about the domain.

    `is_list`: also for each that is missing, of the kinds that have running numbers. A store of an earlier
    version has nothing to compare with.
    """
    return _complaints(domain, actor, shown, _NAMED if is_list else (), is_list=is_list)


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
            for kind in {each.kind for each in objects if is_list and KINDS[each.kind].key in _NUMBERS}:
                numbers = committed.numbered(db, actor.verifier(), kind)
                objects |= dict.fromkeys(Object(kind, str(number)) for number in numbers)
            for kind in {each.kind for each in numbered if not is_list}:
                numbers = committed.missing(db, actor.verifier(), kind)
                objects |= dict.fromkeys(Object(kind, str(number)) for number in numbers)
            differing = committed.find_differing(db, actor.verifier(), objects)
            # A row whose key was altered is looked up in vain: what was shown has to be there, too.
            known = committed.digests(db, actor.verifier(), rows)
            differing |= {each for each in rows - numbered if known is not None and not known[each]}
            is_whole = not entries or _is_as_signed(db, actor.verifier(), entries)
        if not is_whole:
            verifying.verify(domain, actor)  # names the first entry that differs
    except (Tampered, Damaged) as error:
        return [error]
    return [committed.altered(each) for each in objects if each in differing]


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
