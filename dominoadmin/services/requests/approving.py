"""Inspects, edits, approves and rejects requests for a registration authority, with signatures."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, keys
from dominoadmin.pki.certifiable import Certifiable, EndEntity
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.extensions import Usages
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.profiles import CROSS
from dominoadmin.pki.quoting import has_invisible
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.records import issued_certificates
from dominoadmin.services.requests import decisions, rules
from dominoadmin.services.requests.rules import Check, StoreFindings
from dominoadmin.services.requests.submitting import RequestView, view
from dominoadmin.services.states import AdminRequestState, Decision
from dominoadmin.store import certifiers, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import AdminRequestRecord, EditRecord, Fields

UNDECIDED_STATES: Final = (AdminRequestState.NEW, AdminRequestState.ERROR)
"""States in which an RA may decide. Requests that the CA process refused can be corrected and decided again."""
_ACTIONS: Final = {Decision.APPROVE: AuditAction.REQUEST_APPROVED, Decision.REJECT: AuditAction.REQUEST_REJECTED}
_MAXIMUM_REASON: Final = 500
_NOTHING_FOUND: Final = StoreFindings()


@dataclass(frozen=True)
class Outcome:
    """The result for one of many requests: `problem` is empty on success."""

    request_id: int
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True)
class Proposal:
    """A request with unsaved changes: what would be certified, and every rule, broken or not."""

    fields: Fields
    checks: list[Check]
    subject: Certifiable | None

    @property
    def problem(self) -> str:
        """The first rule that is broken, or an empty string."""
        return next((each.problem for each in self.checks if each.problem), "")


def propose(
    shown: RequestView,
    certifier: Certifier,
    now: datetime,
    changes: Fields,
    subject: dict[str, str] | None = None,
    *,
    findings: StoreFindings = _NOTHING_FOUND,
) -> Proposal:
    """Return a request with these changes. `subject` changes single attributes of the name.

    `findings` are those of `Inspection.findings`: what the store has is not read again.

    Raises:
        Refused: a field is unknown.

    """
    fields = shown.fields
    given = {*changes, *(["subject"] if subject else [])}
    optional = set() if shown.request.kind == CROSS else {"declined_usages"}
    if unknown := given - set(fields) - optional | ({"kind"} & given):
        raise Refused(_("Requests have no editable field named {field}.", field=min(unknown)))
    fields = {**fields, **changes}
    if subject:
        merged = {**fields.get("subject", {}), **subject}
        fields["subject"] = {key: value for key, value in merged.items() if value}
    wanted, problem = rules.read(shown, fields)
    checks = rules.preflight(wanted, problem, certifier, now, findings)
    return Proposal(wanted.content() if wanted else fields, checks, wanted)


@dataclass(frozen=True, kw_only=True)
class Inspection:
    """A request before the decision: the requested and the issued contents, every rule, every edit.

    `usages` are those that the request names. `key` is the public key to be certified, or None if the request cannot be
    read. `findings` is what no edit changes.
    """

    shown: RequestView
    usages: Usages
    fields: Fields
    checks: list[Check]
    edits: list[EditRecord]
    certifier: Certifier
    key: PublicKey | None
    findings: StoreFindings

    @property
    def asked(self) -> Fields:
        """Return the requested contents; usages that the request does not name are the database's."""
        named = {key: list(value) for key, value in asdict(self.usages).items() if value}
        return {**self.shown.request.fields, **named}


def inspect(domain: Domain, actor: Actor, request_id: int, known: dict[int, Certifier] | None = None) -> Inspection:
    """Return all that an RA should see before deciding.

    `known` caches certifiers, by their numbers, that were verified for other requests in the same act.

    Raises:
        NotFound: there is no such request.
        Tampered: the certifier's configuration is invalid.

    """
    with domain.store.snapshot() as db:
        shown = view(db, request_id)
        record = certifiers.get(db, shown.request.certifier_id)
        before = known.get(record.id) if known else None
        certifier = configuring.verified(db, record, actor.verifier(), domain.now(), before)
        edits = requests.edits(db, request_id)
        subject, problem = rules.read(shown, shown.fields)
        findings = rules.find(db, shown, certifier, domain.now())
    if known is not None:
        known[record.id] = certifier
    return Inspection(
        shown=shown,
        usages=subject.asked if isinstance(subject, EndEntity) else Usages(),
        fields=subject.content() if subject else shown.fields,
        checks=rules.preflight(subject, problem, certifier, domain.now(), findings),
        edits=edits,
        certifier=certifier,
        key=subject.public_key if subject else None,
        findings=findings,
    )


def certificate_chain(domain: Domain, inspection: Inspection) -> list[bytes]:
    """Return the checked certificate of an issued request and its issuer's, as DER.

    Raises:
        Tampered: the certificate in the ICL is not this request's.

    """
    shown, certifier = inspection.shown, inspection.certifier
    with domain.store.snapshot() as db:
        entry = issued_certificates.issued_for(db, shown.request, shown.document, certifier)
    return [entry.der, certifier.record.certificate]


def edit(
    domain: Domain, ra: Identity, request_id: int, changes: Fields, subject: dict[str, str] | None = None
) -> RequestView:
    """Change fields of an undecided request ("Edit Request"); the history records who, when, and both values.

    `subject` changes single attributes of the name; an empty text removes one.

    Raises:
        NotAllowed: the person is not an RA of the certifier.
        Refused: the request is already decided, or a field is unknown or breaks a rule.

    """
    with domain.store.transaction() as db:
        shown, certifier = _for_ra(db, domain, ra, request_id)
        document = _undecided(shown)
        findings = rules.find(db, shown, certifier, domain.now())
        proposal = propose(shown, certifier, domain.now(), changes, subject, findings=findings)
        fields = rules.accepted(proposal.subject, proposal.checks).content()
        if fields == document.fields:
            return shown
        now = domain.now()
        changed = replace(document, state=AdminRequestState.NEW, fields=fields, reason="", changed_at=now)
        requests.decide(db, [changed], document.state)
        requests.add_edit(
            db,
            EditRecord(
                id=0, request_id=request_id, editor=ra.name, edited_at=now, before=document.fields, after=fields
            ),
        )
        detail = {"before": document.fields, "after": fields}
        audit_log.enter(db, now, Actor.of(ra), [Event(AuditAction.REQUEST_EDITED, str(request_id), detail)])
        return view(db, request_id)


def approve(domain: Domain, ra: Identity, ids: Sequence[int], progress: Progress = QUIET) -> list[Outcome]:
    """Approve requests with the RA's signature: each is checked separately; one transaction stores all that pass.

    Raises:
        Cancelled: the RA stopped; nothing was approved.

    """
    return _decide(domain, ra, ids, partial(_approval, domain.now(), ra, set()), progress)


def reject(domain: Domain, ra: Identity, ids: Sequence[int], reason: str, progress: Progress = QUIET) -> list[Outcome]:
    """Reject requests with a reason for the applicant.

    Raises:
        Refused: the reason is missing or too long.
        Cancelled: the RA stopped; nothing was rejected.

    """
    if problem := reason_problem(reason):
        raise Refused(problem)
    text = reason.strip()
    return _decide(domain, ra, ids, partial(_rejection, text, ra), progress)


def reason_problem(reason: str) -> str:
    """Return why this reason is not allowed, or an empty string."""
    text = reason.strip()
    if not text or len(text) > _MAXIMUM_REASON or has_invisible("".join(text.split())):
        return _("Enter a reason of 1 to {limit} visible characters; the applicant will see it.", limit=_MAXIMUM_REASON)
    return ""


@dataclass(frozen=True)
class _Decided:
    """A decision to store: the document with it, the previous state, and the audit entry."""

    document: AdminRequestRecord
    before: str
    event: Event


def _decide(
    domain: Domain,
    ra: Identity,
    ids: Sequence[int],
    make: Callable[[Connection, RequestView, Certifier], _Decided],
    progress: Progress,
) -> list[Outcome]:
    outcomes: list[Outcome] = []
    decided: list[_Decided] = []
    known: dict[int, Certifier] = {}
    ids = list(dict.fromkeys(ids))
    with domain.store.transaction() as db:
        for number, request_id in enumerate(ids, start=1):
            progress.step(_("Request {number} of {total}", number=number, total=len(ids)))
            try:
                shown, certifier = _for_ra(db, domain, ra, request_id, known)
                _undecided(shown)
                decided.append(make(db, shown, certifier))
                outcomes.append(Outcome(request_id))
            except Error as error:
                outcomes.append(Outcome(request_id, str(error), error.hint))
        now = domain.now()
        for before in UNDECIDED_STATES:
            changed = [replace(one.document, changed_at=now) for one in decided if one.before == before]
            requests.decide(db, changed, before)
        if decided:
            audit_log.enter(db, now, Actor.of(ra), [one.event for one in decided])
    return outcomes


def _approval(
    now: datetime,
    ra: Identity,
    promised: set[tuple[int, str, str]],
    db: Connection,
    shown: RequestView,
    certifier: Certifier,
) -> _Decided:
    """Approve one request. `promised`: certifier, address book and key of the others in the batch."""
    subject, problem = rules.read(shown, shown.fields)
    findings = rules.find(db, shown, certifier, now)
    subject = rules.accepted(subject, rules.preflight(subject, problem, certifier, now, findings))
    if isinstance(subject, CrossCertification):
        place = certifier.record.id, subject.particulars.book, keys.fingerprint(subject.public_key)
        if place in promised:
            raise Refused(TRUSTED, rules.EDIT)
        promised.add(place)
    document = replace(_undecided(shown), state=AdminRequestState.APPROVED, reason="")
    return _signed(ra, shown, certifier, document, Decision.APPROVE)


def _rejection(reason: str, ra: Identity, _db: Connection, shown: RequestView, certifier: Certifier) -> _Decided:
    document = replace(_undecided(shown), state=AdminRequestState.REJECTED, reason=reason)
    return _signed(ra, shown, certifier, document, Decision.REJECT)


def _signed(
    ra: Identity, shown: RequestView, certifier: Certifier, document: AdminRequestRecord, decision: Decision
) -> _Decided:
    signed = decisions.sign(ra, shown.request, document, certifier, decision)
    detail = {"subject": shown.subject, "sha256": documents.digest(signed.content)} | (
        {"reason": document.reason} if document.reason else {}
    )
    event = Event(_ACTIONS[decision], str(shown.request.id), detail)
    return _Decided(replace(document, decision=signed.serialize()), _undecided(shown).state, event)


def _for_ra(
    db: Connection, domain: Domain, ra: Identity, request_id: int, known: dict[int, Certifier] | None = None
) -> tuple[RequestView, Certifier]:
    """Return a request and its certifier, verified once per batch, after checking that the person is an RA."""
    known = {} if known is None else known
    shown = view(db, request_id, known)
    certifier_id = shown.request.certifier_id
    if certifier_id not in known:
        record = certifiers.get(db, certifier_id)
        known[certifier_id] = configuring.verified(db, record, Actor.of(ra).verifier(), domain.now())
    known[certifier_id].configuration.check_ra(ra.name)
    return shown, known[certifier_id]


def decided_problem(shown: RequestView) -> str:
    """Return why an RA cannot decide about a request yet, or no longer, or an empty string."""
    try:
        _undecided(shown)
    except Refused as refusal:
        return str(refusal)
    return ""


def _undecided(shown: RequestView) -> AdminRequestRecord:
    if shown.document is None:
        raise Refused(
            _("Request {id} has not been submitted to the Administration Process.", id=shown.request.id),
            _("Submit it first."),
        )
    if shown.document.state not in UNDECIDED_STATES:
        raise Refused(
            _(
                "Request {id} has already been decided: its state is {state}.",
                id=shown.request.id,
                state=shown.document.state,
            )
        )
    return shown.document
