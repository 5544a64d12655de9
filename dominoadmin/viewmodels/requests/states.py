"""The states of requests as people see them: Domino's words in the language in use, and a shape beside them."""

from __future__ import annotations

from typing import Final

from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.states import AdminRequestState, RequestState
from dominoadmin.viewmodels.badges import Badge

_BADGES: Final[dict[str, Badge]] = {
    AdminRequestState.NEW: Badge.WAIT,
    RequestState.PENDING: Badge.WAIT,
    RequestState.SUBMITTED: Badge.WAIT,
    RequestState.APPROVED: Badge.WAIT,
    RequestState.ISSUED: Badge.OK,
}


def label(state: str) -> str:
    """Return a state, of the database or of Admin4; what the program never wrote is shown as it stands."""
    labels: dict[str, str] = {
        RequestState.PENDING: _("Pending Submission"),
        RequestState.SUBMITTED: _("Submitted to Administration Process"),
        AdminRequestState.NEW: _("New"),
        RequestState.APPROVED: _("Approved"),
        RequestState.ISSUED: _("Issued"),
        RequestState.REJECTED: _("Rejected"),
        RequestState.ERROR: _("Error"),
    }
    return labels.get(state, escaped(state))


def badge(state: str) -> Badge:
    """Return the shape beside a state; what the program never wrote is as bad as an error."""
    return _BADGES.get(state, Badge.BAD)


def labels() -> dict[str, str]:
    """Return what the states of a Certificate Requests database are called, for a search."""
    return {state: label(state) for state in RequestState}


def admin_labels() -> dict[str, str]:
    """Return what the states in Admin4 are called, for a search."""
    return {state: label(state) for state in AdminRequestState}
