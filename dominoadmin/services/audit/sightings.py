"""Compares the audit log with what was seen of it outside of the store: in the account's file, beside published CRLs.

A log that was cut off, or put back with the whole store, is whole in itself. It may be longer than what was seen, but
must begin with it, unless the organization's certifier has signed the beginning of another epoch.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.merkle import Frontier
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.log import NOTHING, Head
from dominoadmin.services.domain import Domain
from dominoadmin.services.doubts import Outdated
from dominoadmin.store import audit
from dominoadmin.store.database import Connection
from dominoadmin.store.records import LARGEST, Fields, instant, moment

HINT: Final = _(
    "The CA process does nothing with it. If a backup was restored on purpose, accept it with the organization's "
    "certifier ID: 'dominoadmin server accept-restore'."
)
_SEEN: Final = "seen"


@dataclass(frozen=True)
class Sighting:
    """What was seen of a log: its epoch and number of entries, their root and that of the state (hex), and when."""

    epoch: int
    size: int
    log: str
    state: str
    at: datetime

    @property
    def place(self) -> tuple[int, int]:
        """How far the log had come."""
        return self.epoch, self.size

    def content(self) -> dict[str, Any]:
        """Return it as JSON content."""
        return {**self.__dict__, "at": instant(self.at)}


def sighting_from(content: Fields) -> Sighting:
    """Read a sighting from JSON content.

    Raises:
        ValueError: it is none.

    """
    try:
        found = Sighting(**{**content, "at": moment(content["at"])})
        is_whole = all(re.fullmatch("[0-9a-f]{64}", root) for root in (found.log, found.state))
        if not is_whole or not all(type(each) is int and 1 <= each < LARGEST for each in found.place):
            raise ValueError(content)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(error) from None
    return found


def of_account(domain: Domain) -> Sighting | None:
    """Return what this account has seen of the store last; None if it has never seen it.

    Raises:
        AccountUnavailable: the account's file cannot be read.
        Damaged: it is not whole.

    """
    return _read(domain, domain.account.read())


def note(domain: Domain, seen: Sighting) -> None:
    """Remember a sighting, unless another process of this account has seen more.

    Raises:
        AccountUnavailable: the account's file cannot be written.
        Damaged: it is not whole.

    """

    def newer(kept: Fields) -> Fields:
        before = _read(domain, kept)
        return kept if before and before.place >= seen.place else {**kept, _SEEN: seen.content()}

    domain.account.change(newer)


def replace(domain: Domain, seen: Sighting) -> None:
    """Remember a sighting in the place of any other: somebody has accepted the log as it is.

    Raises:
        AccountUnavailable: the account's file cannot be written.

    """
    domain.account.change(lambda kept: {**kept, _SEEN: seen.content()}, damaged=True)


def _read(domain: Domain, kept: Fields) -> Sighting | None:
    if _SEEN not in kept:
        return None
    try:
        return sighting_from(kept[_SEEN])
    except ValueError:
        raise Damaged(
            _("{path} is damaged: it has what this account has seen of the store.", path=domain.account.path), HINT
        ) from None


def compare(db: Connection, verifier: Verifier, seen: Sighting, where: str) -> bool:
    """Check that a log continues the one that was seen. `where` it was seen, in words.

    Return false if another epoch has begun, so that nothing is to be compared.

    Raises:
        Outdated: it is shorter, or has other entries, or another state at that place.
        Tampered, Damaged: what it has there cannot be read, or was altered.

    """
    record = audit.head(db)
    head = audit_log.verified_head(record, verifier)[1] if record else NOTHING
    values = {"entry": seen.size, "where": where, "at": f"{seen.at.astimezone():%Y-%m-%d %H:%M}"}
    if has_new_epoch(db, verifier, seen.epoch):
        return False
    if head.epoch < seen.epoch or not audit.octets(db, seen.size):
        raise Outdated(
            _(
                "The store was put back to an older state: its audit log ends at entry {last}, but {where} has seen "
                "entry {entry} ({at}).",
                **values,
                last=audit.size(db),
            ),
            HINT,
        )
    if head.epoch > seen.epoch or _frontier(db, seen.size).root().hex() != seen.log:
        raise Outdated(
            _(
                "The store is not the one that {where} has seen: entry {entry} of its audit log is another one than on"
                " {at}.",
                **values,
            ),
            HINT,
        )
    if head_at(db, verifier, seen.size).state != seen.state:
        raise audit_log.differs(seen.size)
    return True


def current(db: Connection, verifier: Verifier, now: datetime) -> Sighting:
    """Return the end of the log as it is now, which somebody has verified.

    Raises:
        Tampered, Damaged: its last head was altered.

    """
    size = audit.size(db)
    head = head_at(db, verifier, size)
    return Sighting(head.epoch, size, _frontier(db, size).root().hex(), head.state, now)


def head_at(db: Connection, verifier: Verifier, size: int) -> Head:
    """Return the last head of the log's first entries.

    Raises:
        Tampered, Damaged: it was altered.

    """
    record = audit.head(db, size)
    return audit_log.verified_head(record, verifier)[1] if record else NOTHING


def _frontier(db: Connection, size: int) -> Frontier:
    """Return the frontier of the log's first entries, from the last head there: a long log takes no longer.

    Who forges that head gets another root than the one that was seen.
    """
    record = audit.head(db, size)
    try:
        found = Frontier.read(record.size, record.frontier) if record else Frontier()
    except ValueError:
        raise audit_log.differs(size) from None
    found.append(audit.leaves(db, found.size, size))
    return found


def has_new_epoch(db: Connection, verifier: Verifier, epoch: int) -> bool:
    """Return whether the log is in a later epoch, and the organization's certifier has signed the beginning of it.

    Raises:
        Tampered, Damaged: a head was altered.

    """
    record = audit.head(db)
    if record is None or audit_log.verified_head(record, verifier)[1].epoch <= epoch:
        return False
    low, high = 0, record.size  # the epoch at `low` is not later, that at `high` is: epochs never fall
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if head_at(db, verifier, middle).epoch <= epoch else (low, middle)
    record = audit.head(db, high)
    if record is None:
        return False
    signer, head = audit_log.verified_head(record, verifier)
    return head.epoch == epoch + 1 and signer == verifier.organization


def compare_account(domain: Domain, verifier: Verifier) -> Sighting | None:
    """Compare the log with what this account has seen, and return that; None if it has never seen it.

    Raises:
        Outdated, Tampered, Damaged: as `compare`, or the account's file is not whole.
        AccountUnavailable: the account's file cannot be read.

    """
    seen = of_account(domain)
    if seen:
        with domain.store.snapshot() as db:
            compare(db, verifier, seen, _("this account"))
    return seen
