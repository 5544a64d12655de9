"""The drafts of the dialogs "Revoke ID", "Renew ID" and "Renew Server ID"."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from dominoadmin.errors import Refused
from dominoadmin.i18n import marked
from dominoadmin.pki.revocation import Reason
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying, renewing
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found


@dataclass(kw_only=True)
class IdRevocationDraft(Judged):
    """The reason for revoking the ID of the person with this canonical name."""

    domain: Domain
    name: str
    reason: str = Reason.KEY_COMPROMISE

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return nothing: any reason will do."""
        return ()


@dataclass(kw_only=True)
class IdRenewalDraft(Judged):
    """The password of the new ID of the person with this canonical name."""

    domain: Domain
    name: str
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        return found(
            FieldCheck("", partial(renewing.check, self.domain, self.name, self.password)),
            FieldCheck("again", partial(_check_same, self.password, self.again)),
        )


@dataclass(kw_only=True)
class ServerRenewalDraft(Judged):
    """The password of the new ID of the server with this canonical name, and why the present one ends.

    `runs_here`: the server runs in this window, which stops it for the renewal and starts it again.
    """

    domain: Domain
    name: str
    runs_here: bool = False
    reason: str = Reason.SUPERSEDED
    password: str = field(default="", repr=False)
    again: str = field(default="", repr=False)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        stopped = partial(renewing.check_stopped, self.domain, self.name)
        return found(
            FieldCheck("", str if self.runs_here else stopped),
            FieldCheck("password", partial(identifying.check_password, self.password, marked("this ID file"))),
            FieldCheck("again", partial(_check_same, self.password, self.again)),
        )


def _check_same(password: str, again: str) -> None:
    if password != again:
        raise Refused(marked("The passwords do not match."), marked("Type the same password in both fields."))
