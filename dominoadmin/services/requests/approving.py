"""Edits, approves and rejects requests for a registration authority, and withdraws approvals, with signatures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Final

from dominoadmin.errors import Error, Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, keys
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.quoting import has_invisible
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.requests import decisions, inspecting, rules
from dominoadmin.services.requests.decisions import Case, History, Statement
from dominoadmin.services.requests.submitting import RequestView, view
from dominoadmin.services.states import AdminRequestState, Decision
from dominoadmin.store import certifiers, reading, requests
from dominoadmin.store import decisions as stored_decisions
from dominoadmin.store.database import Connection
from dominoadmin.store.decisions import DecisionRecord
from dominoadmin.store.records import AdminRequestRecord, EditRecord, Fields, RequestRecord

UNDECIDED_STATES: Final = (AdminRequestState.NEW, AdminRequestState.ERROR)
"""States in which an RA may decide. Requests that the CA process refused can be corrected and decided again."""
_APPROVED: Final = (AdminRequestState.APPROVED,)
_ACTIONS: Final = {
    Decision.APPROVE: AuditAction.REQUEST_APPROVED,
    Decision.REJECT: AuditAction.REQUEST_REJECTED,
    Decision.WITHDRAW: AuditAction.REQUEST_APPROVAL_WITHDRAWN,
}
_MAXIMUM_REASON: Final = 500

Shown = Mapping[int, str]
"""Requests with the digest of what the RA was shown of each: that is what he signs."""


class ChangedError(Refused):
    """A request is not what the RA was shown."""


@dataclass(frozen=True)
class Outcome:
    """The result for one of many requests: `problem` is empty on success.

    `is_changed`: it is no longer what was shown, so that it has to be looked at again.
    """

    request_id: int
    problem: str = ""
    hint: str = ""
    is_changed: bool = False

    @classmethod
    def of(cls, request_id: int, error: Error) -> Outcome:
        """Return the result for a request that was not changed because of an error."""
        return cls(request_id, str(error), error.hint, isinstance(error, ChangedError))


def edit(
    domain: Domain,
    ra: Identity,
    request_id: int,
    changes: Fields,
    subject: dict[str, str] | None = None,
    *,
    shown: str,
) -> RequestView:
    """Change fields of an undecided request ("Edit Request"), with the RA's signature.

    The history records who, when, and both values. `subject` changes single attributes of the name; an empty text
    removes one. `shown` is the digest of what the RA was shown.

    Raises:
        NotAllowed: the person is not an RA of the certifier.
        ChangedError: the request is not what the RA was shown.
        Refused: the request is already decided, or a field is unknown or breaks a rule.

    """
    with domain.store.transaction() as db:
        found, certifier = _for_ra(db, domain, ra, request_id, _Known())
        document, now = _in_state(found, UNDECIDED_STATES), domain.now()
        case = Case(found.request, document, certifier, _histories(db, ra, [request_id])[request_id])
        _check_shown(case, shown)
        together = rules.Together(db, Actor.of(ra).verifier(), [request_id])
        findings = rules.find(db, found, certifier, now, case.history, together=together)
        proposal = inspecting.propose(found, certifier, now, changes, subject, findings=findings)
        fields = rules.accepted(proposal.subject, proposal.checks).content()
        if fields == document.fields:
            return found
        changed = replace(document, state=AdminRequestState.NEW, fields=fields, reason="", changed_at=now)
        requests.decide(db, [changed], document.state)
        requests.add_edit(
            db,
            EditRecord(
                id=committed.free(db, Actor.of(ra).verifier(), "request_edits"),
                request_id=request_id,
                editor=ra.name,
                edited_at=now,
                before=document.fields,
                after=fields,
            ),
        )
        stored_decisions.add(db, [decisions.sign(ra, case.next(Decision.EDIT, now, becomes=proposal.digest))])
        detail = {"before": document.fields, "after": fields}
        audit_log.enter(db, now, Actor.of(ra), [Event(AuditAction.REQUEST_EDITED, str(request_id), detail)])
        return view(db, request_id)


def approve(domain: Domain, ra: Identity, shown: Shown, progress: Progress = QUIET) -> list[Outcome]:
    """Approve requests with the RA's signature: each is checked separately; one transaction stores all that pass.

    Raises:
        Cancelled: the RA stopped; nothing was approved.

    """
    return _Deciding(domain, ra, UNDECIDED_STATES).run(shown, partial(_approval, set()), progress)


def reject(domain: Domain, ra: Identity, shown: Shown, reason: str, progress: Progress = QUIET) -> list[Outcome]:
    """Reject requests with a reason for the applicant.

    Raises:
        Refused: the reason is missing or too long.
        Cancelled: the RA stopped; nothing was rejected.

    """
    if problem := reason_problem(reason):
        raise Refused(problem)
    return _Deciding(domain, ra, UNDECIDED_STATES).run(shown, partial(_rejection, reason.strip()), progress)


def withdraw(domain: Domain, ra: Identity, ids: Sequence[int], progress: Progress = QUIET) -> list[Outcome]:
    """Withdraw approvals: the requests wait for a decision again. Possible until the certificate is issued.

    Raises:
        Cancelled: the RA stopped; nothing was withdrawn.

    """
    return _Deciding(domain, ra, _APPROVED).run(dict.fromkeys(ids, ""), _withdrawal, progress)


def reason_problem(reason: str) -> str:
    """Return why this reason is not allowed, or an empty string."""
    text = reason.strip()
    if not text or len(text) > _MAXIMUM_REASON or has_invisible("".join(text.split())):
        return _("Enter a reason of 1 to {limit} visible characters; the applicant will see it.", limit=_MAXIMUM_REASON)
    return ""


@dataclass(frozen=True)
class _Decided:
    """A decision to store: the document with its new state, the state before, and what is signed."""

    document: AdminRequestRecord
    before: str
    statement: Statement
    subject: str


class _Deciding:
    """Decides about requests that are in one of some states, in one transaction."""

    def __init__(self, domain: Domain, ra: Identity, states: Sequence[str]) -> None:
        self._domain, self._ra, self._states = domain, ra, states
        self.now = domain.now()
        self.together: rules.Together

    def run(
        self, shown: Shown, make: Callable[[_Deciding, Connection, RequestView, Case], _Decided], progress: Progress
    ) -> list[Outcome]:
        outcomes: list[Outcome] = []
        decided: list[_Decided] = []
        known = _Known()
        with self._domain.store.transaction() as db:
            try:
                histories = _histories(db, self._ra, [*shown])
            except Tampered as error:
                return [Outcome.of(each, error) for each in shown]
            self.together = rules.Together(db, Actor.of(self._ra).verifier(), [*shown])
            known.read(db, [*shown])
            for number, (request_id, digest) in enumerate(shown.items(), start=1):
                progress.step(_("Request {number} of {total}", number=number, total=len(shown)))
                try:
                    found, certifier = _for_ra(db, self._domain, self._ra, request_id, known)
                    document = _in_state(found, self._states)
                    case = Case(found.request, document, certifier, histories[request_id])
                    if self._states is not _APPROVED:
                        _check_shown(case, digest)
                    decided.append(make(self, db, found, case))
                    outcomes.append(Outcome(request_id))
                except Error as error:
                    outcomes.append(Outcome.of(request_id, error))
            self._store(db, decided)
        return outcomes

    def decided(self, found: RequestView, case: Case, decision: Decision, state: str, reason: str = "") -> _Decided:
        """Return a decision that brings the request into a state."""
        document = replace(case.document, state=state, reason=reason, changed_at=self.now)
        return _Decided(document, case.document.state, case.next(decision, self.now, reason=reason), found.subject)

    def _store(self, db: Connection, decided: Sequence[_Decided]) -> None:
        for before in self._states:
            requests.set_states(db, [one.document for one in decided if one.before == before], before)
        signed = [decisions.sign(self._ra, one.statement) for one in decided]
        stored_decisions.add(db, signed)
        if decided:
            events = [_event(one, record) for one, record in zip(decided, signed, strict=True)]
            audit_log.enter(db, self.now, Actor.of(self._ra), events)


def _event(decided: _Decided, signed: DecisionRecord) -> Event:
    statement = decided.statement
    detail = {"subject": decided.subject, "sha256": documents.digest(signed.document)}
    reason = {"reason": statement.reason} if statement.reason else {}
    return Event(_ACTIONS[Decision(statement.decision)], str(statement.request), detail | reason)


def _approval(
    promised: set[tuple[int, str, str]], deciding: _Deciding, db: Connection, found: RequestView, case: Case
) -> _Decided:
    """Approve one request. `promised`: certifier, address book and key of the others in the batch."""
    certifier = case.certifier
    subject, problem = rules.read(found, found.fields)
    findings = rules.find(db, found, certifier, deciding.now, case.history, together=deciding.together)
    subject = rules.accepted(subject, rules.preflight(subject, problem, certifier, deciding.now, findings))
    if isinstance(subject, CrossCertification):
        place = certifier.record.id, subject.particulars.book, keys.fingerprint(subject.public_key)
        if place in promised:
            raise Refused(TRUSTED, rules.EDIT)
        promised.add(place)
    return deciding.decided(found, case, Decision.APPROVE, AdminRequestState.APPROVED)


def _rejection(reason: str, deciding: _Deciding, _db: Connection, found: RequestView, case: Case) -> _Decided:
    # Other rows are not written: they are not issued, and may be rejected.
    for kind in (decisions.ROWS, "admin_requests"):
        case.history.check(kind)
    return deciding.decided(found, case, Decision.REJECT, AdminRequestState.REJECTED, reason)


def _withdrawal(deciding: _Deciding, _db: Connection, found: RequestView, case: Case) -> _Decided:
    case.history.check()
    return deciding.decided(found, case, Decision.WITHDRAW, AdminRequestState.NEW)


def _histories(db: Connection, ra: Identity, ids: Sequence[int]) -> dict[int, History]:
    return decisions.histories(db, Actor.of(ra).verifier(), ids)


@dataclass
class _Known:
    """What is read for all requests of an act: the certifiers, verified once, and the requests with their documents."""

    certifiers: dict[int, Certifier] = field(default_factory=dict)
    requests: dict[int, tuple[RequestRecord, AdminRequestRecord]] = field(default_factory=dict)

    def read(self, db: Connection, ids: Sequence[int]) -> None:
        """Read requests that have a document: those that cannot be read are read one by one later, which says why."""
        with reading.leaving_out():
            self.requests = {pair[0].id: pair for pair in requests.with_documents(db, ids)}

    def view(self, db: Connection, request_id: int) -> RequestView:
        """Return a request for views, as `submitting.view` does."""
        pair = self.requests.get(request_id)
        if pair is None or pair[0].certifier_id not in self.certifiers:
            return view(db, request_id, self.certifiers)
        return RequestView(*pair, self.certifiers[pair[0].certifier_id].record.name)


def _for_ra(
    db: Connection, domain: Domain, ra: Identity, request_id: int, known: _Known
) -> tuple[RequestView, Certifier]:
    """Return a request and its certifier, verified once per batch, after checking that the person is an RA."""
    found = known.view(db, request_id)
    certifier_id = found.request.certifier_id
    if certifier_id not in known.certifiers:
        record = certifiers.get(db, certifier_id)
        known.certifiers[certifier_id] = configuring.verified(db, record, Actor.of(ra).verifier(), domain.now())
    known.certifiers[certifier_id].configuration.check_ra(ra.name)
    return found, known.certifiers[certifier_id]


def decided_problem(shown: RequestView) -> str:
    """Return why an RA cannot decide about a request yet, or no longer, or an empty string."""
    return _state_problem(shown, UNDECIDED_STATES)


def withdrawal_problem(shown: RequestView) -> str:
    """Return why there is no approval of a request that could be withdrawn, or an empty string."""
    return _state_problem(shown, _APPROVED)


def _state_problem(shown: RequestView, states: Sequence[str]) -> str:
    try:
        _in_state(shown, states)
    except Refused as refusal:
        return str(refusal)
    return ""


def _check_shown(case: Case, digest: str) -> None:
    if case.digest != digest:
        raise ChangedError(
            _("Request {id} has changed since it was shown; nothing was signed.", id=case.request.id),
            _("Look at it again before you decide."),
        )


def _in_state(shown: RequestView, states: Sequence[str]) -> AdminRequestRecord:
    """Return the document in Admin4 if it is in one of some states."""
    number = shown.request.id
    if shown.document is None:
        raise Refused(
            _("Request {id} has not been submitted to the Administration Process.", id=number), _("Submit it first.")
        )
    state = shown.document.state
    if state in states:
        return shown.document
    if states is _APPROVED:
        raise Refused(
            _("Request {id} has no approval to withdraw: its state is {state}.", id=number, state=state),
            _("An issued certificate can be revoked.") if state == AdminRequestState.ISSUED else "",
        )
    raise Refused(_("Request {id} has already been decided: its state is {state}.", id=number, state=state))
