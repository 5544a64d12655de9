"""Reject Request: asks for the reason, which the applicant will read."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QSizePolicy, QWidget

from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests.deciding import Decide, Deciding, DecisionDialog
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import approving, inspecting
from dominoadmin.services.requests.approving import Outcome
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.requests.decision_draft import RejectionDraft


def start(workspace: Workspace, shown: Sequence[RequestView]) -> RejectRequests:
    """Ask for the reason."""
    dialog = RejectRequests(workspace, shown)
    dialog.open()
    return dialog


class RejectRequests(DecisionDialog[RejectionDraft]):
    """The dialog "Reject Request", for one request or many."""

    def __init__(self, workspace: Workspace, shown: Sequence[RequestView]) -> None:
        count = len(shown)
        draft = RejectionDraft()
        title = _("Reject Requests") if count > 1 else _("Reject Request")
        super().__init__(workspace, Deciding(title, _("Rejected"), _report), shown, draft)
        self._form = _ReasonForm(draft)
        self.body.addWidget(self.table, 1 if count > 1 else 0)
        if count == 1:
            self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.watch_form(self._form)
        self.body.addWidget(self._form)
        self.set_commit(plural("Re&ject Request", "Re&ject {n} Requests", count).format(n=count))

    def decide(self) -> Decide:
        return partial(_reject, self.shown, self.draft.reason)

    def begin_at(self) -> QWidget:
        return self._form.reason

    def _show_results(self, sentence: str) -> None:
        self._form.setEnabled(False)
        super()._show_results(sentence)


class _ReasonForm(Form):
    def __init__(self, draft: RejectionDraft) -> None:
        super().__init__()
        self._draft = draft
        self.reason = self.lines(_("&Reason:"), draft.reason, 4, hint=_("The applicant will see this reason."))
        self.name(reason=self.reason)
        self.require(self.reason)

    def save(self) -> None:
        self._draft.reason = self.reason.toPlainText()


def _reject(
    shown: Sequence[RequestView], reason: str, domain: Domain, ra: Identity, progress: Progress
) -> list[Outcome]:
    return approving.reject(domain, ra, inspecting.digests_of(domain, Actor.of(ra), shown), reason, progress)


def _report(count: int) -> str:
    sentence = plural("{n} request rejected.", "{n} requests rejected.", count)
    return sentence.format(n=count) if count else _("No request was rejected.")
