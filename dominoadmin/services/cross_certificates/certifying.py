"""Cross-certification (technote, step 22): our certifier, or the CA process, certifies another authority's key."""

from __future__ import annotations

import contextlib
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from dominoadmin.errors import Refused, Tampered
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, documents, issuance, keys, names
from dominoadmin.pki.cross_certificates import (
    DEFAULT_DAYS,
    DIRECTORY,
    CrossCertification,
    CrossParticulars,
    particulars_from,
    subject_certificate,
)
from dominoadmin.pki.identities import Identity
from dominoadmin.pki.issuance import Issuer, Validity
from dominoadmin.pki.profiles import CROSS
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.cross_certificates import issuing as cross_issuing
from dominoadmin.services.cross_certificates.issuing import WRONG_CERTIFIER, CrossIssuance
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities.identifying import CERT_ID
from dominoadmin.services.progress import QUIET, Progress
from dominoadmin.services.records import address_books, compromised_keys
from dominoadmin.services.records.address_books import PERSONAL, Entry
from dominoadmin.services.requests import ids as request_ids
from dominoadmin.services.requests import numbers, submitting
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import AdminRequestState, RequestState
from dominoadmin.store import certifiers, requests
from dominoadmin.store.database import Connection
from dominoadmin.store.records import RequestRecord

# Domino's words: ERR_REG_NO_CERTIFIER, STR_BSAFE_CROSS_CERTIFYING and _CERTIFIED, and the technote's (22 d).
NO_CERTIFIER: Final = _("No certifier specified")
CERTIFIED: Final = _("{name} successfully cross certified")
SUBMITTED: Final = _("A certificate request has been submitted.")
CA_PREFIX: Final = "ca:"


@dataclass(frozen=True)
class CrossRequest:
    """The dialog "Issue Cross Certificate". `subject`: the other authority's certificate, PEM or DER.

    The cross-certificate is valid for up to `days`, but not longer than either authority's own certificate.
    """

    subject: bytes
    book: str = PERSONAL
    days: int = DEFAULT_DAYS
    path_length: int = 0
    permitted_dns: tuple[str, ...] = ()


@dataclass(frozen=True)
class CrossPrompt:
    """The contents of the technote's prompt: the new Internet CA, the certifier to cross-certify it, and the book."""

    certifier: str
    issuer: str
    certificate: bytes
    book: str = PERSONAL

    @property
    def command(self) -> str:
        """The command for the dialog's default."""
        subject = shlex.quote(f"{CA_PREFIX}{self.certifier}")
        return f"dominoadmin crosscert issue --subject {subject} --certifier {CERT_ID} --into {self.book}"


def prompt(domain: Domain, actor: Actor, request_ids: Sequence[int]) -> list[CrossPrompt]:
    """Return the Internet CAs of pulled requests that are trusted in neither the actor's book nor the directory.

    Raises:
        NotFound: there is no such request.

    """
    now, found = domain.now(), []
    with domain.store.snapshot() as db:
        shown = [submitting.view(db, request_id) for request_id in request_ids]
        pulled = [each.request for each in shown if each.state == RequestState.ISSUED and each.request.kind != CROSS]
        for certifier_id in dict.fromkeys(request.certifier_id for request in pulled):
            record = certifiers.get(db, certifier_id)
            with contextlib.suppress(Tampered):  # the CA process refuses it too: nothing to trust
                certifier = configuring.verified(db, record, actor.verifier(), now)
                if _is_untrusted(db, actor, certifier, now):
                    issuer = names.person_from_x509(actor.anchor.subject)
                    found.append(CrossPrompt(record.name, issuer, record.active.certificate))
    return found


def _is_untrusted(db: Connection, actor: Actor, certifier: Certifier, now: datetime) -> bool:
    certificate, key = certifier.issuer.certificate, certifier.key_fingerprint
    if certification_paths.validity_problem(certificate, now):
        return False
    if compromised_keys.problem(db, certifier.issuer.public_key):
        return False
    trusted = address_books.valid(db, actor.verifier(), key, actor.anchor, now)
    return not any(each.book in (actor.name, DIRECTORY) for each in trusted)


def certificate_of(domain: Domain, actor: Actor, name: str) -> bytes:
    """Return the certificate of an Internet certifier of this domain, as the subject of a cross-certificate.

    Raises:
        NotFound: there is no such certifier.
        Tampered: its configuration is invalid.

    """
    with domain.store.snapshot() as db:
        record = configuring.find(db, name)
        configuring.verified(db, record, actor.verifier(), domain.now())
    return record.active.certificate


def shown_name(name: x509.Name) -> str:
    """Return an X.509 name in Domino's abbreviated form: `MyCompany CA/MyCompany/US`."""
    return "/".join(escaped(str(attribute.value)) for attribute in reversed(list(name)))


def certify(
    domain: Domain, actor: Actor, signer: tuple[str, Identity | None], request: CrossRequest, progress: Progress
) -> Entry | RequestView:
    """Cross-certify with a certifier's opened ID; without one, ask the CA process of the certifier with this name.

    Raises:
        NotFound, Refused, Tampered: as `issue_with_id` or `submit_to_ca`.

    """
    name, identity = signer
    if identity is None:
        return submit_to_ca(domain, actor, name, request)
    return issue_with_id(domain, identity, actor, request, progress)


def issue_with_id(
    domain: Domain, certifier: Identity, actor: Actor, request: CrossRequest, progress: Progress = QUIET
) -> Entry:
    """Cross-certify with the organization's certifier ID ("Supply certifier ID and password").

    Raises:
        Refused: the ID is not a certifier's, or the other authority cannot be cross-certified; nothing was issued.

    """
    subject = certification(actor, request)
    cross_issuance = CrossIssuance(domain, certifier, actor, subject)
    cross_issuance.check()
    progress.step(_("Cross certifying {name}", name=shown_name(subject.certificate.subject)))
    return cross_issuance.run()


def submit_to_ca(domain: Domain, actor: Actor, certifier: str, request: CrossRequest) -> RequestView:
    """Ask an Internet certifier's CA process to cross-certify ("Use the CA Process"); an RA has to approve it.

    Raises:
        NotFound: there is no such certifier.
        Refused: the other authority cannot be cross-certified, or the same request is already waiting.
        Tampered: the certifier's configuration is invalid.

    """
    if not certifier.strip().removeprefix(CA_PREFIX).strip():
        raise Refused(
            NO_CERTIFIER,
            _("Choose a certifier of the domain; on the command line, use ca:NAME (see 'dominoadmin certifier list')."),
        )
    subject, now = certification(actor, request), domain.now()
    with domain.store.transaction() as db:
        chosen = configuring.verified(db, configuring.find(db, certifier), actor.verifier(), now)
        if not chosen.configuration.enabled:
            raise Refused(WRONG_CERTIFIER, _("{name} is disabled.", name=chosen.record.name))
        cross_issuing.check(subject, chosen.issuer, now)
        compromised_keys.check(db, subject.public_key)
        address_books.check_untrusted(db, actor.verifier(), subject, chosen.issuer, now)
        _check_not_waiting(db, subject, chosen)
        # What the CA process would refuse is refused here: nobody has to approve in vain.
        cross_issuing.check_form(subject, chosen.issuer, now)
        request_id = _add_request(db, domain, actor, subject, chosen)
        return submitting.view(db, request_id)


def _add_request(
    db: Connection, domain: Domain, actor: Actor, subject: CrossCertification, certifier: Certifier
) -> int:
    der, now = issuance.der(subject.certificate), domain.now()
    record = RequestRecord(
        id=numbers.free(db, actor.verifier()),
        kind=CROSS,
        database=None,
        certifier_id=certifier.record.id,
        csr=der,
        subject=subject.subject,
        applicant=names.abbreviated(actor.name),
        key_ring="",
        state=RequestState.PENDING,
        pickup_id=request_ids.new(),
        fields=subject.content(),
        remarks=[],
        requested_at=now,
        pulled_at=None,
        key_fingerprint=keys.fingerprint(subject.public_key),
    )
    request_id = requests.add(db, record)
    detail = {"subject": subject.subject, "subject_sha256": documents.digest(der), **subject.content()}
    audit_log.enter(db, now, actor, [Event(AuditAction.CROSS_CERTIFICATION_REQUESTED, str(request_id), detail)])
    submitting.submit_one(db, domain, actor, replace(record, id=request_id))
    return request_id


def _check_not_waiting(db: Connection, subject: CrossCertification, certifier: Certifier) -> None:
    waiting = [
        d
        for state in (AdminRequestState.NEW, AdminRequestState.APPROVED)
        for d in requests.open_documents(db, certifier.record.id, state)
    ]
    for document in waiting:
        if document.fields.get("kind") != CROSS or document.fields.get("book") != subject.particulars.book:
            continue
        record = requests.find(db, document.request_id)
        if record and record.csr == issuance.der(subject.certificate):
            raise Refused(
                _("Request {id} for the same cross-certificate is still undecided.", id=record.id),
                _("Wait for the decision, or have that request rejected."),
            )


def check(domain: Domain, actor: Actor, issuer: x509.Certificate, request: CrossRequest) -> None:
    """Check everything that can be checked before asking for a password or a decision.

    Raises:
        Refused: the other authority cannot be cross-certified by this issuer.

    """
    subject, now, signer = certification(actor, request), domain.now(), Issuer(issuer, "")
    cross_issuing.check(subject, signer, now)
    with domain.store.snapshot() as db:
        compromised_keys.check(db, subject.public_key)
        address_books.check_untrusted(db, actor.verifier(), subject, signer, now)


def not_after(actor: Actor, issuer: x509.Certificate, request: CrossRequest, now: datetime) -> datetime:
    """Return the end of the cross-certificate, which outlives neither authority's own certificate.

    Raises:
        Refused: the other authority cannot be cross-certified.

    """
    validity = Validity.starting(now, timedelta(days=request.days))
    return certification(actor, request).not_after(issuer, validity)


def certification(actor: Actor, request: CrossRequest) -> CrossCertification:
    """Return the cross-certification that the dialog's fields request.

    Raises:
        Refused: the other authority's certificate, a number or a domain is invalid.

    """
    return CrossCertification(subject_certificate(request.subject), particulars(actor, request))


def particulars(actor: Actor, request: CrossRequest) -> CrossParticulars:
    """Return what the dialog's fields request, whichever the other authority is.

    Raises:
        Refused: a number or a domain is invalid.

    """
    book = address_books.book_name(actor, request.book)
    asked = CrossParticulars(request.days, request.path_length, request.permitted_dns, book)
    return particulars_from(asked.content())
