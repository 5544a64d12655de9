"""Certificate requests in their database: intake, submission to the Administration Process, pull, pickup.

Pending Submission -> Submitted to Administration Process -> (Admin4: New -> Approved -> Issued, or Rejected) -> pulled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from dominoadmin.errors import NotFound, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import general_names, keys, names
from dominoadmin.pki.names import DistinguishedName
from dominoadmin.pki.profiles import SERVER
from dominoadmin.pki.requests import intake
from dominoadmin.services.audit import committed
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.directory import mailing
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records import compromised_keys
from dominoadmin.services.requests import databases, issuable, numbers, pullable
from dominoadmin.services.requests import ids as request_ids
from dominoadmin.services.requests.databases import SUPPORTS, DatabaseConfiguration
from dominoadmin.services.requests.next_steps import FOR_PULLING, Turn, turn_of
from dominoadmin.services.requests.pullable import Decided
from dominoadmin.services.states import AdminRequestState, RequestState
from dominoadmin.store import certifiers, request_lists, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import AdminRequestRecord, DatabaseRecord, Fields, RequestRecord

MOST_OF_A_KEY: Final = 10
"""The most undecided requests of a database for one key, if anyone may submit them."""
_MAXIMUM_ID: Final = 2**63 - 1


@dataclass(frozen=True)
class Submission:
    """A request from outside: PKCS #10, PEM or DER. `applicant`: an e-mail address or a person's name.

    `is_public`: anyone may have submitted it, so their number is limited.
    """

    data: bytes
    kind: str = SERVER
    applicant: str = ""
    key_ring: str = ""
    is_public: bool = False


@dataclass(frozen=True)
class RequestView:
    """A request with its document in Admin4, for views."""

    request: RequestRecord
    document: AdminRequestRecord | None
    certifier: str

    @property
    def state(self) -> str:
        """Its state: that in Admin4 once that is beyond New."""
        if self.document and self.document.state != AdminRequestState.NEW:
            return self.document.state
        return self.request.state

    @property
    def decided(self) -> Decided:
        """The request and its document in Admin4.

        Raises:
            Tampered: it has none, although its state says that it is decided.

        """
        if self.document is None:
            raise committed.altered(Object("requests", str(self.request.id)))
        return self.request, self.document

    @property
    def turn(self) -> Turn:
        """Return the next step."""
        return turn_of(self.state, is_pulled=self.request.pulled_at is not None, key_ring=self.request.key_ring)

    @property
    def fields(self) -> Fields:
        """Return the fields to issue: those in Admin4, which an RA may have edited, or the requested ones."""
        return self.document.fields if self.document else self.request.fields

    @property
    def subject(self) -> str:
        """The name that will be certified."""
        try:
            return str(DistinguishedName(**self.fields["subject"])) or str(self.fields["names"][0])
        except (KeyError, TypeError, IndexError, AttributeError):
            return self.request.subject

    @property
    def pickup_id(self) -> str | None:
        """The Request ID, once the certificate is issued."""
        return self.request.pickup_id if self.state == RequestState.ISSUED else None


def take_in(
    domain: Domain, actor: Actor, file: str, submission: Submission, known: Certifier | None = None
) -> RequestView:
    """Add a request to a Certificate Requests database, as *Pending Submission*. `known`: as `configuring.verified`.

    Raises:
        NotFound: there is no such database.
        Refused: this authority may not certify the request; the message says why.

    """
    csr = intake(submission.data)
    applicant = applicant_name(domain, submission.applicant)
    with domain.store.transaction() as db:
        database = databases.get(db, file)
        databases.check(db, actor.verifier(), database)
        configuration = databases.configuration_of(database)
        check_kind(configuration, submission)
        compromised_keys.check(db, csr.public_key)
        key = keys.fingerprint(csr.public_key)
        _check_not_waiting(db, database, key, csr.der)
        if submission.is_public:
            _check_number(db, database, key)
        certifier = certifiers.get(db, database.certifier_id)
        verified = configuring.verified(db, certifier, actor.verifier(), domain.now(), known)
        settings = verified.configuration.settings
        particulars = issuable.issuable(issuable.asked_by(csr, submission.kind), configuration, settings)
        record = RequestRecord(
            id=numbers.free(db, actor.verifier()),
            kind=submission.kind,
            database=database.file,
            certifier_id=certifier.id,
            csr=csr.der,
            subject=str(csr.subject) or str(csr.general_names[0]),
            applicant=applicant or csr.applicant_email,
            key_ring=submission.key_ring,
            state=RequestState.PENDING,
            pickup_id=request_ids.new(),
            fields=particulars.content(),
            remarks=list(csr.remarks),
            requested_at=domain.now(),
            pulled_at=None,
            key_fingerprint=key,
        )
        request_id = requests.add(db, record)
        detail = {"database": database.file, "subject": record.subject, "csr_sha256": csr.sha256}
        audit_log.enter(db, domain.now(), actor, [Event(AuditAction.REQUEST_RECEIVED, str(request_id), detail)])
        return view(db, request_id)


def _check_not_waiting(db: Connection, database: DatabaseRecord, key_fingerprint: str, csr: bytes) -> None:
    if waiting := requests.find_undecided(db, database.file, key_fingerprint, csr):
        raise Refused(
            _(
                "The same request is already waiting in {file}, as request {waiting}.",
                file=database.file,
                waiting=waiting,
            ),
            _("Wait until it has been decided."),
        )


def _check_number(db: Connection, database: DatabaseRecord, key_fingerprint: str) -> None:
    """Check that one key does not use up what the database takes: others need it too."""
    if requests.count_of_key(db, database.file, key_fingerprint, MOST_OF_A_KEY) >= MOST_OF_A_KEY:
        raise Refused(
            _(
                "{number} requests for this key are already waiting in {file}.",
                number=MOST_OF_A_KEY,
                file=database.file,
            ),
            _("Wait until one has been decided, or create a new key."),
        )


def check_kind(configuration: DatabaseConfiguration, submission: Submission) -> None:
    """Check that the database takes requests of this kind.

    Raises:
        Refused: it takes only other kinds; in the technote's words for a key ring.

    """
    if submission.kind in SUPPORTS[configuration.supports]:
        return
    if submission.kind == SERVER and submission.key_ring:
        # The technote's note to step 12.
        raise Refused(
            _('"Client Certificates Only" should not be chosen if you wish to create a Server Key Ring for SSL.'),
            _(
                "Choose 'Server Certificates Only' or 'Both Client and Server Certificates' in the Database "
                "Configuration."
            ),
        )
    raise Refused(
        _("This database accepts {kinds}.", kinds=configuration.supports_label),
        _("Use another Certificate Requests database."),
    )


def applicant_name(domain: Domain, text: str) -> str:
    """Return the person to notify: an e-mail address, or a name of the organization in its abbreviated form.

    Raises:
        Refused: it is neither.

    """
    text = text.strip()
    if not text:
        return ""
    return general_names.email(text) if "@" in text else names.abbreviated(domain.name(text))


def submit(domain: Domain, actor: Actor, ids: Sequence[int]) -> list[int]:
    """Submit pending requests to the Administration Process ("Submit Selected Requests"); return their numbers.

    Raises:
        NotFound: there is no such request.
        Refused: one is no longer pending; nothing was submitted.
        Tampered: one is not as it was received; nothing was submitted.

    """
    with domain.store.transaction() as db:
        numbers.check_new(db, actor, [each for each in ids if _known(db, each).state == RequestState.PENDING])
        for request_id in ids:
            record = _known(db, request_id)
            check_pending(record)
            submit_one(db, domain, actor, record)
        return list(ids)


def check_pending(record: RequestRecord) -> None:
    """Raise `Refused` unless the request can be submitted."""
    if record.state != RequestState.PENDING:
        raise Refused(
            _("Request {id} has already been submitted.", id=record.id), _("Press F9 or list the requests again.")
        )


def submit_one(db: Connection, domain: Domain, actor: Actor, record: RequestRecord) -> None:
    """Move one pending request to Admin4, inside a transaction."""
    now = domain.now()
    certifiers.get(db, record.certifier_id)  # or a sentence
    requests.set_state(db, record.id, RequestState.SUBMITTED)
    document = AdminRequestRecord(
        request_id=record.id,
        certifier_id=record.certifier_id,
        state=AdminRequestState.NEW,
        fields=record.fields,
        decision=None,
        reason="",
        serial_hex=None,
        changed_at=now,
    )
    requests.add_admin_request(db, document)
    audit_log.enter(db, now, actor, [Event(AuditAction.REQUEST_SUBMITTED, str(record.id), {"subject": record.subject})])


def pull(domain: Domain, actor: Actor, ids: Sequence[int]) -> list[int]:
    """Pull decided requests into Issued/Rejected Certificates ("Pull Selected Request(s)"); return their numbers.

    Raises:
        NotFound: there is no such request.
        Refused: one is not decided yet, or was pulled before; nothing was pulled.
        Tampered: an RA did not decide, or the certifier did not issue, as the state claims; nothing was pulled.

    """
    known: dict[int, Certifier] = {}
    decided: list[Decided] = []
    with domain.store.transaction() as db:
        for request_id in ids:
            shown = view(db, request_id, known)
            check_pullable(shown)
            certifier_id = shown.request.certifier_id
            if certifier_id not in known:
                record = certifiers.get(db, certifier_id)
                known[certifier_id] = configuring.verified(db, record, actor.verifier(), domain.now())
            pull_one(db, domain, actor, shown, known[certifier_id])
            decided.append(shown.decided)
        for refusal in pullable.altered(db, actor.verifier(), decided).values():  # of all at once: nothing is kept
            raise refusal
        return list(ids)


def check_pullable(shown: RequestView) -> None:
    """Raise `Refused` unless the request can be pulled; the hint says what it is waiting for."""
    number, reason = shown.request.id, shown.document.reason if shown.document else ""
    if shown.request.pulled_at:
        raise Refused(
            _("Request {number} has already been pulled.", number=number), _("See Issued/Rejected Certificates.")
        )
    if shown.state not in (RequestState.ISSUED, RequestState.REJECTED):
        raise Refused(
            _("Request {number} cannot be pulled: its state is {state}.", number=number, state=shown.state),
            FOR_PULLING.get(shown.turn) or _("{reason}", reason=reason),  # as stored by the CA process
        )


def pull_one(db: Connection, domain: Domain, actor: Actor, shown: RequestView, certifier: Certifier) -> None:
    """Pull one decided request, inside a transaction, and notify the applicant if the database is configured so.

    The caller compares the rows by which that is done, of all requests at once: `pullable.altered`.

    Raises:
        Tampered: the certificate is not in the ICL, or nobody signed the rejection.

    """
    now, record = domain.now(), shown.request
    pullable.check(db, shown.decided, certifier, actor.verifier(), now)
    requests.set_state(db, record.id, shown.state, now)
    audit_log.enter(db, now, actor, [Event(AuditAction.REQUEST_PULLED, str(record.id), {"state": shown.state})])
    database = pullable.database_of(db, record)
    if database and databases.configuration_of(database).mail_confirmation:
        mailing.confirm(db, domain, shown.request, shown.state, shown.document.reason if shown.document else "")


def view(db: Connection, request_id: int, known: Mapping[int, Certifier] = MappingProxyType({})) -> RequestView:
    """Return a request for views; `known` caches verified certifiers.

    Raises:
        NotFound: there is none with this number.

    """
    record = _known(db, request_id)
    certifier = known.get(record.certifier_id)
    name = certifier.record.name if certifier else certifiers.get(db, record.certifier_id).name
    return RequestView(record, requests.find_admin_request(db, request_id), name)


def shown(domain: Domain, request_id: int) -> RequestView:
    """Return a request for views.

    Raises:
        NotFound: there is none with this number.

    """
    with domain.store.snapshot() as db:
        return view(db, request_id)


def views(domain: Domain, database: str = "") -> list[RequestView]:
    """Return the requests of one database, or of all, oldest first."""
    with domain.store.snapshot() as db:
        file = databases.get(db, database).file if database else ""
        known = certifiers.names(db)
        return [RequestView(*pair, known[pair[0].certifier_id]) for pair in request_lists.all_of(db, file)]


def by_pickup_id(db: Connection, pickup_id: str) -> RequestView:
    """Return the request with this Request ID, in any spelling.

    Raises:
        NotFound: there is none; the message gives no details.

    """
    found = requests.find_by_pickup_id(db, request_ids.normal(pickup_id))
    if found is None:
        raise NotFound(
            _("No request with this Request ID was found."),
            _("Copy the whole ID from the memo or from the issued request."),
        )
    return view(db, found.id)


def summary(shown: RequestView) -> dict[str, Any]:
    """Return a request as `request list` shows it, with stable keys."""
    record, document = shown.request, shown.document
    return {
        "id": record.id,
        "kind": record.kind,
        "state": shown.state,
        "admin_state": document.state if document else None,
        "subject": shown.subject,
        "names": shown.fields.get("names", []),
        "certifier": shown.certifier,
        "database": record.database,
        "applicant": record.applicant,
        "key_ring": record.key_ring or None,
        "pickup_id": shown.pickup_id,
        "serial": document.serial_hex if document else None,
        "reason": (document.reason if document else "") or None,
        "requested_at": record.requested_at,
        "pulled_at": record.pulled_at,
    }


def _known(db: Connection, request_id: int) -> RequestRecord:
    record = requests.find(db, request_id) if 0 < request_id <= _MAXIMUM_ID else None
    if record is None:
        raise NotFound(
            _("Request {request_id} was not found.", request_id=request_id),
            _("See the requests in the window, or 'dominoadmin request list'."),
        )
    return record
