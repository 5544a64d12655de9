"""Approve Request for the selected requests: what will be issued and the rules first, then one job, then the results.

Withdraw Approval works on the same list.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QLabel, QSizePolicy, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests import document_parts as parts
from dominoadmin.gui.requests.deciding import Decide, Deciding, DecisionDialog
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import approving
from dominoadmin.services.requests.approving import Outcome
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.problems import DraftProblem, whole
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.requests.texts import Preflight


def start(workspace: Workspace, shown: Sequence[RequestView]) -> ApproveRequests:
    """Ask before approving the selected requests."""
    dialog = ApproveRequests(workspace, shown)
    dialog.open()
    return dialog


def start_withdrawal(workspace: Workspace, shown: Sequence[RequestView]) -> WithdrawApprovals:
    """Ask before withdrawing the approvals of the selected requests."""
    dialog = WithdrawApprovals(workspace, shown)
    dialog.open()
    return dialog


class ApproveRequests(DecisionDialog[None]):
    """Shows the contents of each request and whether it keeps every rule; then approves all that do."""

    def __init__(self, workspace: Workspace, shown: Sequence[RequestView]) -> None:
        count = len(shown)
        title = _("Approve Requests") if count > 1 else _("Approve Request")
        super().__init__(workspace, Deciding(title, _("Approved"), _report), shown, None)
        self._checked: dict[int, Preflight] = {}
        self._details: QWidget | None = None
        self.body.addWidget(_sentence(self, _what_it_allows(count)))
        self.body.addWidget(self.table, 1 if count > 1 else 0)
        if count == 1:
            self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.currentCellChanged.connect(self._show_details)
        self.set_commit(plural("&Approve Request", "&Approve {n} Requests", count).format(n=count))
        session = workspace.session
        self._looking = Job(partial(_look, session.domain, session.actor, self.ids))
        self._looking.done.connect(self._looked)
        self._looking.failed.connect(self._not_looked)
        self._looking.start()

    def problems(self) -> Sequence[DraftProblem]:
        if not self._checked:
            return whole(_("Checking the rules…"))
        if all(each.problem for each in self._checked.values()):
            return whole(_("None of these requests can be approved. Edit or reject them."))
        return ()

    def decide(self) -> Decide:
        return partial(_approve, [*self._checked.values()])

    def _looked(self, found: list[Preflight]) -> None:
        self._checked = {each.request_id: each for each in found}
        for each in found:
            self.table.say(each.request_id, Badge.BAD if each.problem else Badge.OK, each.sentence)
        self.table.setCurrentCell(0, 0)
        self._show_details()
        self.check()
        if self.commit_button.isEnabled():
            self.commit_button.setFocus()

    def _show_details(self, *_cells: int) -> None:
        """Show what will be issued for the current request, with a mark on each field that differs from it."""
        if not self._checked or self._over:
            return
        number = self.ids[max(self.table.currentRow(), 0)]
        widget_tree.remove(self._details)
        self._details = None
        if rows := self._checked[number].fields:
            title = _("What will be issued for request {number}").format(number=number)
            page = QWidget(self)
            parts.stacked(page).addWidget(parts.ComparisonBox(title, rows, _("Will be issued"), page))
            self._details = scrolled(page)
            self.body.addWidget(self._details, 1 if len(self.ids) == 1 else 0)
            self.make_wide(self._details)
        self.more_to_show.start()

    def _show_results(self, sentence: str) -> None:
        widget_tree.remove(self._details)
        self._details = None
        super()._show_results(sentence)

    def _not_looked(self, error: Error) -> None:
        errors.show(self, error)


class WithdrawApprovals(DecisionDialog[None]):
    """Withdraws the approvals of requests that have not been issued yet."""

    def __init__(self, workspace: Workspace, shown: Sequence[RequestView]) -> None:
        count = len(shown)
        title = _("Withdraw Approvals") if count > 1 else _("Withdraw Approval")
        super().__init__(workspace, Deciding(title, _("Withdrawn"), _withdrawal_report), shown, None)
        sentence = plural(
            "The request will wait for a decision again. A certificate that has been issued can only be revoked.",
            "The {n} requests will wait for a decision again. Certificates that have been issued can only be revoked.",
            count,
        )
        self.body.addWidget(_sentence(self, sentence.format(n=count)))
        self.body.addWidget(self.table, 1)
        self.set_commit(plural("&Withdraw Approval", "&Withdraw {n} Approvals", count).format(n=count))

    def problems(self) -> Sequence[DraftProblem]:
        return ()

    def decide(self) -> Decide:
        return partial(_withdraw, self.ids)


def _sentence(parent: QWidget, text: str) -> QLabel:
    label = QLabel(text, parent, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _what_it_allows(count: int) -> str:
    return plural(
        "Your signature allows the CA process to issue this certificate.",
        "Your signature allows the CA process to issue these {n} certificates. Each request is decided separately.",
        count,
    ).format(n=count)


def _look(domain: Domain, actor: Actor, ids: Sequence[int], _progress: Progress) -> list[Preflight]:
    return request_words.preflights(domain, actor, ids)


def _approve(checked: Sequence[Preflight], domain: Domain, ra: Identity, progress: Progress) -> list[Outcome]:
    """Approve what was shown of each request."""
    before = {each.request_id: each.found for each in checked}
    shown = {number: found.digest if found else "" for number, found in before.items()}
    outcomes = approving.approve(domain, ra, shown, progress)
    return [request_words.explained(domain, Actor.of(ra), each, before[each.request_id]) for each in outcomes]


def _withdraw(ids: Sequence[int], domain: Domain, ra: Identity, progress: Progress) -> list[Outcome]:
    return approving.withdraw(domain, ra, ids, progress)


def _report(count: int) -> str:
    sentence = plural(
        "{n} request approved. The CA process issues the certificate as soon as the certifier is active.",
        "{n} requests approved. The CA process issues the certificates as soon as their certifiers are active.",
        count,
    )
    return sentence.format(n=count) if count else _("No request was approved.")


def _withdrawal_report(count: int) -> str:
    sentence = plural(
        "{n} approval withdrawn. The request waits for a decision again.",
        "{n} approvals withdrawn. The requests wait for a decision again.",
        count,
    )
    return sentence.format(n=count) if count else _("No approval was withdrawn.")
