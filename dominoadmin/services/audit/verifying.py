"""Checks the audit log: every entry, every signature, and the state that they lead to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import identities
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.merkle import Frontier
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.judging import Judge
from dominoadmin.services.audit.log import NOTHING, Head
from dominoadmin.services.audit.roles import Forbidden
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit, audit_entries, earlier_audit, state
from dominoadmin.store.audit import HeadRecord
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.database import Connection, scratch
from dominoadmin.store.records import AuditRecord

_START: Final = "0" * 64
PAGE: Final = 10_000
"""Entries read at a time."""
MADE_AGAIN: Final = _(
    "This follows from other tables, and can be created again: 'dominoadmin store check --rebuild'. If that fails, "
    "restore a backup."
)
_HINT: Final = _("Compare the log with a backup of the store; its entries cannot be trusted.")


@dataclass(frozen=True)
class LogVerdict:
    """The result of `verify`: the number of entries, and the last one that is signed."""

    entries: int
    signed: int
    signer: str


def verify(domain: Domain, actor: Actor, progress: Progress = QUIET) -> LogVerdict:
    """Check every entry, every signature, and the state that the entries lead to.

    The log is read in pages, each from its own snapshot: a long log neither fills the memory nor blocks the store.

    Raises:
        Tampered: something was changed, removed, moved or added; the message names the first such entry.
        Cancelled: the user asked to stop.

    """
    with scratch(state.TABLES) as copy:
        chain = Chain(actor.verifier(), replay=copy, judge=Judge(actor.verifier().organization))
        is_whole = False
        while not is_whole:
            progress.step(_("Checking entry {number} of the audit log", number=chain.number + 1))
            with domain.store.snapshot() as db:
                is_whole = chain.follow(db) < PAGE
                if is_whole:  # the state belongs to the last page, and is not newer than that
                    chain.check_end(db)
                    chain.check_blocks(db)
    chain.check_allowed()
    return LogVerdict(chain.number, chain.head.size, chain.signer)


class Chain:
    """The checked part of the log, from its beginning or from a known place.

    `replay`: an empty database in which the state is made once more; without it, the states are not made again.
    `start` and `head`: the known place and the head that stands there.
    `judge`: who judges each entry; without one, only an entry in another person's name is told.
    """

    def __init__(
        self,
        verifier: Verifier,
        replay: Connection | None = None,
        start: Frontier | None = None,
        head: Head = NOTHING,
        judge: Judge | None = None,
    ) -> None:
        self._verifier, self._replay, self._judge = verifier, replay, judge
        self._state = state.Remaking(replay) if replay else None
        self._frontier, self._hashes = start or Frontier(), list[bytes]()
        self._is_whole = start is None or head is not NOTHING
        self._began_at, self._before, self._after = head, dict[bytes, str](), dict[bytes, str]()
        self._entries: list[AuditRecord] = []
        self._actors: set[str] = set()
        self._last_signed_in, self._earlier = 0, _START
        self.head, self.signer = head, ""

    @property
    def number(self) -> int:
        """The number of the last checked entry."""
        return self._frontier.size + len(self._hashes)

    def root(self) -> str:
        """Return the hash of all entries so far, in hex."""
        self._frontier.append(self._hashes)
        self._hashes = []
        return self._frontier.root().hex()

    def follow(self, db: Connection) -> int:
        """Check the next entries with their signatures, and return their number.

        Raises:
            Tampered: one was changed, removed, moved or added.

        """
        start = self.number
        try:
            heads = iter([*audit.heads(db, start, start + PAGE)])
            head = next(heads, None)
            for entry in self._read(db, start):
                self._add(entry)
                if head and head.size == entry.number:
                    self._follow_head(db, head, entry)
                    head = next(heads, None)
        except Damaged:  # the row after the last readable one
            raise _changed(self.number + 1) from None
        if head:
            raise _missing(self.number + 1)
        if self._state and self.number - start < PAGE:  # the last page
            self._state.keep()
        return self.number - start

    def check_end(self, db: Connection) -> None:
        """Check that nothing is missing at the end, and that the stored state is the one that was signed.

        Raises:
            Tampered: it is not.

        """
        if not self.head.size:
            if earlier_audit.is_there(db):
                raise audit_log.earlier()
            raise Tampered(_("The audit log has no signed head."), _HINT)
        if (number := audit.before_first(db)) is not None:
            raise _changed(number)
        # A signed-in person signs the head with each entry.
        if self._last_signed_in > self.head.size:
            raise Tampered(
                _(
                    "The head of the audit log is at entry {entry}, but entry {last} had already advanced it: an older "
                    "head was restored, or entries were added.",
                    entry=self.head.size,
                    last=self._last_signed_in,
                ),
                _HINT,
            )
        audit_log.unsigned_tail(db, self.head)
        # With a state that was made again, every page of the stored one is compared.
        stored = state.root(db)
        if stored.hex() != self.head.state or (self._replay and not state.is_same(db, self._replay)):
            raise Tampered(str(audit_log.differs(self.head.size)), MADE_AGAIN)

    def check_blocks(self, db: Connection) -> None:
        """Check the kept hashes of blocks, from which anchors and proofs are made.

        Raises:
            Tampered: they do not lead to the log.

        """
        if audit.frontier(db, self.head.size).root().hex() != self.head.log:
            raise Tampered(str(audit_log.differs(self.head.size)), MADE_AGAIN)

    def check_changes(self, db: Connection) -> None:
        """Check that the entries since the known head have changed just what they say, by undoing it.

        Raises:
            Tampered: the state that they lead to is another one.

        """
        end = state.RootedPages(db, bytes.fromhex(self.head.state))
        try:
            now = end.find(self._after)
            undone = end.root_with({name: bytes.fromhex(digest) for name, digest in self._before.items()})
        except state.Altered:
            raise audit_log.differs(self.head.size) from None
        is_so = all(now.get(name, b"").hex() == digest for name, digest in self._after.items())
        if not is_so or undone.hex() != self._began_at.state:
            raise audit_log.differs(self.head.size)

    def go_on(self) -> None:
        """Take what was checked as known: only the changes from here are remembered, and no state is made again."""
        self._replay, self._state, self._began_at, self._before, self._after = None, None, self.head, {}, {}

    @property
    def forbidden(self) -> list[Forbidden]:
        """The entries that were not allowed and are not refused yet, the first one first."""
        return [*self._judge.forbidden.values()] if self._judge else []

    def roles(self) -> dict[str, Any]:
        """Return who has which role after the last signed entry, as JSON content."""
        return self._judge.roles() if self._judge else {}

    @property
    def has_unnamed(self) -> bool:
        """Whether a certifier may have got the name of another one since its entry was judged."""
        return self._judge is not None and self._judge.has_unnamed

    def name_certifiers(self, db: Connection) -> None:
        """Judge such certifiers again."""
        if self._judge:
            self._judge.name_certifiers(db)

    def check_known(self) -> None:
        """Raise `Tampered` if the store does not say any more who had which role."""
        if self._judge:
            self._judge.check_known()

    def check_allowed(self) -> None:
        """Raise `Tampered` if an entry was not allowed and is not refused yet, or if that cannot be known."""
        self.check_known()
        if forbidden := self.forbidden:
            raise Tampered(
                _(
                    "Entry {number} of the audit log was not allowed. {problem}",
                    number=forbidden[0].number,
                    problem=forbidden[0].problem,
                ),
                _("The CA process refuses it at its next turn, and sets back what it changed: start the server."),
            )

    def _read(self, db: Connection, start: int) -> Iterator[AuditRecord]:
        entries = audit.entries(db, start, PAGE)
        return self._judge.look_ahead(db, entries) if self._judge else entries

    def _add(self, entry: AuditRecord) -> None:
        number = self.number + 1
        if entry.number != number:
            raise _missing(number)
        if entry.previous:
            self._follow_earlier(entry)
        self._hashes.append(bytes.fromhex(entry.hash))
        self._entries.append(entry)
        if entry.signed_in and not entry.previous:
            self._last_signed_in = number
            self._actors.add(entry.actor)

    def _follow_earlier(self, entry: AuditRecord) -> None:
        """Check an entry of an earlier version's log: such entries are the beginning, before the first head."""
        if self.head.size or self._actors or (self._is_whole and entry.previous != self._earlier):
            raise _changed(self.number + 1)
        self._earlier = audit_entries.earlier_hash(entry)

    def _follow_head(self, db: Connection, record: HeadRecord, entry: AuditRecord) -> None:
        signer, head = audit_log.verified_head(record, self._verifier)
        if not self._judge and (self._actors - {signer} or not entry.signed_in):
            raise Tampered(
                _(
                    "The head of the audit log is signed by {signer}, but entry {entry} is by {actor}.",
                    signer=signer,
                    entry=head.size,
                    actor=next(iter(self._actors - {signer}), entry.actor),
                ),
                _HINT,
            )
        if head.log != self.root() or (
            self._is_whole and not _follows(head, self.head, begins=signer == self._verifier.organization)
        ):
            raise Tampered(
                _(
                    "The audit log does not match its head, signed by {signer} at entry {entry}.",
                    signer=signer,
                    entry=head.size,
                ),
                _HINT,
            )
        if not head.size_before and signer != self._verifier.organization:
            raise Tampered(
                _(
                    "The beginning of the audit log is signed by {signer}, not by the organization's certifier.",
                    signer=signer,
                ),
                _HINT,
            )
        commits = [commit for each in self._entries for commit in each.commits]
        if self._state:
            _make_state(self._state, head, commits)
        else:
            self._note_changes(head, commits)
        if self._judge:
            fingerprint = identities.fingerprint(record.chain[0])
            self._judge.hear(db, self._entries, signer, fingerprint)
        self.head, self.signer, self._is_whole = head, signer, True
        self._entries, self._actors = [], set()

    def _note_changes(self, head: Head, commits: Sequence[Commit]) -> None:
        for each in commits:
            name = each.object.hash()
            if self._after.get(name, each.before) != each.before:
                raise audit_log.differs(head.size)
            self._before.setdefault(name, each.before)
            self._after[name] = each.after


def _make_state(made: state.Remaking, head: Head, commits: Sequence[Commit]) -> None:
    changes = [(each.object.hash(), bytes.fromhex(each.before), bytes.fromhex(each.after)) for each in commits]
    try:
        root = made.follow(changes)
    except state.Altered:
        raise audit_log.differs(head.size) from None
    if root.hex() != head.state:
        raise audit_log.differs(head.size)


def _changed(number: int) -> Tampered:
    found = Tampered(_("Entry {number} of the audit log was changed or moved.", number=number), _HINT)
    found.which = "audit", str(number)
    return found


def _missing(number: int) -> Tampered:
    return Tampered(_("Entry {number} of the audit log is missing.", number=number), _HINT)


def _follows(head: Head, before: Head, *, begins: bool) -> bool:
    """Return whether a head follows another one. `begins`: its signer may begin an epoch."""
    epochs = {before.epoch, before.epoch + 1} if begins else {before.epoch}
    is_next = (head.size_before, head.log_before, head.state_before) == (before.size, before.log, before.state)
    return is_next and head.epoch in epochs
