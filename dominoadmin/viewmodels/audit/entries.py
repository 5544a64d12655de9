"""The audit log for views, lists and files: any filter, any order, at any size."""

from __future__ import annotations

import csv
import io
import json
import re
from array import array
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time
from pathlib import Path
from typing import Any, Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.paths import write_pieces
from dominoadmin.pki import names
from dominoadmin.services.audit import shown as comparing
from dominoadmin.services.audit.actions import Thing, thing_of
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit, certifiers, directory, issued, reading, requests
from dominoadmin.store.audit import ORDERS, AuditOrder, Filter
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AuditRecord, Fields, instant
from dominoadmin.viewmodels.audit import words
from dominoadmin.viewmodels.audit.spreadsheet_cells import harmless
from dominoadmin.viewmodels.certifiers import settings

__all__ = ["ORDERS", "AuditOrder", "Filter", "Place"]

FORMATS: Final = ("csv", "jsonl")
_PAGE: Final = 1_000
_CHANGE: Final = ("before", "after")
_TITLES: Final = ("number", "at", "actor", "signed_in", "action", "object", "detail", "previous", "hash")


class AuditSource:
    """The source of a windowed view: entries that match a filter. Column -1 is the view's own order, newest first."""

    def __init__(self, domain: Domain, wanted: Filter = Filter()) -> None:  # noqa: B008 - frozen
        self._domain = domain
        self.wanted = wanted

    def arrange(self, column: int, search: str, *, descending: bool, limit: int = -1) -> array[int]:
        """Return the numbers of the entries in the order of a column."""
        order = AuditOrder(ORDERS[column], descending, limit) if column >= 0 else AuditOrder(ORDERS[0], True, limit)
        text = f"{self.wanted.text} {search}".strip()
        wanted = replace(self.wanted, text=text, labels=words.searched())
        with self._domain.store.snapshot() as db:
            return audit.numbers(db, wanted, order)

    def rows(self, wanted: Sequence[int]) -> list[AuditRecord | None]:
        """Return the entries with these numbers; None for a missing one."""
        with self._domain.store.snapshot() as db:
            return audit.chosen(db, wanted)


def found(domain: Domain, wanted: Filter, last: int = 0) -> list[AuditRecord]:
    """Return the entries that match a filter, oldest first; only the `last` ones, if that is not 0."""
    with domain.store.snapshot() as db:
        numbers = audit.numbers(db, wanted, AuditOrder(descending=True, limit=last or -1))[::-1]
    return [entry for page in _pages(domain, numbers) for entry in page]


def export_compared(domain: Domain, actor: Actor, numbers: Sequence[int], path: Path, progress: Progress) -> int:
    """Write entries to a file as `export` does, if each of them is as it was signed.

    Raises:
        Tampered, Damaged: one is not; nothing was written. The message names the first one.
        Error, Cancelled: as `export`.

    """
    with reading.leaving_out() as damaged:

        def check() -> None:
            comparing.check_entries(domain, actor, numbers)
            for error in damaged:
                raise error

        return export_as(domain, numbers, path, _form_of(path), progress=progress, check=check)


def export(domain: Domain, numbers: Sequence[int], path: Path, progress: Progress = QUIET) -> int:
    """Write entries to a file, whole or not at all: CSV, or JSON lines if its name ends so. Return their number.

    Raises:
        Error: the file cannot be written.
        Cancelled: the user stopped; nothing was written.

    """
    return export_as(domain, numbers, path, _form_of(path), progress=progress)


def export_as(
    domain: Domain,
    numbers: Sequence[int],
    path: Path,
    form: str,
    progress: Progress = QUIET,
    *,
    check: Callable[[], None] = lambda: None,
) -> int:
    """Write entries to a file in one of `FORMATS`. `check` is called before the file gets its name."""
    count = 0

    def pieces() -> Iterator[bytes]:
        nonlocal count
        if form == "csv":
            yield _csv([_TITLES])
        for page in _pages(domain, numbers):
            progress.step(_("Writing entry {number} of {total}").format(number=count + 1, total=len(numbers)))
            count += len(page)
            yield _csv([_cells(entry) for entry in page]) if form == "csv" else _lines(page)
        check()

    write_pieces(path, pieces())
    return count


def _form_of(path: Path) -> str:
    return "jsonl" if path.suffix.lower() in (".jsonl", ".ndjson") else "csv"


def numbers(domain: Domain, wanted: Filter) -> array[int]:
    """Return the numbers of the entries that match a filter, oldest first."""
    with domain.store.snapshot() as db:
        return audit.numbers(db, wanted, AuditOrder())


def _pages(domain: Domain, numbers: Sequence[int]) -> Iterator[list[AuditRecord]]:
    """Yield entries page by page, each from its own snapshot: a slow reader must not block the store."""
    for start in range(0, len(numbers), _PAGE):
        with domain.store.snapshot() as db:
            page = [entry for entry in audit.chosen(db, numbers[start : start + _PAGE]) if entry]
        yield page


def _cells(entry: AuditRecord) -> list[str]:
    detail = json.dumps(entry.detail, ensure_ascii=False, sort_keys=True)
    texts = [str(entry.number), instant(entry.at), entry.actor, "yes" if entry.signed_in else "no", entry.action]
    return [harmless(text) for text in (*texts, entry.object, detail, entry.previous, entry.hash)]


def _csv(rows: Sequence[Sequence[str]]) -> bytes:
    out = io.StringIO(newline="")
    csv.writer(out).writerows(rows)
    return out.getvalue().encode()


def _lines(page: Sequence[AuditRecord]) -> bytes:
    rows = (shown(entry) for entry in page)
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()


def shown(entry: AuditRecord) -> dict[str, Any]:
    """Return an entry with stable keys. `commits`: kind and key of each object, and its digest before and after."""
    commits = [[*each.object, each.before, each.after] for each in entry.commits]
    return {**entry.__dict__, "at": instant(entry.at), "commits": commits}


def day(text: str, *, end: bool = False) -> datetime:
    """Read a date of a filter, `2026-11-23`, or a time, `2026-11-23T17:00:00Z`; `end` selects the day's last second.

    Raises:
        Refused: it is neither.

    """
    try:
        found = datetime.fromisoformat(text)
        instant(found)
    except (ValueError, OverflowError):
        raise Refused(
            marked("{text} is not a date.", text=repr(text)),
            marked("Enter it as 2026-11-23, or as 2026-11-23T17:00:00Z."),
        ) from None
    if end and len(text) <= len("2026-11-23"):
        found = datetime.combine(found.date(), time(23, 59, 59))
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def who(entry: AuditRecord) -> str:
    """Return the actor; a name that was only claimed is marked."""
    return f"{names.abbreviated(entry.actor)}{'' if entry.signed_in else ' (not signed in)'}"


def facts(detail: Fields) -> list[tuple[str, list[str]]]:
    """Return details in words: a label, and the lines of a text."""
    return [(_(key.replace("_", " ").capitalize()), [*_texts(value)]) for key, value in detail.items()]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict) and value.keys() == {"setting", "before", "after"}:
        (label, before), (_label, after) = (settings.entered(str(value["setting"]), value[key]) for key in _CHANGE)
        yield f"{label}: {before or '-'} \N{RIGHTWARDS ARROW} {after or '-'}"
    elif isinstance(value, dict) and value.keys() == {"field", "before", "after"}:  # as in entries of earlier versions
        yield f"{value['field']}: {value['before'] or '-'} \N{RIGHTWARDS ARROW} {value['after'] or '-'}"
    else:
        yield json.dumps(value, ensure_ascii=False)


def details(detail: Fields) -> str:
    """Return details as one line."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in detail.items()}
    return ", ".join(f"{key}: {text}" for key, text in texts.items())


@dataclass(frozen=True)
class Place:
    """The object of an entry that still exists: its kind, and the command that opens it."""

    kind: str
    key: str
    certificate: bytes = b""


def place(domain: Domain, entry: AuditRecord) -> Place | None:
    """Return the object of an entry, or None if it no longer exists or cannot be opened."""
    with domain.store.snapshot() as db:
        for look in (_request, _certificate, _directory_entry, _database, _certifier):
            if found := look(db, entry):
                return found
    if thing_of(entry.action) == Thing.KEY_RING and domain.directory.file(entry.object).exists():
        return Place("key ring", entry.object)
    return None


def _request(db: Connection, entry: AuditRecord) -> Place | None:
    if (
        thing_of(entry.action) == Thing.REQUEST
        and re.fullmatch("[0-9]{1,18}", entry.object)
        and requests.find(db, int(entry.object))
    ):
        return Place("request", entry.object)
    return None


def _certificate(db: Connection, entry: AuditRecord) -> Place | None:
    if thing_of(entry.action) != Thing.CERTIFICATE:
        return None
    entries = issued.find(db, entry.object)
    return Place("certificate", entry.object, entries[0].der) if len(entries) == 1 else None


def _directory_entry(db: Connection, entry: AuditRecord) -> Place | None:
    known = directory.find(db, entry.object)
    return Place(known.kind, entry.object) if known and known.kind in ("server", "person") else None


def _database(db: Connection, entry: AuditRecord) -> Place | None:
    files = {record.file for record in requests.databases(db)} if thing_of(entry.action) == Thing.DATABASE else ()
    return Place("database", entry.object) if entry.object in files else None


def _certifier(db: Connection, entry: AuditRecord) -> Place | None:
    known = {record.name: record.id for record in certifiers.all_of(db)}
    name = entry.object if entry.object in known else entry.detail.get("certifier", "")
    return Place("certifier", str(known[name])) if isinstance(name, str) and name in known else None
