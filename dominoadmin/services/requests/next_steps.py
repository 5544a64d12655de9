"""The next step of a request, and its texts for web pages, refusals and the command line.

One table maps states to turns; the text of a turn depends on the reader.
Tasks make the web pages and services the refusals; as neither may import `viewmodels`, their sentences are here, in
English. Those of the window are in `viewmodels/requests/next_steps.py`, for the same turns.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dominoadmin.i18n import marked as _
from dominoadmin.services.states import AdminRequestState, RequestState


class Turn(StrEnum):
    """The next step."""

    SUBMIT = "submit"
    APPROVE = "approve"
    ISSUE = "issue"
    PULL = "pull"
    PULL_REJECTION = "pull the rejection"
    PICK_UP = "pick up into the key ring"
    FETCH = "fetch from the web page"
    ASK_AGAIN = "ask again"
    MEND = "mend"
    UNKNOWN = "unknown"


_TURNS: Final[dict[str, Turn]] = {
    RequestState.PENDING: Turn.SUBMIT,
    RequestState.SUBMITTED: Turn.APPROVE,
    AdminRequestState.NEW: Turn.APPROVE,
    RequestState.APPROVED: Turn.ISSUE,
    RequestState.ISSUED: Turn.PULL,
    RequestState.REJECTED: Turn.PULL_REJECTION,
    RequestState.ERROR: Turn.MEND,
}
_ISSUED: Final = _("The certificate has been issued. You can pick it up.")
_REJECTED: Final = _("A registration authority has rejected the request.")
_NOT_PROCESSED: Final = _("The authority could not process the request. Ask its administrator.")
FOR_APPLICANTS: Final = {
    Turn.SUBMIT: _("The request has been received. An administrator will submit it to the authority."),
    Turn.APPROVE: _("The request is waiting for the approval of a registration authority."),
    Turn.ISSUE: _("The request is approved. The authority will issue the certificate soon."),
    Turn.PULL: _ISSUED,
    Turn.PICK_UP: _ISSUED,
    Turn.FETCH: _ISSUED,
    Turn.PULL_REJECTION: _REJECTED,
    Turn.ASK_AGAIN: _REJECTED,
    Turn.MEND: _NOT_PROCESSED,
    Turn.UNKNOWN: _NOT_PROCESSED,
}
"""For the web page. It does not mention pulling: the applicant can get an issued certificate at once."""
FOR_PULLING: Final = {
    Turn.SUBMIT: _("Submit it first."),
    Turn.APPROVE: _("A registration authority must approve it first."),
    Turn.ISSUE: _(
        "The CA process issues the certificate. "
        "Check that the server is running, the CA process is loaded ('load ca'), and the certifier is active."
    ),
}
"""For a request that cannot be pulled yet. An error has its reason instead."""


def turn_of(state: str, *, is_pulled: bool = False, key_ring: str = "") -> Turn:
    """Return the next step in a state of the database or of Admin4; the store may have unknown states."""
    turn = _TURNS.get(state, Turn.UNKNOWN)
    if not is_pulled:
        return turn
    if turn == Turn.PULL_REJECTION:
        return Turn.ASK_AGAIN
    return Turn.PICK_UP if key_ring else Turn.FETCH


def for_command_line(turn: Turn, number: int) -> str:
    """Return the next command, or an empty string."""
    pull = _("Pull it: Pull Selected Request(s), or 'dominoadmin request pull {number}'.", number=number)
    return {
        Turn.SUBMIT: _("Submit it: Submit Selected Requests, or 'dominoadmin request submit {number}'.", number=number),
        Turn.APPROVE: _(
            "An RA must approve it: Approve Request, or 'dominoadmin request approve {number}'.", number=number
        ),
        Turn.ISSUE: _(
            "Check that the server is running, the CA process is loaded ('load ca'), and the certifier is active "
            "('tell ca stat')."
        ),
        Turn.PULL: pull,
        Turn.PULL_REJECTION: pull,
    }.get(turn, "")
