"""New Certificate: request, approval, issuance, pull and pickup in one dialog, for a person who is applicant and RA.

The dialog shows what will be issued, with every rule, before anything is done; that is what the button signs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialogButtonBox, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.certificates.summary import CertificateSummary
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.painting.scroll_bar import keep_bar
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.issuance.issue_form import IssueForm, password_line, prefer, remember
from dominoadmin.gui.key_rings.export import ExportKeyRing
from dominoadmin.gui.key_rings.merge_confirmation import align
from dominoadmin.gui.requests import document_parts as parts
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.paths import write_whole
from dominoadmin.pki import describe
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings.management import KeyRingAccess
from dominoadmin.services.processes import issuing_now
from dominoadmin.services.processes.issuing_now import (
    IssuedNow,
    IssuePreview,
    IssueRequest,
    States,
    UnfinishedError,
)
from dominoadmin.services.progress import Progress
from dominoadmin.services.records.certificate_files import CertificateFormat, file_name
from dominoadmin.services.requests import submitting
from dominoadmin.viewmodels.issuance import issue_draft
from dominoadmin.viewmodels.issuance.issue_draft import IssueDraft
from dominoadmin.viewmodels.problems import DraftProblem, whole
from dominoadmin.viewmodels.requests import next_steps
from dominoadmin.viewmodels.requests.next_steps import Audience
from dominoadmin.viewmodels.target import Target

_PAUSE: Final = 300  # milliseconds without typing before the rules are checked


def start(workspace: Workspace) -> None:
    """Open the dialog, unless the person may issue nothing."""
    session = workspace.session
    try:
        draft = issue_draft.begin(session.domain, session.actor)
        prefer(workspace, draft)
        IssueNow(workspace, draft).open()
    except Error as error:
        errors.show(workspace.widget(), error)


class IssueNow(DraftDialog[IssueDraft, IssuedNow]):
    """The form with what will be issued; afterwards the certificate, or where the request is."""

    waits = True

    def __init__(self, workspace: Workspace, draft: IssueDraft) -> None:
        super().__init__(workspace, _("New Certificate"), draft)
        self._found: tuple[IssueRequest, IssuePreview] | None = None
        self._refusal, self._over = "", False
        self._looking: Job | None = None
        self._looking_at: IssueRequest | None = None
        self._is_stale = False
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self._look)
        self._page = QWidget(self)
        self._rows = parts.stacked(self._page)
        self.form = IssueForm(workspace, draft, self._page)
        self._preview: QWidget | None = None
        self._rows.addWidget(self.form)
        self._rows.addStretch(1)
        self.watch_form(self.form)
        self._area = scrolled(self._page)
        keep_bar(self._area)
        self.body.addWidget(self._area, 1)
        self.set_commit(_("&Issue Certificate"))
        workspace.server.states_changed.connect(self._look_again)

    def begin_at(self) -> QWidget:
        return self.form.hosts

    def form_edited(self) -> None:
        """Look again, once the typing pauses."""
        self._look_again()
        self.dirty = True

    def problems(self) -> Sequence[DraftProblem]:
        if wrong := self.draft.problems():
            return wrong
        if self._refusal:
            return whole(self._refusal)
        return whole(_("Checking the rules…") if self._found is None else self._found[1].problem)

    def check(self) -> None:
        """Show what is wrong, unless all is over."""
        if not self._over:
            super().check()

    def work(self) -> Work[IssuedNow]:
        """Return the work: all steps, with what is on the screen."""
        assert self._found is not None
        session = self.workspace.session
        return partial(_issue, session.domain, session.identity, *self._found)

    def succeeded(self, result: IssuedNow) -> None:
        """Show the certificate, and what can be done with it."""
        self.dirty = False
        remember(self.workspace, self.draft)
        self.committed.emit(result)
        name = issue_draft.certified(result)
        sentence = _("Certificate for {name} issued").format(name=name)
        page = self._end(sentence)
        summary = CertificateSummary(page)
        summary.set_certificate(result.chain[0])
        page.rows.addRow(summary)
        if result.key_ring:
            page.shown(_("Key ring file"), result.key_ring)
            password_line(page, self.draft.password)
            align([page, *widget_tree.descendants(summary, Form)])
            self._add_button(_("&Install on Server…"), partial(self._install, result.key_ring))
            self._add_button(_("&Save…"), partial(self._export, result.key_ring))
        else:
            self._add_button(_("&Save…"), partial(self._ask_for_file, name, result.chain))
        self.workspace.say(sentence)
        self._fit()

    def failed(self, error: Exception) -> None:
        """Show the error, keeping the input; if something was written, show where it is instead."""
        if not isinstance(error, UnfinishedError):
            super().failed(error)
            self._look_again()
            return
        self.dirty = False
        page = self._end(_("The certificate was not issued"))
        page.paragraph(error.text())
        page.paragraph(error.advice())
        if error.request_id:
            self._show_request(page, error.request_id)
        if error.key_ring:
            page.shown(_("Key ring file"), error.key_ring)
            password_line(page, self.draft.password)
        self._fit()

    def _show_request(self, page: Form, number: int) -> None:
        """Show the next step of the request that was left, and a button that opens it."""
        try:
            shown = submitting.shown(self.workspace.session.domain, number)
        except Error as error:
            errors.show(self, error)
            return
        page.shown(_("Next"), next_steps.sentence(Audience.ADMINISTRATOR, shown))
        database = "" if shown.document else shown.request.database or ""
        self._add_button(_("&Open Request"), partial(self._open_request, number, database))

    def done(self, result: int) -> None:
        """Close, and forget the generated password."""
        self.draft.password = ""
        super().done(result)

    def _look_again(self) -> None:
        self._found, self._refusal, self._is_stale = None, "", True
        self._pause.start()
        if not self.is_running:
            self.check()

    def _look(self) -> None:
        """Check what is on the screen, unless a field is wrong or another check is not over."""
        if self.is_running:
            self._pause.start()  # it may be stopped before anything is done
        if self._over or self.is_running or self._looking is not None or self.draft.problem():
            return
        session, server = self.workspace.session, self.workspace.server
        self._looking_at, self._is_stale = self.draft.request(), False
        states = server.certifier_states()
        self._looking = Job(partial(_look, session.domain, session.actor, self._looking_at, states))
        self._looking.done.connect(self._looked)
        self._looking.failed.connect(self._not_looked)
        self._looking.start()

    def _looked(self, found: IssuePreview) -> None:
        asked = self._answered()
        if asked is not None:
            self._found = asked, found
            self._show_preview(found)
            self.check()

    def _not_looked(self, error: Exception) -> None:
        if self._answered() is None:
            return
        self._show_preview(None)
        if isinstance(error, Error):
            self._refusal = translated(error.whole())
            self.check()
        else:
            errors.show(self, error)

    def _answered(self) -> IssueRequest | None:
        """Return what was asked about; if something else is on the screen by now, look at that and return None."""
        asked, self._looking, self._looking_at = self._looking_at, None, None
        if self._is_stale and not self._over:
            self._pause.start()
        return None if self._is_stale or self._over else asked

    def _show_preview(self, found: IssuePreview | None) -> None:
        widget_tree.remove(self._preview)
        self._preview = None
        if found is not None and not self._over:
            self._preview = QWidget(self._page)
            column = parts.stacked(self._preview)
            box = parts.PairsBox(_("What will be issued"), self._preview)
            box.pairs(self.draft.shown(found))
            box.arrange()
            column.addWidget(box)
            column.addWidget(parts.RulesBox(found.checks, self._preview))
            self._rows.insertWidget(1, self._preview)
            self.make_wide(self._page)
        self.more_to_show.start()

    def _end(self, sentence: str) -> Form:
        """Replace the form by an empty page with a heading; only Close is left."""
        self._over = True
        widget_tree.remove(self._area)
        page = Form(self)
        page.heading(sentence)
        area = scrolled(page)
        keep_bar(area)
        self.body.addWidget(area, 1)
        self.commit_button.hide()
        self._problem.hide()
        self.cancel_button.setText(_("Close"))
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()
        return page

    def _fit(self) -> None:
        """Give the dialog the height of its last page."""
        self._needed = 0
        self.adjustSize()
        self.make_room()

    def _add_button(self, text: str, slot: object) -> None:
        button = self.buttons.addButton(text, QDialogButtonBox.ButtonRole.ActionRole)
        button.setAutoDefault(False)
        button.clicked.connect(slot)

    def _open_request(self, number: int, database: str, _checked: bool = False) -> None:
        self.accept()
        if database:
            self.workspace.open.database(database)
        else:
            self.workspace.open.request(number)

    def _install(self, file: str, _checked: bool = False) -> None:
        self.accept()
        self.workspace.run("install-key-ring", Target(key_ring=file))

    def _export(self, file: str, _checked: bool = False) -> None:
        ExportKeyRing(self.workspace, KeyRingAccess(file, self.draft.password), Path.home(), self).open()

    def _ask_for_file(self, name: str, chain: tuple[bytes, ...], _checked: bool = False) -> None:
        data = "".join(map(describe.pem, chain)).encode()
        suggested = Path.home() / file_name(name, CertificateFormat.CHAIN)
        messages.save_file(self, _("Save certificate"), suggested, partial(self._save, data))

    def _save(self, data: bytes, path: Path) -> None:
        try:
            write_whole(path, data)
        except Error as error:
            errors.show(self, error)
        else:
            messages.inform(self, self.windowTitle(), _("The certificate has been saved."), details=str(path))


def _look(domain: Domain, actor: Actor, request: IssueRequest, states: States, _progress: Progress) -> IssuePreview:
    return issuing_now.preview(domain, actor, request, states)


def _issue(domain: Domain, ra: Identity, request: IssueRequest, shown: IssuePreview, progress: Progress) -> IssuedNow:
    return issuing_now.issue(domain, ra, request, shown, progress)
