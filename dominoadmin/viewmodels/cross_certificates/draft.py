"""The dialog "Issue Cross Certificate": the certifier, the subject, the address book, and the expiration date."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked
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
from dominoadmin.viewmodels.problems import DraftProblem, Judged, found, says


@dataclass(kw_only=True)
class CrossCertificateDraft(Judged):
    """The contents of the dialog. `server` is empty for Local. `permitted_dns` has one domain per line."""

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
    """The open certifier ID, once its password was entered."""
    id_file: Path | None = None
    """The last chosen certifier ID, kept while the CA process is tried."""

    @classmethod
    def start(cls, domain: Domain, actor: Actor) -> CrossCertificateDraft:
        """Return the technote's default: the organization's certifier, and the Personal Address Book."""
        draft = cls(domain=domain, actor=actor, certifier=certifier_choice.by_default(domain, actor))
        draft.id_file = draft.certifier.file if draft.certifier else None
        draft.expires = draft.latest()
        return draft

    def set_subject(self, data: bytes) -> None:
        """Set the other authority's certificate, PEM or DER.

        Raises:
            Refused: it cannot be cross-certified.

        """
        certificate = cross_certificates.subject_certificate(data)
        usual = self.expires == self.latest()
        self.subject, self.subject_name = data, cross_certifying.shown_name(certificate.subject)
        key = certificate.public_key()
        assert isinstance(key, keys.PublicKey)  # weak or unknown kinds were refused
        self.subject_fingerprint = keys.fingerprint(key)
        if usual:
            self.expires = self.latest()

    def set_subject_file(self, path: Path) -> None:
        """Set the other authority's certificate from a file.

        Raises:
            NotFound, Error: the file cannot be read.
            Refused: as `set_subject`.

        """
        self.set_subject(read_limited(path, marked("The certificate file"), LARGEST))

    def set_subject_certifier(self, name: str) -> None:
        """Set the subject to an Internet certifier of this domain.

        Raises:
            NotFound, Tampered: there is none with this name, or its configuration is invalid.

        """
        self.set_subject(cross_certifying.certificate_of(self.domain, self.actor, name))

    def set_certifier(self, choice: CertifierChoice, identity: Identity | None = None) -> None:
        """Set the signer, and its open ID if the password was already entered."""
        usual = self.expires == self.latest()
        self.certifier, self.identity = choice, identity
        self.id_file = choice.file or self.id_file
        if usual:
            self.expires = self.latest()

    def chosen_certifier(self) -> ChosenCertifier:
        """Return the initial draft of "Choose a Certifier"."""
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
        """The address book: the Personal Address Book for Local, the Domino Directory for a server."""
        return DIRECTORY if self.server else PERSONAL

    @property
    def needs_password(self) -> bool:
        """Return whether a certifier ID is chosen and not open yet."""
        return bool(self.certifier and self.certifier.file and not self.identity)

    def earliest(self) -> date:
        """Return the first possible expiration date: tomorrow."""
        return self.domain.now().date() + timedelta(days=1)

    def latest(self) -> date:
        """Return the default expiration date: in ten years, but no later than either authority's own."""
        usual = self.domain.now() + timedelta(days=DEFAULT_DAYS)
        return max(self.earliest(), self._ends(DEFAULT_DAYS) or usual.date())

    def ends(self) -> date | None:
        """Return the actual end of the cross-certificate, or None if not known yet."""
        return self._ends(self._days)

    def request(self) -> CrossRequest:
        """Return the request for the service."""
        return self._request(self._days)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why it cannot be issued, in the service's words, in the order of the form."""
        return found(
            says("certifier", lambda: NO_CERTIFIER if self.certifier is None else ""),
            says("subject", lambda: "" if self.subject else _("Choose the certificate of the authority to trust.")),
            says("expires", self._expires_problem),
            says("permitted_dns", self._limits_problem),
            says("subject", self._subject_problem),
        )

    def _expires_problem(self) -> str:
        if self.expires >= self.earliest():
            return ""
        return _("The expiration date must be {date} or later.").format(date=self.earliest())

    def _limits_problem(self) -> str:
        try:
            cross_certifying.particulars(self.actor, replace(self.request(), days=DEFAULT_DAYS))
        except Refused as refusal:
            return str(refusal)
        return ""

    def _subject_problem(self) -> str:
        """Return what is wrong with the subject; what is wrong with other fields is said there."""
        if self.certifier is None or not self.subject:
            return ""
        request = self.request()
        if self._expires_problem():
            request = replace(request, days=DEFAULT_DAYS)
        if self._limits_problem():
            request = replace(request, permitted_dns=())
        try:
            cross_certifying.check(self.domain, self.actor, self.certifier.certificate, request)
        except Refused as refusal:
            return str(refusal)
        return ""

    def signer(self) -> tuple[str, Identity | None]:
        """Return the certifier's name, and its open ID; without one the CA process certifies.

        Raises:
            Refused: no certifier is chosen, or its ID is not open.

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
