"""Issues a cross-certificate that a certifier ID signs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Final

from cryptography import x509

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked as _
from dominoadmin.pki import certification_paths, documents, keys
from dominoadmin.pki.cross_certificates import TRUSTED, CrossCertification
from dominoadmin.pki.identities import CERTIFIER, Identity, PublicIdentity
from dominoadmin.pki.issuance import Issuer
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.services.audit import log as audit_log
from dominoadmin.services.audit.actions import AuditAction
from dominoadmin.services.audit.log import Event
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.identities.identifying import CERT_ID
from dominoadmin.services.issuance import orders
from dominoadmin.services.issuance.cycle import Cycle, IssuingKey, Signed, Single
from dominoadmin.services.records import address_books, compromised_keys
from dominoadmin.services.records.address_books import Entry
from dominoadmin.store.database import Connection

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


def check_form(subject: CrossCertification, issuer: Issuer, now: datetime) -> None:
    """Raise `Refused` if the cross-certificate would be malformed."""
    if problem := orders.problem(subject, issuer, now):
        raise Refused(problem)


class CrossIssuance:
    """The issuance of one cross-certificate with a certifier ID (docs/issuance.md)."""

    def __init__(self, domain: Domain, certifier: Identity, actor: Actor, subject: CrossCertification) -> None:
        self._domain, self._certifier, self._actor, self._subject = domain, certifier, actor, subject
        self._now = domain.now()
        self._issuer = Issuer(certifier.certificate, "")
        self._entry: Entry | None = None

    def check(self) -> None:
        """Check everything that can be checked before a serial number is taken.

        Raises:
            Refused: the ID is no certifier's, or not of this organisation, or the subject cannot be cross-certified, or
                its book has a valid cross-certificate for it.

        """
        check_certifier(self._certifier, self._actor.anchor)
        check(self._subject, self._issuer, self._now)
        with self._domain.store.snapshot() as db:
            self._check_book(db)

    def run(self) -> Entry:
        """Issue it and add it to its book.

        Raises:
            Refused: it would be malformed, or another one was added first; its serial number is void.

        """
        key = IssuingKey(
            keys.fingerprint(self._issuer.public_key), partial(keys.sign_checked, self._certifier.signing_key)
        )
        cycle = Cycle[Single](self._domain, key, self._keep, self._recheck)
        cycle.run_one(orders.single(self._subject, self._issuer, self._now))
        assert self._entry is not None
        return self._entry

    def _recheck(self, db: Connection, orders: Sequence[Single]) -> list[Error | None]:
        try:
            self._check_book(db)
        except Error as error:
            return [error] * len(orders)
        return [None] * len(orders)

    def _check_book(self, db: Connection) -> None:
        compromised_keys.check(db, self._subject.public_key)
        address_books.check_untrusted(db, self._actor.verifier(), self._subject, self._issuer, self._now)

    def _keep(self, db: Connection, signed: Sequence[Signed[Single]], _failures: object) -> None:
        for each in signed:
            record = address_books.add(db, self._actor.verifier(), self._subject, each.der, self._now)
            detail = {
                "subject": record.subject,
                "subject_key": record.subject_key,
                "book": record.book,
                "certifier": self._certifier.name,
                "sha256": documents.digest(each.der),
            }
            self._entry = Entry(record)
            event = Event(AuditAction.CROSS_CERTIFICATE_ISSUED, each.serial_hex, detail)
            # The certifier ID is open in any case; the person's perhaps is not.
            signer = self._actor if self._actor.identity else Actor.of(self._certifier)
            audit_log.enter(db, self._now, signer, [event])
