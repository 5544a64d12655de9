"""Repairs rows of the store: what the log commits is taken from a backup, what it does not commit is set aside.

What follows from the log needs no backup: it is made again.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from dominoadmin.errors import NotAllowed, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.identities import PERSON, Identity
from dominoadmin.services.audit import checking, committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.checking import DifferingRow, Discrepancy
from dominoadmin.services.audit.judging import Judge
from dominoadmin.services.audit.log import Event
from dominoadmin.services.audit.verifying import Chain
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.store import audit, ledger, salted, state
from dominoadmin.store.database import Connection, Row, scratch
from dominoadmin.store.kinds import KINDS
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import Fields
from dominoadmin.store.sqlite import repairs
from dominoadmin.store.sqlite.failures import broken_pages

_LONG: Final = 1 << 20  # octets
_TAKEN: Final = _("Taken from the backup.")
_ASIDE: Final = _("Set aside: the row is in the audit log, in the entry about it.")
_LATER: Final = _("The backup does not have this row as it was signed: try another backup.")
_BELONGS: Final = _("Other rows belong to it: restore the whole store from a backup.")


@dataclass(frozen=True)
class Repaired:
    """What was found, with what was done as the remedy; `left`: what could not be repaired, with what to do."""

    done: tuple[Discrepancy, ...]
    left: tuple[Discrepancy, ...]


def repair(domain: Domain, person: Identity, backup: Path, progress: Progress = QUIET) -> Repaired:
    """Repair the rows that differ from what the log commits, with the rows of a backup, which is not changed.

    A row of the backup is taken only if its digest is the one that the log commits. The entries about it are signed.

    Raises:
        NotAllowed: the ID cannot sign.
        Refused: the file, the log or the state are damaged: only rows can be repaired.
        NotFound, Damaged: there is no such backup, or it is not a store.
        Cancelled: the user asked to stop; nothing was changed.

    """
    actor = Actor.of(person)
    if person.kind != PERSON or not audit_log.is_valid(person, domain.now()):
        raise NotAllowed(
            _("The ID of {name} cannot sign a repair at this time.", name=person.name), _("Use a person's valid ID.")
        )
    with repairs.backup(backup) as source:
        found = _found(domain, actor, progress)
        if not found:
            return Repaired((), ())
        with domain.store.transaction() as db:
            work = _Repair(db, source)
            digests = committed.digests(db, actor.verifier(), (each.object for each in found)) or {}
            for each in _ordered(found):  # the store may have changed since it was checked
                progress.step(_("Repairing: {kind}", kind=each.object.kind))
                work.do(replace(each, committed=digests.get(each.object, "")))
            work.finish()
            if work.issued:
                repairs.search_again(db)
            audit_log.enter(db, domain.now(), actor, work.events)
    return Repaired(tuple(work.done), tuple(work.left))


def rebuild(db: Connection, verifier: Verifier, progress: Progress) -> list[Discrepancy]:
    """Make again what follows from the log where it differs: the state and the hashes of blocks. Return what was made.

    Raises:
        Tampered, Damaged: the log is not as it was signed: nothing can be made of it.

    """
    with scratch(state.TABLES) as copy:
        chain = Chain(verifier, replay=copy, judge=Judge(verifier.organization))
        checking.follow_entries(db, chain, progress)
        made = [] if state.is_same(db, copy) else ["state_pages"]
        if made:
            state.replace(db, copy)
        if audit.make_blocks(db):
            made.append("audit_blocks")
        checking.check_end(db, chain)
    return [rebuilt(each, "-") for each in made]


def rebuilt(table: str, key: str) -> Discrepancy:
    """Return that rows of a derived table were made again."""
    finding = _("It did not follow from what was signed.")
    return Discrepancy(table=table, key=key, finding=finding, remedy=_("Created again."))


def _found(domain: Domain, actor: Actor, progress: Progress) -> list[DifferingRow]:
    with scratch(state.TABLES) as copy, domain.store.snapshot() as db:
        if broken_pages(db):
            raise Refused(
                _("The file of the store is damaged: rows alone cannot be repaired."),
                _("Restore the whole store from a backup."),
            )
        chain = Chain(actor.verifier(), replay=copy, judge=Judge(actor.verifier().organization))
        checking.follow(db, chain, progress)
        return list(checking.differences(db, chain, progress))


def _ordered(found: Iterable[DifferingRow]) -> Sequence[DifferingRow]:
    """Return what to do first: rows go before those they belong to, and come after them."""
    order = {kind: place for place, kind in enumerate(KINDS)}
    surplus = [each for each in found if not each.committed]
    wanted = [each for each in found if each.committed]
    return [
        *sorted(surplus, key=lambda each: -order[each.object.kind]),
        *sorted(wanted, key=lambda each: order[each.object.kind]),
    ]


class _Repair:
    """A repair in one transaction."""

    def __init__(self, db: Connection, source: Connection) -> None:
        self._db, self._source = db, source
        self.done: list[Discrepancy] = []
        self.left: list[Discrepancy] = []
        self.events: list[Event] = []
        self.issued = False
        self._blocked: list[DifferingRow] = []

    def finish(self) -> None:
        """Repair the rows in whose way another altered row was: it may have their name, and they may have its name."""
        blocked, self._blocked = self._blocked, []
        for each in blocked:
            repairs.free(self._db, each.object)
        for each in blocked:
            self.do(each)
        self.left += [replace(each.told(), remedy=_BELONGS) for each in self._blocked]

    def do(self, found: DifferingRow) -> None:
        """Repair a row if that is possible; one that another row is in the way of is left for the end."""
        which = found.object
        if ledger.find(self._db, which).digest == found.committed:
            return
        told = found.told()
        remedy = self._put_back(which, found.committed) if found.committed else self._set_aside(which)
        if remedy is _BELONGS and found.committed:
            self._blocked.append(found)
            return
        if remedy not in (_TAKEN, _ASIDE):
            self.left.append(replace(told, remedy=remedy))
            return
        self.done.append(replace(told, remedy=remedy))
        self.issued = self.issued or which.kind == "issued"

    def _put_back(self, which: Object, digest: str) -> str:
        """Take a row from the backup, or only its salt, and return what was done."""
        salts = dict.fromkeys((repairs.salt(self._db, which), repairs.salt(self._source, which), b""))
        for row in (repairs.find(self._db, which), repairs.find(self._source, which)):
            for salt in salts:
                if row is None or _digest(which, row, salt) != digest:
                    continue
                if not repairs.put_back(self._db, which, row):
                    return _BELONGS
                if salt:
                    salted.put(self._db, which.hash(), salt)
                self.events.append(Event(AuditAction.ROW_REPAIRED, f"{which.kind} {which.key}", {"sha256": digest}))
                return _TAKEN
        return _LATER

    def _set_aside(self, which: Object) -> str:
        row = repairs.take_out(self._db, which)
        if row is None:
            return _BELONGS
        self.events.append(Event(AuditAction.ROW_SET_ASIDE, f"{which.kind} {which.key}", _plain(row)))
        return _ASIDE


def _digest(which: Object, row: Row, salt: bytes) -> str:
    """Return the digest of a row; an empty text if an older schema does not have all of its columns."""
    try:
        return ledger.digest(which.kind, row, salt)
    except IndexError:
        return ""


def _plain(row: Row) -> Fields:
    """Return a row as JSON; octets in Base64, and of what is long only the digest: nothing leaves the log."""
    return {name: _short(each) for name, each in zip(row.keys(), row, strict=True)}


def _short(value: object) -> object:
    if not isinstance(value, str | bytes):
        return value
    octets = value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    if len(octets) > _LONG:
        return f"{len(octets)} octets, SHA-256 {hashlib.sha256(octets).hexdigest()}"
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
