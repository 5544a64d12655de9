"""The dialog "New Request": a PKCS #10 request from outside, pasted or from a file."""

from __future__ import annotations

import base64
import textwrap
from dataclasses import dataclass
from pathlib import Path

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.paths import read_limited
from dominoadmin.pki.profiles import CertificateSettings
from dominoadmin.pki.quoting import escaped
from dominoadmin.pki.request_files import LARGEST
from dominoadmin.pki.requests import CertificationRequest, intake
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.databases import SUPPORTS, DatabaseConfiguration
from dominoadmin.services.requests.issuable import asked_by, issuable
from dominoadmin.services.requests.submitting import Submission
from dominoadmin.store import certifiers
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.words import key_label

_LINE = 64  # RFC 7468, 2
_ADDED = ("days", "key_usage", "extended_key_usage")


def begin(domain: Domain, actor: Actor, file: str) -> SubmissionDraft:
    """Return the dialog's draft for a Certificate Requests database.

    Raises:
        NotFound: there is no such database.
        Tampered: its configuration, or its certifier's, is invalid.

    """
    with domain.store.snapshot() as db:
        record = databases.get(db, file)
        configuration = databases.configuration_of(record)
        certifier = configuring.verified(db, certifiers.get(db, record.certifier_id), actor.verifier(), domain.now())
    kind = SUPPORTS[configuration.supports][-1]
    return SubmissionDraft(
        domain=domain, configuration=configuration, kind=kind, settings=certifier.configuration.settings
    )


def request_text(path: Path) -> str:
    """Return the request in a file, PEM or DER, as PEM.

    Raises:
        NotFound, Error: the file cannot be read.
        Refused: it holds no certification request.

    """
    der = intake(read_limited(path, marked("The request file"), LARGEST)).der
    lines = textwrap.wrap(base64.b64encode(der).decode("ascii"), _LINE)
    label = "CERTIFICATE REQUEST"
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


@dataclass(kw_only=True)
class SubmissionDraft(Judged):
    """The input. `csr_text` is PEM, bare base64, or a DER file converted to PEM.

    `settings` are the certifier's; without them the issued contents cannot be shown.
    """

    domain: Domain
    configuration: DatabaseConfiguration
    kind: str
    csr_text: str = ""
    applicant: str = ""
    settings: CertificateSettings | None = None

    def kinds(self) -> tuple[str, ...]:
        """Return the kinds of requests that the database takes."""
        return SUPPORTS[self.configuration.supports]

    def set_file(self, path: Path) -> None:
        """Take the request from a file.

        Raises:
            NotFound, Error: the file cannot be read.
            Refused: it holds no certification request.

        """
        self.csr_text = request_text(path)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        return found(
            says("csr_text", lambda: "" if self.csr_text.strip() else _("Paste the request, or choose its file.")),
            FieldCheck("csr_text", lambda: intake(self._data())),
            FieldCheck("kind", lambda: submitting.check_kind(self.configuration, self.submission())),
            FieldCheck("csr_text", self._check_issuable),
            FieldCheck("applicant", lambda: submitting.applicant_name(self.domain, self.applicant)),
        )

    def contents(self) -> list[tuple[str, str]]:
        """Return the requested and the issued contents in words; nothing while the request is unreadable."""
        try:
            csr = intake(self._data())
        except Refused:
            return []
        return [
            (_("Subject name"), escaped(str(csr.subject)) or _("(none)")),
            (_("Subject alternate names"), "\n".join(escaped(str(name)) for name in csr.general_names) or _("(none)")),
            (_("Public key"), key_label(csr.key_algorithm)),
            *self._added(csr),
            *_remarks(csr),
        ]

    def _added(self, csr: CertificationRequest) -> list[tuple[str, str]]:
        try:
            return self._issuable(csr)
        except Refused:  # `problem` has the reason
            return []

    def _issuable(self, csr: CertificationRequest) -> list[tuple[str, str]]:
        """Return the certifier's additions in words.

        Raises:
            Refused: the certificate would break a rule of the certifier.

        """
        if self.settings is None:
            return []
        fields = issuable(asked_by(csr, self.kind), self.configuration, self.settings).content()
        return [
            (each.label, each.issued) for each in request_words.comparisons({}, {key: fields[key] for key in _ADDED})
        ]

    def submission(self) -> Submission:
        """Return the request for the service."""
        return Submission(self._data(), self.kind, self.applicant)

    def _check_issuable(self) -> None:
        self._issuable(intake(self._data()))

    def _data(self) -> bytes:
        return self.csr_text.strip().encode("utf-8", "replace")


def _remarks(csr: CertificationRequest) -> list[tuple[str, str]]:
    return [(_("Remarks"), "\n".join(map(translated, csr.remarks)))] if csr.remarks else []
