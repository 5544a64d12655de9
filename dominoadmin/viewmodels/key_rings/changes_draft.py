"""Drafts for changing and exporting key rings."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.paths import typed
from dominoadmin.pki.key_rings import check_label
from dominoadmin.services.identities.identifying import check_password
from dominoadmin.services.key_rings.access import KeyRingAccess
from dominoadmin.services.key_rings.exporting import PEM, TAKES_NO_PASSWORD, ExportRequest
from dominoadmin.viewmodels.key_rings.draft import access_checks, confirmation_problem
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says


@dataclass
class OpeningDraft(Judged):
    """The password of an existing key ring."""

    file: str
    password: str = field(default="", repr=False)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return what is missing."""
        return found(*access_checks(self.file, self.password))

    def access(self) -> KeyRingAccess:
        """Return the file and password that open the key ring."""
        return KeyRingAccess(self.file, self.password)


@dataclass
class PasswordDraft(Judged):
    """The form "Change Password". `server` is the one whose ID opens the stash; empty: unchanged."""

    new: str = field(default="", repr=False)
    confirmation: str = field(default="", repr=False)
    server: str = ""

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        return found(
            FieldCheck("new", partial(check_password, self.new, marked("the key ring file"))),
            says("confirmation", partial(confirmation_problem, self.new, self.confirmation)),
        )


@dataclass
class ExportDraft(Judged):
    """The form "Export Key Ring". `out` is a file or a folder."""

    format: str = PEM
    out: str = ""
    password: str = field(default="", repr=False)
    confirmation: str = field(default="", repr=False)

    @property
    def takes_password(self) -> bool:
        """Return whether the format can protect the key."""
        return self.format not in TAKES_NO_PASSWORD

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        again = partial(confirmation_problem, self.password, self.confirmation)
        return found(
            says("out", lambda: "" if self.out.strip() else _("Choose where to write the files.")),
            FieldCheck("password", lambda: self.request().check()),
            says("confirmation", again if self.takes_password else str),
        )

    def request(self) -> ExportRequest:
        """Return the request for the service."""
        return ExportRequest(self.format, typed(self.out.strip() or "."), self.password if self.takes_password else "")


@dataclass
class LabelDraft(Judged):
    """The label of a trusted root."""

    label: str = ""

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return why it is invalid."""
        return found(FieldCheck("label", partial(check_label, self.label.strip())))
