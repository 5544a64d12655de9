"""The audit log: every act is an entry in a hash chain, written in the same transaction as the act."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from dominoadmin.errors import Damaged, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AuditRecord, Fields, instant

HEAD: Final = "audit head"
PAGE: Final = 10_000
"""Entries read at a time."""
_START: Final = "0" * 64
_HINT: Final = _("Compare the log with a backup of the store; its entries cannot be trusted.")


@dataclass(frozen=True)
class Event:
    """A new entry: an action, its object, and details without secrets."""

    action: AuditAction
    object: str
    detail: Fields


def enter(db: Connection, now: datetime, actor: Actor, events: Sequence[Event]) -> None:
    """Append entries to the log inside the transaction of the act, and sign the new head if the actor's ID is open.

    A log that disagrees with its signed head gets no new head: a signature must not make altered entries genuine.
    An ID that is not valid at the time, perhaps by a wrong clock, signs none either: no head could follow it.
    """
    if not events:
        return  # a head without an entry of its signer would not verify
    newest = audit.last(db)
    signs = actor.identity is not None and is_valid(actor.identity, now)
    intact = signs and (_agrees(db, actor) if newest or audit.head(db) else True)
    number, previous = (newest.number, newest.hash) if newest else (0, _START)
    entries = []
    for event in events:
        number += 1
        entry = AuditRecord(
            number=number,
            at=now,
            actor=actor.name,
            signed_in=signs,
            action=str(event.action),
            object=event.object,
            detail=event.detail,
            previous=previous,
            hash="",
        )
        previous = _digest(entry)
        entries.append(AuditRecord(**{**entry.__dict__, "hash": previous}))
    audit.add(db, entries)
    if intact and actor.identity:
        head = documents.sign(HEAD, {"number": number, "hash": previous}, actor.identity)
        audit.set_head(db, number, previous, head.serialize())


def is_valid(identity: Identity, now: datetime) -> bool:
    """Return whether an ID is valid for signing at a time."""
    return identity.certificate.not_valid_before_utc <= now <= identity.certificate.not_valid_after_utc


def _agrees(db: Connection, actor: Actor) -> bool:
    """Return whether the signed head is valid and the entries after it are chained to it."""
    try:
        if (head := audit.head(db)) is None:
            return False
        at_head, *rest = audit.entries(db, head[0] - 1)
        _check_head(actor, head, at_head, at_head.number)
    except (Tampered, Damaged, ValueError):
        return False
    if at_head.number != head[0] or not is_unchanged(at_head):
        return False
    previous = at_head.hash
    for number, entry in enumerate(rest, start=head[0] + 1):
        # Anyone who was signed in would have signed a newer head.
        if entry.number != number or entry.previous != previous or entry.signed_in or not is_unchanged(entry):
            return False
        previous = entry.hash
    return True


def is_unchanged(entry: AuditRecord) -> bool:
    """Return whether an entry matches its hash."""
    try:
        return entry.hash == _digest(entry)
    except (Refused, ValueError, OverflowError, RecursionError):
        return False  # an entry that cannot be hashed was never written by us


@dataclass(frozen=True)
class LogVerdict:
    """The result of `verify`: the number of entries, and the last one that is signed."""

    entries: int
    signed: int
    signer: str


def verify(domain: Domain, actor: Actor, progress: Progress = QUIET) -> LogVerdict:
    """Check every entry against the chain, and the head against its signature.

    The log is read in pages, each from its own snapshot: a long log neither fills the memory nor blocks the store.

    Raises:
        Tampered: an entry was changed, removed or moved; the message names the first one.
        Cancelled: the user asked to stop.

    """
    chain, is_whole = Chain(), False
    while not is_whole:
        progress.step(_("Checking entry {number} of the audit log", number=chain.number + 1))
        with domain.store.snapshot() as db:
            is_whole = chain.follow(audit.entries(db, chain.number, PAGE)) < PAGE
            if is_whole:  # its head belongs to the last page, so it is not newer than that
                head = audit.head(db)
                at_head = audit.at(db, head[0]) if head else None
    if head is None:
        raise Tampered(_("The audit log has no signed head."), _HINT)
    verdict = _check_head(actor, head, at_head, chain.number)
    # A signed-in person signs the head with each entry.
    if chain.last_signed_in > head[0]:
        raise Tampered(
            _(
                "The head of the audit log is at entry {entry}, but entry {last} had already advanced it: an older "
                "head was restored, or entries were added.",
                entry=head[0],
                last=chain.last_signed_in,
            )
        )
    return verdict


@dataclass
class Chain:
    """The checked part of the log, from its beginning or from a known entry."""

    number: int = 0
    hash: str = _START
    last_signed_in: int = 0

    def follow(self, entries: Iterable[AuditRecord]) -> int:
        """Check the next entries and return their number.

        Raises:
            Tampered: one was changed, removed or moved.

        """
        start = self.number
        try:
            for entry in entries:
                self._add(entry)
        except Damaged:  # the row after the last readable one
            raise Tampered(
                _("Entry {number} of the audit log was changed or moved.", number=self.number + 1), _HINT
            ) from None
        return self.number - start

    def _add(self, entry: AuditRecord) -> None:
        number = self.number + 1
        if entry.number != number:
            raise Tampered(_("Entry {number} of the audit log is missing.", number=number), _HINT)
        if entry.previous != self.hash or not is_unchanged(entry):
            raise Tampered(_("Entry {number} of the audit log was changed or moved.", number=number), _HINT)
        self.number, self.hash = number, entry.hash
        if entry.signed_in:
            self.last_signed_in = number


def _check_head(actor: Actor, head: tuple[int, bytes], at_head: AuditRecord | None, entries: int) -> LogVerdict:
    if at_head is None:
        raise Tampered(_("Entry {entry} of the audit log, to which its signed head refers, is missing.", entry=head[0]))
    # The signer's ID had to be valid then; it may have expired since.
    signer, content = actor.verifier().verify(documents.parse(head[1]), HEAD, at_head.at)
    if content != {"number": head[0], "hash": at_head.hash}:
        raise Tampered(
            _(
                "The audit log does not match its head, signed by {signer} at entry {entry}.",
                signer=signer,
                entry=head[0],
            )
        )
    if signer != at_head.actor:
        raise Tampered(
            _(
                "The head of the audit log is signed by {signer}, but entry {entry} is by {actor}.",
                signer=signer,
                entry=head[0],
                actor=at_head.actor,
            )
        )
    return LogVerdict(entries, head[0], signer)


def _digest(entry: AuditRecord) -> str:
    content = {**entry.__dict__, "at": instant(entry.at)}
    del content["hash"]
    return hashlib.sha256(documents.canonical(content)).hexdigest()


def entries(domain: Domain) -> list[AuditRecord]:
    """Return all entries, oldest first."""
    with domain.store.snapshot() as db:
        return list(audit.entries(db))
