"""The issuance cycle for a cross-certificate that a certifier ID signs: reserve, build, lint, intend, sign, keep."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from cryptography import x509

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import listed
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, documents, issuance, keys, lint, serial_numbers
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.identities import CERTIFIER, Identity, PublicIdentity
from dominoadmin.pki.issuance import Draft, Issuer, Validity
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities.identifying import CERT_ID
from dominoadmin.services.records import address_books, compromised_keys
from dominoadmin.services.records.address_books import Entry
from dominoadmin.services.states import SerialState
from dominoadmin.store import cross_certificates, issued
from dominoadmin.store.database import Connection
from dominoadmin.store.records import SerialRecord

# Domino's words: ERR_BSAFE_MUSTBE_CERTIFIER, ERR_SECURE_WRONG_CERTIFIER.
NO_CERTIFIER_ID: Final = _("The ID file is not a Certifier ID file and cannot be used to issue certificates")
WRONG_CERTIFIER: Final = _("The selected certifier is not allowed to perform that action")


def check_certifier(certifier: Identity | PublicIdentity, anchor: x509.Certificate) -> None:
    """Check that an ID is the organization's certifier's; this needs no password.

    Raises:
        Refused: it is another ID; in Domino's words.

    """
    certificate = certifier.chain[0]
    if certifier.kind != CERTIFIER or not certification_paths.is_certification_authority(certificate):
        raise Refused(NO_CERTIFIER_ID, _("Choose the organization's certifier ID, {file}.", file=CERT_ID))
    if certificate != anchor:
        raise Refused(WRONG_CERTIFIER, _("Choose the certifier ID of this organization."))


def check(subject: CrossCertification, issuer: Issuer, now: datetime) -> None:
    """Check that this issuer may cross-certify the other authority now.

    Raises:
        Refused: it may not; in Domino's words where Domino has a message.

    """
    if problem := certification_paths.validity_problem(issuer.certificate, now):
        raise Refused(WRONG_CERTIFIER, problem)
    if problem := subject.validity_problem(now):
        raise Refused(
            problem, _("Get the other authority's current certificate, and check the clock of this computer.")
        )
    if problem := subject.problem(CertificateSettings(), issuer):
        hint = _("Clients that trust this certifier already trust the other authority.") if problem == TRUSTED else ""
        raise Refused(problem, hint)


def drafted(subject: CrossCertification, issuer: Issuer, serial_number: int, now: datetime) -> Draft:
    """Return the unsigned, linted cross-certificate.

    Raises:
        Refused: it would be malformed.

    """
    validity = Validity.starting(now, timedelta(days=subject.days))
    start = max(validity.not_before, issuer.certificate.not_valid_before_utc)
    draft = subject.draft(issuer, serial_number, replace(validity, not_before=start))
    if problems := lint.problems(draft.linted, issuer.certificate):
        raise Refused(_("The cross-certificate would be malformed: {problems}", problems=listed(problems, "; ")))
    return draft


class CrossIssuance:
    """One cross-certificate on its way through the issuance cycle (docs/issuance.md), with a certifier ID."""

    def __init__(self, domain: Domain, certifier: Identity, actor: Actor, subject: CrossCertification) -> None:
        self._domain, self._certifier, self._actor, self._subject = domain, certifier, actor, subject
        self._now = domain.now()
        self._issuer = Issuer(certifier.certificate, "")
        self._issuer_id = keys.fingerprint(self._issuer.public_key)
        self._serial = serial_numbers.new()

    def check(self) -> None:
        """Check everything that can be checked before a serial number is taken.

        Raises:
            Refused: the ID is not a certifier's, or not of this organization, or the subject cannot be cross-certified.

        """
        check_certifier(self._certifier, self._actor.anchor)
        check(self._subject, self._issuer, self._now)

    def run(self) -> Entry:
        """Issue it and add it to its book.

        Raises:
            Refused: it would be malformed, or another one was added first; its serial number is void.

        """
        self._reserve()
        try:
            draft = drafted(self._subject, self._issuer, self._serial, self._now)
            self._intend(draft)
            return self._keep(self._signed(draft))
        except BaseException:
            with contextlib.suppress(Error):  # if the store fails now, the number stays taken, which is harmless
                self._close(SerialState.VOID)
            raise

    @property
    def _serial_hex(self) -> str:
        return serial_numbers.text(self._serial)

    def _reserve(self) -> None:
        serial = SerialRecord(
            issuer=self._issuer_id,
            serial_hex=self._serial_hex,
            request_id=None,
            state=SerialState.RESERVED,
            tbs=None,
            reserved_at=self._now,
        )
        with self._domain.store.transaction() as db:
            self._check_book(db)
            issued.reserve(db, [serial])

    def _check_book(self, db: Connection) -> None:
        compromised_keys.check(db, self._subject.public_key)
        address_books.check_untrusted(db, self._subject, self._issuer, self._now)

    def _intend(self, draft: Draft) -> None:
        with self._domain.store.transaction() as db:
            issued.intend(db, self._issuer_id, [(self._serial_hex, draft.tbs)])

    def _signed(self, draft: Draft) -> bytes:
        der = issuance.certificate_from(draft.tbs, keys.sign(self._certifier.signing_key, draft.tbs))
        x509.load_der_x509_certificate(der).verify_directly_issued_by(self._issuer.certificate)
        return der

    def _keep(self, der: bytes) -> Entry:
        """Add it to its book, unless another one was added first: then this one is never released."""
        record = address_books.record_of(self._subject, der, self._now)
        detail = {
            "subject": record.subject,
            "subject_key": record.subject_key,
            "book": record.book,
            "certifier": self._certifier.name,
            "sha256": documents.digest(der),
        }
        with self._domain.store.transaction() as db:
            self._check_book(db)
            number = cross_certificates.add(db, record)
            issued.close(db, self._issuer_id, [self._serial_hex], SerialState.ISSUED)
            event = Event(AuditAction.CROSS_CERTIFICATE_ISSUED, self._serial_hex, detail)
            audit_log.enter(db, self._now, self._actor, [event])
        return Entry(replace(record, id=number))

    def _close(self, state: str) -> None:
        with self._domain.store.transaction() as db:
            issued.close(db, self._issuer_id, [self._serial_hex], state)
