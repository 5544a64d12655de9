"""The request document: everything an RA should see before deciding, and the actions of the technote's step 21."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QVBoxLayout, QWidget

from dominoadmin.errors import Error, Refused
from dominoadmin.gui.frame import errors, widget_tree
from dominoadmin.gui.frame.action_bar import APPROVE, DailyAct
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.forms.field_problems import FieldProblems
from dominoadmin.gui.frame.jobs import Job, R, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests import deciding
from dominoadmin.gui.requests import document_parts as parts
from dominoadmin.gui.requests import edit_form as request_edit
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import approving, inspecting
from dominoadmin.services.requests.approving import ChangedError, Outcome
from dominoadmin.services.requests.inspecting import Inspection
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import RequestState
from dominoadmin.viewmodels.requests import decision_draft as decision
from dominoadmin.viewmodels.requests import texts as request_words
from dominoadmin.viewmodels.requests.decision_draft import RequestEdit

_PAUSE: Final = 120  # milliseconds


def open_request(workspace: Workspace, request_id: int) -> RequestDocument:
    """Open a request of Admin4, or raise its tab."""
    tab = workspace.show_tab(f"request:{request_id}", lambda: RequestDocument(workspace, request_id))
    assert isinstance(tab, RequestDocument)
    return tab


class RequestDocument(Document):
    """One request. In edit mode the fields are at the top, and the preview follows the typing."""

    def __init__(self, workspace: Workspace, request_id: int) -> None:
        super().__init__(workspace, _("Request {number}").format(number=request_id))
        self.request_id = request_id
        self.inspection: Inspection | None = None
        self.edit: RequestEdit | None = None
        self._before: Inspection | None = None
        self._own = ""
        self._job: Job | None = None
        self._looking: Job | None = None
        self._again = False
        self._page: QWidget | None = None
        self._preview: QWidget | None = None
        self._verdict: parts.RulesLine | None = None
        self._field_problems = FieldProblems(self, self._tell)
        self._rest = ""
        self._later = QTimer(self, singleShot=True, interval=_PAUSE)
        self._later.timeout.connect(self._show_preview)
        self._buttons = {
            "edit": self.add_action(_("&Edit Request"), self.start_editing),
            "save": self.add_action(_("Sav&e"), self.save),
            "cancel": self.add_action(_("Ca&ncel"), self.leave_editing),
            "approve": self.add_action(_("&Approve Request"), self.approve, daily=APPROVE),
            "reject": self.add_action(_("Re&ject Request…"), self.reject),
            "withdraw": self.add_action(_("&Withdraw Approval"), self.withdraw),
            "view": self.add_action(_("Show Certifica&te…"), self.view_certificate),
        }
        workspace.session.changed.connect(self._switch)
        self._switch()
        self.refresh()

    # the data in the store

    def refresh(self) -> None:
        """Read the request again (F9, or after a change in the store)."""
        if self._looking is not None:
            self._again = True
            return
        session = self.workspace.session
        self._looking = Job(partial(_inspect, session.domain, session.actor, self.request_id))
        self._looking.done.connect(self._looked)
        self._looking.failed.connect(self._failed)
        self._looking.finished.connect(self._finished)
        self._looking.start()

    def _looked(self, found: Inspection) -> None:
        if found != self.inspection:
            self._compare(found)
            self.inspection = found
            self.setWindowTitle(_("Request {number}").format(number=self.request_id))
            if self.edit is None:
                self._show_reading()
        self._switch()

    def _compare(self, found: Inspection) -> None:
        """Keep what was shown before somebody else has changed the request, so that the difference is shown."""
        before = self._before or self.inspection
        is_known = before is None or found.digest in (before.digest, self._own)
        self._before = None if is_known else before

    def _finished(self) -> None:
        self._looking = None
        if self._again:
            self._again = False
            self.refresh()

    def _failed(self, error: Exception) -> None:
        errors.show(self, error)
        if isinstance(error, ChangedError):
            self._show_again()

    def _show_again(self) -> None:
        """Show a request that has changed since it was shown, with the difference."""
        if self.edit is not None:
            self.leave_editing()
        self.refresh()

    # reading

    def _show_reading(self) -> None:
        assert self.inspection is not None
        found, layout = self.inspection, self._new_page()
        if self._before is not None and not approving.decided_problem(found.shown):
            layout.addWidget(parts.ChangeBox(request_words.changes(self._before, found)))
        layout.addWidget(parts.head(found, self.workspace.session.actor))
        layout.addWidget(parts.preview(found, None))
        layout.addWidget(parts.KeyBox(*request_words.key_in_words(found)))
        if found.shown.request.remarks:
            notes = parts.Box(_("Remarks"))
            notes.grid.addWidget(parts.said("\n".join(found.shown.request.remarks), notes), 0, 0)
            layout.addWidget(notes)
        layout.addWidget(parts.HistoryBox(request_words.history(found)))
        layout.addStretch(1)

    def _new_page(self) -> QVBoxLayout:
        widget_tree.remove(self._page)
        self._page = QWidget(self)
        layout = parts.stacked(self._page)
        self.body.addWidget(self._page)
        return layout

    # editing

    def start_editing(self) -> None:
        """Edit Request."""
        if self.inspection is None or self._why_off():
            return
        try:
            self.edit = decision.edit_of(self.inspection, self.workspace.session.domain.now())
        except Error as error:
            errors.show(self, error)
            return
        layout = self._new_page()
        form = request_edit.form_for(self.edit)
        box = parts.Box(_("Edit Request"))
        box.grid.addWidget(form, 0, 0)
        form.rows.setContentsMargins(0, 0, 0, 0)  # the box has its own
        form.edited.connect(self._edited)
        self._field_problems.watch(form)
        self._verdict = parts.RulesLine(self._page)
        self._preview = parts.preview(self.inspection, self.edit.proposal())
        self._tell()
        for widget in (self._verdict, box, self._preview):
            layout.addWidget(widget)
        layout.addStretch(1)
        self._switch()
        form.focus_first()

    def leave_editing(self) -> None:
        """Cancel: show the request as it is."""
        self._field_problems.forget()
        self._rest = ""
        self.edit, self._preview, self._verdict, self.dirty = None, None, None, False
        self._show_reading()
        self._switch()

    def _edited(self) -> None:
        assert self.edit is not None
        changes, subject = self.edit.changes()
        self.dirty = bool(changes or subject)
        self._tell()
        self._switch()
        self._later.start()

    def _tell(self) -> None:
        """Show what is wrong below its field, and above the form what is about none."""
        if self.edit is None or self._verdict is None:
            return
        problems = self.edit.problems()
        self._rest = self._field_problems.tell(problems)
        self._verdict.say(self._rest, len(problems))

    def _is_right(self) -> bool:
        """Return whether nothing typed is wrong; otherwise show what is, and go to the first field."""
        return self.edit is None or self._field_problems.press(self.edit.problems())

    def _show_preview(self) -> None:
        """Show the current preview, but not after every key of fast typing."""
        if self.edit is None or self.inspection is None or self._page is None or self._preview is None:
            return
        old, self._preview = self._preview, parts.preview(self.inspection, self.edit.proposal())
        layout = self._page.layout()
        if layout is not None:
            layout.replaceWidget(old, self._preview)
        widget_tree.remove(old)

    def save(self) -> None:
        """Keep the changes without deciding."""
        if self._is_right():
            self._sign(partial(deciding.save, self._seen()), self._saved)

    def _seen(self) -> deciding.OnScreen:
        """Return what is on the screen: it is what the person signs."""
        if self.edit is None:
            assert self.inspection is not None
            return deciding.OnScreen(self.inspection, ({}, {}), self.inspection.digest)
        found, changes = self.edit.inspection, self.edit.changes()
        digest = self.edit.proposal().digest if any(changes) else found.digest
        self._own = digest
        return deciding.OnScreen(found, changes, digest)

    def _saved(self, _result: object) -> None:
        self.workspace.say(_("Request {number} has been changed.").format(number=self.request_id))
        self.leave_editing()
        self.refresh()

    # deciding

    def approve(self) -> None:
        """Approve Request; input in edit mode is saved with it."""
        if self._is_right():
            self._sign(partial(deciding.approve, self._seen()), self._approved)

    def daily_act(self, kind: str) -> DailyAct | None:
        """Let the tool bar open the dialog that shows what will be signed: the button is far from the request."""
        found = super().daily_act(kind)
        changing = _("Save or cancel your changes first.") if self.edit is not None else ""
        return found and replace(found, run=self._review, off=found.off or changing)

    def _review(self) -> None:
        from dominoadmin.gui.requests import approve as approve_requests

        assert self.inspection is not None
        approve_requests.start(self.workspace, [self.inspection.shown])

    def _approved(self, outcome: Outcome) -> None:
        if outcome.problem:
            error = ChangedError if outcome.is_changed else Refused
            self._failed(error(outcome.problem, outcome.hint))
        else:
            sentence = _(
                "Request {number} has been approved. The CA process issues the certificate as soon as the certifier "
                "is active."
            )
            self.workspace.say(sentence.format(number=self.request_id))
            self._before = None
            if self.edit is not None:
                self.leave_editing()
        self.refresh()

    def reject(self) -> None:
        """Reject Request: ask for the reason."""
        from dominoadmin.gui.requests import reject as reject_request

        if self.inspection is not None:
            dialog = reject_request.start(self.workspace, [self.inspection.shown])
            dialog.committed.connect(self._rejected)

    def _rejected(self, _outcomes: object) -> None:
        if self.edit is not None:
            self.leave_editing()
        self.refresh()

    def withdraw(self) -> None:
        """Withdraw Approval: the request waits for a decision again."""
        self._sign(partial(deciding.withdraw, self.request_id), self._withdrawn)

    def _withdrawn(self, outcome: Outcome) -> None:
        if outcome.problem:
            errors.show(self, Refused(outcome.problem, outcome.hint))
        else:
            sentence = _("The approval of request {number} has been withdrawn. The request waits for a decision again.")
            self.workspace.say(sentence.format(number=self.request_id))
        self.refresh()

    def view_certificate(self) -> None:
        """Show the issued certificate."""
        if self.inspection is not None:
            session, found = self.workspace.session, self.inspection
            self._run(partial(_chain, session.domain, session.actor, found), self._show_certificate)

    def _show_certificate(self, chain: list[bytes]) -> None:
        from dominoadmin.gui.certificates import viewer as certificate

        assert self.inspection is not None
        certificate.show(self.workspace, chain, request_words.subject_of(self.inspection.shown))

    # the frame

    def leave(self) -> None:
        """Esc: leave edit mode first, then the document."""
        if self.edit is not None and not self.dirty:
            self.leave_editing()
        else:
            super().leave()

    def _sign(self, act: Callable[[Domain, Identity, Progress], R], done: Callable[[R], None]) -> None:
        """Run what the person who is logged in now signs."""
        session = self.workspace.session
        try:
            work = partial(act, session.domain, session.identity)
        except Error as error:  # the window is locked
            errors.show(self, error)
        else:
            self._run(work, done)

    def _run(self, work: Work[R], done: Callable[[R], None]) -> None:
        if self._job is not None:
            return
        self._job = Job(work)
        self._job.done.connect(done)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._ended)
        self._switch()
        self._job.start()

    def _ended(self) -> None:
        self._job = None
        self._switch()

    def _why_off(self, problem_of: Callable[[RequestView], str] = approving.decided_problem) -> str:
        if self.inspection is None or self._job is not None:
            return _("One moment…")
        if problem := problem_of(self.inspection.shown):
            return problem
        try:
            self.inspection.certifier.configuration.check_ra(self.workspace.session.actor.name)
        except Error as error:
            return error.text()
        return ""

    def _switch(self) -> None:
        why, editing, found = self._why_off(), self.edit is not None, self.inspection
        broken = next((each.problem for each in found.checks if each.problem), "") if found else ""
        problem = self._rest if editing else broken
        issued = bool(found and found.shown.state == RequestState.ISSUED)
        off = {
            "edit": why, "save": why or (problem if editing else ""), "cancel": "",
            "approve": why or problem, "reject": why, "view": "",
            "withdraw": self._why_off(approving.withdrawal_problem),
        }  # fmt: skip
        for name, action in self._buttons.items():
            self.set_off(action.text(), off[name])
        for name in ("save", "cancel"):
            self._buttons[name].setVisible(editing)
        self._buttons["edit"].setVisible(not editing)
        self._buttons["view"].setVisible(issued)
        self._buttons["withdraw"].setVisible(bool(found and found.shown.state == RequestState.APPROVED))


def _inspect(domain: Domain, actor: Actor, number: int, _progress: Progress) -> Inspection:
    return inspecting.inspect(domain, actor, number)


def _chain(domain: Domain, actor: Actor, found: Inspection, _progress: Progress) -> list[bytes]:
    return inspecting.certificate_chain(domain, actor, found)
