"""Who may commit what: the role that each kind of object needs, by the state before the entry.

The same rules hold when an act is entered, by what the store says now, and when the log is read, by what its entries
said before. What cannot be decided, as the row that says so is gone, is allowed here: whatever depends on it is told
as altered, and configurations and decisions also need the signature of a CAA or an RA.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from dominoadmin.i18n import Text
from dominoadmin.i18n import marked as _
from dominoadmin.pki import names
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.store import role_facts
from dominoadmin.store.audit_entries import Commit
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AuditRecord
from dominoadmin.store.role_facts import Authorities

ENTRY: Final = "entry "


@dataclass(frozen=True)
class Forbidden:
    """An entry that its signer was not allowed to make, and why."""

    number: int
    problem: str
    commits: tuple[Commit, ...]

    @property
    def object(self) -> str:
        """What the entry about its refusal calls it."""
        return f"{ENTRY}{self.number}"

    def undone(self, known: dict[Object, str]) -> Iterator[Commit]:
        """Yield its changes in reverse, and set the known digests back; what somebody has changed since stays."""
        for which, before, after in reversed(self.commits):  # it may have changed an object twice
            if known[which] == after:
                known[which] = before
                yield Commit(which, after, before)


class KnownRoles(Protocol):
    """Who has which role. `authorities` are None if they are not known."""

    def is_server(self, name: str) -> bool:
        """Return whether this is the domain's server."""

    def is_administrator(self, name: str) -> bool:
        """Return whether the organization's certifier has named this administrator."""

    def authorities(self, certifier_id: int) -> Authorities | None:
        """Return the CAAs and RAs of a certifier."""

    def all_authorities(self) -> Collection[Authorities | None]:
        """Return those of all certifiers."""

    def is_ra(self, db: Connection, request_id: int, name: str) -> bool:
        """Return whether somebody is an RA of a request's certifier, or that is not known."""


class PresentRoles:
    """The roles by what the store says now, without the versions that the act itself adds.

    `check_facts` is called before the first look at the facts of the domain: it raises if they were altered.
    """

    def __init__(self, db: Connection, commits: Iterable[Commit], check_facts: Callable[[], None]) -> None:
        self._db, self._check_facts = db, check_facts
        self._added: defaultdict[int, set[int]] = defaultdict(set)
        for each in commits:
            if each.object.kind == "configurations":
                certifier_id, _space, version = each.object.key.partition(" ")
                self._added[int(certifier_id)].add(int(version))
        self._known: dict[int, Authorities | None] = {}

    @cached_property
    def _server(self) -> str:
        self._check_facts()
        return role_facts.server(self._db)

    @cached_property
    def _administrators(self) -> tuple[str, ...]:
        self._check_facts()
        return role_facts.administrators(self._db)

    def is_server(self, name: str) -> bool:
        """Return whether this is the domain's server."""
        return name == self._server

    def is_administrator(self, name: str) -> bool:
        """Return whether the organization's certifier has named this administrator."""
        return name in self._administrators

    def authorities(self, certifier_id: int) -> Authorities | None:
        """Return the CAAs and RAs of a certifier."""
        if certifier_id not in self._known:
            document = role_facts.newest_document(self._db, certifier_id, self._added[certifier_id])
            self._known[certifier_id] = role_facts.authorities(document)
        return self._known[certifier_id]

    def all_authorities(self) -> list[Authorities | None]:
        """Return those of all certifiers."""
        return [self.authorities(each) for each in role_facts.certifiers(self._db)]

    def is_ra(self, db: Connection, request_id: int, name: str) -> bool:
        """Return whether somebody is an RA of a request's certifier; who decides has compared the request."""
        certifier_id = role_facts.certifier_of(db, request_id)
        return certifier_id is None or is_ra(self.authorities(certifier_id), name)

    def hint(self) -> Text:
        """Return who is an administrator."""
        known = ", ".join(map(names.abbreviated, filter(None, self._administrators)))
        return _(
            "Administrators: {names}. With cert.id, others are named in the Server document, or with "
            "'dominoadmin person administrator'.",
            names=known,
        )


def is_ra(known: Authorities | None, name: str) -> bool:
    """Return whether somebody is one of these RAs, or they are not known."""
    return known is None or name in known.ras


def is_new_request(commit: Commit) -> bool:
    """Return whether a change adds a request: anyone may, unsigned, as it gives nobody anything before an RA signs."""
    return commit.object.kind in _REQUESTS and not commit.before


def is_taken(db: Connection, commit: Commit, called: Mapping[str, list[str]]) -> bool:
    """Return whether a certifier gets what only one may have, and another one has: its row could never be put back."""
    which = commit.object
    own = role_facts.called(db, which, commit.after) if which.kind == "certifiers" and commit.after else None
    others = (each for number, each in called.items() if number != which.key)
    return own is not None and any(mine == theirs for each in others for mine, theirs in zip(own, each, strict=True))


def problem(roles: KnownRoles, db: Connection, entry: AuditRecord, signer: str) -> str:
    """Return why the signer may not make an entry, or an empty string. The organization's certifier may make all."""
    if entry.action in _BY_CERTIFIER or (entry.action == AuditAction.ENTRY_REFUSED and not roles.is_server(signer)):
        return not_allowed(signer, entry.object)
    for each in entry.commits:
        # Whoever signs can write anything there; numbers are read below, and looked up in the store.
        if each.object.kind in _KEYS and not _KEYS[each.object.kind].fullmatch(each.object.key):
            return not_allowed(signer, named(each))
    new = {each.object for each in entry.commits if not each.before}
    created = frozenset(
        int(key) for kind, key in new if kind == "certifiers" and Object("founding_statements", key) in new
    )
    for commit in entry.commits:
        rule = RULES.get(commit.object.kind, _nobody)
        if not rule(_Asked(roles, db, signer, commit, created)):
            return not_allowed(signer, named(commit))
    return ""


def named(commit: Commit) -> str:
    """Return the name of an object in a refusal, escaped: the signer of an entry can use any text."""
    return escaped(f"{commit.object.kind} {commit.object.key}"[:_LONGEST])


def number_of(which: Object) -> int:
    """Return the running number of an object; 0 if its key is none."""
    return int(which.key) if _IS_NUMBER.fullmatch(which.key) else 0


def not_allowed(signer: str, what: str) -> str:
    """Return that somebody may not change an object, by its name."""
    return _("{name} may not change this ({what}).", name=names.abbreviated(signer), what=what)


@dataclass(frozen=True)
class _Asked:
    """Whether somebody may make a change, in an entry that creates certifiers."""

    roles: KnownRoles
    db: Connection
    name: str
    commit: Commit
    created: frozenset[int]

    @property
    def is_new(self) -> bool:
        """Whether the object did not exist before."""
        return not self.commit.before

    @property
    def certifier_id(self) -> int:
        """The number with which the key begins."""
        return int(self.commit.object.key.partition(" ")[0])

    def is_server(self) -> bool:
        return self.roles.is_server(self.name)

    def is_caa(self) -> bool:
        known = self.roles.authorities(self.certifier_id)
        return known is None or self.name in known.caas

    def is_ra(self) -> bool:
        return self.roles.is_ra(self.db, self.certifier_id, self.name)

    def is_authority(self) -> bool:
        """Return whether he is a CAA or an RA of any certifier."""
        return any(each is None or self.name in each.caas | each.ras for each in self.roles.all_authorities())


def _nobody(_asked: _Asked) -> bool:
    return False


def _server(asked: _Asked) -> bool:
    return asked.is_server()


def _administrator(asked: _Asked) -> bool:
    return asked.roles.is_administrator(asked.name)


def _directory(asked: _Asked) -> bool:
    """Administrators change documents; only the organization's certifier adds or removes them."""
    return bool(asked.commit.before and asked.commit.after) and _administrator(asked)


def _certifier(asked: _Asked) -> bool:
    """Anyone may register a certifier, whose key has signed who founded it, and becomes its CAA."""
    return asked.certifier_id in asked.created or bool(asked.commit.before and asked.commit.after and asked.is_caa())


def _configuration(asked: _Asked) -> bool:
    return asked.certifier_id in asked.created or asked.is_caa()


def _generation(asked: _Asked) -> bool:
    """Return whether a CAA adds a key or certificate, or seals a key anew; none is ever removed."""
    return bool(asked.commit.after) and asked.is_caa()


def _founding(asked: _Asked) -> bool:
    """Once, with the certifier; the server adds it to certifiers of earlier versions."""
    return asked.is_new and (asked.certifier_id in asked.created or asked.is_server())


def _new(asked: _Asked) -> bool:
    return asked.is_new


def _authority(asked: _Asked) -> bool:
    return asked.is_new and asked.is_authority()


def _decision(asked: _Asked) -> bool:
    """Anyone submits a request; RAs of its certifier change it."""
    if asked.is_new or asked.is_server():
        return True
    return bool(asked.commit.after) and asked.is_ra()


def _document(asked: _Asked) -> bool:
    """Only an RA of the request's certifier adds decisions."""
    return asked.is_new and asked.is_ra()


def _revocation_request(asked: _Asked) -> bool:
    """RAs and CAAs ask; that it is one of this certifier is verified before it is carried out."""
    return _authority(asked) or asked.is_server()


def _barred_key(asked: _Asked) -> bool:
    """Return whether the server bars a key; a compromised one stays barred for ever."""
    return asked.is_new and asked.is_server()


def _cross_certificate(asked: _Asked) -> bool:
    """Anyone keeps cross-certificates; each is verified by its issuer's signature."""
    return asked.is_new or asked.is_server() or _administrator(asked)


NOBODY: Final = Authorities(frozenset(), frozenset())
_LONGEST: Final = 80
_NUMBER: Final = "[1-9][0-9]{0,17}"
_IS_NUMBER: Final = re.compile(_NUMBER)
_NUMBERS: Final = {
    "certifiers": 1, "configurations": 2, "generations": 2, "generation_certificates": 3, "founding_statements": 1,
    "admin_requests": 1, "decisions": 2,
}  # fmt: skip
"""How many numbers the key of a kind has; those of the others are texts."""
_KEYS: Final = {kind: re.compile(" ".join([_NUMBER] * count)) for kind, count in _NUMBERS.items()}
_REQUESTS: Final = {"requests", "admin_requests"}
_BY_CERTIFIER: Final = {
    AuditAction.ADMINISTRATOR_NAMED,
    AuditAction.ADMINISTRATOR_REMOVED,
    AuditAction.STORE_TAKEN_OVER,
    AuditAction.STORE_MOVED,
    AuditAction.STORE_COPIED,
    AuditAction.RESTORE_ACCEPTED,
}
"""What only the organization's certifier may do."""
RULES: Final[Mapping[str, Callable[[_Asked], bool]]] = {
    "domain": _nobody,
    "directory": _directory,
    "former_ids": _nobody,
    "certifiers": _certifier,
    "configurations": _configuration,
    "generations": _generation,
    "generation_certificates": _generation,
    "founding_statements": _founding,
    "configuration_evidence": _authority,
    "databases": _administrator,
    "requests": _new,
    "admin_requests": _decision,
    "decisions": _document,
    "request_edits": _authority,
    "issued": _server,
    "cross_certificates": _cross_certificate,
    "revocation_requests": _revocation_request,
    "revocations": _server,
    "revocation_states": _server,
    "barred_keys": _barred_key,
    "crls": _server,
    "crl_floors": _nobody,
    "responders": _server,
    "generation_responders": _server,
    "installed_files": _administrator,
    "installation": _server,
}
"""By whom each kind may be changed."""
