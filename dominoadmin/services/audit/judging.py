"""Judges the entries of the log, one after the other, by what the ones before say about roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.services import doubts
from dominoadmin.services.audit import former_ids, roles
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.roles import LoggedRoles
from dominoadmin.store import audit
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AuditRecord

_ENTRY: Final = "entry "
_DIGITS: Final = 18


@dataclass(frozen=True)
class Forbidden:
    """An entry that its signer was not allowed to make, and why."""

    number: int
    problem: str
    commits: tuple[Commit, ...]

    @property
    def object(self) -> str:
        """What the entry about its refusal calls it."""
        return f"{_ENTRY}{self.number}"


class Judge:
    """What the entries so far say about roles, and which of them were not allowed and are not refused yet.

    `known`: the roles after entry `number`; the entries until there were judged before.
    """

    def __init__(self, organization: str, known: LoggedRoles | None = None, number: int = 0) -> None:
        self._organization, self._roles = organization, known or LoggedRoles()
        self._number = number
        self.forbidden: dict[int, Forbidden] = {}

    def roles(self) -> dict[str, Any]:
        """Return who has which role now, as JSON content."""
        return self._roles.content()

    def hear(self, db: Connection, entry: AuditRecord, signer: str, fingerprint: str) -> None:
        """Judge the next entry, in the head that `signer` has signed, with the ID of this fingerprint."""
        if self._roles.altered or entry.number <= self._number:
            return
        if problem := self._former_problem(db, entry, fingerprint):
            self._forbid(entry, problem)
        elif self._is_refusal(entry, signer):
            self._refused(db, entry)
        elif problem := self._problem(db, entry, signer):
            self._forbid(entry, problem)
        elif entry.signed_in and not entry.previous:  # the others are nobody's word, whatever they say
            self._roles.learn(db, entry)

    def _forbid(self, entry: AuditRecord, problem: str) -> None:
        if self._roles.altered:
            return  # it was judged by a row that nobody signed
        self.forbidden[entry.number] = Forbidden(entry.number, problem, entry.commits)
        self._roles.doubtful |= {each.object for each in entry.commits if each.object.kind == "requests"}

    def _is_refusal(self, entry: AuditRecord, signer: str) -> bool:
        """Return whether the server refuses an entry; one that it only signs over is nobody's word."""
        is_refused = entry.signed_in and entry.action == AuditAction.ENTRY_REFUSED
        return is_refused and signer == entry.actor and self._roles.is_server(signer)

    def check_known(self) -> None:
        """Raise `Tampered` if the store does not say any more who had which role."""
        if self._roles.altered:
            raise doubts.altered(self._roles.altered)

    def _former_problem(self, db: Connection, entry: AuditRecord, fingerprint: str) -> str:
        """Return why the entry, or a document that it commits, is signed too late, whatever time it claims."""
        former = self._roles.former_ids
        if not former or not entry.signed_in:
            return ""
        used = (fingerprint, *(former_ids.signer_of(db, each) for each in entry.commits))
        return next((str(former_ids.refusal(db, each)) for each in used if each in former), "")

    def _problem(self, db: Connection, entry: AuditRecord, signer: str) -> str:
        if entry.previous:  # of an earlier version: it commits nothing
            return ""
        if not entry.signed_in:
            return "" if all(map(roles.is_new_request, entry.commits)) else _("It is not signed.")
        if entry.actor != signer:
            return _(
                "It is in the name of {actor}, and signed by {signer}.",
                actor=names.abbreviated(entry.actor),
                signer=names.abbreviated(signer),
            )
        return "" if signer == self._organization else roles.problem(self._roles, db, entry, signer)

    def _refused(self, db: Connection, entry: AuditRecord) -> None:
        """Take in that the server has refused an entry: it sets back what that one changed, and nothing else."""
        text = entry.object.removeprefix(_ENTRY)
        number = int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
        refused = self.forbidden.get(number)
        earlier = None if refused else audit.at(db, number)
        commits = refused.commits if refused else earlier.commits if earlier else ()
        if {(each.object, each.after, each.before) for each in entry.commits} - {*commits}:
            self._forbid(entry, _("It changes more than the entry that it refuses."))
        elif refused:
            del self.forbidden[refused.number]
        else:  # it was refused by what the store said then, and does not say any more
            self._roles.forget(commits)
