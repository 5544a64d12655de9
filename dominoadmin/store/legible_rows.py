"""Whether the rows of committed objects can be read: the program writes no others, but a member can, and sign it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import chain
from typing import Final

from dominoadmin.store import ledger, records
from dominoadmin.store.database import Connection, Row
from dominoadmin.store.generation_records import GenerationCertificate, GenerationRecord
from dominoadmin.store.kinds import columns
from dominoadmin.store.ledger import Object

_RECORDS: Final[Mapping[str, tuple[type[object], ...]]] = {
    "directory": (records.DirectoryEntry,),
    "certifiers": (records.CertifierRecord, GenerationRecord),
    "generations": (GenerationRecord,),
    "generation_certificates": (GenerationCertificate,),
    "databases": (records.DatabaseRecord,),
    "requests": (records.RequestRecord,),
    "admin_requests": (records.AdminRequestRecord,),
    "request_edits": (records.EditRecord,),
    "cross_certificates": (records.CrossCertificateRecord,),
    "revocation_requests": (records.RevocationRequestRecord,),
}
"""As what rows are read that somebody else than the server writes, and that the schema does not make legible."""


def illegible(db: Connection, objects: Iterable[Object]) -> dict[Object, str]:
    """Return which objects nobody can read, with the digests of their rows, by which these may be committed.

    Columns that nobody signs do not count: anybody may have altered them since.
    """
    wanted = [each for each in objects if each.kind in _RECORDS]
    found: list[Object] = []
    for kind in {each.kind for each in wanted}:
        rows = ledger.committed_rows(db, kind, (each.key for each in wanted if each.kind == kind))
        found += [which for which, row in rows if not _is_legible(kind, row)]
    return {which: content.digest for which, content in ledger.find_all(db, found).items()}


def _is_legible(kind: str, row: Row) -> bool:
    try:
        for name, read in _readers(kind):
            read(row[name])
    except (ValueError, RecursionError):
        return False
    return True


@cache
def _readers(kind: str) -> tuple[tuple[str, Callable[[object], object]], ...]:
    """Return the committed columns that somebody reads, each with what raises an error if nobody can."""
    committed = frozenset(columns(kind))
    found = chain.from_iterable(records.readers(each) for each in _RECORDS[kind])  # type: ignore[arg-type]  # hashable
    return tuple((name, read) for name, read in found if name in committed)
