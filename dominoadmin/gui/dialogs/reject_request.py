"""Reject Request: the reason, which the applicant will read."""

from __future__ import annotations

from collections.abc import Sequence

from dominoadmin.gui.dialogs.deciding import Decide, DecisionDialog
from dominoadmin.gui.forms.base import Form
from dominoadmin.gui.workspace import Workspace
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services import approving
from dominoadmin.services.drafts.decision import RejectionDraft
from dominoadmin.services.requesting import RequestView


def start(workspace: Workspace, shown: Sequence[RequestView]) -> RejectRequests:
    """Ask for the reason."""
    dialog = RejectRequests(workspace, shown)
    dialog.open()
    return dialog


class RejectRequests(DecisionDialog):
    """The dialog "Reject Request", for one request or many."""

    def __init__(self, workspace: Workspace, shown: Sequence[RequestView]) -> None:
        count = len(shown)
        super().__init__(workspace, _("Reject Requests") if count > 1 else _("Reject Request"), shown)
        self.draft = RejectionDraft(tuple(self.ids))
        self._form = _ReasonForm(self.draft)
        self.body.addWidget(self.table, 1 if count > 1 else 0)
        self.table.setMaximumHeight(16777215 if count > 1 else self.table.sizeHint().height())
        self.watch_form(self._form)
        self.body.addWidget(self._form)
        self.set_commit(plural("Re&ject Request", "Re&ject {n} Requests", count).format(n=count))

    def open(self) -> None:
        """Show the dialog with the keyboard in the reason."""
        super().open()
        self._form.reason.setFocus()

    def decide(self) -> Decide:
        session, ids, reason = self.workspace.session, self.ids, self.draft.reason
        return lambda progress: approving.reject(session.domain, session.identity, ids, reason, progress)

    def done_word(self) -> str:
        return _("Rejected")

    def report(self, count: int) -> str:
        sentence = plural("{n} request rejected.", "{n} requests rejected.", count)
        return sentence.format(n=count) if count else _("No request was rejected.")

    def _show_results(self, sentence: str) -> None:
        self._form.setEnabled(False)
        super()._show_results(sentence)


class _ReasonForm(Form):
    def __init__(self, draft: RejectionDraft) -> None:
        super().__init__()
        self._draft = draft
        self.reason = self.lines(_("&Reason:"), draft.reason, 4, hint=_("The applicant will read it."))

    def save(self) -> None:
        self._draft.reason = self.reason.toPlainText()
