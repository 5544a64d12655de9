"""Compares what somebody was shown with what the audit log commits: all rows that a list or a document was made of."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Final

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.pki import identities, merkle
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.parsing import PARSING_FAILURES
from dominoadmin.services.audit import committed, former_ids, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.store import audit, directory, generation_records, ledger, records
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
    entries, rows, objects = set(), set(), {Object("domain", fact): None for fact in FACTS}
    for each in shown:
        if isinstance(each, AuditRecord):
            entries.add(each.number)
        elif table := _TABLES.get(type(each)):
            rows.add(Object(table, " ".join(str(getattr(each, column)) for column in KINDS[table].key)))
        if isinstance(each, DirectoryEntry):
            objects |= dict.fromkeys(_end_of_id(each))
    objects |= dict.fromkeys(sorted(rows))
    try:
        with domain.store.snapshot() as db:
            for kind in _NAMED if is_list else ():
                for page in ledger.every(db, kind, _PAGE):
                    objects |= dict.fromkeys(page)
            for kind in {each.kind for each in objects if is_list and KINDS[each.kind].key in _NUMBERS}:
                numbers = committed.numbered(db, actor.verifier(), kind)
                objects |= dict.fromkeys(Object(kind, str(number)) for number in numbers)
            differing = committed.find_differing(db, actor.verifier(), objects)
            # A row whose key was altered is looked up in vain: what was shown has to be there, too.
            known = committed.digests(db, actor.verifier(), rows)
            differing |= {each for each in rows if known is not None and not known[each]}
            is_whole = not entries or _is_as_signed(db, actor.verifier(), entries)
        if not is_whole:
            verifying.verify(domain, actor)  # names the first entry that differs
    except (Tampered, Damaged) as error:
        return [error]
    return [committed.altered(each) for each in objects if each in differing]


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
    kept = audit.blocks(db)
    blocks = {(number - 1) // audit.BLOCK for number in numbers}
    return audit.frontier(db, head.size).root().hex() == head.log and all(
        kept[block] == merkle.root(audit.leaves(db, block * audit.BLOCK, (block + 1) * audit.BLOCK))
        for block in blocks
        if block < head.size // audit.BLOCK
    )
