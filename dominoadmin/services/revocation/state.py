"""The signed state of a certifier's revocations, which protects them against changes outside the program.

The server signs digests of all rows and all chunks of entries with every change (docs/decisions/0007). They are checked
before a change and before a list; if they do not match nothing is signed, as a CRL would make altered data genuine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from dominoadmin.errors import Damaged, Error, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.domain import Actor
from dominoadmin.store import revocation_seals, revocations
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import CertifierRecord, instant
from dominoadmin.store.sqlite.attempts import NotKeptError, attempt

KIND: Final = "revocation state"
_CHANGES: Final = AuditAction.CERTIFICATE_REVOKED, AuditAction.CERTIFICATE_RELEASED
NEXT: Final = _("The CA process issues the next one when the certifier is active.")
_HINT: Final = _(
    "Run 'dominoadmin store check --rebuild'. If that does not help, restore the store from a backup; until then, the "
    "certifier issues neither certificates nor CRLs."
)


@dataclass(frozen=True)
class Made:
    """The number of the newest CRLs, 0 if there are none yet, and how many have it; None if that was not recorded.

    `generations`: both for each generation of a certifier that has several.
    """

    number: int = 0
    lists: int | None = None
    generations: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)

    def of(self, generation: int) -> tuple[int, int | None]:
        """Return number and lists of one generation."""
        own = (self.number, self.lists) if generation == 1 and not self.generations else (0, None)
        return self.generations.get(str(generation), own)

    def followed_by(self, generation: int, number: int, lists: int) -> Made:
        """Return what is the newest after a generation has made more."""
        if generation == 1 and not self.generations:
            return Made(number, lists)
        return Made(number, lists, {"1": self.of(1), **self.generations, str(generation): (number, lists)})


def made(db: Connection, record: CertifierRecord, verifier: Verifier) -> Made:
    """Return which lists of a certifier are the newest: rows that are gone, or were added, change nothing about it.

    Raises:
        Tampered: the signed state of its revocations is not the one that the audit log commits.

    """
    committed.check_same(db, verifier, [Object("revocation_states", str(record.id))])
    return _made(_content(db, record))


def seal(
    db: Connection, record: CertifierRecord, server: Actor, serials: Iterable[str], now: datetime, *, lists: Made
) -> bytes:
    """Sign the state after a change of these certificates' rows, or of the chunks, in the transaction of the change.

    The audit log commits it: the act is entered after this. Return what was signed.

    Raises:
        Error: the server's ID is not valid now, so the signature would not be accepted.

    """
    assert server.identity is not None
    if not audit_log.is_valid(server.identity, now):
        raise Error(
            _(
                "The ID of {name} is not valid on {now}, so it cannot sign revocations.",
                name=names.abbreviated(server.name),
                now=f"{now:%Y-%m-%d}",
            ),
            _("Check the clock of this computer; if it is right, the server needs a new ID."),
        )
    revocation_seals.keep(db, record.id, map(revocation_seals.page_of, serials))
    digests = _digests(db, record, revocation_seals.pages(db, record.id))
    content = {**digests, "number": lists.number, "lists": lists.lists, "at": instant(now)}
    if lists.generations:
        content["generations"] = lists.generations
    document = documents.sign(KIND, content, server.identity).serialize()
    revocation_seals.set_state(db, record.id, document)
    return document


def check(db: Connection, record: CertifierRecord, verifier: Verifier, own: bytes = b"") -> None:
    """Check the signed state against the audit log, and digests against it; rows and entries are not read.

    `own`: the state that the caller itself has just sealed. If it is stored, no older state was restored.

    Raises:
        Tampered: something does not match; the message says what.

    """
    committed.check_same(db, verifier, [Object("revocation_states", str(record.id))])
    signed = _signed(db, record, verifier)
    if signed is None:
        _check_none(db, record)
    else:
        actual = _digests(db, record, revocation_seals.pages(db, record.id))
        for key, what in (
            ("pages", _("The revocations")),
            ("chunks", _("The CRL entries")),
            ("certifier", _("The revocations")),
        ):
            if signed.get(key) != actual[key]:
                raise _altered(record, what)
    if not own or revocation_seals.state(db, record.id) != own:
        _check_audit(db, record, verifier, _made(signed).number)


def check_rows(db: Connection, record: CertifierRecord, serials: Iterable[str]) -> None:
    """Check the rows that a change will touch against their stored digests."""
    kept = revocation_seals.pages(db, record.id)
    for page in sorted({revocation_seals.page_of(serial) for serial in serials}):
        if revocation_seals.actual(db, record.id, page) != kept.get(page, ""):
            raise _altered(record, _("The revocations"))


def changed_since(db: Connection, record: CertifierRecord, verifier: Verifier, number: int) -> Iterator[str]:
    """Yield the certificates that were revoked or released after the CRL with this number, as the audit log has it.

    Their rows may be gone, or say something else. Some may have been before it.
    """
    issues = revocation_seals.entries_about(db, AuditAction.CRL_ISSUED, record.name)
    numbers = ((revocation_seals.list_number(each), each) for each in issues)
    before = (each for said, each in numbers if said is not None and said <= number)
    last = next((each.number for each in before if committed.is_by(db, verifier, each, record.server)), 0)
    for entry in revocation_seals.entries_after(db, last, _CHANGES):
        if entry.detail.get("certifier") == record.name:
            yield entry.object


def check_all(db: Connection, record: CertifierRecord, verifier: Verifier) -> None:
    """Check all rows and all entries."""
    check(db, record, verifier)
    check_rows(db, record, {*revocation_seals.used_pages(db, record.id), *revocation_seals.pages(db, record.id)})
    for _octets in revocations.checked_chunks(db, record.id):
        pass


def check_derived(db: Connection, record: CertifierRecord, verifier: Verifier) -> None:
    """Check all rows and all entries, also which rows are on the list, and what the CA process would mend by itself.

    Raises:
        Tampered: something does not follow from what was sealed.

    """
    check_all(db, record, verifier)
    revocations.check_places(db, record.id)


def rebuild(db: Connection, record: CertifierRecord, verifier: Verifier) -> bool:
    """Make again what follows from the revocations where it differs from what was sealed; return whether it does now.

    Entries of a list follow from the rows that are on it, and which rows are on it follows from the entries.
    """
    with suppress(Tampered):
        check_derived(db, record, verifier)
        return False
    for make in (revocations.make_chunks, revocations.make_missing_chunks):
        with suppress(Tampered, NotKeptError), attempt(db):
            make(db, record.id)
            revocation_seals.make_pages(db, record.id)
            check_derived(db, record, verifier)
            return True
    return False


def _digests(db: Connection, record: CertifierRecord, pages: Mapping[str, str]) -> dict[str, Any]:
    return {
        "certifier": record.name,
        "pages": _digest(pages.items()),
        "chunks": _digest(revocation_seals.chunks(db, record.id)),
    }


def _digest(items: Iterable[tuple[object, ...]]) -> str:
    digest = hashlib.sha256()
    for item in items:
        if item[-1]:  # a page without rows proves nothing
            digest.update(" ".join(map(str, item)).encode() + b"\n")
    return digest.hexdigest()


def _content(db: Connection, record: CertifierRecord) -> dict[str, Any] | None:
    data = revocation_seals.state(db, record.id)
    try:
        return dict(json.loads(documents.parse(data).content)) if data else None
    except (Damaged, ValueError, TypeError, RecursionError):
        raise _altered(record, _("The signed digests")) from None


def _made(content: dict[str, Any] | None) -> Made:
    if not content:
        return Made()
    generations = {number: (each[0], each[1]) for number, each in content.get("generations", {}).items()}
    return Made(content.get("number", 0), content.get("lists"), generations)


def _signed(db: Connection, record: CertifierRecord, verifier: Verifier) -> dict[str, Any] | None:
    data = revocation_seals.state(db, record.id)
    if not data:
        return None
    try:
        document = documents.parse(data)
        # The server's ID must have been valid when it signed, not necessarily now.
        at = datetime.fromisoformat(json.loads(document.content)["at"])
    except (Damaged, ValueError, KeyError, TypeError, RecursionError):
        raise _altered(record, _("The signed digests")) from None
    signer, content = verifier.verify(document, KIND, at)
    if signer != record.server:
        raise Tampered(
            _("The revocations of {name} were sealed by {signer}, not by its server.", name=record.name, signer=signer),
            _HINT,
        )
    return content


def _check_none(db: Connection, record: CertifierRecord) -> None:
    """Check that, if no state was signed, nothing was ever revoked."""
    if revocation_seals.used_pages(db, record.id):
        raise _altered(record, _("The signed digests"))


def _check_audit(db: Connection, record: CertifierRecord, verifier: Verifier, number: int) -> None:
    """Check that no older state was restored: the audit log has the later changes, as its server has entered them."""
    issues = revocation_seals.entries_about(db, AuditAction.CRL_ISSUED, record.name)
    newest = next((each for each in issues if committed.is_by(db, verifier, each, record.server)), None)
    if (newest.detail.get("number") if newest else 0) != number:
        raise _altered(record, _("The CRLs"))
    since = newest.number if newest else 0
    # Only the last entry about a certificate must match.
    wrong: dict[str, str] = {}
    for entry in revocation_seals.entries_after(db, since, _CHANGES):
        if entry.detail.get("certifier") == record.name and committed.is_by(db, verifier, entry, record.server):
            row, is_released = (
                revocations.find(db, record.id, entry.object),
                entry.action == AuditAction.CERTIFICATE_RELEASED,
            )
            wrong.pop(entry.object, None)
            if (row and (row.request_id, row.released_at is not None)) != (entry.detail.get("request"), is_released):
                wrong[entry.object] = _("released") if is_released else _("revoked")
    if wrong:
        serial, what = next(iter(wrong.items()))
        raise Tampered(
            _(
                "The audit log shows that the certificate {serial} was {what}, but the revocations of {name} do not.",
                serial=serial,
                what=what,
                name=record.name,
            ),
            _HINT,
        )


def _altered(record: CertifierRecord, what: str) -> Tampered:
    return Tampered(_("{what} of {name} do not match the signature of its server.", what=what, name=record.name), _HINT)
