"""The states of requests for display: Domino's words in the current language, with a badge."""

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
    """Return the label of a state of the database or of Admin4; an unknown state is unchanged."""
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
    """Return the badge of a state; an unknown state counts as an error."""
    return _BADGES.get(state, Badge.BAD)


def labels() -> dict[str, str]:
    """Return the labels of the states of a Certificate Requests database, for searching."""
    return {state: label(state) for state in RequestState}


def admin_labels() -> dict[str, str]:
    """Return the labels of the states in Admin4, for searching."""
    return {state: label(state) for state in AdminRequestState}
