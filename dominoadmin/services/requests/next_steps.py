"""Whose turn it is with a request, and what web pages, refusals and the command line say about it.

A turn is the neutral part: one table from states to turns. What is said of a turn depends on who reads it.
The web page is made by a task and a refusal by a service, and neither may import `viewmodels`: their sentences stand
here, in English. Those of the window stand in `viewmodels/requests/next_steps.py`, by the same turns.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dominoadmin.i18n import marked as _
from dominoadmin.services.states import AdminRequestState, RequestState


class Turn(StrEnum):
    """What has to happen next."""

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
"""On the web page. The applicant is not told who pulls what: an issued certificate is theirs at once."""
FOR_PULLING: Final = {
    Turn.SUBMIT: _("Submit it first."),
    Turn.APPROVE: _("A registration authority must approve it first."),
    Turn.ISSUE: _(
        "The CA process issues the certificate; check that it is running ('load ca') and that the certifier is active."
    ),
}
"""When a request cannot be pulled yet. An error has its reason instead."""


def turn_of(state: str, *, is_pulled: bool = False, key_ring: str = "") -> Turn:
    """Return what has to happen next in a state, of the database or of Admin4; the store may hold other words."""
    turn = _TURNS.get(state, Turn.UNKNOWN)
    if not is_pulled:
        return turn
    if turn == Turn.PULL_REJECTION:
        return Turn.ASK_AGAIN
    return Turn.PICK_UP if key_ring else Turn.FETCH


def for_command_line(turn: Turn, number: int) -> str:
    """Return the command that comes next, or an empty string where no command does."""
    pull = _("Pull it: Pull Selected Request(s), or 'dominoadmin request pull {number}'.", number=number)
    return {
        Turn.SUBMIT: _("Submit it: Submit Selected Requests, or 'dominoadmin request submit {number}'.", number=number),
        Turn.APPROVE: _(
            "An RA must approve it: Approve Request, or 'dominoadmin request approve {number}'.", number=number
        ),
        Turn.ISSUE: _("Check that it is running ('load ca') and that the certifier is active ('tell ca stat')."),
        Turn.PULL: pull,
        Turn.PULL_REJECTION: pull,
    }.get(turn, "")
