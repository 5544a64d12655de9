"""File - Security - Change Password: of the ID with which you work; and what to do when a password is forgotten."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QMessageBox, QWidget

from dominoadmin.errors import Refused
from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.identities import password_draft
from dominoadmin.viewmodels.identities.password_draft import IdPasswordDraft


def start(workspace: Workspace) -> None:
    """Open the dialog for the ID that is open in the window."""
    session = workspace.session
    name = session.actor.name
    path = session.path or identifying.id_path(session.domain, name)
    ChangeIdPassword(workspace, IdPasswordDraft(domain=session.domain, name=name, path=path)).open()


class ChangeIdPassword(DraftDialog[IdPasswordDraft, Path]):
    """One form: the present password, and the new one twice."""

    def __init__(self, workspace: Workspace, draft: IdPasswordDraft) -> None:
        super().__init__(workspace, _("Change Password"), draft)
        self.add_form(_IdPasswordForm(draft, self))
        self.set_commit(_("Change &Password"))

    def work(self) -> Work[Path]:
        """Return the work: open the ID with its present password, then encrypt it with the new one."""
        return partial(_change, self.draft)

    def succeeded(self, result: Path) -> None:
        """Show what keeps the old password."""
        super().succeeded(result)
        text = _("The password of {file} has been changed.").format(file=result.name)
        details = _("Copies of the file, and other IDs that had the same password, keep the old one.")
        messages.inform(self.workspace.widget(), self.windowTitle(), text, details=details)


class _IdPasswordForm(Form):
    def __init__(self, draft: IdPasswordDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        owner = names.abbreviated(draft.name)
        self.shown(_("ID file:"), _("{name} ({file})").format(name=owner, file=draft.path.name))
        self._present = self.password_line(_("P&resent Password:"))
        self._new = self.password_line(_("&New Password:"))
        quality = PasswordQuality(self)
        self.row(_("Password quality"), quality)
        self._again = self.password_line(_("Con&firm Password:"))
        self.name(present=self._present, new=self._new, again=self._again)
        self.require(self._present, self._new, self._again)
        quality.watch(self._new, (owner,))

    def save(self) -> None:
        """Put the passwords into the draft."""
        draft = self._draft
        draft.present, draft.new, draft.again = self._present.text(), self._new.text(), self._again.text()


def tell_forgotten(parent: QWidget, domain: Domain, path: Path) -> QMessageBox:
    """Say what to do without the password of an ID file."""
    text = _("The password of {file} is forgotten.").format(file=path.name)
    return messages.inform(parent, _("Forgotten Password"), text, details=password_draft.forgotten(domain, path))


def _change(draft: IdPasswordDraft, progress: Progress) -> Path:
    progress.step(_("Opening the ID…"))
    identity = identifying.open_id(draft.domain, draft.path, draft.present)
    if identity.name != draft.name:
        raise Refused(marked("This is not the ID with which you work."), marked("Switch to it, then try again."))
    progress.step(_("Encrypting the ID file…"))
    identifying.change_password(draft.domain, draft.path, identity, draft.new)
    return draft.path
