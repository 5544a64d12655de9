"""Whether the rows of committed objects can be read: the program writes no others, but a member can, and sign it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from itertools import chain
from typing import Any, Final, Self

from dominoadmin.store import ledger, records
from dominoadmin.store.audit_entries import Commit
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


class RowsAhead:
    """The rows of entries that will be judged next: which of them nobody can read, and which are not as committed.

    Columns that nobody signs do not count: anybody may have altered them since.
    """

    def __init__(self) -> None:
        self._unread: dict[Object, str] = {}
        self._differing: dict[Object, str] = {}

    def look(self, db: Connection, commits: Iterable[Commit]) -> None:
        """Look at the rows of the next changes, as they are now."""
        last = {each.object: each.after for each in commits if each.object.kind in _RECORDS}
        now = ledger.find_all(db, last)
        self._unread |= {each: now[each].digest for each in _illegible(db, last)}
        for each, after in last.items():
            self._differing.pop(each, None)
            if after and now[each].digest != after:
                self._differing[each] = after

    def is_unread(self, commit: Commit) -> bool:
        """Return whether nobody can read the row that a change commits."""
        return self._unread.get(commit.object) == commit.after

    def is_hidden(self, commit: Commit) -> bool:
        """Return whether the row that a change commits was not there, so that nobody knows whether it can be read."""
        return self._differing.get(commit.object) == commit.after


class HiddenRows:
    """Rows that were not as their entries say when these were judged: they may become what nobody can read later."""

    def __init__(self, waiting: dict[Object, tuple[str, int]] | None = None) -> None:
        self._waiting = waiting or {}

    def __bool__(self) -> bool:
        """Return whether there are any."""
        return bool(self._waiting)

    def content(self) -> list[list[Any]]:
        """Return them as JSON content."""
        return [[*which, *said] for which, said in self._waiting.items()]

    @classmethod
    def read(cls, content: list[list[Any]]) -> Self:
        """Return them from JSON content."""
        return cls({Object(kind, key): (digest, number) for kind, key, digest, number in content})

    def note(self, commits: Iterable[Commit], number: int, ahead: RowsAhead) -> None:
        """Take in what an allowed entry changes."""
        for each in commits:
            self._waiting.pop(each.object, None)
            if ahead.is_hidden(each):
                self._waiting[each.object] = each.after, number

    def appeared(self, db: Connection) -> dict[int, Commit]:
        """Forget the rows that are as their entries say by now; return those that nobody can read, by these entries."""
        now = ledger.find_all(db, self._waiting)
        there = {which: self._waiting[which] for which in now if now[which].digest == self._waiting[which][0]}
        found = {there[each][1]: Commit(each, "", there[each][0]) for each in _illegible(db, there)}
        for which in there:
            del self._waiting[which]
        return found


def _illegible(db: Connection, objects: Iterable[Object]) -> list[Object]:
    wanted = [*objects]
    found: list[Object] = []
    for kind in {each.kind for each in wanted}:
        rows = ledger.committed_rows(db, kind, (each.key for each in wanted if each.kind == kind))
        found += [which for which, row in rows if not _is_legible(kind, row)]
    return found


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
