"""A memo in words: when, about what, how far it has come."""

from __future__ import annotations

from dominoadmin.i18n import text as _
from dominoadmin.services.directory import mailing
from dominoadmin.services.states import RelayState
from dominoadmin.store.records import MailRecord


def date_text(memo: MailRecord) -> str:
    """Return when a memo was written."""
    return f"{memo.created_at.astimezone():%Y-%m-%d %H:%M}"


def subject_text(memo: MailRecord) -> str:
    """Return a memo's subject in the language in use."""
    ours = (mailing.APPROVED_SUBJECT, mailing.REJECTED_SUBJECT)
    return _(memo.subject) if memo.subject in ours else memo.subject


def delivery_text(memo: MailRecord) -> str:
    """Return how far a memo has come on its way out."""
    labels: dict[str, str] = {
        RelayState.LOCAL: _("In the mail file"),
        RelayState.QUEUED: _("Waiting for the mail relay"),
        RelayState.SENT: _("Sent by mail as well"),
        RelayState.FAILED: _("Could not be sent by mail"),
    }
    return labels.get(memo.relay_state, memo.relay_state)
