"""The draft of the dialog "Moved or Copied Store"."""

from __future__ import annotations

from dataclasses import dataclass

from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.viewmodels.problems import DraftProblem, Judged, found, says

MOVED, COPIED = "moved", "copied"


@dataclass(kw_only=True)
class MovingDraft(Judged):
    """What has happened to the store. Nothing is suggested: after a wrong choice two stores use the same numbers."""

    domain: Domain
    choice: str = ""

    def problems(self) -> tuple[DraftProblem, ...]:
        """Return what is missing."""
        return found(says("choice", lambda: "" if self.choice else _("Choose what has happened to the store.")))


def choices() -> tuple[tuple[str, str, str], ...]:
    """Return the choices with their labels and what each means."""
    return (
        (
            MOVED,
            _("The store was &moved"),
            _(
                "The server runs only here from now on. Never start it at the other place again: both would use the "
                "same CRL numbers."
            ),
        ),
        (
            COPIED,
            _("The store was c&opied"),
            _(
                "Both continue separately, and this one gets CRL numbers and an epoch of the audit log of its own. Let "
                "it publish its CRLs at another place: it does not know what the other one revokes."
            ),
        ),
    )
