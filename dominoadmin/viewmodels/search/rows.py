"""Groups of results in words, and where each leads to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from functools import partial

from dominoadmin.i18n import text as _
from dominoadmin.pki import describe, names
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.search import finding
from dominoadmin.services.search.finding import Findings, FoundKeyRing, Searched
from dominoadmin.store import reading
from dominoadmin.store.issued_lists import Line
from dominoadmin.store.records import CertifierRecord, DatabaseRecord, DirectoryEntry
from dominoadmin.viewmodels.issuance.lists import short_state
from dominoadmin.viewmodels.requests import states
from dominoadmin.viewmodels.words import certifier_label, minute, requester_label

MOST = 8
"""Results of each kind: the list of a screen; more letters find fewer."""


class ResultKind(StrEnum):
    """The kind of document or view that a result leads to."""

    CERTIFICATE = "certificate"
    REQUEST = "request"
    PERSON = "person"
    SERVER = "server"
    CERTIFIER = "certifier"
    KEY_RING = "key ring"
    DATABASE = "database"
    COMMAND = "command"


@dataclass(frozen=True, kw_only=True)
class Destination:
    """Where a result leads to. `number`: of a request or certifier; `name`: a serial number, name, file or command."""

    kind: ResultKind
    number: int = 0
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class FoundRow:
    """One result. `why_off`: why a command cannot be used now, or an empty text; `icon`: empty for a command's own."""

    title: str
    subtitle: str
    leads_to: Destination
    icon: str = ""
    why_off: str = ""


@dataclass(frozen=True)
class FoundGroup:
    """The results of one kind."""

    title: str
    rows: tuple[FoundRow, ...]


@dataclass(frozen=True)
class SearchResults:
    """The results of a search for a text, and sentences about what is missing among them."""

    text: str
    groups: tuple[FoundGroup, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class WindowCommand:
    """A command of the menus. `text` and `path` have no mnemonics; `why_off`: why it cannot be used, or empty."""

    name: str
    text: str
    path: tuple[str, ...]
    keys: str
    why_off: str


def search(domain: Domain, text: str, progress: Progress, limit: int = MOST) -> SearchResults:
    """Return what a domain has with all words of a text, in words; for a job.

    Raises:
        Cancelled: the search was ended before its answer.

    """
    with reading.leaving_out() as damaged:
        found = finding.find(domain, text, limit, progress)
    notes = (*unfinished(found), *(error.text() for error in damaged))
    return SearchResults(text, tuple(_groups(found, domain.now())), notes)


def with_commands(answer: SearchResults, known: Iterable[WindowCommand]) -> SearchResults:
    """Return an answer with the commands that its text finds.

    They come first if the best one begins with the text and can be used.
    """
    found = commands(known, answer.text)
    first = found.rows[0] if found.rows else None
    leads = first and not first.why_off and first.title.casefold().startswith(answer.text.casefold())
    groups = (found, *answer.groups) if leads else (*answer.groups, found)
    notes = answer.notes if any(group.rows for group in groups) else (nothing_found(answer.text), *answer.notes)
    return replace(answer, groups=tuple(group for group in groups if group.rows), notes=notes)


def nothing_found(text: str) -> str:
    """Return the sentence for a search without results."""
    return _("Nothing found for “{text}”.").format(text=escaped(text))


def commands(known: Iterable[WindowCommand], text: str, limit: int = MOST) -> FoundGroup:
    """Return the commands with all words of a text in their labels or menus: first those that begin with it."""
    words, typed = text.casefold().split(), " ".join(text.casefold().split())
    found = []
    for place, each in enumerate(known):
        whole = ": ".join((*each.path, each.text)).casefold()
        if words and all(word in whole for word in words):
            label = each.text.casefold()
            found.append((not label.startswith(typed), not any(word in label for word in words), place, each))
    return FoundGroup(_("Commands"), tuple(_command(each) for *_place, each in sorted(found)[:limit]))


def _command(command: WindowCommand) -> FoundRow:
    path = " ▸ ".join(command.path)
    where = _("{path} ({keys})").format(path=path, keys=command.keys) if command.keys else path
    return FoundRow(
        title=command.text,
        subtitle=command.why_off or where,
        leads_to=Destination(kind=ResultKind.COMMAND, name=command.name),
        why_off=command.why_off,
    )


def _groups(found: Findings, now: datetime) -> Iterable[FoundGroup]:
    groups = (
        (_("Certificates"), map(partial(_certificate, found, now), found.certificates)),
        (_("Requests"), map(_request, found.requests)),
        (_("People"), map(_person, found.people)),
        (_("Servers"), map(_server, found.servers)),
        (_("Certifiers"), map(_certifier, found.certifiers)),
        (_("Key Rings"), map(_key_ring, found.key_rings)),
        (_("Databases"), map(partial(_database, found), found.databases)),
    )
    return (FoundGroup(title, tuple(rows)) for title, rows in groups)


def unfinished(found: Findings) -> list[str]:
    """Return a sentence for each kind of which not everything was searched."""
    sentences = {
        Searched.CERTIFICATES: _("Not all certificates were searched. Type more letters, or a whole serial number."),
        Searched.REQUESTS: _("Only the newest requests were searched, and those of the certificates above."),
        Searched.DIRECTORY: _("Not all documents of the Domino Directory were searched."),
    }
    return [sentence for what, sentence in sentences.items() if what in found.unfinished]


def _certificate(found: Findings, now: datetime, line: Line) -> FoundRow:
    known = found.certifier_names.get(line.certifier_id, "")
    serial = describe.serial(line.serial_hex)
    values = {
        "state": short_state(line, now),
        "names": escaped(line.names),
        "certifier": certifier_label(known),
        "serial": serial,
        "time": minute(line.issued_at),
    }
    text = _("{state}, serial number {serial}. {names}. Issued by {certifier}, {time}")
    nameless = _("{state}, serial number {serial}. Issued by {certifier}, {time}")
    return FoundRow(
        icon="seal",
        title=escaped(names.in_words(line.subject)),
        subtitle=(text if line.names else nameless).format(**values),
        leads_to=Destination(kind=ResultKind.CERTIFICATE, number=line.certifier_id, name=line.serial_hex),
    )


def _request(shown: RequestView) -> FoundRow:
    by_somebody = _("Request {number} by {applicant} to {certifier}: {state}")
    text = by_somebody if shown.request.applicant else _("Request {number} to {certifier}: {state}")
    return FoundRow(
        icon="request",
        title=escaped(names.in_words(shown.subject)),
        subtitle=text.format(
            number=shown.request.id,
            applicant=requester_label(shown.request.applicant),
            certifier=certifier_label(shown.certifier),
            state=states.label(shown.state),
        ),
        leads_to=Destination(kind=ResultKind.REQUEST, number=shown.request.id),
    )


def _person(entry: DirectoryEntry) -> FoundRow:
    return FoundRow(
        icon="people",
        title=names.abbreviated(entry.name),
        subtitle=escaped(entry.text("mail_address")) or _("Person document"),
        leads_to=Destination(kind=ResultKind.PERSON, name=entry.name),
    )


def _server(entry: DirectoryEntry) -> FoundRow:
    return FoundRow(
        icon="server",
        title=names.abbreviated(entry.name),
        subtitle=escaped(entry.text("host_name")) or _("Server document"),
        leads_to=Destination(kind=ResultKind.SERVER, name=entry.name),
    )


def _certifier(record: CertifierRecord) -> FoundRow:
    return FoundRow(
        icon="certifier",
        title=certifier_label(record.name),
        subtitle=_("Internet certifier {name}").format(name=record.name),
        leads_to=Destination(kind=ResultKind.CERTIFIER, number=record.id),
    )


def _key_ring(ring: FoundKeyRing) -> FoundRow:
    text = _("Key ring file of {server}").format(server=ring.server)
    return FoundRow(
        icon="key",
        title=escaped(ring.file),
        subtitle=text if ring.server else _("Key ring file"),
        leads_to=Destination(kind=ResultKind.KEY_RING, name=ring.file),
    )


def _database(found: Findings, record: DatabaseRecord) -> FoundRow:
    certifier = certifier_label(found.certifier_names.get(record.certifier_id, ""))
    text = _("{file}: requests to {certifier}")
    return FoundRow(
        icon="database",
        title=escaped(record.title),
        subtitle=text.format(file=record.file, certifier=certifier),
        leads_to=Destination(kind=ResultKind.DATABASE, name=record.file),
    )
