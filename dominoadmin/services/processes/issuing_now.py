"""Issue Now: request, approval, issuance, pull and pickup in one act of a person who is an RA of the certifier.

Each step is the function of that step, with its checks, its signature and its documents: the store cannot tell this act
from the same steps one after the other. The RA signs what `preview` has shown, with the bytes of the new request.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from dominoadmin.errors import Cancelled, Error, NotFound, Refused
from dominoadmin.i18n import joined
from dominoadmin.i18n import marked as _
from dominoadmin.pki import documents, keys, names
from dominoadmin.pki.certifiable import EndEntity
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.keys import PublicKey
from dominoadmin.pki.profiles import SERVER
from dominoadmin.pki.requests import intake
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import leasing
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import certifying
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.access import path_of
from dominoadmin.services.key_rings.management import KeyRingAccess, KeyRingRequest, RootConfirmation
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.records import compromised_keys
from dominoadmin.services.requests import approving, databases, decisions, inspecting, issuable, rules, submitting
from dominoadmin.services.requests.databases import SUPPORTS
from dominoadmin.services.requests.issuable import AskedFor
from dominoadmin.services.requests.next_steps import FOR_PULLING, Turn
from dominoadmin.services.requests.rules import Check, StoreFindings
from dominoadmin.services.requests.submitting import RequestView, Submission
from dominoadmin.services.states import RequestState
from dominoadmin.store import certifiers, reading
from dominoadmin.store import key_rings as files
from dominoadmin.store.records import CertifierRecord, DatabaseRecord, Fields

ACTIVE: Final = "Yes"
"""The state that the CA process reports for an active certifier."""
PATIENCE: Final = 60.0
"""Seconds in which a running CA process issues what was approved."""
_LOOK_EVERY: Final = 0.1  # seconds

States = Sequence[tuple[int, str, str]]
"""Number, name and state of each certifier of the CA process in this program; empty if it has none."""


@dataclass(frozen=True, kw_only=True)
class IssueRequest:
    """What is to be certified: a new key ring, or, without one, the PKCS #10 request `csr`, PEM or DER.

    `days`: for how long, if that is not the database's or the certifier's default.
    """

    database: str
    key_ring: KeyRingRequest | None = None
    csr: bytes = b""
    days: int = 0

    @property
    def file(self) -> str:
        """The file name of the new key ring, or an empty string."""
        return self.key_ring.file if self.key_ring else ""

    def asked(self) -> tuple[AskedFor, PublicKey]:
        """Return the contents of the request and its key; for a new key ring, another key of the same kind.

        Raises:
            Refused: a field breaks its rule, or the request does not pass the gate.

        """
        if self.key_ring is None:
            csr = intake(self.csr)
            return issuable.asked_by(csr, SERVER), csr.public_key
        self.key_ring.check()
        kind = self.key_ring.key_algorithm
        return AskedFor(SERVER, self.key_ring.subject(), self.key_ring.general_names(), kind), _specimen(kind)


@dataclass(frozen=True)
class IssuePreview:
    """What the RA is shown, and signs: by whom what will be issued; every rule of the approval, broken or not.

    `key` is that of the request; for a new key ring, another key of the same kind. `submitted`: the contents before
    the RA edits them, if they differ from `fields`.
    """

    certifier: Certifier
    fields: Fields
    submitted: Fields
    key: PublicKey
    checks: tuple[Check, ...]

    @property
    def problem(self) -> str:
        """The first rule that is broken, or an empty string."""
        return next((each.problem for each in self.checks if each.problem), "")


@dataclass(frozen=True)
class IssuedNow:
    """The issued certificate and those above it, DER. `key_ring`: the file that has it, or an empty string."""

    request_id: int
    chain: tuple[bytes, ...]
    key_ring: str


class UnfinishedError(Error):
    """The act stopped after something was written, which stays: the request, or 0, and the new key ring, or ''."""

    def __init__(self, cause: Error | Cancelled, request_id: int, key_ring: str) -> None:
        stopped = _("You stopped before the certificate was issued.")
        text, hint = (str(cause), cause.hint) if isinstance(cause, Error) else (stopped, "")
        super().__init__(text, joined(hint, _whereabouts(request_id, key_ring)))
        self.request_id, self.key_ring = request_id, key_ring


def _whereabouts(request_id: int, key_ring: str) -> str:
    if request_id:
        return _("Request {number} remains. You can continue it like any other request.", number=request_id)
    return _("The key ring {file} has no request yet. Certify it with Certify Key Ring, or delete it.", file=key_ring)


def is_ra(domain: Domain, name: str) -> bool:
    """Return whether the newest configuration of a certifier, as it is stored, has the person as an RA.

    Nothing is verified: this is asked again and again to switch a command on or off. The act verifies it.
    """
    with domain.store.snapshot() as db:
        return any(name in _stored_ras(certifiers.configurations(db, each)) for each in certifiers.names(db))


def _stored_ras(versions: Sequence[bytes]) -> Sequence[str]:
    try:
        return [*json.loads(documents.parse(versions[-1]).content)["ras"]] if versions else []
    except (Refused, ValueError, KeyError, TypeError, RecursionError):
        return []


def choices(domain: Domain, actor: Actor) -> list[tuple[DatabaseRecord, Certifier]]:
    """Return the databases for servers whose certifiers the person is an RA of; damaged certifiers are left out.

    Raises:
        NotFound: there is none.

    """
    with reading.leaving_out():
        found = [*_choices(domain, actor)]
    if found:
        return found
    raise NotFound(
        _("You are a registration authority of no certifier with a Certificate Requests database for servers."),
        _("A CA administrator (CAA) makes you one with Modify Certifier."),
    )


def _choices(domain: Domain, actor: Actor) -> Iterator[tuple[DatabaseRecord, Certifier]]:
    for record, certifier in databases.all_databases(domain):
        try:
            if SERVER in SUPPORTS[databases.configuration_of(record).supports]:
                found = _verified(domain, actor, certifier)
                found.configuration.check_ra(actor.name)
                yield record, found
        except Refused:  # somebody else is its RA, or it was altered
            continue


def preview(domain: Domain, actor: Actor, request: IssueRequest, states: States = ()) -> IssuePreview:
    """Return what would be issued, after every check that is possible before anything is written.

    `states`: those of the CA process in this program.

    Raises:
        NotFound, Tampered: the database or its certifier cannot be used.
        NotAllowed: the person is not an RA of the certifier.
        Refused: the request breaks a rule, or nothing would issue it now.
        Error: the key ring file exists (Domino's words).

    """
    record = databases.stored(domain, request.database)
    configuration = databases.configuration_of(record)
    submitting.check_kind(configuration, Submission(b"", SERVER, key_ring=request.file))
    with domain.store.snapshot() as db:
        owner = certifiers.get(db, record.certifier_id)
    certifier = _verified(domain, actor, owner)
    certifier.configuration.check_ra(actor.name)
    certifier.check_founded()
    _check_runs(domain, owner, states)
    asked, key = request.asked()
    particulars = issuable.issuable(asked, configuration, certifier.configuration.settings)
    with domain.store.snapshot() as db:
        if request.key_ring:
            files.check_free(db, path_of(domain, request.file), AuditAction.KEY_RING_CREATED)
        findings = StoreFindings(compromised=compromised_keys.problem(db, key))
    submitted = EndEntity(key, particulars, asked.usages)
    subject = EndEntity(key, replace(particulars, days=request.days or particulars.days), asked.usages)
    checks = rules.preflight(subject, "", certifier, domain.now(), findings)
    return IssuePreview(certifier, subject.content(), submitted.content(), key, tuple(checks))


def issue(
    domain: Domain, ra: Identity, request: IssueRequest, shown: IssuePreview, progress: Progress = QUIET
) -> IssuedNow:
    """Do all steps, from the key to the pickup, and return the certificate.

    Raises:
        NotAllowed: the person is not an RA of the certifier; nothing was written.
        Refused: what was shown breaks a rule; nothing was written.
        Cancelled: stopped before anything was written.
        UnfinishedError: stopped later, or a step failed; it names what is there.

    """
    shown.certifier.configuration.check_ra(ra.name)
    if shown.problem:
        raise Refused(shown.problem)
    actor = Actor.of(ra)
    if request.key_ring:
        key_rings.create(domain, actor, request.key_ring, progress)
    number = 0
    try:
        progress.step(_("Submitting the request"))
        pending = _take_in(domain, actor, request, shown)
        number = pending.request.id
        _submit(domain, actor, number)
        _edit(domain, ra, pending, shown)
        progress.step(_("Signing the approval of request {number}", number=number))
        _approve(domain, ra, pending, shown)
        _wait(domain, number, progress)
        _pull(domain, actor, number)
        if request.key_ring:
            key_rings.pickup(domain, actor, _access(request.key_ring), pending.request.pickup_id)
        return IssuedNow(number, _chain(domain, actor, number), request.file)
    except (Error, Cancelled) as cause:
        if not number and not request.key_ring:
            raise
        raise UnfinishedError(cause, number, request.file) from cause


def _verified(domain: Domain, actor: Actor, certifier: CertifierRecord) -> Certifier:
    with domain.store.snapshot() as db:
        return configuring.verified(db, certifier, actor.verifier(), domain.now())


@lru_cache
def _specimen(algorithm: str) -> PublicKey:
    """Return a key that nobody has: the key of the request is created only when nothing speaks against it."""
    return keys.generate(algorithm).public_key()


def _check_runs(domain: Domain, certifier: CertifierRecord, states: States) -> None:
    """Check that a CA process would issue now. Whether a certifier is active in another process is not known here."""
    state = next((state for _number, name, state in states if name == certifier.name), "")
    if state == ACTIVE:
        return
    server = names.abbreviated(certifier.server)
    holder = leasing.holder(domain, certifier.server)
    if holder is None:
        raise Refused(
            _("{server} is not running: nothing would issue the certificate.", server=server),
            _("Start the server first."),
        )
    if state:
        raise Refused(
            _("{certifier} is not active: nothing would issue the certificate.", certifier=certifier.name),
            _("Activate or unlock it in Server Status first."),
        )
    if holder.process == os.getpid():
        raise Refused(
            _("The CA process of {server} is not loaded: nothing would issue the certificate.", server=server),
            _("Load it in Server Status first."),
        )


def _access(ring: KeyRingRequest) -> KeyRingAccess:
    return KeyRingAccess(ring.file, ring.password)


def _take_in(domain: Domain, actor: Actor, request: IssueRequest, shown: IssuePreview) -> RequestView:
    if request.key_ring is None:
        submission = Submission(request.csr, SERVER, names.abbreviated(actor.name))
        return submitting.take_in(domain, actor, request.database, submission, shown.certifier)
    certificate = shown.certifier.issuer.certificate
    root = RootConfirmation(shown.certifier.record.name, certificate, certifying.label_for(certificate))
    return key_rings.certify(domain, actor, _access(request.key_ring), request.database, root)


def _submit(domain: Domain, actor: Actor, number: int) -> None:
    try:
        submitting.submit(domain, actor, [number])
    except Refused:
        if submitting.shown(domain, number).document is None:
            raise  # else the Administration Process of an Automatic database was faster


def _edit(domain: Domain, ra: Identity, pending: RequestView, shown: IssuePreview) -> None:
    """Edit the request as Edit Request does, if it asks for something else than what was shown."""
    changes = {name: value for name, value in shown.fields.items() if value != shown.submitted.get(name)}
    if changes:
        digest = decisions.digest(pending.request, shown.submitted, shown.certifier)
        approving.edit(domain, ra, pending.request.id, changes, shown=digest)


def _approve(domain: Domain, ra: Identity, pending: RequestView, shown: IssuePreview) -> None:
    """Approve what was shown, for the request as it was written: if either has changed since, nothing is signed."""
    digest = decisions.digest(pending.request, shown.fields, shown.certifier)
    (outcome,) = approving.approve(domain, ra, {pending.request.id: digest})
    if outcome.problem:
        raise Refused(outcome.problem, outcome.hint)


def _wait(domain: Domain, number: int, progress: Progress) -> None:
    end = time.monotonic() + PATIENCE
    while (shown := submitting.shown(domain, number)).state == RequestState.APPROVED:
        if time.monotonic() > end:
            raise Error(
                _("Request {number} is approved and is waiting for the CA process.", number=number),
                FOR_PULLING[Turn.ISSUE],
            )
        progress.step(_("Waiting for the CA process to issue the certificate"))
        time.sleep(_LOOK_EVERY)
    if shown.state == RequestState.ISSUED:
        return
    reason = shown.document.reason if shown.document else ""
    if shown.state == RequestState.ERROR:
        raise Refused(
            _("Request {number} was refused by the CA process: {reason}", number=number, reason=reason),
            rules.EDIT,
        )
    raise Refused(_("Somebody has withdrawn the approval of request {number}, or rejected it.", number=number))


def _pull(domain: Domain, actor: Actor, number: int) -> None:
    try:
        submitting.pull(domain, actor, [number])
    except Refused:
        if not submitting.shown(domain, number).request.pulled_at:
            raise  # else the Administration Process of an Automatic database was faster


def _chain(domain: Domain, actor: Actor, number: int) -> tuple[bytes, ...]:
    return tuple(inspecting.certificate_chain(domain, actor, inspecting.inspect(domain, actor, number)))
