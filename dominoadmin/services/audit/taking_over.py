"""Takes over a store of an earlier version: its log becomes the beginning of the tree, and all objects are committed.

What the earlier log proved is checked first. The rest is taken over on the word of the one who has `cert.id`.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from dominoadmin.errors import Damaged, KeychainUnavailable, NotAllowed, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, names
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import CERTIFIER, Identity
from dominoadmin.services.audit import anchoring, sightings
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.doubts import altered
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit, directory, earlier_audit, installed_files, ledger
from dominoadmin.store.account_state import AccountUnavailable
from dominoadmin.store.database import Connection
from dominoadmin.store.earlier_audit import EarlierEntry
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.records import moment

_PAGE: Final = 1000
_START: Final = "0" * 64


@dataclass(frozen=True)
class TakenOver:
    """What was taken over. `problems`: what the earlier log did not prove, in sentences."""

    entries: int
    objects: int
    problems: tuple[str, ...]


def is_needed(domain: Domain) -> bool:
    """Return whether the store was made by an earlier version and has not been taken over."""
    with domain.store.snapshot() as db:
        return earlier_audit.is_there(db)


def problems(domain: Domain, actor: Actor, progress: Progress = QUIET) -> tuple[str, ...]:
    """Return what the log of the earlier version does not prove, before it is taken over; empty if it is whole.

    Raises:
        Cancelled: the user asked to stop.

    """
    with domain.store.snapshot() as db:
        return tuple(_problems(db, actor.verifier(), progress))


def take_over(domain: Domain, certifier: Identity, progress: Progress = QUIET) -> TakenOver:
    """Make the earlier log the beginning of the tree, commit all objects, and sign both with `cert.id`.

    Raises:
        NotAllowed: the ID is not the organization's certifier's.
        Refused: there is nothing to take over.
        Tampered: this account has seen the store after it was taken over.
        Damaged: an entry of the log cannot be read.
        Cancelled: the user asked to stop; nothing was changed.

    """
    if certifier.kind != CERTIFIER:
        raise NotAllowed(
            _("Only the organization's certifier ID can take over a store."), _("Open cert.id, and enter its password.")
        )
    if is_needed(domain) and _has_seen_tree(domain):
        raise Tampered(
            _("This account has seen the store after it was taken over: its log was emptied or put back since."),
            _("Nothing was changed. Restore the newest backup of the store."),
        )
    with domain.store.transaction() as db:
        if not earlier_audit.is_there(db):
            raise Refused(_("The store is up to date: there is nothing to take over."))
        found = tuple(_problems(db, Actor.of(certifier).verifier(), progress))
        count = _move(db, domain, progress)
        head = earlier_audit.head(db)
        earlier_audit.remove(db)
        detail = {
            "entries": count,
            "problems": list(found),
            "head": base64.b64encode(head[1] if head else b"").decode(),
        }
        event = Event(AuditAction.STORE_TAKEN_OVER, certifier.name, detail)
        objects = audit_log.begin(db, domain.now(), Actor.of(certifier), event, _objects(db, progress))
    return TakenOver(count, objects, found)


def _objects(db: Connection, progress: Progress) -> Iterator[dict[ledger.Object, ledger.Content]]:
    for kind in KINDS:
        progress.step(_("Taking over: {kind}", kind=kind))
        for page in ledger.every(db, kind, _PAGE, salting=True):
            progress.step(_("Taking over: {kind}", kind=kind))
            for which, content in page.items():
                if content.digest == ledger.SEVERAL:
                    raise altered(which)
            yield page


def _move(db: Connection, domain: Domain, progress: Progress) -> int:
    """Enter the entries of the earlier log, octet for octet as they were hashed; return their number."""
    number = 0
    while page := [*earlier_audit.entries(db, number, _PAGE)]:
        progress.step(_("Taking over entry {number} of the audit log", number=number + 1))
        if [entry.content["number"] for entry in page] != list(range(number + 1, number + 1 + len(page))):
            raise Damaged(
                _("Entries of the audit log are missing after entry {number}.", number=number), _("Restore a backup.")
            )
        audit.add_earlier(db, [entry.content for entry in page])
        _record_installed(db, domain, page)
        number += len(page)
    audit.add_blocks(db, 0, number)
    return number


def _record_installed(db: Connection, domain: Domain, page: Iterable[EarlierEntry]) -> None:
    """Record the files that were installed on servers; until now, only the log had their digests."""
    for content in (entry.content for entry in page):
        if content["action"] == AuditAction.KEY_RING_INSTALLED and isinstance(content["detail"], dict):
            sums = {str(name): str(value) for name, value in content["detail"].items()}
            if server := directory.find(db, sums.pop("server", "")):
                folder = domain.directory.server(names.common_name(server.name))
                installed_files.keep(
                    db, {installed_files.name_of(domain.directory.root, folder / file): sums[file] for file in sums}
                )


def _problems(db: Connection, verifier: Verifier, progress: Progress) -> Iterator[str]:
    """Yield what the chain of hashes and its signed head do not prove."""
    number, previous, last_signed_in, is_whole = 0, _START, 0, True
    head = earlier_audit.head(db)
    at_head: EarlierEntry | None = None
    while page := [*earlier_audit.entries(db, number, _PAGE)]:
        progress.step(_("Checking entry {number} of the audit log", number=number + 1))
        for entry in page:
            found = entry.content["number"], entry.content["previous"], entry.hash
            if is_whole and found != (number + 1, previous, _hash(entry)):
                is_whole = False
                yield _("Entry {number} of the audit log was changed or moved.", number=number + 1)
            number, previous = entry.content["number"], entry.hash
            last_signed_in = number if entry.content["signed_in"] else last_signed_in
            at_head = entry if head and number == head[0] else at_head
    if head is None or at_head is None:
        yield _("The audit log has no signed head.")
    elif problem := _head_problem(verifier, head, at_head, last_signed_in):
        yield problem


def _head_problem(verifier: Verifier, head: tuple[int, bytes], at_head: EarlierEntry, last_signed_in: int) -> str:
    """Return why a head does not prove the log, or an empty string."""
    number, document = head
    try:
        signer, content = verifier.verify(documents.parse(document), audit_log.HEAD, moment(at_head.content["at"]))
    except (Tampered, ValueError) as error:
        return str(error)
    if content != {"number": number, "hash": at_head.hash} or signer != at_head.content["actor"]:
        return _(
            "The audit log does not match its head, signed by {signer} at entry {entry}.", signer=signer, entry=number
        )
    if last_signed_in > number:
        return _(
            "The head of the audit log is at entry {entry}, but entry {last} had already advanced it: an older "
            "head was restored, or entries were added.",
            entry=number,
            last=last_signed_in,
        )
    return ""


def _hash(entry: EarlierEntry) -> str:
    return hashlib.sha256(documents.canonical(entry.content)).hexdigest()


def _has_seen_tree(domain: Domain) -> bool:
    """Return whether this account has seen the store after it was taken over, or one that was made by this version."""
    with suppress(AccountUnavailable):
        if sightings.of_account(domain):
            return True
    try:
        kept = json.loads(domain.keychain.get(anchoring.PURPOSE) or "{}")
    except (ValueError, RecursionError, KeychainUnavailable):
        return False
    return isinstance(kept, dict) and "epoch" in kept
