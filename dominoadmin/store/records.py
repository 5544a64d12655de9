"""The rows of the store as plain values. Times are aware UTC; serials are lower-case hex."""

from __future__ import annotations

import dataclasses
import json
import typing
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import Any, Final, TypeVar

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.store.database import Row
from dominoadmin.store.generation_records import GenerationRecord
from dominoadmin.store.stored_json import load

Record = TypeVar("Record")
Fields = dict[str, Any]
Configuration = typing.Annotated[Fields, "a Database Configuration"]
"""Fields whose parser refuses a whole document and offers to fill it in again; other JSON is an empty object."""
Unsigned = typing.Annotated[datetime | None, "signed by nobody"]
"""A time that only says what was done already: one that cannot be read is none, and hinders nothing."""
REMEDY: Final = _("Restore a backup.")
_ENCODER: Final = json.JSONEncoder(ensure_ascii=False, sort_keys=True)
_INSTANT, _LONGEST_KEY = len("2026-11-23T17:00:00Z"), 80
EARLIEST, _LAST = "1950", "9999"  # RFC 5280, 4.1.2.5: no certificate is older
LARGEST: Final = 1 << 62
noted_records: Final[ContextVar[list[object] | None]] = ContextVar("noted_records", default=None)
"""The records that were read for somebody to look at; see `reading.noting`."""


@lru_cache(maxsize=64)  # the rows of an act have one time
def instant(moment: datetime) -> str:
    """Return a time as it is stored and in machine-readable output: `2026-11-23T17:00:00Z`."""
    # Not strftime, which writes the year 999 in three digits.
    return f"{moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec='seconds')}Z"


def moment(text: str) -> datetime:
    """Read a stored time.

    Raises:
        ValueError: not by `instant`: without a time zone, nothing compares; at an end of time, there is no local time.

    """
    if len(text := str(text)) != _INSTANT or text[-1] != "Z" or text[10] != "T" or not EARLIEST <= text < _LAST:
        raise ValueError(text)
    return datetime.fromisoformat(text)


def dump(value: object) -> str:
    """Return a value as stored JSON."""
    return _ENCODER.encode(value)


def record(kind: type[Record], row: Row | Fields, *, is_noted: bool = True) -> Record:
    """Make a record from a row that has a column for each of its fields. `is_noted`: for somebody to look at.

    Raises:
        Damaged: a column holds something that the program never wrote; the sentence names row and column.

    """
    try:
        values = {name: read(row[name]) for name, read in readers(kind)}  # type: ignore[arg-type]  # a class is hashable
    except (ValueError, RecursionError):
        raise _altered(kind, row) from None
    made = kind(**values)
    if is_noted and (noted := noted_records.get()) is not None:
        noted.append(made)
    return made


def altered(what: str, key: object, column: str) -> Damaged:
    """Return the refusal of a row whose column holds something that the program never wrote."""
    which = f"{what} {escaped(str(key)[:_LONGEST_KEY])}: {column}"
    return Damaged(_("A row in the store ({what}) cannot be read: it was altered.", what=which), REMEDY)


def _altered(kind: type[Any], row: Row | Fields) -> Damaged:
    for name, read in readers(kind):  # type: ignore[arg-type]  # a class is hashable
        try:
            read(row[name])
        except (ValueError, RecursionError):
            break
    key = row["id" if "id" in row.keys() else dataclasses.fields(kind)[0].name]  # noqa: SIM118 - a row has no `in`
    return altered(kind.__name__.removesuffix("Record"), key, name)


@cache
def readers(kind: type[Any]) -> tuple[tuple[str, Any], ...]:
    """Return the fields of a record, each with what reads its column or raises `ValueError` or `RecursionError`."""
    hints = typing.get_type_hints(kind, include_extras=True)
    return tuple((field.name, _reader(hints[field.name])) for field in dataclasses.fields(kind))


def _reader(hint: Any) -> Any:  # noqa: ANN401 - a type, whatever it is
    needed = next((kind for kind in (datetime, int, str, bytes) if hint == kind | None), hint)
    stored, read = _READERS.get(needed, (object, None))

    def checked(value: object) -> object:
        if value is None and needed is not hint:
            return None
        if isinstance(value, stored):
            return read(value) if read else value
        raise ValueError(value)

    return checked


def _count(value: int) -> int:
    """Return a number as we count: from nothing, and never so far that the next one would not fit into a row."""
    if not 0 <= value < LARGEST:
        raise ValueError(value)
    return value


def _object(text: str) -> Fields:
    value = load(text)
    if not isinstance(value, dict):
        raise ValueError(text)  # noqa: TRY004 - one kind of failure, whatever was stored
    return value


def _configuration(text: str) -> Fields:
    return value if isinstance(value := load(text), dict) else {}


def unsigned(value: object) -> datetime | None:
    """Return a stored time that nobody signs, or None if it cannot be read."""
    try:
        return moment(str(value))
    except ValueError:
        return None


def _texts(text: str) -> list[str]:
    value = load(text)
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise ValueError(text)
    return value


_READERS: Final[dict[Any, tuple[type, Callable[[Any], Any] | None]]] = {
    datetime: (str, moment), bool: (int, bool), int: (int, _count), Fields: (str, _object), bytes: (bytes, None),
    Configuration: (str, _configuration), list[str]: (str, _texts), str: (str, None), Unsigned: (object, unsigned),
}  # fmt: skip
"""The type in the store of each type of a field, which an altered row may not have, and what reads it if need be."""


@dataclass(frozen=True)
class DirectoryEntry:
    """A document of the Domino Directory: a person, a server, or the organization's certifier."""

    name: str
    kind: str
    chain: list[str]
    fields: Fields
    created_at: datetime

    def text(self, field: str) -> str:
        """Return a field that is a text; an empty one if it was altered."""
        found = self.fields.get(field)
        return found if isinstance(found, str) else ""


@dataclass(frozen=True, kw_only=True)
class CertifierRecord:
    """An Internet certifier that uses the CA process."""

    id: int
    name: str
    server: str
    icl_file: str
    created_at: datetime
    published_at: Unsigned
    generations: tuple[GenerationRecord, ...]

    @property
    def active(self) -> GenerationRecord:
        """The newest generation: the only one that issues."""
        return self.generations[-1]


@dataclass(frozen=True, kw_only=True)
class DatabaseRecord:
    """A Certificate Requests database and its Database Configuration."""

    file: str
    title: str
    template: str
    server: str
    certifier_id: int
    fields: Configuration
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class RequestRecord:
    """A request in its Certificate Requests database. `fields` are the requested ones.

    `key_fingerprint`: SHA-256 of the SubjectPublicKeyInfo in hex; empty in requests of earlier versions.
    """

    id: int
    kind: str
    database: str | None
    certifier_id: int
    csr: bytes
    subject: str
    applicant: str
    key_ring: str
    state: str
    pickup_id: str
    fields: Fields
    remarks: list[str]
    requested_at: datetime
    pulled_at: Unsigned
    key_fingerprint: str


@dataclass(frozen=True, kw_only=True)
class AdminRequestRecord:
    """The request's document in Admin4. `fields` will be issued; `decision` is what an earlier version has signed."""

    request_id: int
    certifier_id: int
    state: str
    fields: Fields
    decision: bytes | None
    reason: str
    serial_hex: str | None
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class EditRecord:
    """One change an RA made to a request before deciding."""

    id: int
    request_id: int
    editor: str
    edited_at: datetime
    before: Fields
    after: Fields


@dataclass(frozen=True, kw_only=True)
class SerialRecord:
    """A line of the issuance journal."""

    issuer: str
    serial_hex: str
    request_id: int | None
    state: str
    tbs: bytes | None
    reserved_at: datetime


@dataclass(frozen=True, kw_only=True)
class IssuedEntry:
    """An entry of the Issued Certificate List, without the certificate. Only an OCSP responder's has no request.

    `names` are the subject alternative names, separated by spaces.
    """

    certifier_id: int
    serial_hex: str
    request_id: int | None
    kind: str
    subject: str
    names: str
    requester: str
    key_algorithm: str
    not_before: datetime
    not_after: datetime
    fingerprint: str
    issued_at: datetime


@dataclass(frozen=True, kw_only=True)
class IssuedRecord(IssuedEntry):
    """A full entry of the Issued Certificate List; `part` is the partition of the CRL."""

    key_fingerprint: str
    der: bytes
    part: int
    generation: int = 1


@dataclass(frozen=True, kw_only=True)
class CrossCertificateRecord:
    """A cross-certificate in the Domino Directory (`book` is `directory`) or in somebody's Personal Address Book."""

    id: int
    book: str
    subject: str
    issuer: str
    serial_hex: str
    subject_key: str
    not_after: datetime
    der: bytes
    created_at: datetime


@dataclass(frozen=True, kw_only=True)
class MailRecord:
    """A memo. `relay_state` is `local`, `queued`, `sent` or `failed`."""

    id: int
    recipient: str
    subject: str
    body: str
    created_at: datetime
    relay_state: str
    attempts: int
    next_attempt_at: datetime
    problem: str


@dataclass(frozen=True, kw_only=True)
class AuditRecord:
    """An entry of the audit log. `hash`: of its octets. `previous`: only entries of earlier versions have it.

    `commits`: the objects that it changed, as `audit_entries.Commit`.
    """

    number: int
    at: datetime
    actor: str
    signed_in: bool
    action: str
    object: str
    detail: Fields
    previous: str = ""
    hash: str = ""
    commits: tuple[Any, ...] = ()


@dataclass(frozen=True, kw_only=True)
class RevocationRequestRecord:
    """A revocation in Admin4, signed by an RA or CAA. `action`: revoke, release. `state`: New, Done, Error."""

    id: int
    certifier_id: int
    action: str
    serials: list[str]
    reason: str
    invalidity_at: datetime | None
    requested_by: str
    document: bytes
    state: str
    problem: str
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, kw_only=True)
class RevocationRecord:
    """A certificate that is revoked, or was on hold. `entry` is its CRL entry, `chunk` the chunk that holds it."""

    certifier_id: int
    serial_hex: str
    reason: str
    revoked_at: datetime
    invalidity_at: datetime | None
    released_at: datetime | None
    request_id: int
    since: int
    not_after: datetime
    key_fingerprint: str
    part: int
    chunk: int | None
    entry: bytes


@dataclass(frozen=True, kw_only=True)
class CrlRecord:
    """A certificate revocation list without its octets. `part` 0 is the complete list; a delta has a `base_number`."""

    id: int
    certifier_id: int
    part: int
    kind: str
    number: int
    base_number: int | None
    this_update: datetime
    next_update: datetime
    entries: int
    size: int
    sha256: str
    made_at: datetime
    pushed_at: Unsigned
    generation: int = 1
