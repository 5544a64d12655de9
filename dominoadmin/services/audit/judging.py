"""Judges the entries of the log, one after the other, by what the ones before say about roles."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final, Self

from dominoadmin.errors import Damaged
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.services import doubts
from dominoadmin.services.audit import former_ids, roles
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.roles import ENTRY, Forbidden
from dominoadmin.store import audit, role_facts
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.database import Connection
from dominoadmin.store.kinds import FREE
from dominoadmin.store.ledger import Object
from dominoadmin.store.legible_rows import HiddenRows, RowsAhead
from dominoadmin.store.records import AuditRecord
from dominoadmin.store.role_facts import Authorities
from dominoadmin.store.running_numbers import NUMBERED, RunningNumbers

_DIGITS: Final = 18
_AT_ONCE: Final = 256  # entries whose rows are looked at by one query
_UNREAD: Final = _("Nobody can read its row ({what}).")


class LoggedRoles:
    """The roles by what the entries of the log have said so far.

    `altered`: a fact of the domain, or a request, whose row is not as it was committed, so that a role is not known.
    Without a fact nobody's role is known; without a request, only its RAs are not.
    `lawful`: what entries changed that are not allowed and not refused yet, as it was before: a change is judged by it,
    and only RAs of all certifiers decide such a request.
    `former_ids`: the fingerprints of the IDs that are superseded or revoked.
    `_called`: name and ICL database of each certifier, which only one may have, whoever has altered its row since.
    `unnamed`: the certifiers whose rows were not as their entries say, so that they may get any name later, with the
    numbers of these entries.
    """

    def __init__(self) -> None:
        self.altered: Object | None = None
        self.lawful: dict[Object, str] = {}
        self._server = ""
        self._administrators: set[str] = set()
        self._versions: defaultdict[int, dict[int, Authorities | None]] = defaultdict(dict)
        self._called: dict[str, list[str]] = {}
        self.unnamed: dict[str, int] = {}
        self.former_ids: set[str] = set()
        self.numbers, self.hidden = RunningNumbers(), HiddenRows()
        self._judged_by: set[Object] = set()  # the requests by whose rows somebody was judged

    def content(self) -> dict[str, Any]:
        """Return the roles as JSON content."""
        versions = {
            str(certifier_id): {str(number): each and each.content() for number, each in known.items()}
            for certifier_id, known in self._versions.items()
        }
        people = {"administrators": sorted(self._administrators), "former_ids": sorted(self.former_ids)}
        known = {"versions": versions, "called": dict(self._called), "unnamed": dict(self.unnamed)}
        known["hidden"] = self.hidden.content()
        return {"server": self._server, **people, **known, "numbers": self.numbers.content()}

    @classmethod
    def read(cls, content: dict[str, Any]) -> Self:
        """Return the roles from JSON content that the server has signed.

        Raises:
            KeyError: an earlier version has made it, which did not note what certifiers are called.

        """
        known = cls()
        known._called = {str(each): [*taken] for each, taken in content["called"].items()}
        known._server, known._administrators = content["server"], set(content["administrators"])
        # These are not in checkpoints of earlier versions.
        known.unnamed = {str(each): int(number) for each, number in content.get("unnamed", {}).items()}
        known.former_ids = set(content.get("former_ids", ()))
        known.numbers = RunningNumbers.read(content.get("numbers", {}))
        known.hidden = HiddenRows.read(content.get("hidden", []))
        for certifier_id, versions in content["versions"].items():
            for number, each in versions.items():
                known._versions[int(certifier_id)][int(number)] = Authorities.read(each) if each else None
        return known

    def is_server(self, name: str) -> bool:
        """Return whether this is the domain's server."""
        return name == self._server

    def is_administrator(self, name: str) -> bool:
        """Return whether the organization's certifier has named this administrator."""
        return name in self._administrators

    def authorities(self, certifier_id: int) -> Authorities | None:
        """Return the CAAs and RAs of a certifier, by its newest version; nobody before it is registered."""
        versions = self._versions.get(certifier_id)
        return versions[max(versions)] if versions else roles.NOBODY

    def all_authorities(self) -> list[Authorities | None]:
        """Return those of all certifiers."""
        return [self.authorities(each) for each, versions in self._versions.items() if versions]

    def is_ra(self, db: Connection, request_id: int, name: str) -> bool:
        """Return whether somebody is an RA of a request's certifier; one of all certifiers needs no look at its row."""
        if all(roles.is_ra(each, name) for each in self.all_authorities()):
            return True
        request = Object("requests", str(request_id))
        committed = role_facts.committed(db, request)
        if not committed or request in self.lawful:
            return False
        self._judged_by.add(request)
        if committed != role_facts.digest(db, request):  # refusing an RA's entry by such a row would be for ever
            self.altered = self.altered or request
            return True
        certifier_id = role_facts.certifier_of(db, request_id)
        return certifier_id is None or roles.is_ra(self.authorities(certifier_id), name)

    def learn(self, db: Connection, entry: AuditRecord) -> None:
        """Take in what an allowed entry says."""
        if entry.action == AuditAction.ADMINISTRATOR_NAMED:
            self._administrators.add(entry.object)
        if entry.action == AuditAction.ADMINISTRATOR_REMOVED:
            self._administrators.discard(entry.object)
        for object_, _before, after in entry.commits:
            self.lawful.pop(object_, None)
            if object_.kind == "configurations":
                self._learn_version(db, object_.key, after)
            elif object_.kind == "certifiers" and after:
                self._learn_name(db, object_.key, after, entry.number)
            elif object_.kind == former_ids.KIND and after:
                self.former_ids.add(object_.key)
            elif object_ in (role_facts.SERVER_FACT, role_facts.ADMINISTRATOR_FACT):
                value = role_facts.fact(db, object_, after)
                if value is None:
                    self.altered = object_
                elif object_ == role_facts.SERVER_FACT:
                    self._server = value
                else:
                    self._administrators.add(value)

    def _learn_name(self, db: Connection, key: str, digest: str, number: int) -> None:
        self.unnamed.pop(key, None)
        if called := role_facts.called(db, Object("certifiers", key), digest):
            self._called[key] = called
        else:
            self.unnamed[key] = number

    def taken(self, db: Connection, entry: AuditRecord) -> str:
        """Return that a certifier gets what another one has, or an empty string."""
        found = next((each for each in entry.commits if roles.is_taken(db, each, self._called)), None)
        told = _("Another certifier has its name or its ICL database ({what}).")
        return told.format(what=roles.named(found)) if found else ""

    def name(self, db: Connection, entry: AuditRecord) -> str:
        """Look at the certifiers of an entry again; if one has the name of another one, forget it and return that."""
        if problem := self.taken(db, entry):
            self.unlearn(db, entry)
            return problem
        for which, _before, after in entry.commits:
            if self.unnamed.get(which.key) == entry.number and which.kind == "certifiers":
                self._learn_name(db, which.key, after, entry.number)
        return ""

    def unlearn(self, db: Connection, entry: AuditRecord) -> None:
        """Take back what an entry said about certifiers that was judged to be allowed before its rows were there."""
        for which, before, _after in entry.commits:
            if which.kind == "configurations":
                self._learn_version(db, which.key, before)
            elif which.kind == "certifiers":
                self.unnamed.pop(which.key, None)

    def problem(self, db: Connection, entry: AuditRecord) -> str:
        """Return why only the organization's certifier may add what an entry adds, or an empty string."""
        if taken := self.taken(db, entry):
            return taken
        here: dict[str, int] = {}
        for each in entry.commits:
            kind = each.object.kind
            if each.before or kind not in NUMBERED:
                continue
            number = roles.number_of(each.object)
            is_next = kind in here and here[kind] < number <= here[kind] + FREE
            if not is_next and not self.numbers.follow(kind, number):
                return _("Its number does not follow the ones before ({what}).", what=roles.named(each))
            here[kind] = number
        return ""

    def count(self, commits: Iterable[Commit]) -> None:
        """Take in the running numbers of what was added."""
        for each in commits:
            kind = each.object.kind
            if not each.before and kind in NUMBERED:
                self.numbers.add(kind, roles.number_of(each.object))

    def doubt(self, db: Connection, commits: Collection[Commit]) -> list[Object]:
        """Take in that an entry was not allowed; return the requests that it has made what somebody was judged by."""
        for each in commits:
            self.lawful.setdefault(each.object, each.before)
        asked = [each for each in commits if each.object in self._judged_by]
        found = [which for which, before, _after in asked if role_facts.digest(db, which) != before]
        self.altered = self.altered or next(iter(found), None)
        return found

    @property
    def is_lost(self) -> bool:
        """Whether nobody's role is known."""
        return self.altered is not None and self.altered.kind == "domain"

    def forget(self, commits: Iterable[Commit]) -> None:
        """Take back what an entry said that was refused later: what was before is not known."""
        for object_, _before, _after in commits:
            if object_.kind == "configurations":
                certifier_id, _space, version = object_.key.partition(" ")
                self._versions[int(certifier_id)][int(version)] = None

    def _learn_version(self, db: Connection, key: str, digest: str) -> None:
        certifier_id, version = map(int, key.split(" "))
        if digest:
            document = role_facts.document(db, certifier_id, version, digest)
            self._versions[certifier_id][version] = role_facts.authorities(document)
        else:
            self._versions[certifier_id].pop(version, None)


class Judge:
    """What the entries so far say about roles, and which of them were not allowed and are not refused yet.

    `known`: the roles after entry `number`; the entries until there were judged before. `reads_rows`: whether it also
    refuses rows that nobody can read, for the one that refuses; others go by its refusals.
    """

    def __init__(
        self, organization: str, known: LoggedRoles | None = None, number: int = 0, *, reads_rows: bool = False
    ) -> None:
        self._organization, self._roles, self._reads_rows = organization, known or LoggedRoles(), reads_rows
        self._number = number
        self._ahead = RowsAhead()
        self.forbidden: dict[int, Forbidden] = {}

    def roles(self) -> dict[str, Any]:
        """Return who has which role now, as JSON content."""
        return self._roles.content()

    @property
    def has_unnamed(self) -> bool:
        """Whether a certifier is known whose row was not as its entry says when that was judged."""
        return bool(self._roles.unnamed or self._roles.hidden)

    def name_certifiers(self, db: Connection) -> None:
        """Judge these certifiers again: their rows may be there by now, with the name of another one."""
        for number in sorted({*self._roles.unnamed.values()}):
            entry = audit.at(db, number)
            if entry and number not in self.forbidden and (problem := self._roles.name(db, entry)):
                self._forbid(db, entry, problem)
        for number, found in self._roles.hidden.appeared(db).items():
            if (entry := audit.at(db, number)) and number not in self.forbidden:
                self._roles.unlearn(db, entry)
                self._forbid(db, entry, _UNREAD.format(what=roles.named(found)))

    def look_ahead(self, db: Connection, entries: Iterator[AuditRecord]) -> Iterator[AuditRecord]:
        """Yield entries that will be heard, and find out which of the rows that they commit nobody can read.

        Raises:
            Damaged: the next entry was altered; those before it were yielded.

        """
        damaged: Damaged | None = None
        while damaged is None:
            some: list[AuditRecord] = []
            try:
                for entry in islice(entries, _AT_ONCE):
                    some.append(entry)  # noqa: PERF402 - what was read before an altered one is kept
            except Damaged as found:
                damaged = found
            if self._reads_rows:
                self._ahead.look(db, (each for entry in some for each in entry.commits))
            yield from some
            if not some and damaged is None:
                return
        raise damaged

    def hear(self, db: Connection, entries: Sequence[AuditRecord], signer: str, fingerprint: str) -> None:
        """Judge the next entries, in the head that `signer` has signed, with the ID of this fingerprint."""
        for entry in entries:
            self._hear(db, entry, signer, fingerprint)

    def _hear(self, db: Connection, entry: AuditRecord, signer: str, fingerprint: str) -> None:
        if self._roles.is_lost or entry.number <= self._number:
            return
        if problem := self._former_problem(db, entry, fingerprint):
            self._forbid(db, entry, problem)
        elif self._is_refusal(entry, signer):
            self._refused(db, entry)
        elif problem := self._problem(db, self._lawful(entry), signer):
            self._forbid(db, entry, problem)
        else:
            self._roles.count(entry.commits)
            self._roles.hidden.note(entry.commits, entry.number, self._ahead)
            if entry.signed_in and not entry.previous:  # the others are nobody's word, whatever they say
                self._roles.learn(db, entry)

    def _forbid(self, db: Connection, entry: AuditRecord, problem: str) -> None:
        if self._roles.is_lost:
            return  # it was judged by a row that nobody signed
        self._roles.count(entry.commits)
        self.forbidden[entry.number] = Forbidden(entry.number, problem, entry.commits)
        for request in self._roles.doubt(db, entry.commits):  # its decisions are judged once its row is right
            self.forbidden = {
                number: each
                for number, each in self.forbidden.items()
                if not any(_is_decided(request, one.object) for one in each.commits)
            }

    def _lawful(self, entry: AuditRecord) -> AuditRecord:
        """Return an entry with what its objects were before others changed them that were not allowed.

        Otherwise who removes an object, which he may not, could add another one in its place as a new one.
        """
        before = self._roles.lawful
        if not before:
            return entry
        commits = [each._replace(before=before.get(each.object, each.before)) for each in entry.commits]
        return replace(entry, commits=tuple(commits))

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
            is_new = all(map(roles.is_new_request, entry.commits))
            return self._problem_with(db, entry, signer) if is_new else _("It is not signed.")
        if entry.actor != signer:
            return _(
                "It is in the name of {actor}, and signed by {signer}.",
                actor=names.abbreviated(entry.actor),
                signer=names.abbreviated(signer),
            )
        if signer == self._organization:
            return ""
        return roles.problem(self._roles, db, entry, signer) or self._problem_with(db, entry, signer)

    def _problem_with(self, db: Connection, entry: AuditRecord, signer: str) -> str:
        """Return what is wrong with an entry that the signer may make."""
        if problem := self._roles.problem(db, entry):
            return problem
        # The server and the organization's certifier write no such row; what nobody signed may be in their heads, too.
        if entry.signed_in and self._roles.is_server(signer):
            return ""
        return next(
            (_UNREAD.format(what=roles.named(each)) for each in entry.commits if self._ahead.is_unread(each)), ""
        )

    def _refused(self, db: Connection, entry: AuditRecord) -> None:
        """Take in that the server has refused an entry: it sets back what that one changed, and nothing else."""
        text = entry.object.removeprefix(ENTRY)
        number = int(text) if text.isdecimal() and len(text) <= _DIGITS else 0
        refused = self.forbidden.get(number)
        earlier = None if refused else audit.at(db, number)
        commits = refused.commits if refused else earlier.commits if earlier else ()
        if {(each.object, each.after, each.before) for each in entry.commits} - {*commits}:
            self._forbid(db, entry, _("It changes more than the entry that it refuses."))
        elif refused:
            del self.forbidden[refused.number]
            waiting = {each.object for other in self.forbidden.values() for each in other.commits}
            for each in {each.object for each in commits} - waiting:
                self._roles.lawful.pop(each, None)
        else:  # it was refused by what the store said then, and does not say any more
            self._roles.forget(commits)


def _is_decided(request: Object, which: Object) -> bool:
    """Return whether an object is a decision about a request, or its document in Admin4."""
    return which.kind in ("admin_requests", "decisions") and which.key.partition(" ")[0] == request.key
