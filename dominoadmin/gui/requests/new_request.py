"""New Request: a PKCS #10 request from outside goes into a Certificate Requests database."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QSizePolicy, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.values import fixed_font
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki.profiles import CLIENT, SERVER
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import databases, submitting
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.requests import submission_draft as submission
from dominoadmin.viewmodels.requests.submission_draft import SubmissionDraft

_LINE = 64  # RFC 7468: characters of a line
_SHOWN = 7
_MARGIN = 110


def start(workspace: Workspace, file: str, request: Path | None = None) -> None:
    """Open the dialog for a database. `request`: a file with the request."""
    try:
        draft = submission.begin(workspace.session.domain, workspace.session.actor, file)
        if request is not None:
            draft.set_file(request)
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    NewRequestDialog(workspace, draft, file).open()


def _take_in(domain: Domain, actor: Actor, file: str, draft: SubmissionDraft, progress: Progress) -> RequestView:
    progress.step(_("Reading the request…"))
    return submitting.take_in(domain, actor, file, draft.submission())


class NewRequestDialog(DraftDialog[SubmissionDraft, RequestView]):
    """Paste the request or choose its file; its contents are shown before it is taken in."""

    def __init__(self, workspace: Workspace, draft: SubmissionDraft, file: str) -> None:
        super().__init__(workspace, _("New Request"), draft)
        self._file = file
        self.set_context(databases.stored(workspace.session.domain, file).title)
        self.form = NewRequestForm(draft, self)
        self.add_form(self.form)

    def work(self) -> Work[RequestView]:
        session = self.workspace.session
        return partial(_take_in, session.domain, session.actor, self._file, self.draft)

    def succeeded(self, result: RequestView) -> None:
        super().succeeded(result)
        sentence = _("Request {number} is pending. Next: select it and submit it.")
        if databases.is_automatic(self.workspace.session.domain, self._file):
            sentence = _("Request {number} is pending. The Administration Process submits it automatically.")
        self.workspace.say(sentence.format(number=result.request.id))


class NewRequestForm(Form):
    """The request, its kind, and the person to notify."""

    def __init__(self, draft: SubmissionDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.paragraph(
            _(
                "A request created by another program (PKCS #10), for example with 'openssl req -new' or by a mail "
                "server."
            )
        )
        self._text = self.lines(_("&Request:"), draft.csr_text, 8)
        self._text.setFont(fixed_font(self))
        whole = self._text.fontMetrics().horizontalAdvance("M" * _LINE) + 40
        self._text.setMinimumWidth(min(whole, widget_tree.room(self).width() - _MARGIN))
        self._text.setPlaceholderText("-----BEGIN CERTIFICATE REQUEST-----")
        choose = QPushButton(_("Choose &File…"), self)
        choose.setAutoDefault(False)
        choose.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        choose.clicked.connect(self._choose)
        self.rows.addRow("", choose)
        self._kind = self.radios(_("For:"), self._kinds(), draft.kind)
        self._applicant = self.line(
            _("&Applicant:"),
            draft.applicant,
            hint=_(
                "Who receives the confirmation: a name in your organization or an e-mail address. Leave empty to "
                "receive it yourself."
            ),
        )
        self.name(csr_text=self._text, kind=self._kind, applicant=self._applicant)
        self.require(self._text)
        self.heading(_("Requested contents and what will be issued"))
        self._contents = self.paragraph("")
        self._contents.setMinimumHeight(self._contents.fontMetrics().lineSpacing() * _SHOWN)
        self._contents.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._show()

    def save(self) -> None:
        self._draft.csr_text, self._draft.applicant = self._text.toPlainText(), self._applicant.text()
        self._draft.kind = self._kind.value()
        self._show()

    def _kinds(self) -> list[tuple[str, str]]:
        labels = {SERVER: _("A &server certificate"), CLIENT: _("A &client certificate")}
        return [(kind, label) for kind, label in labels.items() if kind in self._draft.kinds()]

    def _choose(self) -> None:
        messages.choose_request(self, _("New Request"), self._chosen)

    def _chosen(self, path: Path) -> None:
        self._draft.set_file(path)
        self._text.setPlainText(self._draft.csr_text)

    def _show(self) -> None:
        pair = _("{label}: {text}")
        lines = [pair.format(label=label, text=text) for label, text in self._draft.contents()]
        self._contents.setText("\n".join(lines) or _("Shown once the request can be read."))
