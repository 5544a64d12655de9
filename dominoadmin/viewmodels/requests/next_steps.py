"""The window's table of next steps of requests, by audience. The services determine the turns."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from dominoadmin.i18n import recalled
from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.domain import Actor
from dominoadmin.services.requests.inspecting import Inspection
from dominoadmin.services.requests.next_steps import Turn
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.words import minute


class Audience(StrEnum):
    """The reader, and the place."""

    ADMINISTRATOR = "administrator"  # of the Certificate Requests database: the document Certificate Pickup
    AUTHORITY = "registration authority"  # the document in Admin4
    KEY_RING = "owner of a key ring"  # after Certify Key Ring
    KEY_RING_AUTOMATIC = "owner of a key ring, automatic processing"  # the Administration Process submits
    GUIDE = "guide"  # the user of the Quick Guide


def sentence(audience: Audience, shown: RequestView) -> str:
    """Return the next step of a request, or an empty string if it does not concern this audience."""
    reason = shown.document.reason if shown.document else ""
    if shown.turn == Turn.MEND:  # the program's words, not those of an RA
        reason = recalled(reason)
    return said(
        audience,
        shown.turn,
        number=shown.request.id,
        database=shown.request.database or "",
        reason=reason,
        pulled=minute(shown.request.pulled_at) if shown.request.pulled_at else "",
    )


def decision(found: Inspection, reader: Actor) -> str:
    """Return the next step in the document of a request: before the decision, by the rules and by who reads it."""
    if found.shown.turn == Turn.APPROVE:
        if reader.name not in found.certifier.configuration.ras:
            return _("A registration authority of the certifier decides on it.")
        if any(each.problem for each in found.checks):
            return _("Not every rule is met. Click Edit Request to change what will be issued, or Reject Request.")
    return sentence(Audience.AUTHORITY, found.shown)


def said(
    audience: Audience, turn: Turn, *, number: int = 0, database: str = "", reason: str = "", pulled: str = ""
) -> str:
    """Return the table's sentence with its values; `pulled`: the time of the pull, in words."""
    values = {"number": number, "n": number, "database": database, "reason": escaped(reason), "time": pulled}
    return _TABLE[audience]().get(turn, "").format(**values)


def _administrator() -> dict[Turn, str]:
    look = _("Check the reason and the server console.")
    return {
        Turn.SUBMIT: _("Select it in Pending/Submitted Requests and choose Submit Selected Requests."),
        Turn.APPROVE: _(
            "A registration authority must approve it in the Administration Requests database (Admin4.nsf)."
        ),
        Turn.ISSUE: _("The CA process issues it once the process is loaded and the certifier is active."),
        Turn.PULL: _("Select it in Pending/Submitted Requests and choose Pull Selected Request(s)."),
        Turn.PULL_REJECTION: _("Choose Pull Selected Request(s), so that the applicant is notified."),
        Turn.PICK_UP: _("Copy the Request ID, then choose Pickup Key Ring Certificate."),
        Turn.FETCH: _("Anyone who has the Request ID can pick up the certificate on the web page of this database."),
        Turn.ASK_AGAIN: _("Create a new request that takes the reason into account."),
        Turn.MEND: look,
        Turn.UNKNOWN: look,
    }


def _authority() -> dict[Turn, str]:
    return {
        Turn.APPROVE: _("Verify what will be issued, then click Approve Request or Reject Request."),
        Turn.ISSUE: _(
            "The CA process is issuing the certificate. If this takes long, enter tell ca stat on the console."
        ),
        Turn.PULL: _(
            "The applicant pulls the request in the Certificate Requests database and picks up the certificate."
        ),
        Turn.PICK_UP: _("The request was pulled on {time}. The applicant picks up the certificate into the key ring."),
        Turn.FETCH: _("The request was pulled on {time}. Anyone who has the Request ID can pick up the certificate."),
        Turn.PULL_REJECTION: _("The applicant sees the reason when the request is pulled: {reason}"),
        Turn.ASK_AGAIN: _("The request was pulled on {time}. The applicant sees the reason: {reason}"),
        Turn.MEND: _("The CA process refused it: {reason} Edit the request and approve it again, or reject it."),
    }


def _key_ring() -> dict[Turn, str]:
    approve = _("Next: open request {n} in the Administration Requests database and approve it.")
    return {
        Turn.SUBMIT: _(
            "It is in {database} as request {n}, and waits there as Pending Submission. Next: select it in the view "
            "Pending/Submitted Requests and choose Submit Selected Requests."
        ),
        Turn.APPROVE: approve,
        Turn.ISSUE: approve,
        Turn.PULL: approve,
    }


def _key_ring_automatic() -> dict[Turn, str]:
    return {
        **_key_ring(),
        Turn.SUBMIT: _(
            "It is in {database} as request {n}, and waits there as Pending Submission. Next: the Administration "
            "Process submits it automatically. A registration authority then approves it in the Administration "
            "Requests database."
        ),
    }


def _guide() -> dict[Turn, str]:
    return {
        Turn.SUBMIT: _("Request {number} is pending."),
        Turn.APPROVE: _("Request {number} is waiting for your decision."),
        Turn.ISSUE: _("Request {number} is approved. The CA task will issue the certificate."),
        Turn.PULL: _("The certificate for request {number} has been issued."),
        Turn.PULL_REJECTION: _("Request {number} was rejected: {reason} Submit a new request."),
        Turn.ASK_AGAIN: _("Request {number} was rejected: {reason} Submit a new request."),
        Turn.MEND: _("The CA task refused request {number}: {reason}"),
    }


_TABLE: Final = {
    Audience.ADMINISTRATOR: _administrator,
    Audience.AUTHORITY: _authority,
    Audience.KEY_RING: _key_ring,
    Audience.KEY_RING_AUTOMATIC: _key_ring_automatic,
    Audience.GUIDE: _guide,
}
