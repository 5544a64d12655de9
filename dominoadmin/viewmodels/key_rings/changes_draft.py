"""Drafts for changing and exporting key rings."""

from __future__ import annotations

from dataclasses import dataclass, field

from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.paths import typed
from dominoadmin.pki.key_rings import check_label
from dominoadmin.services.identities.identifying import check_password
from dominoadmin.services.key_rings.access import KeyRingAccess
from dominoadmin.services.key_rings.exporting import PEM, TAKES_NO_PASSWORD, ExportRequest
from dominoadmin.viewmodels.key_rings.draft import access_problem, confirmation_problem, problem_of


@dataclass
class OpeningDraft:
    """The password of an existing key ring."""

    file: str
    password: str = field(default="", repr=False)

    def problem(self) -> str:
        """Return what is missing, or an empty string."""
        return access_problem(self.file, self.password)

    def access(self) -> KeyRingAccess:
        """Return the file and password that open the key ring."""
        return KeyRingAccess(self.file, self.password)


@dataclass
class PasswordDraft:
    """The form "Change Password". `server` is the one whose ID opens the stash; empty: unchanged."""

    new: str = field(default="", repr=False)
    confirmation: str = field(default="", repr=False)
    server: str = ""

    def problem(self) -> str:
        """Return the first problem, or an empty string."""
        return problem_of(lambda: check_password(self.new, marked("the key ring file"))) or confirmation_problem(
            self.new, self.confirmation
        )


@dataclass
class ExportDraft:
    """The form "Export Key Ring". `out` is a file or a folder."""

    format: str = PEM
    out: str = ""
    password: str = field(default="", repr=False)
    confirmation: str = field(default="", repr=False)

    @property
    def takes_password(self) -> bool:
        """Return whether the format can protect the key."""
        return self.format not in TAKES_NO_PASSWORD

    def problem(self) -> str:
        """Return the first problem, or an empty string."""
        if not self.out.strip():
            return _("Choose where to write the files.")
        return problem_of(lambda: self.request().check()) or (
            confirmation_problem(self.password, self.confirmation) if self.takes_password else ""
        )

    def request(self) -> ExportRequest:
        """Return the request for the service."""
        return ExportRequest(self.format, typed(self.out.strip()), self.password if self.takes_password else "")


@dataclass
class LabelDraft:
    """The label of a trusted root."""

    label: str = ""

    def problem(self) -> str:
        """Return why it is invalid, or an empty string."""
        return problem_of(lambda: check_label(self.label.strip()))
