"""A memo in words: its date, subject, and delivery."""

from __future__ import annotations

from dominoadmin.i18n import text as _
from dominoadmin.services.directory import mailing
from dominoadmin.services.states import RelayState
from dominoadmin.store.records import MailRecord
from dominoadmin.viewmodels.words import minute


def date_text(memo: MailRecord) -> str:
    """Return the date of a memo."""
    return minute(memo.created_at)


def subject_text(memo: MailRecord) -> str:
    """Return a memo's subject in the current language."""
    ours = (mailing.APPROVED_SUBJECT, mailing.REJECTED_SUBJECT)
    return _(memo.subject) if memo.subject in ours else memo.subject


def delivery_text(memo: MailRecord) -> str:
    """Return the delivery state of a memo."""
    labels: dict[str, str] = {
        RelayState.LOCAL: _("In the mail file"),
        RelayState.QUEUED: _("Waiting for the mail relay"),
        RelayState.SENT: _("Sent by mail as well"),
        RelayState.FAILED: _("Could not be sent by mail"),
    }
    return labels.get(memo.relay_state, memo.relay_state)
