"""Checks the whole store: the file, the audit log, and every committed row against what the log commits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.services.audit.verifying import Chain
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit, ledger, state
from dominoadmin.store.database import Connection, broken_pages, scratch
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import REMEDY

_PAGE: Final = 1000
_REMEDY: Final = _("Restore this row from a backup of the store.")
_REMOVE: Final = _("Nothing is done by it. Restore a backup of the store to remove it.")


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """What is wrong with a row, or with the file or the log as a whole, and what to do."""

    table: str
    key: str
    finding: str
    remedy: str


def check(domain: Domain, actor: Actor, progress: Progress = QUIET) -> list[Discrepancy]:
    """Return everything that is not as it was signed; an empty list if the store is clean.

    The store is read from one snapshot: others can go on working.

    Raises:
        Refused: the store was made by an earlier version and has not been taken over.
        Cancelled: the user asked to stop.

    """
    with scratch(state.TABLES) as copy, domain.store.snapshot() as db:
        found = [Discrepancy(table="-", key="-", finding=each, remedy=REMEDY) for each in broken_pages(db)]
        chain = Chain(actor.verifier(), replay=copy)
        try:
            while chain.follow(db) == verifying.PAGE:
                progress.step(_("Checking entry {number} of the audit log", number=chain.number + 1))
            chain.check_end(db)
        except (Tampered, Damaged) as error:  # without a log that holds, there is nothing to compare rows with
            return [*found, Discrepancy(table="audit", key=str(chain.number), finding=str(error), remedy=error.hint)]
        return [*found, *_rows(db, chain, progress), *_missing(db, chain, progress)]


def _rows(db: Connection, chain: Chain, progress: Progress) -> Iterator[Discrepancy]:
    """Yield the rows that were altered or added."""
    for kind in KINDS:
        for page in ledger.every(db, kind, _PAGE):
            progress.step(_("Checking: {kind}", kind=kind))
            committed = _committed(db, chain, list(page))
            for which, content in page.items():
                if not committed[which]:
                    yield _finding(which, _("This row was added without an entry in the audit log."), _REMOVE)
                elif committed[which] != content.digest:
                    yield _finding(which, _("This row was altered: the audit log has another digest of it."), _REMEDY)


def _missing(db: Connection, chain: Chain, progress: Progress) -> Iterator[Discrepancy]:
    """Yield the rows that were removed: the log commits them, and they are not there."""
    seen: set[Object] = set()
    for entry in audit.entries(db):
        if not entry.number % _PAGE:
            progress.step(_("Checking entry {number} of the audit log", number=entry.number))
        for commit in entry.commits:
            which = commit.object
            if which in seen or which.kind not in KINDS or ledger.find(db, which).digest:
                continue
            seen.add(which)
            if _committed(db, chain, [which])[which]:
                yield _finding(which, _("This row is missing."), _REMEDY)


def _committed(db: Connection, chain: Chain, objects: list[Object]) -> dict[Object, str]:
    """Return the digests that the log commits, in hex; empty for what it does not commit."""
    pending = {each.object: each.after for entry in audit_log.unsigned_tail(db, chain.head) for each in entry.commits}
    hashes = {each: each.hash() for each in objects}
    known = state.find(db, hashes.values(), bytes.fromhex(chain.head.state))
    return {each: pending.get(each) or known.get(hash_, b"").hex() for each, hash_ in hashes.items()}


def _finding(which: Object, finding: str, remedy: str) -> Discrepancy:
    return Discrepancy(table=which.kind, key=which.key, finding=finding, remedy=remedy)
