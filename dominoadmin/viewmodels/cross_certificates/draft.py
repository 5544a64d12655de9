"""The dialog "Issue Cross Certificate": who certifies whom, into which address book, until when."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.paths import read_limited
from dominoadmin.pki import cross_certificates, keys
from dominoadmin.pki.cross_certificates import DEFAULT_DAYS, DIRECTORY, LARGEST
from dominoadmin.pki.identities import Identity
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import NO_CERTIFIER, CrossRequest
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.records.address_books import PERSONAL
from dominoadmin.viewmodels.certifiers import choice as certifier_choice
from dominoadmin.viewmodels.certifiers.choice import CertifierChoice
from dominoadmin.viewmodels.cross_certificates.chosen_certifier import ChosenCertifier


@dataclass(kw_only=True)
class CrossCertificateDraft:
    """What the dialog holds. `server` is empty for Local. `permitted_dns` has one domain on each line."""

    domain: Domain
    actor: Actor
    certifier: CertifierChoice | None
    subject: bytes = b""
    subject_name: str = ""
    subject_fingerprint: str = ""
    server: str = ""
    expires: date = date.max
    path_length: int = 0
    permitted_dns: str = ""
    identity: Identity | None = field(default=None, repr=False)
    """The opened certifier ID, once its password was given."""
    id_file: Path | None = None
    """The certifier ID chosen last: it stays chosen while the CA process is tried."""

    @classmethod
    def start(cls, domain: Domain, actor: Actor) -> CrossCertificateDraft:
        """Return the technote's default: the organisation's certifier, and the Personal Address Book."""
        draft = cls(domain=domain, actor=actor, certifier=certifier_choice.by_default(domain, actor))
        draft.id_file = draft.certifier.file if draft.certifier else None
        draft.expires = draft.latest()
        return draft

    def set_subject(self, data: bytes) -> None:
        """Take the other authority's certificate, PEM or DER.

        Raises:
            Refused: it is not one that can be cross-certified.

        """
        certificate = cross_certificates.subject_certificate(data)
        usual = self.expires == self.latest()
        self.subject, self.subject_name = data, cross_certifying.shown_name(certificate.subject)
        key = certificate.public_key()
        assert isinstance(key, keys.PublicKey)  # a weak or unknown kind was refused
        self.subject_fingerprint = keys.fingerprint(key)
        if usual:
            self.expires = self.latest()

    def set_subject_file(self, path: Path) -> None:
        """Take the other authority's certificate from a file.

        Raises:
            NotFound, Error: the file cannot be read.
            Refused: as `set_subject`.

        """
        self.set_subject(read_limited(path, marked("The certificate file"), LARGEST))

    def set_subject_certifier(self, name: str) -> None:
        """Take the certificate of an Internet certifier of this domain.

        Raises:
            NotFound, Tampered: there is none of this name, or its configuration does not hold.

        """
        self.set_subject(cross_certifying.certificate_of(self.domain, self.actor, name))

    def set_certifier(self, choice: CertifierChoice, identity: Identity | None = None) -> None:
        """Take who is to sign, and the opened ID if its password was given already."""
        usual = self.expires == self.latest()
        self.certifier, self.identity = choice, identity
        self.id_file = choice.file or self.id_file
        if usual:
            self.expires = self.latest()

    def chosen_certifier(self) -> ChosenCertifier:
        """Return what "Choose a Certifier" starts with."""
        by_process = self.certifier if self.certifier and not self.certifier.file else None
        return ChosenCertifier(
            domain=self.domain,
            actor=self.actor,
            server=self.server,
            uses_ca_process=by_process is not None,
            file=self.id_file,
            certifier=by_process.name if by_process else "",
            subject_name=self.subject_name,
            subject_fingerprint=self.subject_fingerprint,
        )

    @property
    def book(self) -> str:
        """The address book: Local is the Personal Address Book, a server has the Domino Directory."""
        return DIRECTORY if self.server else PERSONAL

    @property
    def needs_password(self) -> bool:
        """Say whether a certifier ID was chosen and is not open yet."""
        return bool(self.certifier and self.certifier.file and not self.identity)

    def earliest(self) -> date:
        """Return the first expiration date that is one: tomorrow."""
        return self.domain.now().date() + timedelta(days=1)

    def latest(self) -> date:
        """Return the usual expiration date: ten years, but no later than either authority's own."""
        usual = self.domain.now() + timedelta(days=DEFAULT_DAYS)
        return max(self.earliest(), self._ends(DEFAULT_DAYS) or usual.date())

    def ends(self) -> date | None:
        """Return when the cross-certificate will really end, or None if that cannot be said yet."""
        return self._ends(self._days)

    def request(self) -> CrossRequest:
        """Return what the service takes."""
        return self._request(self._days)

    def problem(self) -> str:
        """Return why it cannot be issued, in the service's words, or an empty string."""
        if not self.subject:
            return _("Choose the certificate of the authority to trust.")
        if self.certifier is None:
            return translated(NO_CERTIFIER)
        if self.expires < self.earliest():
            return _("The expiration date must be {date} or later.").format(date=self.earliest())
        try:
            cross_certifying.check(self.domain, self.actor, self.certifier.certificate, self.request())
        except Refused as refusal:
            return str(refusal)
        return ""

    def signer(self) -> tuple[str, Identity | None]:
        """Return the certifier's name, and its opened ID; without one its CA process is to certify.

        Raises:
            Refused: no certifier was chosen, or its ID was not opened.

        """
        if self.certifier is None:
            raise Refused(NO_CERTIFIER)
        if self.certifier.file is None:
            return self.certifier.name, None
        if self.identity is None:
            raise Refused(marked("The certifier ID has not been opened."), marked("Enter its password."))
        return self.certifier.name, self.identity

    @property
    def _days(self) -> int:
        return (self.expires - self.domain.now().date()).days

    def _request(self, days: int) -> CrossRequest:
        domains = self.permitted_dns.replace(",", " ").split()
        return CrossRequest(self.subject, self.book, days, self.path_length, tuple(domains))

    def _ends(self, days: int) -> date | None:
        if not self.subject or self.certifier is None:
            return None
        request = CrossRequest(self.subject, self.book, days)
        try:
            now = self.domain.now()
            return cross_certifying.not_after(self.actor, self.certifier.certificate, request, now).date()
        except Refused:
            return None
