"""The drafts of the dialogs "Revoke ID", "Renew ID" and "Renew Server ID"."""

from __future__ import annotations

from dataclasses import dataclass, field

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying, renewing


@dataclass(kw_only=True)
class IdRevocationDraft:
    """The reason for revoking the ID of the person with this canonical name."""

    domain: Domain
    name: str
    reason: str = Reason.KEY_COMPROMISE

    def problem(self) -> str:
        """Return nothing: any reason will do."""
        return ""


@dataclass(kw_only=True)
class IdRenewalDraft:
    """The password of the new ID of the person with this canonical name."""

    domain: Domain
    name: str
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)

    def problem(self) -> str:
        """Return the first problem, as a sentence that says what to do, or an empty string."""
        try:
            renewing.check(self.domain, self.name, self.password)
            _check_same(self.password, self.again)
        except Error as error:
            return translated(error.whole())
        return ""


@dataclass(kw_only=True)
class ServerRenewalDraft:
    """The password of the new ID of the server with this canonical name, and why the present one ends.

    `runs_here`: the server runs in this window, which stops it for the renewal and starts it again.
    """

    domain: Domain
    name: str
    runs_here: bool = False
    reason: str = Reason.SUPERSEDED
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)

    def problem(self) -> str:
        """Return the first problem, as a sentence that says what to do, or an empty string."""
        try:
            if not self.runs_here:
                renewing.check_stopped(self.domain, self.name)
            identifying.check_password(self.password, marked("this ID file"))
            _check_same(self.password, self.again)
        except Error as error:
            return translated(error.whole())
        return ""


def _check_same(password: str, again: str) -> None:
    if password != again:
        raise Refused(marked("The passwords do not match."), marked("Type the same password in both fields."))
