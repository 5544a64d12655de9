"""The dialog "Choose a Certifier": a certifier ID in a file, or an Internet certifier's CA process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from dominoadmin.errors import Error
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.certifiers.configuring import Certifier
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.viewmodels.certifiers import choice as certifier_choice
from dominoadmin.viewmodels.certifiers.choice import CertifierChoice
from dominoadmin.viewmodels.problems import DraftProblem, Judged
from dominoadmin.viewmodels.words import NO_CA_CERTIFIERS


@dataclass(kw_only=True)
class ChosenCertifier(Judged):
    """The contents of the dialog. `server` is empty for Local; `certifier` is an Internet certifier's name.

    The subject is the authority to trust, if known: it is never offered as its own certifier.
    """

    domain: Domain
    actor: Actor
    server: str = ""
    uses_ca_process: bool = False
    file: Path | None = None
    certifier: str = ""
    subject_name: str = ""
    subject_fingerprint: str = ""
    verified: dict[int, Certifier] = field(default_factory=dict, repr=False)
    """The certifiers verified since the dialog was opened."""

    @property
    def file_label(self) -> str:
        """The ID file's name, with its folder if that is not the data directory."""
        if self.file is None:
            return ""
        return self.file.name if self.file.parent == self.domain.directory.root else str(self.file)

    def certifiers(self) -> list[CertifierChoice]:
        """Return the certifiers for the list "Use the CA Process": the server's, or all for Local."""
        return [each for each in self._enabled() if each.fingerprint != self.subject_fingerprint]

    def ca_process_problem(self) -> str:
        """Return why "Use the CA Process" cannot be chosen, or an empty string."""
        if self.certifiers():
            return ""
        if not self._enabled():
            return translated(NO_CA_CERTIFIERS)
        sentence = _("No other certifier with a CA process is enabled: {name} cannot certify itself.")
        return sentence.format(name=self.subject_name)

    def choice(self) -> CertifierChoice | None:
        """Return the chosen certifier, or None if there is none yet.

        Raises:
            Error: the file is not an ID of a certifier of this organization.

        """
        if self.uses_ca_process:
            return next((each for each in self.certifiers() if each.name == self.certifier), None)
        return certifier_choice.with_id(self.domain, self.actor, self.file) if self.file else None

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why no certifier is chosen yet, in Domino's words."""
        if self.uses_ca_process and (problem := self.ca_process_problem()):
            return (DraftProblem(problem, "certifier"),)
        field = "certifier" if self.uses_ca_process else "file"
        try:
            return () if self.choice() else (DraftProblem(_("No certifier specified"), field),)
        except Error as error:
            return (DraftProblem(error.text(), field),)

    def _enabled(self) -> list[CertifierChoice]:
        try:
            return certifier_choice.with_ca_process(self.domain, self.actor, self.server, self.verified)
        except Error:
            return []
