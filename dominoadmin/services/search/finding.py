"""Finds what a domain has by the words of a text: certificates, requests, people, servers, certifiers, files.

What is found only leads to a document, which compares its rows with what was signed: nothing is decided by it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar

from dominoadmin.errors import Cancelled, Damaged, Error
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names, serial_numbers
from dominoadmin.pki.identities import PERSON, SERVER
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.requests import ids as request_ids
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.store import certifiers, directory, issued_lists, key_rings, reading, request_lists, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.issued_lists import Line
from dominoadmin.store.records import LARGEST, CertifierRecord, DatabaseRecord, DirectoryEntry
from dominoadmin.store.sqlite import issued_search, limits

_LONGEST, _OF_DIGITS, _IN_ALL = 0.35, 0.5, 0.8
"""Seconds for each query, for reading all serial numbers, and until the last query ends: a person waits."""
_NUMBER: Final = 16
"""The shortest text that is a serial number if one begins with it, and no word by chance."""

Found = TypeVar("Found")


class Searched(StrEnum):
    """What is searched in a limited time."""

    CERTIFICATES = "certificates"
    REQUESTS = "requests"
    DIRECTORY = "directory"


@dataclass(frozen=True, kw_only=True)
class FoundKeyRing:
    """A key ring file of the data directory, and the server that its stash names, or an empty text."""

    file: str
    server: str


@dataclass(frozen=True, kw_only=True)
class Findings:
    """What was found of each kind: the newest certificates and requests first, everything else by its name.

    `certifier_names`: of all certifiers, by their numbers. `unfinished`: what has so many rows that not all of them
    were looked at.
    """

    certificates: tuple[Line, ...] = ()
    requests: tuple[RequestView, ...] = ()
    people: tuple[DirectoryEntry, ...] = ()
    servers: tuple[DirectoryEntry, ...] = ()
    certifiers: tuple[CertifierRecord, ...] = ()
    databases: tuple[DatabaseRecord, ...] = ()
    key_rings: tuple[FoundKeyRing, ...] = ()
    certifier_names: Mapping[int, str] = field(default_factory=dict)
    unfinished: frozenset[Searched] = frozenset()


def find(domain: Domain, text: str, limit: int, progress: Progress = QUIET) -> Findings:
    """Return at most `limit` of each kind that contain all words of a text; a serial number may be in any spelling.

    An empty text finds nothing. However many rows there are, the answer comes within a second.

    Raises:
        Cancelled: the search was ended before its answer.
        Damaged: a row cannot be read, and the caller is not `reading.leaving_out` such rows.

    """
    text = text.replace("\0", " ").strip()
    if not text:
        return Findings()
    with domain.store.snapshot() as db:
        search = _Search(db, text, limit, progress)
        for short in (DirectoryEntry, CertifierRecord, DatabaseRecord):
            reading.searched(short)
        lines = search.certificates()
        known = certifiers.names(db)
        return Findings(
            certificates=lines,
            requests=search.requests(lines, known),
            people=search.documents(PERSON),
            servers=search.documents(SERVER),
            certifiers=search.best(certifiers.all_of(db), _certifier_texts),
            databases=search.best(requests.databases(db), lambda each: (each.title, each.file)),
            key_rings=search.best(_key_rings(domain), lambda each: (each.file, each.server)),
            certifier_names=known,
            unfinished=frozenset(search.unfinished),
        )


class _Search:
    """One search in a snapshot."""

    def __init__(self, db: Connection, text: str, limit: int, progress: Progress) -> None:
        self._db, self._text, self._limit, self._progress = db, text, limit, progress
        self._words = text.casefold().split()
        self._is_number = False
        """The text is the serial number or fingerprint of a certificate: nothing else contains it."""
        self._end = time.monotonic() + _IN_ALL
        self.unfinished: set[Searched] = set()

    def certificates(self) -> tuple[Line, ...]:
        """Return issued certificates: those with this name or number first, then the newest."""
        db, text, limit = self._db, self._text, self._limit
        number = serial_numbers.spelled(text)
        found: dict[int, None] = {}
        with self._limited(Searched.CERTIFICATES):
            if len(text) >= _NUMBER:
                _add(found, issued_search.numbered(db, number.beginning, number.whole, limit), limit)
            self._is_number = bool(found)
            if not found:
                _add(found, issued_search.called(db, text, limit), limit)
                _add(found, issued_search.newest(db, text, limit), limit)
                _add(found, issued_search.numbered(db, number.beginning, number.whole, limit), limit)
        if number.beginning and not found:
            with self._limited(Searched.CERTIFICATES, _OF_DIGITS):
                _add(found, issued_search.with_digits(db, number.beginning), limit)
        chosen = [*found]
        lines = issued_lists.page(db, chosen)
        return tuple(lines[each] for each in chosen if each in lines)

    def requests(self, certificates: Iterable[Line], known: Mapping[int, str]) -> tuple[RequestView, ...]:
        """Return requests: by their numbers, then the newest ones, then those of the certificates that were found."""
        db, limit = self._db, self._limit
        found: dict[int, None] = {}
        _add(found, self._numbered_requests(), limit)
        with self._limited(Searched.REQUESTS):
            newest = () if self._is_number else request_lists.newest(db, self._text)
            _add(found, newest, limit)
        _add(found, (line.request_id for line in certificates if line.request_id is not None), limit)
        chosen = [*found]
        pairs = request_lists.page(db, chosen)
        return tuple(RequestView(*pairs[each], known[pairs[each][0].certifier_id]) for each in chosen if each in pairs)

    def documents(self, kind: str) -> tuple[DirectoryEntry, ...]:
        """Return documents of the Directory."""
        known: list[tuple[str, str]] = []
        with self._limited(Searched.DIRECTORY):
            known.extend(directory.addresses(self._db, kind))
        wanted = self.best(known, lambda each: (names.abbreviated(each[0]), *each))
        return tuple(entry for name, _address in wanted for entry in self._legible(directory.find, name))

    def best(self, known: Iterable[Found], texts: Callable[[Found], Collection[str]]) -> tuple[Found, ...]:
        """Return those with all words in their texts by the first text; if that begins with what is typed, first."""
        found: list[tuple[bool, str, int, Found]] = []
        for each in known:
            said = [text.casefold() for text in texts(each)]
            whole = "\n".join(said)
            if all(word in whole for word in self._words):
                begins = said[0].startswith(self._text.casefold())
                found.append((not begins, said[0], len(found), each))
        return tuple(each for *_place, each in sorted(found)[: self._limit])

    def _legible(self, read: Callable[[Connection, str], Found | None], key: str) -> Iterator[Found]:
        """Yield the record with this key, if there is one that can be read."""
        try:
            found = read(self._db, key)
        except Damaged as error:
            reading.leave_out(error)
        else:
            if found is not None:
                yield found

    def _numbered_requests(self) -> Iterator[int]:
        text = self._text
        if text.isascii() and text.isdecimal() and len(text) < len(str(LARGEST)):
            yield int(text)
        if pickup_id := request_ids.normal(text):
            yield from (record.id for record in self._legible(requests.find_by_pickup_id, pickup_id))

    @contextmanager
    def _limited(self, what: Searched, seconds: float = _LONGEST) -> Iterator[None]:
        """Run queries until the time limit, or until the search is ended."""
        end = min(time.monotonic() + seconds, self._end)
        try:
            with limits.until(self._db, lambda: time.monotonic() > end or self._is_cancelled()):
                yield
        except limits.EndedQueryError:
            self._progress.step(_("Searching…"))
            self.unfinished.add(what)

    def _is_cancelled(self) -> bool:
        try:
            self._progress.step(_("Searching…"))
        except Cancelled:
            return True
        return False


def _add(found: dict[int, None], numbers: Iterable[int], limit: int) -> None:
    """Add numbers until there are enough, one by one: those before the end of a query that is too late count."""
    for number in numbers:
        if len(found) >= limit:
            return
        found[number] = None


def _certifier_texts(record: CertifierRecord) -> tuple[str, ...]:
    return names.certifier_common_name(record.name), record.name, record.icl_file


def _key_rings(domain: Domain) -> Iterator[FoundKeyRing]:
    """Yield the key rings of the data directory; what is wrong with one is said where it is opened."""
    for path in domain.directory.root.glob("*.[kK][yY][rR]"):
        server = ""
        with suppress(Error):
            server = names.abbreviated(key_rings.read_stash(path).server)
        yield FoundKeyRing(file=path.name, server=server)
