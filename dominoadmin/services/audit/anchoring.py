"""Anchors of the audit log: its last known end, on paper and in the user's keychain.

The account's file outside of the data folder (`sightings`) is compared, too.

A log that was truncated, or replaced by an older copy with its older signed head, is consistent in itself. Only a
record outside the store shows that it was longer or different.
"""

from __future__ import annotations

import hashlib
import json
import re
from contextlib import closing, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

from dominoadmin.errors import Damaged, KeychainUnavailable, NotAllowed, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import CERTIFIER, PERSON
from dominoadmin.services.audit import checkpoints, committed, sightings, verifying
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.checkpoints import Follower
from dominoadmin.services.audit.log import Event
from dominoadmin.services.audit.sightings import Sighting
from dominoadmin.services.audit.verifying import Chain, LogVerdict
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.doubts import EVERYTHING, Outdated
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit
from dominoadmin.store.account_state import AccountUnavailable
from dominoadmin.store.database import Connection
from dominoadmin.store.records import LARGEST, instant, moment

_NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
PURPOSE: Final = "audit-head"
_HASH, _CHECK, _GROUP, _LINE = 64, 8, 4, 32
_HINT: Final = _(
    "If a backup was restored on purpose, an administrator can accept it: Tools - Verify Audit Log, or 'dominoadmin "
    "audit anchor --accept'."
)


class PutBack(Tampered):
    """The log differs from the one that this account has seen; an administrator can accept it."""


@dataclass(frozen=True)
class Anchor:
    """The end of the log: its newest entry, that entry's hash, and when the entry was made or the log was seen."""

    number: int
    hash: str
    at: datetime
    epoch: int = 1

    @property
    def check(self) -> str:
        """The check digits that reveal an error in copying the anchor from paper."""
        return hashlib.sha256(f"{self.number} {self.hash}".encode()).hexdigest()[:_CHECK]

    def text(self) -> str:
        """Return the anchor as it is printed and typed: number, hash in groups, check digits."""
        return f"{self.number}  {grouped(self.hash)}  {grouped(self.check)}"


@dataclass(frozen=True)
class Typed:
    """An anchor read from paper."""

    number: int
    hash: str


def grouped(digits: str) -> str:
    """Return hex digits in groups that are easy to read aloud."""
    return " ".join(digits[start : start + _GROUP] for start in range(0, len(digits), _GROUP))


def paper(anchor: Anchor) -> str:
    """Return the printed anchor: short lines that can also be copied by hand."""
    digits = [anchor.hash[start : start + _LINE] for start in range(0, _HASH, _LINE)]
    lines = [f"Entry   {anchor.number}", f"Time    {instant(anchor.at)}", f"Hash    {grouped(digits[0])}"]
    return "\n".join([*lines, *(f"        {grouped(line)}" for line in digits[1:]), f"Check   {grouped(anchor.check)}"])


def read(text: str) -> Typed:
    """Read an anchor that was typed: the number, the hash, and the check digits if they were typed.

    Raises:
        Refused: it is not an anchor, or a digit was mistyped.

    """
    number, _space, rest = text.strip().partition(" ")
    digits = re.sub(r"[\s:-]", "", rest).lower()
    if not re.fullmatch(r"[1-9][0-9]{0,17}", number) or not re.fullmatch(r"[0-9a-f]+", digits):
        raise Refused(_("This is not an anchor."), _("Type the number of the entry, a space, and the hash."))
    if len(digits) not in (_HASH, _HASH + _CHECK):
        raise Refused(
            _(
                "The anchor's hash has {digits} hex digits, plus {check} check digits; you typed {count}.",
                digits=_HASH,
                check=_CHECK,
                count=len(digits),
            ),
            _("Compare your entry with the printed anchor."),
        )
    found = Anchor(int(number), digits[:_HASH], _NEVER)
    if digits[_HASH:] not in ("", found.check):
        raise Refused(
            _("The anchor was mistyped: its check digits do not match."),
            _("Compare your entry with the printed anchor."),
        )
    return Typed(found.number, found.hash)


def current(domain: Domain) -> Anchor:
    """Return the end of the log.

    Raises:
        Tampered: the log is empty, or the kept hashes of its blocks do not lead to what its last head says.

    """
    with domain.store.snapshot() as db:
        newest = audit.last(db)
        if newest is None:
            raise Tampered(_("The audit log is empty, although every domain's log begins with its setup."))
        return Anchor(newest.number, _root(db, newest.number), newest.at, committed.claimed_epoch(db))


def check(domain: Domain, typed: Typed) -> None:
    """Compare the log with an anchor from paper. `verify` checks the log itself.

    Raises:
        Tampered: the log is shorter, or has another entry there.

    """
    with domain.store.snapshot() as db:
        stands = audit.size(db)
        is_known = typed.number <= stands and _is_at(db, typed.number, typed.hash)
    if typed.number > stands:
        raise Tampered(
            _(
                "The audit log was truncated or replaced: it ends at entry {last}, but the anchor is at entry {entry}.",
                last=stands,
                entry=typed.number,
            )
        )
    if not is_known:
        raise Tampered(
            _(
                "Entry {entry} of the audit log does not match the anchor: the log was rewritten.",
                entry=typed.number,
            )
        )


def _root(db: Connection, number: int) -> str:
    """Return the hash of the log's first entries, in hex."""
    return audit.frontier(db, number).root().hex()


def _is_at(db: Connection, number: int, expected: str) -> bool:
    """Return whether the log has this hash at an entry. Anchors of earlier versions have the hash of the entry."""
    if _root(db, number) == expected:
        return True
    octets = audit.octets(db, number)
    return octets is not None and hashlib.sha256(octets).hexdigest() == expected


@dataclass(frozen=True, kw_only=True)
class Seen:
    """The keychain's record: the last seen end of the log, None if never seen; `problem` if the log differs from it.

    `before`: the end that was recorded before, with which the log was compared. `account`: what the account's file had,
    with which it was compared, too. `unavailable`: why one of them could not be asked or written. `checkpoint`: the
    newest one in the store, and the server that has signed it.
    """

    mirror: Anchor | None
    problem: str = ""
    unavailable: str = ""
    before: Anchor | None = None
    account: Sighting | None = None
    checkpoint: tuple[str, Sighting] | None = None


def compare(domain: Domain, verifier: Verifier | None = None) -> Seen:
    """Compare the log with the last one that this account has seen. May wait for the keychain; nothing is changed.

    `verifier`: to recognize an epoch that the organization's certifier has begun since.
    """
    try:
        mirror = _mirrored(domain)
    except KeychainUnavailable as error:
        return Seen(mirror=None, unavailable=str(error))
    if mirror is None:
        return Seen(mirror=None)
    try:
        with domain.store.snapshot() as db:
            if verifier and sightings.has_new_epoch(db, verifier, mirror.epoch):
                return Seen(mirror=None)
            return Seen(mirror=mirror, problem=_problem(db, mirror))
    except (Tampered, Damaged) as error:  # exactly the entries to compare
        return Seen(mirror=mirror, problem=str(error))


def look(domain: Domain, actor: Actor, progress: Progress = QUIET) -> Seen:
    """Compare the log with the keychain, check the entries added since, and record its new end in the keychain.

    A log that is seen for the first time is checked from its beginning. If the log differs from the record, the
    problem is returned and the record kept, so that it is reported again until somebody accepts the log.
    """
    seen = _looked(domain, actor, progress)
    doubt = Outdated(seen.problem, sightings.HINT) if seen.problem else None
    domain.doubts.note(EVERYTHING, PURPOSE, doubt)
    return seen


def _looked(domain: Domain, actor: Actor, progress: Progress) -> Seen:
    seen = compare(domain, actor.verifier())
    if seen.problem:
        return seen
    try:
        newest, unavailable = _followed(domain, actor, seen.mirror, progress)
        if not seen.unavailable and (seen.mirror is None or newest.number > seen.mirror.number):
            _note(domain, newest)
    except (Tampered, Damaged) as error:
        return replace(seen, problem=str(error))
    except KeychainUnavailable as error:
        return replace(seen, unavailable=str(error))
    return Seen(mirror=None if seen.unavailable else newest, unavailable=seen.unavailable or unavailable)


def verify(domain: Domain, actor: Actor, progress: Progress = QUIET) -> tuple[LogVerdict, Seen]:
    """Check the whole log, then compare it with keychain and account's file, and record its end there.

    Raises:
        Tampered: the log is inconsistent, or differs from the one that this account has seen.
        Cancelled: the user asked to stop.

    """
    verdict = verifying.verify(domain, actor, progress)
    account, unavailable = None, ""
    with suppress(AccountUnavailable):  # said when it is noted
        account = sightings.compare_account(domain, actor.verifier())
    seen = compare(domain, actor.verifier())
    if seen.problem:
        raise PutBack(seen.problem, _HINT)
    with domain.store.snapshot() as db:
        checkpoint = checkpoints.compare(db, actor.verifier())
    try:
        with domain.store.snapshot() as db:
            now_at = sightings.current(db, actor.verifier(), domain.now())
        sightings.note(domain, now_at)
    except AccountUnavailable as error:
        unavailable = str(error)
    unavailable = seen.unavailable or unavailable
    found = replace(seen, unavailable=unavailable, before=seen.mirror, account=account, checkpoint=checkpoint)
    if seen.unavailable:
        return verdict, found
    try:
        newest = current(domain)
        _note(domain, newest)
    except KeychainUnavailable as error:
        return verdict, replace(found, unavailable=str(error))
    return verdict, replace(found, mirror=newest)


def accept(domain: Domain, actor: Actor) -> Anchor:
    """Accept the log as it is, for example after restoring a backup. The entry about this holds the last seen end.

    Raises:
        NotAllowed: no ID is open, or that of neither an administrator by this log nor the organization's certifier.
        Tampered: the log is inconsistent, which cannot be accepted.
        Outdated: the account's file has seen another one: only the organization's certifier can accept it.
        Refused: there is nothing to accept.
        KeychainUnavailable: the keychain does not answer.

    """
    if actor.identity is None or actor.identity.kind not in (PERSON, CERTIFIER):
        raise NotAllowed(_("Only a logged-in administrator can accept the audit log."), _("Log in first."))
    if actor.identity.kind == PERSON:
        committed.check_administrator(domain, actor.verifier(), actor.name)
    if not audit_log.is_valid(actor.identity, domain.now()):
        raise NotAllowed(_("Your ID is not valid at this time."), _("Check the clock, or open another ID."))
    verifying.verify(domain, actor)
    sightings.compare_account(domain, actor.verifier())
    mirror = _mirrored(domain)
    if mirror is None:
        raise Refused(_("The keychain has not seen this audit log before: there is nothing to accept."))
    with domain.store.transaction() as db:
        stands = audit.size(db)
        if not _problem(db, mirror):
            raise Refused(_("The audit log matches its last known state: there is nothing to accept."))
        detail = {
            "stood_at": stands,
            "seen_number": mirror.number,
            "seen_hash": mirror.hash,
            "seen_on": instant(mirror.at),
        }
        audit_log.enter(
            db, domain.now(), actor, [Event(AuditAction.AUDIT_LOG_ACCEPTED, f"entry {mirror.number}", detail)]
        )
    now_at = current(domain)
    _note(domain, now_at)
    return now_at


def keep(domain: Domain, verifier: Verifier) -> None:
    """Record the log as it is now wherever this account remembers it, after somebody has accepted it."""
    with domain.store.snapshot() as db:
        seen = sightings.current(db, verifier, domain.now())
    with suppress(AccountUnavailable):  # told at the next start
        sightings.replace(domain, seen)
    with suppress(KeychainUnavailable):
        _note(domain, Anchor(seen.size, seen.log, seen.at, seen.epoch))


def _problem(db: Connection, mirror: Anchor) -> str:
    stands = audit.size(db)
    # The entry is read, too: the columns that are searched must agree with what is hashed.
    if audit.at(db, mirror.number) and _is_at(db, mirror.number, mirror.hash):
        return ""
    seen_on = f"{mirror.at.astimezone():%Y-%m-%d %H:%M}"
    if mirror.number > stands:
        return _(
            "The audit log was truncated or replaced: it ends at entry {last}, but entry {entry} was seen on "
            "{seen_on}.",
            last=stands,
            entry=mirror.number,
            seen_on=seen_on,
        )
    return _(
        "The audit log was truncated or replaced: entry {entry} is not the one that was seen on {seen_on}; the log "
        "ends at entry {last}.",
        entry=mirror.number,
        seen_on=seen_on,
        last=stands,
    )


def _followed(domain: Domain, actor: Actor, mirror: Anchor | None, progress: Progress) -> tuple[Anchor, str]:
    """Check the entries added since this account saw the log, and note them in its file; else the whole log.

    Return the end, and why the file cannot be asked or written; then the mirror is where the check begins.
    """
    try:
        known = sightings.compare_account(domain, actor.verifier())
        verified = _verified(Follower(domain, actor.verifier(), known), progress)
        sightings.note(domain, verified)
    except AccountUnavailable as error:
        return _since(domain, actor, mirror, progress), str(error)
    return Anchor(verified.size, verified.log, verified.at, verified.epoch), ""


def _verified(follower: Follower, progress: Progress) -> Sighting:
    verified = None
    with closing(follower):
        while verified is None:
            progress.step(_("Checking entry {number} of the audit log", number=follower.number + 1))
            verified = follower.step()
    return verified


def _since(domain: Domain, actor: Actor, mirror: Anchor | None, progress: Progress) -> Anchor:
    if mirror is None:
        verifying.verify(domain, actor, progress)
        return current(domain)
    with domain.store.snapshot() as db:
        chain = Chain(actor.verifier(), start=audit.frontier(db, mirror.number))
    is_whole = False
    while not is_whole:
        progress.step(_("Checking entry {number} of the audit log", number=chain.number + 1))
        with domain.store.snapshot() as db:
            is_whole = chain.follow(db) < verifying.PAGE
    return Anchor(chain.number, chain.root(), domain.now(), chain.head.epoch)


def _mirrored(domain: Domain) -> Anchor | None:
    kept = domain.keychain.get(PURPOSE)
    try:
        fields = json.loads(kept) if kept else None
        if not fields:
            return None
        seen_at, epoch = moment(str(fields["seen"])), int(fields.get("epoch", 1))
        found = Anchor(int(fields["number"]), str(fields["hash"]), seen_at, epoch)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError):
        return None  # not of this program: it is overwritten
    return found if 0 < found.number < LARGEST else None


def _note(domain: Domain, newest: Anchor) -> None:
    fields = {"number": newest.number, "hash": newest.hash, "seen": instant(domain.now()), "epoch": newest.epoch}
    domain.keychain.set(PURPOSE, json.dumps(fields))
