"""The audit log: every act is an entry, in the same transaction, and the actor signs the log and the state.

The entries are the leaves of a Merkle tree. Each names the objects that its act changed. The state has the digest of
every object as it is now. A head is one act's signature over both, before and after (docs/decisions/0012).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from dominoadmin.errors import NotAllowed, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, identities, merkle, names
from dominoadmin.pki.documents import SignedDocument, Verifier
from dominoadmin.pki.identities import CERTIFIER, SERVER, Identity
from dominoadmin.pki.merkle import Frontier
from dominoadmin.services import doubts
from dominoadmin.services.audit import former_ids, roles, watching
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.roles import Forbidden, PresentRoles
from dominoadmin.services.domain import Actor
from dominoadmin.store import audit, audit_entries, earlier_audit, ledger, role_facts, salted, state
from dominoadmin.store import former_ids as stored_former_ids
from dominoadmin.store.audit import HeadRecord
from dominoadmin.store.audit_entries import Commit, StoredEntry
from dominoadmin.store.database import Connection
from dominoadmin.store.kinds import FREE, KINDS
from dominoadmin.store.ledger import Change, Content, Object
from dominoadmin.store.records import AuditRecord, Fields, instant, moment
from dominoadmin.store.stored_json import load

HEAD: Final = "audit head"
_FIRST_EPOCH: Final = 1


@dataclass(frozen=True)
class Event:
    """A new entry: an action, its object, and details without secrets."""

    action: AuditAction
    object: str
    detail: Fields


@dataclass(frozen=True, kw_only=True)
class Head:
    """What a head says: the log and the state before and after an act. Roots are in hex."""

    epoch: int
    at: datetime
    size_before: int
    size: int
    log_before: str
    log: str
    state_before: str
    state: str

    def content(self) -> dict[str, Any]:
        """Return what is signed."""
        return {**self.__dict__, "at": instant(self.at)}

    def states(self) -> tuple[str, str]:
        """Return the roots of the state before and after the act."""
        return self.state_before, self.state


def enter(db: Connection, now: datetime, actor: Actor, events: Sequence[Event], *, begins_epoch: bool = False) -> None:
    """Append entries to the log inside the transaction of the act, and sign log and state if the actor's ID is open.

    The entries commit all that the transaction has written until now. An ID that is not valid at the time, perhaps by
    a wrong clock, signs nothing. `begins_epoch`: the store was put back, and its log goes on from here.

    Raises:
        NotAllowed: something else than a new request was written, and nobody signs it, or somebody without the role.
        Tampered: log or state are not those that the last head signed, or a changed row is not the one that the log
            commits: a signature must not make them genuine.

    """
    if not events:
        return  # a head without an entry of its signer would not verify
    signer = actor.identity if actor.identity and is_valid(actor.identity, now) else None
    if signer and signer.kind == SERVER:
        watching.check(db, audit.head(db), signs=True)
    end = _End(db, actor.verifier(), is_setup=events[0].action == AuditAction.DOMAIN_SET_UP)
    written = ledger.take(db)  # afterwards: it makes salts
    commits = end.commits(written)
    objects = {each: change.content for each, change in written.items()}
    if not signer and (unsigned := next((each for each in commits if not roles.is_new_request(each)), None)):
        raise _not_signed(actor, unsigned)
    entries = _committing(_entries(now, actor, events, is_signed=signer is not None, after=end.size), commits, objects)
    if signer and signer.kind != CERTIFIER:
        end.check_roles(db, entries, signer)
    stored = _add(db, end.size, entries)
    if signer:
        end.sign(db, now, signer, stored, commits, epochs=int(begins_epoch))


def end(db: Connection, verifier: Verifier) -> tuple[int, int]:
    """Return the number of the last entry, and the epoch of the log.

    Raises:
        Tampered, Damaged: the last head is not as it was signed.

    """
    record = audit.head(db)
    return audit.size(db), verified_head(record, verifier)[1].epoch if record else _FIRST_EPOCH


def refuse(db: Connection, now: datetime, server: Actor, forbidden: Iterable[Forbidden]) -> None:
    """Enter that entries were not allowed, and set the state back to what it was before each, the last one first.

    What somebody has changed since stays. The rows stay, too: they are not what is committed, and nothing is done by
    them.
    """
    assert server.identity is not None
    last_first = sorted(forbidden, key=lambda each: -each.number)
    end = _End(db, server.verifier())
    end.check_current(db, [], server.identity)
    known = end.digests({each.object for one in last_first for each in one.commits})
    events = [Event(AuditAction.ENTRY_REFUSED, each.object, {"problem": each.problem}) for each in last_first]
    entries = []
    for entry, one in zip(_entries(now, server, events, is_signed=True, after=end.size), last_first, strict=True):
        entries.append(replace(entry, commits=tuple(one.undone(known))))
    stored = _add(db, end.size, entries)
    end.sign(db, now, server.identity, stored, [each for entry in entries for each in entry.commits])


def begin(db: Connection, now: datetime, actor: Actor, event: Event, pages: Iterable[Mapping[Object, Content]]) -> int:
    """Sign the first head of a store that was taken over, and commit all its objects, each page in an entry of its own.

    Return the number of objects.
    """
    assert actor.identity is not None
    number, root, count = audit.size(db), bytes.fromhex(NOTHING.state), 0
    for page in pages:
        commits = tuple(Commit(each, "", content.digest) for each, content in page.items())
        about = replace(event, detail=event.detail if not count else {})
        (entry,) = _entries(now, actor, [about], is_signed=True, after=number)
        _add(db, number, [replace(entry, commits=commits)])
        root = state.apply(db, {each.object.hash(): bytes.fromhex(each.after) for each in commits}, root)
        number, count = number + 1, count + len(commits)
    frontier = audit.frontier(db, number)
    head = replace(NOTHING, at=now, size=number, log=frontier.root().hex(), state=root.hex())
    _sign(db, head, actor.identity, frontier)
    return count


def _add(db: Connection, size: int, entries: Sequence[AuditRecord]) -> list[StoredEntry]:
    """Append entries to a log of this size."""
    stored = [audit_entries.write(entry, os.urandom(salted.LENGTH)) for entry in entries]
    audit.add(db, entries, stored)
    audit.add_blocks(db, size, size + len(entries))
    return stored


def _sign(db: Connection, head: Head, signer: Identity, frontier: Frontier) -> None:
    signed = documents.sign(HEAD, head.content(), signer)
    audit.add_head(db, HeadRecord(head.size, signed.content, signed.signature, signed.chain, frontier.octets()))


class _End:
    """The end of the log: its last head, checked, and the entries after it, which nobody has signed yet."""

    def __init__(self, db: Connection, verifier: Verifier, *, is_setup: bool = False) -> None:
        record = audit.head(db)
        if record is None and earlier_audit.is_there(db):
            raise earlier()
        if record is None and not is_setup:
            raise differs(0)  # the log was emptied: the next act must not be its beginning
        self._head = verified_head(record, verifier)[1] if record else NOTHING
        self._frontier = Frontier.read(record.size, record.frontier) if record else Frontier()
        self.tail = unsigned_tail(db, self._head)
        self.size = self._head.size + len(self.tail)
        self._pending = {each.object: each.after for entry in self.tail for each in entry.commits}
        self._state = state.RootedPages(db, bytes.fromhex(self._head.state))

    def digests(self, objects: Iterable[Object]) -> dict[Object, str]:
        """Return the digests of objects by the log so far, in hex; empty for one that does not exist."""
        hashes = {each: each.hash() for each in objects}
        try:
            known = self._state.find(hashes.values())
        except state.Altered:
            raise differs(self._head.size) from None
        return {each: self._pending.get(each) or known.get(hash_, b"").hex() for each, hash_ in hashes.items()}

    def commits(self, written: dict[Object, Change]) -> list[Commit]:
        """Return what has changed of the objects.

        Raises:
            Tampered: a row that was altered behind the program was changed, and the rest of it would become genuine, or
                a new one has got a number after one that was put in.

        """
        before = self.digests(written)
        commits = []
        for which, change in written.items():
            if change.content.digest == before[which]:
                continue
            self.check_before(which, change, before[which])
            commits.append(Commit(which, before[which], change.content.digest))
        self.check_numbers({each.object for each in commits if not each.before})
        return commits

    def check_numbers(self, new: set[Object]) -> None:
        """Raise `Tampered` if a running number does not follow one that the log commits.

        Somebody has added a row with a higher number: a search for removed rows would end in the gap before it.
        """
        found = ((each, int(each.key)) for each in new if KINDS[each.kind].is_numbered)
        numbers = {each: number for each, number in found if not 0 < number <= FREE}
        last = {each: Object(each.kind, str(number - 1)) for each, number in numbers.items()}
        known = self.digests({*last.values()} - new)
        for each, one in last.items():
            if not (follows := known.get(one, one in new)):
                near = [Object(each.kind, str(number)) for number in range(numbers[each] - FREE, numbers[each])]
                follows = not new.isdisjoint(near) or any(self.digests(near).values())
            if not (follows and roles.number_of(each)):  # an entry about a longer number is refused
                raise doubts.altered(one)

    @staticmethod
    def check_before(which: Object, change: Change, committed: str) -> None:
        """Raise `Tampered` if a row was not the one that the log commits, and something of it stays."""
        if ledger.stays_altered(which, change, committed):
            raise doubts.altered(which)

    def check_roles(self, db: Connection, entries: Sequence[AuditRecord], signer: Identity) -> None:
        """Raise `NotAllowed` unless the signer has the roles that new entries need, and a current ID."""
        self.check_current(db, entries, signer)

        def check_facts() -> None:
            for which, digest in self.digests(role_facts.FACTS).items():
                if ledger.find(db, which).digest != digest:
                    raise doubts.altered(which)

        known = PresentRoles(db, [each for entry in entries for each in entry.commits], check_facts)
        if problem := next(filter(None, (roles.problem(known, db, entry, signer.name) for entry in entries)), ""):
            raise NotAllowed(problem, known.hint())

    def check_current(self, db: Connection, entries: Sequence[AuditRecord], signer: Identity) -> None:
        """Raise `NotAllowed` if the signer's ID, or one that has signed a new document, is revoked or superseded."""
        used = [identities.fingerprint(signer.chain_der[0])]
        if stored_former_ids.is_there(db):
            used += filter(None, (former_ids.signer_of(db, each) for entry in entries for each in entry.commits))
        former = self.digests({former_ids.object_with(each) for each in used})
        if found := next((each for each in used if former[former_ids.object_with(each)]), ""):
            raise former_ids.refusal(db, found)

    def sign(
        self,
        db: Connection,
        now: datetime,
        signer: Identity,
        stored: Sequence[StoredEntry],
        commits: Sequence[Commit],
        *,
        epochs: int = 0,
    ) -> None:
        """Bring the state up to date with all entries, and sign log and state."""
        changes = self._pending | {each.object: each.after for each in commits}
        self._frontier.append(bytes.fromhex(entry.hash) for entry in self.tail)
        self._frontier.append(merkle.leaf(entry.octets) for entry in stored)
        try:
            after = self._state.apply({each.hash(): bytes.fromhex(digest) for each, digest in changes.items()})
        except state.Altered:
            raise differs(self._head.size) from None
        head = Head(
            epoch=self._head.epoch + epochs,
            at=now,
            size_before=self._head.size,
            size=self._frontier.size,
            log_before=self._head.log,
            log=self._frontier.root().hex(),
            state_before=self._head.state,
            state=after.hex(),
        )
        _sign(db, head, signer, self._frontier)


NOTHING: Final = Head(
    epoch=_FIRST_EPOCH,
    at=datetime.min.replace(tzinfo=UTC),
    size_before=0,
    size=0,
    log_before=merkle.EMPTY.hex(),
    log=merkle.EMPTY.hex(),
    state_before=state.EMPTY.hex(),
    state=state.EMPTY.hex(),
)
"""Before the first act."""


def unsigned_tail(db: Connection, head: Head) -> list[AuditRecord]:
    """Return the entries after a head, which nobody has signed yet: they commit new requests at most.

    Raises:
        Tampered: one of them is no such entry, or a request is not new.

    """
    if audit.size(db) < head.size:
        raise differs(head.size)
    tail = [*audit.entries(db, head.size)]
    for number, entry in enumerate(tail, start=head.size + 1):
        # Anyone who was signed in would have signed a newer head.
        if entry.number != number or entry.signed_in or not all(map(roles.is_new_request, entry.commits)):
            raise differs(head.size)
    added = [each.object.hash() for entry in tail for each in entry.commits]
    with suppress(state.Altered):
        if len({*added}) == len(added) and not (added and state.find(db, added, bytes.fromhex(head.state))):
            return tail
    raise differs(head.size)


def is_valid(identity: Identity, now: datetime) -> bool:
    """Return whether an ID is valid for signing at a time."""
    return identity.certificate.not_valid_before_utc <= now <= identity.certificate.not_valid_after_utc


def verified_head(record: HeadRecord, verifier: Verifier) -> tuple[str, Head]:
    """Return who signed a head, and what it says.

    Raises:
        Tampered: the signature is invalid, or it says nothing that makes sense.

    """
    document = SignedDocument(HEAD, record.content, record.signature, record.chain)
    try:
        content = load(record.content.decode())
        head = Head(**{**content, "at": moment(content["at"])})
        # The signer's ID had to be valid then; it may have expired since.
        signer, _content = verifier.verify(document, HEAD, head.at)
        frontier = Frontier.read(record.size, record.frontier)
        roots, numbers = (head.log_before, head.log, *head.states()), (head.epoch, head.size_before, head.size)
        is_whole = all(re.fullmatch("[0-9a-f]{64}", root) for root in roots)
        is_whole = is_whole and {*map(type, numbers)} == {int}  # 1.0 equals 1, and acts that follow take it on
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise differs(record.size) from None
    if not is_whole or head.size != record.size or head.log != frontier.root().hex():
        raise differs(record.size)
    return signer, head


def earlier() -> Refused:
    """Return the refusal of a store whose log has not been taken over."""
    return Refused(
        _("The store was made by an earlier version of this program; nothing was changed."),
        _("Take it over with the organization's certifier ID: start the window, or run 'dominoadmin store take-over'."),
    )


def differs(number: int) -> Tampered:
    """Return the refusal of a log that is not the one that was signed at an entry."""
    return Tampered(
        _("The audit log or the state of the store does not match its signature at entry {entry}.", entry=number),
        _("Nothing was changed. Compare the store with a backup: 'dominoadmin audit verify' names what differs."),
    )


def _not_signed(actor: Actor, commit: Commit) -> NotAllowed:
    if actor.identity:
        name = names.abbreviated(actor.name)
        return NotAllowed(
            _("The ID of {name} is not valid at this time, so it cannot sign this.", name=name),
            _("Check the clock of this computer; if it is right, use another ID."),
        )
    return NotAllowed(
        _("Only somebody with an open ID can change this ({what}).", what=f"{commit.object.kind} {commit.object.key}"),
        _("Log in first; on the command line, name an ID file with --id."),
    )


def _entries(now: datetime, actor: Actor, events: Sequence[Event], *, is_signed: bool, after: int) -> list[AuditRecord]:
    return [
        AuditRecord(
            number=number, at=now, actor=actor.name, signed_in=is_signed, action=str(event.action),
            object=event.object, detail=event.detail,
        )
        for number, event in enumerate(events, start=after + 1)
    ]  # fmt: skip


def _committing(
    entries: Sequence[AuditRecord], commits: Iterable[Commit], objects: Mapping[Object, Content]
) -> list[AuditRecord]:
    """Return the entries with the changes: each goes to the entry about its object, else to the last one."""
    about = {entry.object: place for place, entry in reversed([*enumerate(entries)])}
    placed: list[list[Commit]] = [[] for _entry in entries]
    for commit in commits:
        placed[about.get(objects[commit.object].about, -1)].append(commit)
    return [replace(entry, commits=tuple(found)) for entry, found in zip(entries, placed, strict=True)]
