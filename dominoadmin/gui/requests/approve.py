"""Approve Request for the selected requests: the rules first, then one job, then the result of each."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests.deciding import Deciding, DecisionDialog
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import approving
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.requests.texts import Preflight


def start(workspace: Workspace, shown: Sequence[RequestView]) -> ApproveRequests:
    """Ask before approving the selected requests."""
    dialog = ApproveRequests(workspace, shown)
    dialog.open()
    return dialog


class ApproveRequests(DecisionDialog[None]):
    """Shows the contents of each request and whether it keeps every rule; then approves all that do."""

    def __init__(self, workspace: Workspace, shown: Sequence[RequestView]) -> None:
        count = len(shown)
        title = _("Approve Requests") if count > 1 else _("Approve Request")
        super().__init__(workspace, Deciding(title, approving.approve, _("Approved"), _report), shown, None)
        self._checked: list[Preflight] = []
        sentence = plural(
            "Your signature allows the CA process to issue this certificate.",
            "Your signature allows the CA process to issue these {n} certificates. Each request is decided separately.",
            count,
        ).format(n=count)
        label = QLabel(sentence, self, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self.body.addWidget(label)
        self.body.addWidget(self.table, 1)
        self.set_commit(plural("&Approve Request", "&Approve {n} Requests", count).format(n=count))
        session = workspace.session
        self._looking = Job(partial(_look, session.domain, session.actor, self.ids))
        self._looking.done.connect(self._looked)
        self._looking.failed.connect(self._not_looked)
        self._looking.start()

    def problem(self) -> str:
        if not self._checked:
            return _("Checking the rules…")
        if all(each.problem for each in self._checked):
            return _("None of these requests can be approved. Edit or reject them.")
        return ""

    def _looked(self, found: list[Preflight]) -> None:
        self._checked = found
        for each in found:
            self.table.say(each.request_id, Badge.BAD if each.problem else Badge.OK, each.sentence)
        self.check()
        if self.commit_button.isEnabled():
            self.commit_button.setFocus()

    def _not_looked(self, error: Error) -> None:
        errors.show(self, error)


def _look(domain: Domain, actor: Actor, ids: Sequence[int], _progress: Progress) -> list[Preflight]:
    return request_words.preflights(domain, actor, ids)


def _report(count: int) -> str:
    sentence = plural(
        "{n} request approved. The CA process issues the certificate as soon as the certifier is active.",
        "{n} requests approved. The CA process issues the certificates as soon as their certifiers are active.",
        count,
    )
    return sentence.format(n=count) if count else _("No request was approved.")
