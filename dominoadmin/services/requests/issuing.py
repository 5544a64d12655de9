"""The issuance cycle of the CA process: verify, reserve, build, lint, record the intent, sign, keep.

The order is fixed (docs/issuance.md). Each transaction covers a whole batch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

from dominoadmin.errors import Damaged, Error, Refused, Tampered
from dominoadmin.i18n import listed
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki import issuance, keys, lint, serial_numbers
from dominoadmin.pki.certifiable import Certifiable
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.issuance import Validity
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.certifiers.key_vault import KeyVault
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.records import address_books, compromised_keys
from dominoadmin.services.records.crl_parts import Parts
from dominoadmin.services.requests import approving
from dominoadmin.services.requests.decisions import DecisionCheck
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import AdminRequestState, Decision, SerialState
from dominoadmin.store import certifiers, cross_certificates, issued, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import (
    AdminRequestRecord,
    IssuedRecord,
    RequestRecord,
    SerialRecord,
)

BATCH: Final = 1000
_JOURNAL: Final = _("The issuance journal was changed while certificates were being issued; nothing was issued.")
StillOurs = Callable[[Connection], None]


def unleased(_db: Connection) -> None:
    """Require no lease: for use on a store that no other process serves."""


@dataclass(frozen=True)
class Refusal:
    """A request that the CA process refused."""

    request_id: int
    problem: str


@dataclass
class Result:
    """The result of one pass."""

    issued: list[int] = field(default_factory=list)
    refused: list[Refusal] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True)
class _Work:
    """One request on its way through the cycle."""

    record: RequestRecord
    document: AdminRequestRecord
    subject: Certifiable
    approver: str
    serial: SerialRecord
    part: int = 0
    draft: issuance.Draft | None = None
    der: bytes = b""


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
        self._still_ours = still_ours
        self._domain, self._server, self._vault, self._certifier = domain, server, vault, certifier
        self._verifier: Verifier = server.verifier()
        self._issuer_id = certifier.configuration.key_fingerprint

    def recover(self) -> int:
        """Void serials that a crash has left reserved, and unreleased intents; return their number.

        None was visible to anyone: a certificate leaves this process only after it was added to the ICL.
        """
        with self._domain.store.snapshot() as db:
            left = [serial.serial_hex for serial in issued.unfinished(db, self._issuer_id)]
        if left:
            event = Event(AuditAction.SERIALS_VOIDED, self._certifier.record.name, {"serials": left})
            with self._transaction() as db:
                _check_count(issued.close(db, self._issuer_id, left, SerialState.VOID), left)
                audit_log.enter(db, self._domain.now(), self._server, [event])
        return len(left)

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
        result = Result()
        while batch := self._next_batch(result):
            progress.step(_n("Issuing {count} certificate", "Issuing {count} certificates", len(batch)))
            self._issue_batch(batch, result)
        return result

    def _next_batch(self, result: Result) -> list[tuple[RequestRecord, AdminRequestRecord]]:
        try:
            with self._domain.store.snapshot() as db:
                # A CAA may have disabled the certifier or changed its settings: they apply from the next pass.
                newest = certifiers.newest_version(db, self._certifier.record.id)
                if newest != self._certifier.configuration.version:
                    return []
                return requests.in_state(db, AdminRequestState.APPROVED, self._certifier.record.id, BATCH)
        except Damaged as error:
            self._give_up_unreadable(str(error), result)
            return self._next_batch(result)

    def _give_up_unreadable(self, problem: str, result: Result) -> None:
        with self._transaction() as db:
            ids = requests.unreadable(db, AdminRequestState.APPROVED, self._certifier.record.id)
            for request_id in ids:
                requests.give_up(db, request_id, AdminRequestState.ERROR, problem)
            events = [Event(AuditAction.REQUEST_REFUSED, str(request_id), {"problem": problem}) for request_id in ids]
            audit_log.enter(db, self._domain.now(), self._server, events)
        result.refused += [Refusal(request_id, problem) for request_id in ids]

    def _issue_batch(self, batch: list[tuple[RequestRecord, AdminRequestRecord]], result: Result) -> None:
        refusals: list[tuple[AdminRequestRecord, str]] = []
        verified = list(self._untainted(list(self._verified(batch, refusals)), refusals))
        self._reserve(verified)
        drafted = list(self._drafted(verified, refusals))
        self._intend(drafted)
        signed = [self._signed(work) for work in drafted]
        self._keep(signed, refusals, [work.serial.serial_hex for work in verified])
        result.issued += [work.record.id for work in signed]
        result.refused += [Refusal(document.request_id, problem) for document, problem in refusals]

    def _verified(
        self, batch: list[tuple[RequestRecord, AdminRequestRecord]], refusals: list[tuple[AdminRequestRecord, str]]
    ) -> Iterator[_Work]:
        with self._domain.store.snapshot() as db:
            done = {record.id for record, _ in batch if issued.spoken_for(db, record.id)}
        trusted: set[tuple[str, str]] = set()
        for record, document in batch:
            try:
                if record.id in done:
                    raise Tampered(
                        _(
                            "A certificate has already been issued for request {id}; an approval is valid only once.",
                            id=record.id,
                        )
                    )
                work = self._verify(record, document)
                self._check_untrusted(work.subject, trusted)
                yield work
            except Error as error:
                refusals.append((document, str(error)))

    def _verify(self, record: RequestRecord, document: AdminRequestRecord) -> _Work:
        """Step 1: the approval is an RA's signature over exactly this request's bytes and fields."""
        now = self._domain.now()
        check = DecisionCheck(self._certifier, self._verifier, now)
        approver = check.signer(record, document, Decision.APPROVE)
        shown = RequestView(record, document, self._certifier.record.name)
        subject = approving.check(shown, self._certifier, now, vouched=True)
        serial = serial_numbers.text(serial_numbers.new())
        return _Work(
            record=record,
            document=document,
            subject=subject,
            approver=approver,
            serial=SerialRecord(
                issuer=self._issuer_id,
                serial_hex=serial,
                request_id=record.id,
                state=SerialState.RESERVED,
                tbs=None,
                reserved_at=now,
            ),
        )

    def _untainted(self, works: list[_Work], refusals: list[tuple[AdminRequestRecord, str]]) -> Iterator[_Work]:
        """Yield the work whose key is not compromised, which may have become known after the approval."""
        with self._domain.store.snapshot() as db:
            for work in works:
                if problem := compromised_keys.problem(db, work.subject.public_key):
                    refusals.append((work.document, problem))
                else:
                    yield work

    def _check_untrusted(self, subject: Certifiable, trusted: set[tuple[str, str]]) -> None:
        """Check that a book gets only one valid cross-certificate per key; `trusted` are those of this batch."""
        if not isinstance(subject, CrossCertification):
            return
        with self._domain.store.snapshot() as db:
            address_books.check_untrusted(db, subject, self._certifier.issuer, self._domain.now())
        place = subject.particulars.book, keys.fingerprint(subject.public_key)
        if place in trusted:
            raise Refused(TRUSTED)
        trusted.add(place)

    def _reserve(self, works: list[_Work]) -> None:
        """Step 2: reserve the serial numbers, which stay taken in any case."""
        with self._transaction() as db:
            issued.reserve(db, [work.serial for work in works])

    def _drafted(self, works: list[_Work], refusals: list[tuple[AdminRequestRecord, str]]) -> Iterator[_Work]:
        """Step 3: build and lint, without the certifier's key."""
        with self._domain.store.snapshot() as db:
            parts = Parts(db, self._certifier)
        for work in works:
            part = parts.next()
            issuer = parts.issuer(part)
            validity = Validity.starting(self._domain.now(), timedelta(days=work.subject.days))
            start = max(validity.not_before, issuer.certificate.not_valid_before_utc)
            validity = replace(validity, not_before=start)
            try:
                draft = work.subject.draft(issuer, int(work.serial.serial_hex, 16), validity)
                if problems := lint.problems(draft.linted, issuer.certificate):
                    raise Refused(_("The certificate would be malformed: {problems}", problems=listed(problems, "; ")))
            except (Error, ValueError) as error:
                refusals.append((work.document, str(error)))
            else:
                parts.fill()
                yield replace(work, draft=draft, part=part)

    def _intend(self, works: list[_Work]) -> None:
        """Step 4: store the bytes to be signed before they are signed."""
        intents = [(work.serial.serial_hex, _draft(work).tbs) for work in works]
        with self._transaction() as db:
            _check_count(issued.intend(db, self._issuer_id, intents), intents)

    def _signed(self, work: _Work) -> _Work:
        """Step 5: sign exactly the intended bytes with the certifier's key."""
        tbs = _draft(work).tbs
        return replace(work, der=issuance.certificate_from(tbs, self._vault.sign(self._certifier, tbs)))

    def _keep(self, works: list[_Work], refusals: list[tuple[AdminRequestRecord, str]], serials: list[str]) -> None:
        """Step 6: write ICL, request states and audit in one transaction. Now the certificates become visible."""
        now = self._domain.now()
        with self._transaction() as db:
            done = [
                replace(
                    work.document, state=AdminRequestState.ISSUED, serial_hex=work.serial.serial_hex, changed_at=now
                )
                for work in works
            ]
            failed = [
                replace(doc, state=AdminRequestState.ERROR, reason=problem, changed_at=now) for doc, problem in refusals
            ]
            changed = requests.decide(db, [*done, *failed], AdminRequestState.APPROVED)
            if len(changed) != len(done) + len(failed):
                raise Tampered(_("Requests were changed while they were being issued; nothing was issued."))
            issued.add(db, [self._icl_entry(work) for work in works])
            for work in works:
                if isinstance(work.subject, CrossCertification):
                    cross_certificates.add(db, address_books.record_of(work.subject, work.der, now))
            kept = {work.serial.serial_hex for work in works}
            _check_count(issued.close(db, self._issuer_id, kept, SerialState.ISSUED), kept)
            _check_count(issued.close(db, self._issuer_id, set(serials) - kept, SerialState.VOID), set(serials) - kept)
            audit_log.enter(db, now, self._server, [*map(self._issued_event, works), *map(_refused_event, refusals)])

    def _icl_entry(self, work: _Work) -> IssuedRecord:
        certificate = _draft(work).linted
        return IssuedRecord(
            certifier_id=self._certifier.record.id,
            serial_hex=work.serial.serial_hex,
            request_id=work.record.id,
            kind=work.record.kind,
            subject=work.subject.subject,
            names=" ".join(work.document.fields.get("names", ())),
            requester=work.record.applicant,
            key_algorithm=keys.algorithm_of(work.subject.public_key),
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            fingerprint=hashlib.sha256(work.der).hexdigest(),
            key_fingerprint=keys.fingerprint(work.subject.public_key),
            der=work.der,
            issued_at=self._domain.now(),
            part=work.part,
        )

    def _issued_event(self, work: _Work) -> Event:
        detail = {
            "request": work.record.id,
            "subject": work.subject.subject,
            "certifier": self._certifier.record.name,
            "approved_by": work.approver,
            "sha256": hashlib.sha256(work.der).hexdigest(),
        }
        return Event(AuditAction.CERTIFICATE_ISSUED, work.serial.serial_hex, detail)


def _check_count(count: int, expected: Sized) -> None:
    """Check that every line of the journal was in the previous state: void ones never become issued."""
    if count != len(expected):
        raise Tampered(_JOURNAL)


def _refused_event(refusal: tuple[AdminRequestRecord, str]) -> Event:
    document, problem = refusal
    return Event(AuditAction.REQUEST_REFUSED, str(document.request_id), {"problem": problem})


def _draft(work: _Work) -> issuance.Draft:
    assert work.draft is not None
    return work.draft
