"""The drafts of the dialogs "Revoke ID" and "Renew ID"."""

from __future__ import annotations

from dataclasses import dataclass, field

from dominoadmin.errors import Error, Refused
from dominoadmin.i18n import marked, translated
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import renewing


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
            if self.password != self.again:
                raise Refused(marked("The passwords do not match."), marked("Type the same password in both fields."))
        except Error as error:
            return translated(error.whole())
        return ""
