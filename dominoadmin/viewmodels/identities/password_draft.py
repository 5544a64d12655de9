"""The draft of the dialog "Change Password" of your own ID."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from dominoadmin.errors import Error
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import CERTIFIER, PERSON, SERVER
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.viewmodels.problems import DraftProblem, FieldCheck, Judged, found, says


@dataclass(kw_only=True)
class IdPasswordDraft(Judged):
    """The input so far. `name` is the canonical name of the ID's owner, `path` its file."""

    domain: Domain
    name: str
    path: Path
    present: str = field(default="", repr=False)
    new: str = field(default="", repr=False)
    again: str = field(default="", repr=False)

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return the problems in the order of the form."""
        what = marked("the ID file {file}", file=self.path.name)
        return found(
            says("present", lambda: "" if self.present else _("Type the present password.")),
            FieldCheck("new", partial(identifying.check_password, self.new, what)),
            says("again", self._again_problem),
        )

    def _again_problem(self) -> str:
        if self.new == self.again:
            return ""
        return _("The passwords do not match.") if self.again else _("Type the password again to confirm it.")


def forgotten(domain: Domain, path: Path) -> str:
    """Return what to do when the password of an ID file is forgotten, by the kind of its owner."""
    try:
        kind = identifying.describe_id(domain, path).kind
    except Error:
        kind = ""
    ways = {
        PERSON: _(
            "Another administrator can give you a new ID with the same roles: Domino Directory - People - Renew ID, "
            "with the password of the certifier ID. If you are the only one, and know that password, enter on the "
            "command line: {command}"
        ),
        SERVER: _(
            "Start the server under the account whose keychain has the password. Without the password, keys that are "
            "encrypted with the server's ID cannot be opened: restore the certifiers from their backup copies."
        ),
        CERTIFIER: _("Without it, no ID can be created or renewed. IDs that exist can be used until they expire."),
    }
    command = 'dominoadmin person renew "NAME"'
    first = _("Nobody can read or reset it. A copy of the file still has the password that it had when it was copied.")
    return "\n\n".join(filter(None, (first, ways.get(kind, "").format(command=command))))
