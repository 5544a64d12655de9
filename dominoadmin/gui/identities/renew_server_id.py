"""Renew Server ID: the organization's certifier gives the server another ID; the present one ends."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QTimer

from dominoadmin.errors import Refused
from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities import renew_id
from dominoadmin.gui.identities.by_certifier import ByCertifier
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.gui.identities.renew_id import NewPassword
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.identities import identifying, renewing
from dominoadmin.services.identities.renewing import RenewedId
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.identities import id_states
from dominoadmin.viewmodels.identities.renewal_drafts import ServerRenewalDraft

Renewed = tuple[RenewedId, Identity]
"""The result, and the new ID, which is open."""


def start(workspace: Workspace, server: str) -> None:
    """Open the dialog for the server with this canonical name."""
    runs_here = workspace.server.is_running
    draft = ServerRenewalDraft(domain=workspace.session.domain, name=server, runs_here=runs_here)
    RenewServerId(workspace, draft).open()


class RenewServerId(ByCertifier[ServerRenewalDraft, Renewed]):
    """One form: why the present ID ends, what this changes, and the password of the new ID.

    A server that runs in this window is stopped first, and started again afterwards.
    """

    server: Identity

    def __init__(self, workspace: Workspace, draft: ServerRenewalDraft) -> None:
        super().__init__(workspace, _("Renew Server ID"), draft)
        self.why = renew_id.why()
        self._old_file = identifying.server_id(draft.domain).name
        self.add_form(_ServerRenewalForm(draft))
        self.set_commit(_("Rene&w…"))

    def opened(self, certifier: Identity) -> None:
        """Receive the certifier ID, and ask for the server's present ID."""
        self.certifier = certifier
        QTimer.singleShot(0, self, self._ask_for_server)  # after the dialog before has closed

    def work(self) -> Work[Renewed]:
        """Return the work: create the new ID, while the server does not run."""
        stop = self.workspace.server.stop if self.draft.runs_here else _is_stopped
        return partial(_renew, self.draft, self.certifier, self.server, stop)

    def succeeded(self, result: Renewed) -> None:
        """Start the server again with its new ID, and show where the ID file is."""
        super().succeeded(result)
        done, identity = result
        self.workspace.use_server_id(identity)
        lines = [_("ID file: {path}").format(path=done.path), *id_states.resealing(done, self._old_file)]
        if self.draft.runs_here:
            self.workspace.start_server()
            lines.append(_("The server starts again with it."))
        else:
            lines.append(_("Start the server with it."))
        text = _("{name} has a new ID.").format(name=names.abbreviated(done.name))
        messages.inform(self.workspace.widget(), _("Renew Server ID"), text, details="\n".join(lines))

    def failed(self, error: Exception) -> None:
        """Let the server run as before, and show the error."""
        if self.draft.runs_here:
            self.workspace.server.start(self.server)
        super().failed(error)

    def _ask_for_server(self) -> None:
        domain = self.workspace.session.domain
        reason = _("The present ID of the server is required, so that the new one opens the same keys.")
        dialog = LogIn(self, domain, path=identifying.server_id(domain), reason=reason)
        dialog.setWindowTitle(_("Server ID"))
        dialog.opened.connect(self._server_opened)
        dialog.open()

    def _server_opened(self, server: Identity) -> None:
        self.server = server
        super().opened(self.certifier)


class _ServerRenewalForm(Form):
    def __init__(self, draft: ServerRenewalDraft) -> None:
        super().__init__()
        self._draft = draft
        self.heading(names.abbreviated(draft.name))
        self._reason = self.radios(_("Reason"), id_states.server_reasons(), draft.reason)
        self._changes = self.paragraph(self._text())
        if draft.runs_here:
            self.paragraph(_("The server is stopped for this, and starts again with its new ID."))
        self._lines = NewPassword(self, names.abbreviated(draft.name))

    def save(self) -> None:
        """Put the fields into the draft, and say what the reason changes."""
        if self._draft.reason != self._reason.value():
            self._draft.reason = self._reason.value()
            self._changes.setText(self._text())
        self._draft.password, self._draft.again = self._lines.values()

    def _text(self) -> str:
        return " ".join(id_states.renewing_server(self._draft.domain, self._draft.name, self._draft.reason))


def _renew(
    draft: ServerRenewalDraft, certifier: Identity, server: Identity, stop: Callable[[], bool], progress: Progress
) -> Renewed:
    progress.step(_("Creating the ID file…"))  # the last chance to cancel: the server starts again after that
    if not stop():
        raise Refused(_("The server does not stop."), _("Try again in a moment."))
    done = renewing.renew_server(draft.domain, certifier, server, draft.password, draft.reason)
    return done, identifying.open_id(draft.domain, done.path, draft.password)


def _is_stopped() -> bool:
    return True
