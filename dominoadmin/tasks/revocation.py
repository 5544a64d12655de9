"""Revocation in the CA process: carries out requests, makes CRLs on time, and releases them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from dominoadmin.errors import Error, NotFound, Refused, Tampered
from dominoadmin.i18n import counted
from dominoadmin.i18n import marked as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain, is_over
from dominoadmin.services.doubts import EVERYTHING, Outdated
from dominoadmin.services.issuance.cycle import StillOurs
from dominoadmin.services.revocation import (
    lists,
    published_checkpoints,
    published_lists,
    publishing,
    responder_records,
)
from dominoadmin.services.revocation import state as revocation_state
from dominoadmin.services.revocation.crl_issuing import CrlAuthority, needs_lists
from dominoadmin.services.revocation.lists import Inspector
from dominoadmin.services.revocation.ocsp_files import AnswerFiles
from dominoadmin.services.revocation.ocsp_responder import Responder
from dominoadmin.services.revocation.responder_authority import ResponderAuthority
from dominoadmin.services.revocation.revoking import RevokingAuthority
from dominoadmin.services.states import CrlKind, RevocationAction
from dominoadmin.store import crls, revocation_requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import CertifierRecord, CrlRecord, instant
from dominoadmin.tasks import commands
from dominoadmin.tasks.said_once import LIST, Told

_FILES_AT_ONCE: Final = 100
_PUBLISHED: Final = "published"
_WARNING: Final = timedelta(days=3)
_KINDS: Final = {"": "", "s": CrlKind.REGULAR, "n": CrlKind.NON_REGULAR}


class RevocationLists:
    """The CRLs of all certifiers of one CA process."""

    def __init__(self, domain: Domain, server: Identity, vault: KeyVault, still_ours: StillOurs, told: Told) -> None:
        self._domain, self._server, self._vault, self._still_ours = domain, server, vault, still_ours
        self._released: dict[int, tuple[object, ...]] = {}
        self._checked: dict[int, datetime] = {}
        self._compared: set[int] = set()
        self._tampered: dict[int, str] = {}
        self._responder = Responder(domain, server)
        self._inspector = Inspector(domain)
        self._files: dict[tuple[int, int], AnswerFiles] = {}
        self._told = told
        self._pauses = commands.Pauses()
        self.has_more = False
        """Whether work was left for the next turn."""

    def forget(self) -> None:
        """Check everything again: the store may have been repaired."""
        self._checked.clear()
        self._compared.clear()
        self._tampered.clear()
        self._pauses.clear()

    def check_again(self, certifier_id: int) -> None:
        """Check a certifier's revocations before its next list: its key is open now, for which they may have waited."""
        self._checked.pop(certifier_id, None)

    def compare(self, certifier: Certifier) -> Iterator[str]:
        """Compare a certifier's lists with the published ones, until they agree: it does nothing before that."""
        if certifier.record.id not in self._compared:
            yield from self._attempt(certifier, _PUBLISHED, self._compare)

    def _compare(self, certifier: Certifier) -> Iterator[str]:
        published_lists.check(self._domain, certifier, Actor.of(self._server).verifier())
        try:
            published_checkpoints.check(self._domain, certifier, Actor.of(self._server).verifier())
        except Outdated as error:  # of the log, which is that of all certifiers
            self._domain.doubts.note(EVERYTHING, certifier.record.name, error)
            raise
        self._domain.doubts.note(EVERYTHING, certifier.record.name, None)
        self._domain.doubts.note(certifier.record.id, _PUBLISHED, None)
        self._compared.add(certifier.record.id)
        yield from ()

    def holds(self, certifier: Certifier) -> bool:
        """Return whether the state of a certifier's revocations holds: otherwise it must issue nothing."""
        return certifier.record.id not in self._tampered

    def carry_out(self, known: Sequence[Certifier]) -> Iterator[str]:
        """Carry out the waiting revocations of certifiers, for which their keys need not be open.

        Of all of them, before one issues: they may report that the key of a request is compromised. Nothing is done for
        one whose store is in doubt, or whose key has not confirmed who may revoke.
        """
        with self._domain.store.snapshot() as db:
            awaited = revocation_requests.awaited(db)
        for certifier in known:
            number = certifier.record.id
            yield from self.compare(certifier)
            if self._domain.doubts.about(number) or not certifier.is_founded:
                continue
            is_settled = self._is_checked(number) and not self._told.is_current(number, "state", "revocations")
            if number in awaited or not is_settled:
                yield from self._carry_out(certifier)

    def _carry_out(self, certifier: Certifier) -> Iterator[str]:
        yield from self._attempt(certifier, "state", self._check)
        if certifier.record.id not in self._tampered:
            yield from self._attempt(certifier, "revocations", self._revoke)

    def keep_up(self, certifier: Certifier) -> Iterator[str]:
        """Do the due work for a certifier whose key is open, after `carry_out`: the list, then its release.

        Failures are retried, and do not stop the rest.
        """
        record = certifier.record
        if record.id in self._tampered:
            yield from self._told.once(record.id, LIST, record.name, self.problem(record))
        else:
            is_open = self._vault.is_open(record.active)
            problem = self._closed(certifier) if is_open else self.problem(record)
            yield from self._told.once(record.id, LIST, record.name, problem)
            for each in self._signing(certifier):
                yield from self._attempt(each, _subject("CRL", each), self._make)
        for each in self._signing(certifier):
            yield from self._attempt(each, _subject("responder", each), self._renew)
        yield from self._attempt(certifier, "release", self._release)
        yield from self._attempt(certifier, "answers", self._answer)

    def _signing(self, certifier: Certifier) -> list[Certifier]:
        """Return the certifier by each generation that signs lists now: it has to, and its key is open."""
        with self._domain.store.snapshot() as db:
            needed = [each for each in certifier.generations if needs_lists(db, each, self._domain.now())]
        return [each for each in needed if self._vault.is_open(each.generation)]

    def _closed(self, certifier: Certifier) -> str:
        """Return whether a list of a retired key will end, as that key is closed, or an empty string."""
        now = self._domain.now()
        with self._domain.store.snapshot() as db:
            for each in certifier.generations[1:]:
                newest = crls.newest(db, certifier.record.id, generation=each.generation.number)
                if newest and needs_lists(db, each, now) and not self._vault.is_open(each.generation):
                    return _missing(newest, 0, now)
        return ""

    def wait(self, record: CertifierRecord, certifier: Certifier | None) -> Iterator[str]:
        """Report once if the list of an inactive certifier expires soon or lacks revocations; retry failed releases."""
        yield from self._told.once(record.id, LIST, record.name, self.problem(record))
        if certifier:
            yield from self._attempt(certifier, "release", self._release)
            yield from self._attempt(certifier, "answers", self._answer)

    def queue(self, record: CertifierRecord) -> list[str]:
        """Return one line for each revocation request that waits for the certifier."""
        with self._domain.store.snapshot() as db:
            waiting = revocation_requests.waiting(db, record.id)
        return [
            f"Revocation request {each.id}: {each.action} {counted(len(each.serials), 'certificate')} ({each.state})"
            for each in waiting
        ]

    def _attempt(self, certifier: Certifier, subject: str, step: Callable[[Certifier], Iterator[str]]) -> Iterator[str]:
        record, problem = certifier.record, ""
        try:
            yield from step(certifier)
        except Outdated as error:  # nothing is entered: the log would go on from an older state
            self._compared.discard(record.id)
            self._domain.doubts.note(record.id, _PUBLISHED, error)
            subject, problem = _PUBLISHED, str(error)
        except Tampered as error:
            problem = str(error)
            if self._tampered.get(record.id) != problem:  # only one entry for a problem found again at each pass
                self._tampered[record.id] = problem
                self._refused(record, problem)
        except Error as error:
            problem = str(error)
        yield from self._told.once(record.id, subject, record.name, problem)

    def _check(self, certifier: Certifier) -> Iterator[str]:
        """Check the signed state of the revocations: after the start, `tell ca refresh` or opening a key, and hourly.

        Otherwise a row that was altered since could hide for as long as no list is due that its revocation waits.
        """
        if not self._is_checked(certifier.record.id):
            with self._domain.store.snapshot() as db:
                # Once, even if something was altered: it reads everything.
                self._checked[certifier.record.id] = self._domain.now()
                revocation_state.check_all(db, certifier.record, Actor.of(self._server).verifier())
        yield from ()

    def _is_checked(self, certifier_id: int) -> bool:
        at = self._checked.get(certifier_id)
        return at is not None and not is_over(at, lists.AGAIN, self._domain.now())

    def _refused(self, record: CertifierRecord, problem: str) -> None:
        now = self._domain.now()
        with self._domain.store.transaction() as db:
            self._still_ours(db)
            audit_log.enter(
                db, now, Actor.of(self._server), [Event(AuditAction.CRL_REFUSED, record.name, {"problem": problem})]
            )

    def _revoke(self, certifier: Certifier) -> Iterator[str]:
        name = certifier.record.name
        for done in RevokingAuthority(self._domain, Actor.of(self._server), certifier, self._still_ours).carry_out():
            verb = "released" if done.action == RevocationAction.RELEASE else "revoked"
            if done.changed:
                many = counted(done.changed, "certificate")
                yield f"{many} {verb} by {name} (revocation request {done.request_id})"
            if done.problem and not done.is_left:
                yield f"Revocation request {done.request_id}: {done.problem}"

    def _make(self, certifier: Certifier) -> Iterator[str]:
        authority = CrlAuthority(self._domain, Actor.of(self._server), self._vault, certifier, self._still_ours)
        number = certifier.generation.number
        problem = self._inspector.problem(Actor.of(self._server).verifier(), certifier.record, number)
        if problem:
            yield problem
        if kind := CrlKind.REGULAR if problem else authority.due():
            published_lists.check(self._domain, certifier, Actor.of(self._server).verifier())
            yield _made(certifier.record.name, authority.issue(kind, problem)[0])

    def _renew(self, certifier: Certifier) -> Iterator[str]:
        responder = ResponderAuthority(self._domain, self._server, self._vault, certifier, self._still_ours)
        if responder.is_needed():
            problem = responder.problem()
            if responder.renew():
                yield from filter(None, [problem])
                yield f"The OCSP responder of {certifier.record.name} has a new certificate"

    def problem(self, record: CertifierRecord) -> str:
        """Return a problem with a certifier's list that only its key can solve, or an empty string."""
        try:
            if publishing.has_expired(record, self._domain.now()):
                return ""
            number = record.active.number
            if problem := self._inspector.problem(Actor.of(self._server).verifier(), record, number):
                return problem
            with self._domain.store.snapshot() as db:
                newest = crls.newest(db, record.id, generation=number)
                waiting = lists.waiting_for_next(db, record.id, newest.number) if newest else 0
        except Error as error:  # an altered row must not keep the other certifiers from their work
            return "" if str(error) == self._tampered.get(record.id) else str(error)
        return _missing(newest, waiting, self._domain.now()) if newest else ""

    def issue(self, certifier: Certifier) -> Iterator[str]:
        """Make a non-regular list at once, by each key that signs lists."""
        if problem := self._tampered.get(certifier.record.id):
            raise Tampered(problem)
        published_lists.check(self._domain, certifier, Actor.of(self._server).verifier())
        for each in self._signing(certifier) or [certifier]:
            authority = CrlAuthority(self._domain, Actor.of(self._server), self._vault, each, self._still_ours)
            yield _made(certifier.record.name, authority.issue(CrlKind.NON_REGULAR)[0])
        yield from self._attempt(certifier, "release", self._release)

    def push(self, record: CertifierRecord) -> Iterator[str]:
        """Store the latest regular list in the Domino Directory."""
        pushed = publishing.push(self._domain, Actor.of(self._server), record.id)
        yield f"CRL number {pushed.number} of {record.name} was pushed to the Domino Directory"

    def info(self, record: CertifierRecord, letter: str) -> Iterator[str]:
        """Describe the newest list: regular (`s`), non-regular (`n`) or either."""
        if letter not in _KINDS:
            raise Refused(_("Enter: tell ca CRL info <certifier number> [s|n]"))
        try:
            crl = publishing.find_list(self._domain, Actor.of(self._server), record.id, _KINDS[letter])
        except NotFound as error:
            yield str(error)
            yield f"       {error.hint}"
            return
        yield f"CRL of {record.name}"
        yield f"       CRL number: {crl.number} ({crl.kind})"
        yield f"       This update: {instant(crl.this_update)}"
        yield f"       Next update: {instant(crl.next_update)}"
        yield f"       Revoked certificates: {crl.entries}"
        yield f"       Size: {crl.size} octets"
        if waiting := publishing.waiting(self._domain, crl):
            yield f"       Not on a CRL yet: {counted(waiting, 'revocation')}"
        yield f"       In the Domino Directory: {'since ' + instant(crl.pushed_at) if crl.pushed_at else 'No'}"

    def _release(self, certifier: Certifier) -> Iterator[str]:
        """Release the newest list if that is still to be done, or if something else is in its place."""
        record = certifier.record
        with self._domain.store.snapshot() as db:
            state = crls.last_number(db, record.id), certifier.configuration.publication, certifier.is_founded
            stamps = publishing.stamps(db, certifier)
        if self._released.get(record.id) != (state, stamps):
            self._pauses.check(record.id, state)
            with self._pauses.measured(record.id, state):
                server = Actor.of(self._server)
                yield from filter(None, publishing.release(self._domain, server, certifier, commands.run))
                published_checkpoints.write(self._domain, certifier, server.verifier())
            with self._domain.store.snapshot() as db:
                self._released[record.id] = state, publishing.stamps(db, certifier)

    def _answer(self, certifier: Certifier) -> Iterator[str]:
        """Write OCSP answers for another server, some at a time; this does not need the certifier's key."""
        record, publication = certifier.record, certifier.configuration.publication
        verifier = Actor.of(self._server).verifier()
        with self._domain.store.snapshot() as db:
            answering = [each for each in certifier.generations if self._answers(db, each)]
        for each in answering if publication.folder and publication.base_urls else ():
            which = record.id, each.generation.number
            made = AnswerFiles(domain=self._domain, verifier=verifier, responder=self._responder)
            files = self._files.setdefault(which, made)
            written = files.write_due(each, Path(publication.folder), _FILES_AT_ONCE)
            self.has_more = self.has_more or written >= _FILES_AT_ONCE
        yield from ()

    def _answers(self, db: Connection, certifier: Certifier) -> bool:
        has_responder = responder_records.has_been(db, Actor.of(self._server).verifier(), certifier)
        return has_responder and needs_lists(db, certifier, self._domain.now())


def _subject(what: str, certifier: Certifier) -> str:
    """Return what a sentence of the CA process is about: of a retired key, with its number."""
    return f"{what} {certifier.generation.number}" if certifier.is_retired else what


def _made(name: str, crl: CrlRecord) -> str:
    many = counted(crl.entries, "revoked certificate")
    return f"CRL number {crl.number} ({crl.kind}) of {name} was issued with {many}"


def _missing(newest: CrlRecord, waiting: int, now: datetime) -> str:
    """Return what is missing while the certifier is not active. `waiting`: revocations that are not on the list yet."""
    end = newest.next_update
    if now > end:
        return f"its CRL expired on {end:%Y-%m-%d %H:%M}. Activate it, or clients may reject its certificates"
    if end - now < _WARNING:
        return f"its CRL expires on {end:%Y-%m-%d %H:%M}. Activate it before then, so that it can issue the next one"
    if waiting:
        many = counted(waiting, "revocation")
        return f"{many} not on its CRL yet; OCSP reports revocations at once. Activate it to issue the next CRL"
    return ""
