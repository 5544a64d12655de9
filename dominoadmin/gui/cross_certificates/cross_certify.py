"""Issue Cross Certificate, and the prompt of the technote's step 22 while requests are pulled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QDate, QObject, Qt
from PySide6.QtWidgets import QLabel, QMenu, QPushButton, QSizePolicy

from dominoadmin.errors import Error
from dominoadmin.gui.cross_certificates.certifier_password import CertifierPassword
from dominoadmin.gui.cross_certificates.choose_certifier import ChooseCertifier, choose_server, server_label
from dominoadmin.gui.frame import errors, foreign_text, messages, widget_tree
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyDateEdit
from dominoadmin.gui.frame.forms.values import fixed_font
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki.cross_certificates import MAXIMUM_PATH_LENGTH
from dominoadmin.pki.identities import Identity
from dominoadmin.services.cross_certificates import certifying as cross_certifying
from dominoadmin.services.cross_certificates.certifying import CERTIFIED, SUBMITTED, CrossPrompt
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.records.address_books import Entry
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.cross_certificates.chosen_certifier import ChosenCertifier
from dominoadmin.viewmodels.cross_certificates.draft import CrossCertificateDraft
from dominoadmin.viewmodels.directory import data_directory
from dominoadmin.viewmodels.requests.texts import book_label, fingerprint_in_lines

Then = Callable[[], object]
_WIDTH: Final = 80  # characters
_KEY_WIDTH: Final = 48  # half of a fingerprint


def start(workspace: Workspace, certifier: str = "", then: Then | None = None) -> None:
    """Open Issue Cross Certificate; `certifier` is the Internet certifier to trust, if known."""
    session = workspace.session
    try:
        draft = CrossCertificateDraft.start(session.domain, session.actor)
        if certifier:
            draft.set_subject_certifier(certifier)
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    dialog = IssueCrossCertificate(workspace, draft)
    if then is not None:
        dialog.finished.connect(_Then(dialog, then).call)
    dialog.open()


def prompt(workspace: Workspace, request_ids: Sequence[int], then: Then) -> None:
    """Ask for each Internet CA of pulled requests that is not trusted yet; `then` is called when all are answered."""
    _Prompts(workspace, then).look(list(request_ids))


class _Then(QObject):
    def __init__(self, parent: QObject, then: Then) -> None:
        super().__init__(parent)
        self._then = then

    def call(self, _result: int) -> None:
        self._then()


class _Prompts(QObject):
    """Asks one question after the other."""

    def __init__(self, workspace: Workspace, then: Then) -> None:
        super().__init__(workspace.widget())
        self._workspace, self._then = workspace, then
        self._waiting: list[CrossPrompt] = []

    def look(self, request_ids: list[int]) -> None:
        session = self._workspace.session
        self._job = Job(partial(_prompts, session.domain, session.actor, request_ids))
        self._job.done.connect(self._found)
        self._job.failed.connect(self._failed)
        self._job.start()

    def _found(self, prompts: list[CrossPrompt]) -> None:
        self._waiting = prompts
        self._next()

    def _failed(self, error: Exception) -> None:
        """Show the refusal, and go on when it was read: the next box would cover it."""
        box = errors.show(self._workspace.widget(), error)
        if box is None:
            self._next()
        else:
            box.finished.connect(self._next, Qt.ConnectionType.QueuedConnection)

    def _next(self, _result: int = 0) -> None:
        if not self._waiting:
            self.deleteLater()
            self._then()
            return
        asked = self._waiting.pop(0)
        try:
            session = self._workspace.session
            draft = CrossCertificateDraft.start(session.domain, session.actor)
            draft.set_subject(asked.certificate)
        except Error as error:
            self._failed(error)
            return
        dialog = IssueCrossCertificate(self._workspace, draft, is_prompt=True)
        dialog.finished.connect(self._next)
        dialog.open()


def _prompts(domain: Domain, actor: Actor, request_ids: list[int], _progress: Progress) -> list[CrossPrompt]:
    return cross_certifying.prompt(domain, actor, request_ids)


class IssueCrossCertificate(DraftDialog[CrossCertificateDraft, Entry | RequestView]):
    """The dialog. Its defaults are the technote's: the organization's certifier, the Personal Address Book."""

    def __init__(self, workspace: Workspace, draft: CrossCertificateDraft, *, is_prompt: bool = False) -> None:
        super().__init__(workspace, _("Issue Cross Certificate"), draft)
        self._clicked = draft.actor
        self._password = CertifierPassword(self, workspace.session)
        self._password.opened.connect(self._opened)
        workspace.session.changed.connect(self._follow)
        self._form = _Form(draft, _prompt_text(draft) if is_prompt else "")
        self._form.certifier_button.clicked.connect(self._choose_certifier)
        self._form.server_button.clicked.connect(self._choose_server)
        if self._form.subject_button is not None:
            self._form.subject_button.setMenu(self._subject_menu())
        self.watch_form(self._form)
        self.body.addWidget(scrolled(self._form), 1)
        self.set_commit(_("&Cross Certify"))

    def work(self) -> Work[Entry | RequestView]:
        draft = self.draft
        return partial(cross_certifying.certify, draft.domain, self._clicked, draft.signer(), draft.request())

    def commit(self) -> None:
        """Cross-certify; a certifier ID needs its password first."""
        if self.is_running or not self.is_right():
            return
        self._clicked = self.workspace.session.actor
        if self.draft.needs_password and self.draft.certifier and self.draft.certifier.file:
            self._password.ask(self.draft.certifier.file)
        else:
            super().commit()

    def succeeded(self, result: Entry | RequestView) -> None:
        """Show Domino's message and the next step."""
        if isinstance(result, Entry):
            name = cross_certifying.shown_name(result.certificate.subject)
            text = translated(CERTIFIED.format(name=name))
            details = _("The cross-certificate is stored in: {book}.").format(book=book_label(result.record.book))
        else:
            text = translated(SUBMITTED)
            details = _(
                "A registration authority must now approve request {number} in Administration Requests."
            ).format(number=result.request.id)
        messages.inform(self, self.windowTitle(), text, partial(super().succeeded, result), details=details)

    def _opened(self, identity: Identity) -> None:
        self.draft.identity = identity
        super().commit()

    def _follow(self) -> None:
        """Work for another person who has logged in, who has to open the certifier ID again."""
        actor = self.workspace.session.actor
        if actor.name != self.draft.actor.name:
            self.draft.actor, self.draft.identity = actor, None
            self.check()

    # the buttons

    def _choose_certifier(self) -> None:
        self._chooser = ChooseCertifier(self.workspace, self.draft.chosen_certifier(), self)
        self._chooser.committed.connect(self._certifier_chosen)
        self._chooser.open()

    def _certifier_chosen(self, chosen: ChosenCertifier) -> None:
        try:
            choice = chosen.choice()
        except Error as error:
            errors.show(self, error)
            return
        if choice is not None:
            self.draft.set_certifier(choice, self._chooser.identity)
        self.draft.server = chosen.server
        self._form.show_draft()
        self.form_edited()

    def _choose_server(self) -> None:
        choose_server(self, self._form.show_draft)

    def _subject_menu(self) -> QMenu:
        menu = QMenu(self)
        for row in data_directory.certifier_rows(self.draft.domain):
            menu.addAction(row.shown.replace("&", "&&")).triggered.connect(partial(self._take_certifier, row.name))
        menu.addSeparator()
        menu.addAction(_("From a &file…")).triggered.connect(self._choose_file)
        return menu

    def _take_certifier(self, name: str, _checked: bool = False) -> None:
        self._take(partial(self.draft.set_subject_certifier, name))

    def _choose_file(self) -> None:
        pattern = _("Certificates (*.pem *.crt *.cer *.der)")
        messages.choose_file(self, _("Subject name"), self.draft.domain.directory.root, pattern, self.take_file)

    def take_file(self, path: Path) -> None:
        """Set the other authority's certificate from a file."""
        self._take(partial(self.draft.set_subject_file, path))

    def _take(self, take: Callable[[], None]) -> None:
        try:
            take()
        except Error as error:
            errors.show(self, error)
            return
        self._form.show_draft()
        self.form_edited()
        self.field_problems.reveal("subject")


class _Form(Form):
    """The rows of the dialog. `prompt` is shown above them; with it the subject is fixed."""

    def __init__(self, draft: CrossCertificateDraft, prompt: str) -> None:
        super().__init__()
        self._draft = draft
        room = widget_tree.room(self).width() // 2
        self.setMinimumWidth(min(self.fontMetrics().averageCharWidth() * _WIDTH, room))
        if prompt:
            self.paragraph(prompt)
        self.certifier_button, self._certifier = self._named(_("Ce&rtifier…"), _("Certifier"))
        self.server_button, self._server = self._named(_("&Server…"), _("Server"))
        self.subject_button: QPushButton | None = None
        if prompt:
            self._subject = self.shown(_("Subject name"), "")
        else:
            self.subject_button, self._subject = self._named(_("S&ubject name…"), _("Subject name"))
        self._key = self.shown(_("Key (SHA-256)"), "")
        self._key.setFont(fixed_font(self))
        self._key.setMinimumWidth(self._key.fontMetrics().horizontalAdvance("0" * _KEY_WIDTH))
        self._expires = SteadyDateEdit(self)
        self._expires.setCalendarPopup(True)
        self._expires.setDisplayFormat("yyyy-MM-dd")
        self._expires.dateChanged.connect(self.changed)
        self.row(_("&Expiration date"), self._expires)
        self._expires.lineEdit().setAccessibleName(self._expires.accessibleName())
        self._end = self.paragraph("")
        self.heading(_("Limits"))
        self._length = self.number(_("&Path length"), draft.path_length, 0, MAXIMUM_PATH_LENGTH)
        hint = _(
            "Separate domains with spaces. Leave empty to allow any host. With domains, no certificate for an IP "
            "address is trusted."
        )
        self._add_hint(_("Number of subordinate CAs allowed below the trusted one."), self._length)
        self._domains = self.line(_("Permitted &DNS domains"), draft.permitted_dns, hint=hint)
        self._certifier.setFocusProxy(self.certifier_button)
        if self.subject_button is not None:
            self._subject.setFocusProxy(self.subject_button)
        self.name(
            certifier=self._certifier, subject=self._subject, expires=self._expires, permitted_dns=self._domains
        )  # fmt: skip
        self.show_draft()

    def save(self) -> None:
        chosen = self._expires.date()
        self._draft.expires = date(chosen.year(), chosen.month(), chosen.day())
        self._draft.path_length = self._length.value()
        self._draft.permitted_dns = self._domains.text()
        self._show_end()

    def show_draft(self) -> None:
        """Show choices made elsewhere."""
        draft = self._draft
        self._certifier.setText(draft.certifier.shown if draft.certifier else _("(none chosen)"))
        place = _("Domino Directory") if draft.server else _("Personal Address Book")
        self._server.setText(_("{server} ({book})").format(server=server_label(draft.server), book=place))
        self._subject.setText(foreign_text.said(draft.subject_name) or _("(none chosen)"))
        key = draft.subject_fingerprint
        self._key.setText(fingerprint_in_lines(key) if key else _("(none chosen)"))
        self._expires.blockSignals(True)
        self._expires.setDate(QDate(draft.expires.year, draft.expires.month, draft.expires.day))
        self._expires.blockSignals(False)
        self._show_end()

    def _show_end(self) -> None:
        end = self._draft.ends()
        is_shorter = end is not None and end < self._draft.expires
        sentence = _("Expires on {date}: a cross-certificate cannot outlive either authority's own certificate.")
        self._end.setText(sentence.format(date=end) if is_shorter else "")
        self._end.setVisible(is_shorter)

    def _named(self, text: str, accessible: str) -> tuple[QPushButton, QLabel]:
        button = QPushButton(text, self)
        button.setAutoDefault(False)
        label = _wrapped("", self)
        label.setAccessibleName(accessible)
        self.rows.addRow(button, label)
        return button, label


def _prompt_text(draft: CrossCertificateDraft) -> str:
    return _(
        "{certifier} is in a different domain than the Domino server. To trust the certificates that it issues, keep "
        "the default settings and click Cross Certify. The cross-certificate is created in your Personal Address "
        "Book. Click Cancel to continue without it."
    ).format(certifier=draft.subject_name)


def _wrapped(text: str, parent: Form) -> QLabel:
    label = QLabel(text, parent, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    return label
