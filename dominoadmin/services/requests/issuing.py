"""Issues what is approved, as the CA process: verifies each approval, then runs the issuance cycle for a batch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Final

from dominoadmin.errors import Error, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki import identities, keys
from dominoadmin.pki.certifiable import Certifiable
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.documents import Verifier
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.issuance.cycle import (
    Cycle,
    Failure,
    IssuingKey,
    Run,
    Signed,
    StillOurs,
    fault,
    unleased,
    void_unfinished,
)
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.records import address_books, compromised_keys, issued_certificates, revoked_ids
from dominoadmin.services.records.crl_parts import Parts
from dominoadmin.services.requests import approved, rules
from dominoadmin.services.requests.approved import Batch, Impossible, RequestOrder, VerifiedRequest, Work
from dominoadmin.services.requests.decisions import Case, History
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import AdminRequestState, Decision
from dominoadmin.store import certifiers, issued, requests
from dominoadmin.store import decisions as stored_decisions
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AdminRequestRecord, IssuedRecord, RequestRecord

BATCH: Final = 1000


@dataclass(frozen=True)
class Refusal:
    """A request that the CA process refused.

    `is_left`: it waits until a row that somebody has altered, added or removed is restored: its own, since to close it
    would make the altered content genuine, or one by which it would be refused.
    """

    request_id: int
    problem: str
    is_left: bool = False


@dataclass
class Result:
    """The result of one pass."""

    issued: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


class _OvertakenError(Error):
    """A CAA changed the configuration, or an RA's ID was revoked, while certificates were signed by what was before."""


class _WithdrawnError(Error):
    """An RA withdrew the approval while the certificate was signed: it is nobody's fault, and nothing is refused."""


class IssuingAuthority:
    """Carries out the approved requests of one certifier. `server` is the opened server ID that runs the CA process.

    `still_ours` raises an Error inside a transaction if another process has taken the server over.
    """

    def __init__(
        self,
        domain: Domain,
        server: Actor,
        vault: KeyVault,
        certifier: Certifier,
        still_ours: StillOurs = unleased,
    ) -> None:
        if certifier.is_retired:
            raise Refused(
                _("This key of {name} is retired: it issues no certificates.", name=certifier.record.name),
                _("The certifier issues with its newest key."),
            )
        self._still_ours = still_ours
        self._domain, self._server, self._vault, self._certifier = domain, server, vault, certifier
        self._verifier: Verifier = server.verifier()
        self._issuer_id = certifier.identifier
        self._closed: set[int] = set()

    def recover(self) -> int:
        """Void serials that a crash has left reserved, and unreleased intents; return their number.

        None was visible to anyone: a certificate leaves this process only after it was added to the ICL.
        """
        with self._domain.store.snapshot() as db:
            if not issued.unfinished(db, self._issuer_id):
                return 0
        with self._transaction() as db:
            void = void_unfinished(db, self._issuer_id)
            event = Event(AuditAction.SERIALS_VOIDED, self._certifier.record.name, {"serials": void})
            audit_log.enter(db, self._domain.now(), self._server, [event])
        return len(void)

    def _issued_already(self, request_ids: Sequence[int]) -> set[int]:
        """Return the requests for which a certificate was issued, and void what else the journal says of them.

        Nothing of this certifier is being issued now: somebody has added that, or a store that failed has kept it.
        """
        with self._domain.store.snapshot() as db:
            done, others = issued_certificates.in_journal(db, request_ids)
        if others:
            with self._transaction() as db:
                void = issued.void_of(db, others)
                event = Event(AuditAction.SERIALS_VOIDED, self._certifier.record.name, {"serials": void})
                audit_log.enter(db, self._domain.now(), self._server, [event])
        return done

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """Write only while this process has the server's lease: the next holder voids unfinished work."""
        with self._domain.store.transaction() as db:
            self._still_ours(db)
            yield db

    def issue_approved(self, progress: Progress = QUIET) -> Result:
        """Issue all approved requests, in batches.

        Raises:
            Locked: the certifier's key is not open; nothing was done.
            Cancelled: stopped between two batches.

        """
        result, last = Result(), 0
        while batch := self._next_batch(last):
            last = batch.last
            result.refused += [Refusal(number, problem, is_left=True) for number, problem in batch.altered.items()]
            if batch.unreadable:
                self._give_up_unreadable(batch.unreadable, result)
            if not batch.works:
                continue
            progress.step(_n("Issuing {count} certificate", "Issuing {count} certificates", len(batch.works)))
            try:
                self._issue_batch(batch.works, result)
            except _OvertakenError:
                break  # nothing of the batch was issued; the next pass goes by the new configuration
        return result

    def _next_batch(self, after: int) -> Batch | None:
        with self._domain.store.snapshot() as db:
            # A CAA may have disabled the certifier or changed its settings: they apply from the next pass.
            newest = certifiers.newest_version(db, self._certifier.record.id)
            if newest != self._certifier.configuration.version:
                return None
            self._check_newest(db)
            return approved.next_batch(db, self._verifier, self._certifier.record.id, size=BATCH, after=after)

    def _check_newest(self, db: Connection) -> None:
        """Raise `Tampered` if the log commits a newer configuration, whose row is gone since this one was verified."""
        newer = f"{self._certifier.record.id} {self._certifier.configuration.version + 1}"
        committed.check(db, self._verifier, (), [Object("configurations", newer)])

    def _give_up_unreadable(self, problems: Mapping[int, str], result: Result) -> None:
        with self._transaction() as db:
            for number, problem in problems.items():
                requests.give_up(db, number, AdminRequestState.ERROR, problem)
            events = [
                Event(AuditAction.REQUEST_REFUSED, str(number), {"problem": problem})
                for number, problem in problems.items()
            ]
            audit_log.enter(db, self._domain.now(), self._server, events)
        result.refused += [Refusal(number, problem) for number, problem in problems.items()]

    def _issue_batch(self, batch: list[Work], result: Result) -> None:
        refusals: list[Impossible] = []
        verified = list(self._untainted(list(self._verified(batch, refusals)), refusals))
        if refusals:
            with self._transaction() as db:
                audit_log.enter(db, self._domain.now(), self._server, self._refused(db, refusals))
        outcome = self._run(verified)
        result.issued += [signed.order.record.id for signed in outcome.kept]
        refusals += _refusals(outcome.failures)
        told = [Refusal(each.document.request_id, each.problem, is_left=each.is_left) for each in refusals]
        result.refused += [each for each in told if each.is_left or each.request_id in self._closed]

    def _run(self, verified: list[VerifiedRequest]) -> Run[RequestOrder]:
        """Issue for requests whose approvals were verified."""
        with self._domain.store.snapshot() as db:
            parts = Parts(db, self._certifier, self._verifier)
        now = self._domain.now()
        cycle = Cycle[RequestOrder](
            self._domain,
            IssuingKey(self._issuer_id, partial(self._vault.sign, self._certifier)),
            self._keep,
            self._recheck,
            self._still_ours,
        )
        return cycle.run(RequestOrder(each, parts, now) for each in verified)

    def _verified(self, batch: list[Work], refusals: list[Impossible]) -> Iterator[VerifiedRequest]:
        done = self._issued_already([record.id for record, _document, _history in batch])
        trusted: set[tuple[str, str]] = set()
        for record, document, history in batch:
            try:
                _check_first(record, done)
                work = self._verify(record, document, history)
                self._check_untrusted(work.subject, trusted)
                yield work
            except Error as error:
                refusals.append(Impossible.of(document, history.newest, error))
            except Exception as bug:  # noqa: BLE001 - logged; it is the fault of one request
                refusals.append(Impossible(document, history.newest, fault(bug)))

    def _verify(self, record: RequestRecord, document: AdminRequestRecord, history: History) -> VerifiedRequest:
        """Check the approval: the newest decision, an RA's signature over exactly this request's bytes and fields."""
        now = self._domain.now()
        case = Case(record, document, self._certifier, history)
        approver = case.signer(Decision.APPROVE, self._verifier, now)
        shown = RequestView(record, document, self._certifier.record.name)
        subject = rules.approved(shown, self._certifier, now)
        return VerifiedRequest(
            record=record,
            document=document,
            subject=subject,
            key=keys.fingerprint(subject.public_key),
            approver=approver,
            signed_with=identities.fingerprint(case.newest.chain[0]),
            decision=history.newest,
        )

    def _untainted(self, works: list[VerifiedRequest], refusals: list[Impossible]) -> Iterator[VerifiedRequest]:
        """Yield the work whose key and approver's ID are not known to be in other hands, even since the approval."""
        with self._domain.store.snapshot() as db:
            compromised = compromised_keys.refusals(db, (work.key for work in works))
            # No entry shows when one of an earlier version was signed: its signer's ID has to be the current one.
            earlier = {work.signed_with for work in works if not work.decision}
            revoked = revoked_ids.problems(db, self._verifier, {work.signed_with for work in works}, earlier)
        for work in works:
            if ended := revoked.get(work.signed_with):
                again = _("The approval counts no longer; decide again. {problem}", problem=str(ended))
                refusals.append(Impossible.of(work.document, work.decision, ended, again))
            elif refused := compromised.get(work.key):
                refusals.append(Impossible.of(work.document, work.decision, refused))
            else:
                yield work

    def _check_untrusted(self, subject: Certifiable, trusted: set[tuple[str, str]]) -> None:
        """Check that a book gets only one valid cross-certificate per key; `trusted` are those of this batch."""
        if not isinstance(subject, CrossCertification):
            return
        with self._domain.store.snapshot() as db:
            address_books.check_untrusted(db, self._verifier, subject, self._certifier.issuer, self._domain.now())
        place = subject.particulars.book, keys.fingerprint(subject.public_key)
        if place in trusted:
            raise Refused(TRUSTED)
        trusted.add(place)

    @staticmethod
    def _recheck(db: Connection, orders: Sequence[RequestOrder]) -> list[Error | None]:
        """Look again at what may have changed while the certificates were signed."""
        newest = stored_decisions.newest(db, (order.record.id for order in orders))
        compromised = compromised_keys.refusals(db, (order.key for order in orders))
        return [_overtaken(order, newest[order.record.id], compromised.get(order.key)) for order in orders]

    def _keep(
        self, db: Connection, signed: Sequence[Signed[RequestOrder]], failures: Sequence[Failure[RequestOrder]]
    ) -> None:
        """Enter the ICL, the requests' states and the audit log."""
        if certifiers.newest_version(db, self._certifier.record.id) != self._certifier.configuration.version:
            raise _OvertakenError(_("The certifier's configuration was changed while certificates were being issued."))
        self._check_newest(db)
        if revoked_ids.problems(db, self._verifier, {each.order.signed_with for each in signed}):
            raise _OvertakenError(_("An RA's ID was revoked while certificates were being issued."))
        now = self._domain.now()
        done = [
            replace(each.order.document, state=AdminRequestState.ISSUED, serial_hex=each.serial_hex, changed_at=now)
            for each in signed
        ]
        if requests.set_states(db, done, AdminRequestState.APPROVED) != len(done):
            raise Tampered(_("Requests were changed while they were being issued; nothing was issued."))
        refused = self._refused(db, _refusals(failures))
        issued.add(db, [self._icl_entry(each, now) for each in signed])
        for each in signed:
            if isinstance(each.order.subject, CrossCertification):
                address_books.add(db, self._verifier, each.order.subject, each.der, now)
        audit_log.enter(db, now, self._server, [*refused, *(self._issued_event(each) for each in signed)])

    def _refused(self, db: Connection, refusals: Sequence[Impossible]) -> list[Event]:
        """Close requests for which there is no certificate, and return the entries about them.

        One whose approval was withdrawn in the meantime waits for its RA; one approved again waits for the next turn.
        """
        now, newest = self._domain.now(), stored_decisions.newest(db, (each.document.request_id for each in refusals))
        failed = [
            replace(each.document, state=AdminRequestState.ERROR, reason=each.problem, changed_at=now)
            for each in refusals
            if newest[each.document.request_id] == each.decision and not each.is_left
        ]
        closed = {*requests.decide(db, failed, AdminRequestState.APPROVED)}
        self._closed |= closed
        return [_refused_event(each) for each in refusals if each.document.request_id in closed]

    def _icl_entry(self, signed: Signed[RequestOrder], now: datetime) -> IssuedRecord:
        order, certificate = signed.order, signed.draft.linted
        return IssuedRecord(
            certifier_id=self._certifier.record.id,
            serial_hex=signed.serial_hex,
            request_id=order.record.id,
            kind=order.record.kind,
            subject=order.subject.subject,
            names=" ".join(order.document.fields.get("names", ())),
            requester=order.record.applicant,
            key_algorithm=keys.algorithm_of(order.subject.public_key),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            fingerprint=hashlib.sha256(signed.der).hexdigest(),
            key_fingerprint=order.key,
            der=signed.der,
            issued_at=now,
            part=order.part,
            generation=self._certifier.generation.number,
        )

    def _issued_event(self, signed: Signed[RequestOrder]) -> Event:
        detail = {
            "request": signed.order.record.id,
            "subject": signed.order.subject.subject,
            "certifier": self._certifier.record.name,
            "approved_by": signed.order.approver,
            "sha256": hashlib.sha256(signed.der).hexdigest(),
        }
        return Event(AuditAction.CERTIFICATE_ISSUED, signed.serial_hex, detail)


def _overtaken(order: RequestOrder, newest: int, compromised: Error | None) -> Error | None:
    if newest != order.decision:
        return _WithdrawnError(_("The approval was withdrawn while the certificate was being issued."))
    return compromised


def _refusals(failures: Sequence[Failure[RequestOrder]]) -> list[Impossible]:
    """Return what is refused: not what an RA has withdrawn."""
    return [
        Impossible.of(each.order.document, each.order.decision, each.error, each.problem)
        for each in failures
        if not isinstance(each.error, _WithdrawnError)
    ]


def _refused_event(refused: Impossible) -> Event:
    return Event(AuditAction.REQUEST_REFUSED, str(refused.document.request_id), {"problem": refused.problem})


def _check_first(record: RequestRecord, done: set[int]) -> None:
    if record.id in done:
        raise Tampered(
            _("A certificate has already been issued for request {id}; an approval is valid only once.", id=record.id)
        )
