"""The document "Certificate Pickup" (technote, step 23): the state of a request, its Request ID, its certificate."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, theme
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.forms.copy_line import CopyLine
from dominoadmin.gui.frame.forms.form import Form, Sentence
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import submitting
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.services.states import RequestState
from dominoadmin.services.web import request_site
from dominoadmin.services.web.request_site import IssuedCertificate
from dominoadmin.viewmodels.requests import next_steps, states
from dominoadmin.viewmodels.requests.database_draft import said
from dominoadmin.viewmodels.requests.next_steps import Audience
from dominoadmin.viewmodels.words import minute

_INDENT = (9, 0, 9, 0)  # as in a form


def open_pickup(workspace: Workspace, request_id: int) -> None:
    """Open the document of a request, whatever its state."""
    try:
        shown = submitting.shown(workspace.session.domain, request_id)
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    workspace.show_tab(f"pickup:{request_id}", partial(CertificatePickup, workspace, shown))


def _read(
    domain: Domain, actor: Actor, request_id: int, _progress: Progress
) -> tuple[RequestView, IssuedCertificate | None, str]:
    """Read the document and, once issued, the verified certificate."""
    shown = submitting.shown(domain, request_id)
    if not shown.pickup_id:
        return shown, None, ""
    try:
        return shown, request_site.pickup(domain, actor, shown.pickup_id), ""
    except Error as error:
        return shown, None, said(error)


class CertificatePickup(Document):
    """One request and its state. It follows the store."""

    def __init__(self, workspace: Workspace, shown: RequestView) -> None:
        self._view, self._pick_up = _("Show Certifica&te…"), _("&Pickup Key Ring Certificate…")
        actions = ((self._view, self._view_certificate), (self._pick_up, self._pick_up_key_ring))
        super().__init__(workspace, _("Certificate Pickup"), actions)
        self._shown = shown
        self._issued: IssuedCertificate | None = None
        self._job: Job | None = None
        self._form = PickupForm(self)
        self._certificate = _CertificateBlock(self)
        self.body.addWidget(self._form)
        self.body.addWidget(self._certificate)
        self.body.addStretch(1)
        self._form.id_row.copied.connect(self._say_copied)
        self._show()
        self.refresh()

    def refresh(self) -> None:
        if self._job is None:
            session = self.workspace.session
            self._job = Job(partial(_read, session.domain, session.actor, self._shown.request.id))
            self._job.done.connect(self._loaded)
            self._job.failed.connect(self._failed)
            self._job.finished.connect(self._ended)
            self._job.start()

    def _loaded(self, result: tuple[RequestView, IssuedCertificate | None, str]) -> None:
        self._shown, self._issued, problem = result
        self._show()
        self._certificate.show_certificate(self._issued, problem)

    def _failed(self, error: Exception) -> None:
        errors.show(self, error)

    def _ended(self) -> None:
        self._job = None

    def _show(self) -> None:
        self._form.show_request(self._shown)
        self.set_off(self._view, "" if self._issued else _("There is no certificate yet."))
        self.set_off(self._pick_up, self._why_no_key_ring())

    def _why_no_key_ring(self) -> str:
        if not self._shown.request.key_ring:
            return _("This request does not come from a key ring.")
        return "" if self._shown.pickup_id else _("There is no certificate yet.")

    def _say_copied(self) -> None:
        self.workspace.say(_("The Request ID is on the clipboard."))

    def _view_certificate(self) -> None:
        from dominoadmin.gui.certificates import viewer as certificate

        if self._issued:
            certificate.show(self.workspace, self._issued.chain(), self._shown.subject)

    def _pick_up_key_ring(self) -> None:
        self.workspace.open.pickup_key_ring(self._shown.pickup_id or "", self._shown.request.database or "")


class PickupForm(Form):
    """The lines of the document."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.heading(_("Certificate Pickup"))
        self._badge, self._state = QLabel(self), Sentence("", self)
        state = QWidget(self)
        line = QHBoxLayout(state)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self._badge)
        line.addWidget(self._state, 1)
        self.rows.addRow(_("State:"), state)
        self._next = self.shown(_("Next:"), "")
        self.id_row = CopyLine(_("Cop&y"), self)
        self.id_row.add_to(self, _("&Request ID (pickup ID):"))
        self._no_id = self.shown(_("Request ID (pickup ID):"), _("Shown once the certificate is issued."))
        self._values = {
            "reason": self.shown(_("Reason:"), ""),
            "subject": self.shown(_("Subject name:"), ""),
            "certifier": self.shown(_("Certifier:"), ""),
            "applicant": self.shown(_("Applicant:"), ""),
            "key_ring": self.shown(_("Key Ring:"), ""),
            "requested": self.shown(_("Requested:"), ""),
            "pulled": self.shown(_("Pulled:"), ""),
            "remarks": self.shown(_("Remarks:"), ""),
        }

    def show_request(self, shown: RequestView) -> None:
        """Show the data in the store."""
        if badge := theme.badge(states.badge(shown.state)):
            self._badge.setPixmap(badge.pixmap(16, 16))
        self._state.setText(states.label(shown.state))
        self._next.setText(next_steps.sentence(Audience.ADMINISTRATOR, shown))
        self.id_row.set_text(shown.pickup_id or "")
        self.rows.setRowVisible(self.id_row, bool(shown.pickup_id))
        undecided = shown.state in (RequestState.PENDING, RequestState.SUBMITTED, RequestState.APPROVED)
        self.rows.setRowVisible(self._no_id, undecided)
        for key, text in _values(shown).items():
            self._values[key].setText(text)
            self.rows.setRowVisible(self._values[key], bool(text))


def _values(shown: RequestView) -> dict[str, str]:
    record, document = shown.request, shown.document
    return {
        "reason": document.reason if document else "",
        "subject": shown.subject,
        "certifier": shown.certifier,
        "applicant": record.applicant,
        "key_ring": record.key_ring,
        "requested": minute(record.requested_at),
        "pulled": minute(record.pulled_at) if record.pulled_at else "",
        "remarks": "\n".join(record.remarks),
    }


class _CertificateBlock(QWidget):
    """The certificate summary, or why it cannot be shown."""

    def __init__(self, parent: QWidget) -> None:
        from dominoadmin.gui.certificates.summary import CertificateSummary

        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        heading = Form(self)
        heading.heading(_("Certificate"))
        self._problem = heading.paragraph("")
        self._summary = CertificateSummary(self)
        self._der = b""
        column.addWidget(heading)
        indented = QVBoxLayout()
        indented.setContentsMargins(*_INDENT)
        indented.addWidget(self._summary)
        column.addLayout(indented)
        self.hide()

    def show_certificate(self, issued: IssuedCertificate | None, problem: str) -> None:
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self._summary.setVisible(issued is not None)
        if issued is not None and issued.der() != self._der:  # keeps the user's selection
            self._der = issued.der()
            self._summary.set_certificate(self._der)
        self.setVisible(issued is not None or bool(problem))
