"""The rules that a request must keep before it is approved, and again before its certificate is issued.

The preflight includes all that the issuance cycle would refuse later, by the same code: what is approved is issued,
unless something changes in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import listed
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki import keys
from dominoadmin.pki.certifiable import Certifiable, EndEntity, asked_by, certifiable_from, key_of
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.documents import Verifier
from dominoadmin.pki.profiles import CROSS
from dominoadmin.services.audit import committed
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.issuance import orders
from dominoadmin.services.records import address_books, issued_certificates
from dominoadmin.services.records.compromised_keys import Asked
from dominoadmin.services.requests.decisions import History, signed_edits
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import AdminRequestState, RequestState
from dominoadmin.store import requests
from dominoadmin.store.database import Connection
from dominoadmin.store.ledger import Object
from dominoadmin.store.records import EditRecord, Fields

EDIT: Final = _("Edit the request, or reject it.")
"""The hint about most broken rules."""
LABELS: Final = {
    "subject": _("Subject name"),
    "names": _("Subject alternate names"),
    "days": _("Valid for"),
    "key_usage": _("Key usage"),
    "extended_key_usage": _("Extended key usage"),
    "declined_usages": _("Declined usages"),
    "path_length": _("Path length"),
    "permitted_dns": _("Permitted DNS domains"),
    "book": _("Address book"),
}
"""The fields of a request, in the order of the certificate."""
_RESTORE: Final = _("Reject the request, or restore the store from a backup.")


@dataclass(frozen=True)
class Check:
    """One rule of the preflight: what was checked, the problem, if any, and what to do about it.

    `field`: the field that the problem is about, if it is about one of those that can be edited.
    """

    rule: str
    problem: str
    hint: str = EDIT
    field: str = ""


@dataclass(frozen=True)
class StoreFindings:
    """What the store has about a request and its key; no edit of its fields changes it.

    `altered`: why its rows are not as the audit log commits them, or an empty string. `unrecorded`: the fields, as
    stored, that differ from the request's own bytes without an edit. `compromised`: why the key is not certified
    again. `issued`: a certificate was issued for the request. `books`: the address books for which
    this certifier has cross-certified the key, or is about to.
    """

    altered: str = ""
    unrecorded: Fields = field(default_factory=dict)
    compromised: Refused | None = None
    issued: bool = False
    books: frozenset[str] = frozenset()


class Together:
    """Requests that are looked at in one act: what the store has about each is asked once for all.

    What the rows say of the keys is only a guess: the rules ask by the request's own bytes.
    """

    def __init__(self, db: Connection, verifier: Verifier, request_ids: Sequence[int]) -> None:
        self.verifier = verifier
        self.keys = Asked(db, requests.keys_of(db, request_ids))
        # One that is being issued just now, by a decision before, is not issued if there is a newer decision.
        self.issued, _others = issued_certificates.in_journal(db, request_ids)


def find(
    db: Connection,
    shown: RequestView,
    certifier: Certifier,
    now: datetime,
    history: History,
    *,
    together: Together,
) -> StoreFindings:
    """Return what the store has about a request and its key, if it has one that can be read.

    `together`: all requests of the act.
    """
    request = shown.request
    altered, unrecorded = history.problem, _unrecorded(shown, signed_edits(db, request, certifier, history))
    try:
        key = key_of(request.kind, request.csr)
    except Refused:
        return StoreFindings(altered, unrecorded)  # the rule about the request itself says why
    fingerprint = keys.fingerprint(key)
    refused = together.keys.refusal(fingerprint)
    if shown.state == RequestState.ISSUED:
        return StoreFindings(altered, unrecorded, refused)
    books: frozenset[str] = frozenset()
    if request.kind == CROSS:
        own = certifier.issuer.certificate
        trusting = address_books.valid(db, together.verifier, fingerprint, own, now)
        promised = _promised(db, together.verifier, request.id, fingerprint, certifier)
        books = frozenset((*(each.book for each in trusting), *promised))
    return StoreFindings(altered, unrecorded, refused, request.id in together.issued, books)


def _unrecorded(shown: RequestView, edits: Sequence[EditRecord]) -> Fields:
    """Return the fields, as stored, that differ from the request's own bytes and that no signed edit has made so."""
    own = asked_by(shown.request.kind, shown.request.csr)
    recorded = shown.request.fields | {key: own[key] for key in ("subject", "names") if key in own}
    for edit in edits:
        keys_of_both = {*edit.before, *edit.after}
        recorded |= {key: edit.after.get(key) for key in keys_of_both if edit.before.get(key) != edit.after.get(key)}
    fields = {*recorded, *shown.fields} - {"kind"}  # that of the request counts
    return {key: shown.fields.get(key) for key in fields if shown.fields.get(key) != recorded.get(key)}


def _promised(
    db: Connection, verifier: Verifier, request_id: int, fingerprint: str, certifier: Certifier
) -> Iterator[str]:
    """Yield the address books of other requests for the same key that are approved, but not issued yet.

    One whose rows are not as the audit log commits them does not count: it will not be issued.
    """
    for document in requests.open_documents(db, certifier.record.id, AdminRequestState.APPROVED):
        if document.request_id == request_id or document.fields.get("kind") != CROSS:
            continue
        record = requests.find(db, document.request_id)
        if record and _fingerprint(record.csr) == fingerprint:
            rows = [Object(kind, str(record.id)) for kind in ("requests", "admin_requests")]
            if not committed.find_differing(db, verifier, rows):
                yield str(document.fields.get("book"))


def _fingerprint(certificate: bytes) -> str:
    try:
        return keys.fingerprint(key_of(CROSS, certificate))
    except Refused:  # it will not be issued
        return ""


def read(shown: RequestView, fields: Fields, *, vouched: bool = False) -> tuple[Certifiable | None, str]:
    """Return the contents of a request, or why it cannot be read. `vouched`: as `certifiable_from`."""
    try:
        return certifiable_from(shown.request.kind, shown.request.csr, fields, vouched=vouched), ""
    except Refused as refusal:
        return None, str(refusal)


def preflight(
    subject: Certifiable | None, problem: str, certifier: Certifier, now: datetime, findings: StoreFindings
) -> list[Check]:
    """Return every rule, broken or not, for an RA's decision. `problem`: why the request cannot be read.

    The last one builds and lints the certificate. It is left out while another rule is broken: the lint would only
    repeat that in other words.
    """
    found = [
        *_lasting(subject, problem, certifier, now),
        *_about_usages(subject),
        _about_changes(subject, findings),
        *_by_store(subject, findings),
    ]
    if subject is not None and not any(each.problem for each in found):
        found.append(
            Check(
                _("The certificate, built as it will be issued, is correct by the standards"),
                orders.problem(subject, certifier.issuer, now),
            )
        )
    return found


def approved(shown: RequestView, certifier: Certifier, now: datetime) -> Certifiable:
    """Return the object to certify for a request whose approval was verified, before the issuance cycle.

    Raises:
        Refused: the request breaks a rule that may have changed since; the message names the first one.

    """
    subject, problem = read(shown, shown.fields, vouched=True)
    return accepted(subject, _lasting(subject, problem, certifier, now))


def accepted(subject: Certifiable | None, results: Sequence[Check]) -> Certifiable:
    """Return the object to certify.

    Raises:
        Refused: a rule is broken; the message names the first one.

    """
    for result in results:
        if result.problem:
            raise Refused(result.problem, result.hint)
    assert subject is not None
    return subject


def _lasting(subject: Certifiable | None, problem: str, certifier: Certifier, now: datetime) -> list[Check]:
    """Return the rules that are checked before the approval and again before the issuance cycle."""
    configuration = certifier.configuration
    return [
        Check(_("The request itself is well-formed, and its key is strong enough"), problem),
        Check(
            _("The certificate follows the certifier's settings"),
            subject.problem(configuration.settings, certifier.issuer) if subject else "",
        ),
        Check(
            _("The certifier outlives the certificate"),
            _validity_problem(subject, certifier, now) if subject else "",
            field="days"
            if isinstance(subject, EndEntity) and now <= certifier.issuer.certificate.not_valid_after_utc
            else "",
        ),
        Check(_("The certifier is enabled"), "" if configuration.enabled else _("The certifier is disabled.")),
    ]


def _about_usages(subject: Certifiable | None) -> list[Check]:
    if isinstance(subject, CrossCertification):
        return []
    problem = subject.usage_problem() if isinstance(subject, EndEntity) else ""
    return [
        Check(_("Each usage that the request asks for is granted, or was declined by an RA"), problem, field="declined")
    ]


def _about_changes(subject: Certifiable | None, findings: StoreFindings) -> Check:
    fields = subject.content() if subject else {}
    changed = [key for key, stored in findings.unrecorded.items() if key in fields and fields[key] == stored]
    labels = [*(label for key, label in LABELS.items() if key in changed), *sorted({*changed} - {*LABELS})]
    return Check(
        _("What differs from the request itself was changed by an RA"),
        _("This differs from the request itself, and no RA has changed it: {fields}.", fields=listed(labels))
        if labels
        else "",
    )


def _by_store(subject: Certifiable | None, findings: StoreFindings) -> list[Check]:
    refused = findings.compromised
    problem, hint = (str(refused), refused.hint) if refused else ("", "")
    found = [Check(_("The key is not known to be compromised"), problem, hint)]
    # These two can be broken only if somebody has written to the store: no rules to show each time.
    if findings.issued:
        again = _("A certificate has already been issued for this request.")
        found.append(Check(_("No certificate has been issued for the request yet"), again, _("Reject the request.")))
    elif findings.altered:
        found.append(Check(_("The request is stored as it was signed"), findings.altered, _RESTORE))
    if isinstance(subject, CrossCertification):
        trusted = TRUSTED if subject.particulars.book in findings.books else ""
        rule = _("The address book does not trust the other authority yet")
        found.append(Check(rule, trusted, field="in_directory"))
    return found


def _validity_problem(subject: Certifiable, certifier: Certifier, now: datetime) -> str:
    own = certifier.issuer.certificate
    end = own.not_valid_after_utc
    if now > end:
        return _("The certifier expired on {end}; it can no longer issue certificates.", end=f"{end:%Y-%m-%d}")
    if now < own.not_valid_before_utc:
        return _("The certifier's certificate is not valid yet; the clock of this computer may be wrong.")
    if isinstance(subject, CrossCertification):  # it is shortened to fit; but the other authority must be valid too
        return subject.validity_problem(now)
    if subject.days > (end - now) / timedelta(days=1):
        left = (end - now).days
        return _n(
            "The certificate would outlive its certifier, which expires on {end}: choose at most {count} day.",
            "The certificate would outlive its certifier, which expires on {end}: choose at most {count} days.",
            left,
            end=f"{end:%Y-%m-%d}",
        )
    return ""
