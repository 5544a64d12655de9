"""Whose turn it is with a request, and what web pages, refusals and the command line say about it.

A turn is the neutral part: one table from states to turns. What is said of a turn depends on who reads it.
The web page is made by a task and a refusal by a service, and neither may import `viewmodels`: their sentences stand
here, in English. Those of the window stand in `viewmodels/requests/next_steps.py`, by the same turns.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

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
_ISSUED: Final = "The certificate has been issued. You can pick it up."
_REJECTED: Final = "A registration authority has rejected the request."
_NOT_PROCESSED: Final = "The authority could not process the request. Ask its administrator."
FOR_APPLICANTS: Final = {
    Turn.SUBMIT: "The request has been received. An administrator submits it to the authority.",
    Turn.APPROVE: "The request waits for the approval of a registration authority.",
    Turn.ISSUE: "The request is approved. The authority will issue the certificate soon.",
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
    Turn.SUBMIT: "Submit it first.",
    Turn.APPROVE: "A registration authority must approve it first.",
    Turn.ISSUE: "The CA process issues it; check that it runs ('load ca') and that the certifier is active.",
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
    pull = f"Pull it: Pull Selected Request(s), or 'dominoadmin request pull {number}'."
    return {
        Turn.SUBMIT: f"Submit it: Submit Selected Requests, or 'dominoadmin request submit {number}'.",
        Turn.APPROVE: f"An RA approves it: Approve Request, or 'dominoadmin request approve {number}'.",
        Turn.ISSUE: "Check that it runs ('load ca') and that the certifier is active ('tell ca stat').",
        Turn.PULL: pull,
        Turn.PULL_REJECTION: pull,
    }.get(turn, "")
