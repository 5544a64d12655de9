"""The rules that a request must keep before it is approved, and again before its certificate is issued.

The preflight includes all that the issuance cycle would refuse later, by the same code: what is approved is issued,
unless something changes in between.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked as _
from dominoadmin.i18n import marked_plural as _n
from dominoadmin.pki import keys
from dominoadmin.pki.certifiable import Certifiable, EndEntity, certifiable_from, key_of
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.profiles import CROSS
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.issuance import orders
from dominoadmin.services.records import address_books, compromised_keys
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import AdminRequestState, RequestState
from dominoadmin.store import issued, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import Fields

EDIT: Final = _("Edit the request, or reject it.")
"""The hint about most broken rules."""


@dataclass(frozen=True)
class Check:
    """One rule of the preflight: what was checked, the problem, if any, and what to do about it."""

    rule: str
    problem: str
    hint: str = EDIT


@dataclass(frozen=True)
class StoreFindings:
    """What the store has about a request's key; no edit of its fields changes it.

    `compromised`: why the key is not certified again, or an empty string. `issued`: a certificate was issued for the
    request. `books`: the address books for which this certifier has cross-certified the key, or is about to.
    """

    compromised: str = ""
    issued: bool = False
    books: frozenset[str] = frozenset()


def find(db: Connection, shown: RequestView, certifier: Certifier, now: datetime) -> StoreFindings:
    """Return what the store has about a request's key; nothing if the request has none that can be read."""
    request = shown.request
    try:
        key = key_of(request.kind, request.csr)
    except Refused:
        return StoreFindings()  # the rule about the request itself says why
    compromised = compromised_keys.problem(db, key)
    if shown.state == RequestState.ISSUED:
        return StoreFindings(compromised)
    books: frozenset[str] = frozenset()
    if request.kind == CROSS:
        fingerprint = keys.fingerprint(key)
        trusting = address_books.trusting(db, fingerprint, certifier.issuer, now)
        books = trusting | frozenset(_promised(db, request.id, fingerprint, certifier))
    return StoreFindings(compromised, issued.spoken_for(db, request.id), books)


def _promised(db: Connection, request_id: int, fingerprint: str, certifier: Certifier) -> Iterator[str]:
    """Yield the address books of other requests for the same key that are approved, but not issued yet."""
    for document in requests.open_documents(db, certifier.record.id, AdminRequestState.APPROVED):
        if document.request_id == request_id or document.fields.get("kind") != CROSS:
            continue
        record = requests.find(db, document.request_id)
        if record and _fingerprint(record.csr) == fingerprint:
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
    found = [*_lasting(subject, problem, certifier, now), *_about_usages(subject), *_by_store(subject, findings)]
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
            _("The certifier outlives the certificate"), _validity_problem(subject, certifier, now) if subject else ""
        ),
        Check(_("The certifier is enabled"), "" if configuration.enabled else _("The certifier is disabled.")),
    ]


def _about_usages(subject: Certifiable | None) -> list[Check]:
    if isinstance(subject, CrossCertification):
        return []
    problem = subject.usage_problem() if isinstance(subject, EndEntity) else ""
    return [Check(_("Each usage that the request asks for is granted, or was declined by an RA"), problem)]


def _by_store(subject: Certifiable | None, findings: StoreFindings) -> list[Check]:
    found = [Check(_("The key is not known to be compromised"), findings.compromised, compromised_keys.HINT)]
    if findings.issued:  # only if somebody has set its state back: no rule to show each time
        again = _("A certificate has already been issued for this request.")
        found.append(Check(_("No certificate has been issued for the request yet"), again, _("Reject the request.")))
    if isinstance(subject, CrossCertification):
        trusted = TRUSTED if subject.particulars.book in findings.books else ""
        found.append(Check(_("The address book does not trust the other authority yet"), trusted))
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
