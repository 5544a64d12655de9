"""Checks the whole store: the file, the audit log, and every committed row against what the log commits."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from dominoadmin.errors import Damaged, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit import verifying
from dominoadmin.services.audit.judging import Judge
from dominoadmin.services.audit.verifying import Chain
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit, ledger, state
from dominoadmin.store.database import Connection, scratch
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import REMEDY
from dominoadmin.store.sqlite import issued_search
from dominoadmin.store.sqlite.failures import broken_pages

REBUILD: Final = "dominoadmin store check --rebuild"
"""The command that needs no backup: the window does the same."""
_COMMAND: Final = re.compile("'(dominoadmin [^']+)'")
_PAGE: Final = 1000
_REMEDY: Final = _("Restore this row from a backup: 'dominoadmin store check --repair BACKUP'.")
_REMOVE: Final = _("Nothing is done by it. 'dominoadmin store check --repair BACKUP' sets it aside.")
_TO_BE_REFUSED: Final = _("This entry was not allowed. The CA process refuses it at its next turn: start the server.")


@dataclass(frozen=True, kw_only=True)
class Discrepancy:
    """What is wrong with a row, or with the file or the log as a whole, and what to do."""

    table: str
    key: str
    finding: str
    remedy: str

    @property
    def command(self) -> str:
        """The command that the remedy names, or an empty string."""
        found = _COMMAND.search(self.remedy)
        return found[1] if found else ""


@dataclass(frozen=True)
class DifferingRow:
    """A row that is not as it was signed. `committed`: the digest that the log commits, in hex; empty for no row."""

    object: Object
    committed: str
    is_there: bool

    def told(self) -> Discrepancy:
        """Return what is wrong, in words."""
        if not self.is_there:
            finding, remedy = _("This row is missing."), _REMEDY
        elif self.committed:
            finding, remedy = _("This row was altered: the audit log has another digest of it."), _REMEDY
        else:
            finding, remedy = _("This row was added without an entry in the audit log."), _REMOVE
        return Discrepancy(table=self.object.kind, key=self.object.key, finding=finding, remedy=remedy)


Deeper = Callable[[Connection, Progress], Iterator[Discrepancy]]
"""Checks more than the rows, in the same snapshot."""


def _nothing(_db: Connection, _progress: Progress) -> Iterator[Discrepancy]:
    return iter(())


def check(domain: Domain, actor: Actor, progress: Progress = QUIET, deeper: Deeper = _nothing) -> list[Discrepancy]:
    """Return everything that is not as it was signed; an empty list if the store is clean.

    The store is read from one snapshot: others can go on working.

    Raises:
        Refused: the store was made by an earlier version and has not been taken over.
        Cancelled: the user asked to stop.

    """
    with scratch(state.TABLES) as copy, domain.store.snapshot() as db:
        progress.step(_("Checking the file"))
        found = [
            Discrepancy(table="-", key="-", finding=each, remedy=verifying.MADE_AGAIN if " index " in each else REMEDY)
            for each in broken_pages(db)
        ]
        chain = Chain(actor.verifier(), replay=copy, judge=Judge(actor.verifier().organization))
        try:
            follow(db, chain, progress)
        except (Tampered, Damaged) as error:  # without a log that holds, there is nothing to compare rows with
            return [*found, Discrepancy(table="audit", key=str(chain.number), finding=str(error), remedy=error.hint)]
        found += [
            Discrepancy(table="audit", key=str(each.number), finding=each.problem, remedy=_TO_BE_REFUSED)
            for each in chain.forbidden
        ]
        found += [each.told() for each in differences(db, chain, progress)]
        if not any(each.table == "issued" for each in found) and not issued_search.is_whole(db):
            finding = _("The search index is not the one that follows from the certificates.")
            found.append(Discrepancy(table="issued_words", key="-", finding=finding, remedy=verifying.MADE_AGAIN))
        return [*found, *deeper(db, progress)]


def follow(db: Connection, chain: Chain, progress: Progress) -> None:
    """Check the audit log to its end, and what follows from it.

    Raises:
        Tampered, Damaged: something was changed, removed, moved or added.

    """
    follow_entries(db, chain, progress)
    check_end(db, chain)


def follow_entries(db: Connection, chain: Chain, progress: Progress) -> None:
    """Check all entries of the audit log, with their signatures.

    Raises:
        Tampered, Damaged: one was changed, removed, moved or added.

    """
    while chain.follow(db) == verifying.PAGE:
        progress.step(_("Checking entry {number} of the audit log", number=chain.number + 1))


def check_end(db: Connection, chain: Chain) -> None:
    """Check the end of a log that was followed, and what follows from it.

    Raises:
        Tampered, Damaged: something was changed, removed, moved or added.

    """
    chain.check_end(db)
    chain.check_blocks(db)


def differences(db: Connection, chain: Chain, progress: Progress) -> Iterator[DifferingRow]:
    """Yield the rows that differ from what a log commits that was followed to its end."""
    pending = {each.object: each.after for entry in audit_log.unsigned_tail(db, chain.head) for each in entry.commits}
    root, present = bytes.fromhex(chain.head.state), 0
    for kind in KINDS:
        for page in ledger.every(db, kind, _PAGE):
            progress.step(_("Checking: {kind}", kind=kind))
            committed = _committed(db, root, pending, list(page))
            present += sum(bool(each) for each in committed.values())
            yield from (
                DifferingRow(which, committed[which], is_there=True)
                for which, content in page.items()
                if committed[which] != content.digest
            )
    known = state.find(db, (each.hash() for each in pending), root)
    if present < state.count(db) + len(pending) - len(known):
        yield from _missing(db, root, pending, progress)


def _missing(db: Connection, root: bytes, pending: Mapping[Object, str], progress: Progress) -> Iterator[DifferingRow]:
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
            if digest := _committed(db, root, pending, [which])[which]:
                yield DifferingRow(which, digest, is_there=False)


def _committed(
    db: Connection, root: bytes, pending: Mapping[Object, str], objects: Collection[Object]
) -> dict[Object, str]:
    """Return the digests that the log commits, in hex; empty for what it does not commit."""
    hashes = {each: each.hash() for each in objects}
    known = state.find(db, hashes.values(), root)
    return {each: pending.get(each) or known.get(hash_, b"").hex() for each, hash_ in hashes.items()}
