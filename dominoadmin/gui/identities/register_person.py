"""Register Person: an ID file and a Person document for another administrator (fact sheet 2.2.3: CAAs and RAs)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from dominoadmin.errors import Error, WrongPassword
from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.password_line import PasswordLine
from dominoadmin.gui.frame.forms.values import add_beside
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.identities.identifying import PersonRequest
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.identities.person_draft import PersonDraft


def start(workspace: Workspace, parent: QWidget | None = None, then: Callable[[], object] | None = None) -> None:
    """Open the dialog, above `parent` if that is a dialog; `then` is called when somebody has been registered."""
    dialog = RegisterPerson(workspace, parent)
    if then is not None:
        dialog.committed.connect(lambda _path: then())
    dialog.open()


class RegisterPerson(DraftDialog[PersonDraft, Path]):
    """One form: the person, the password of the new ID, and the certifier ID that certifies it."""

    def __init__(self, workspace: Workspace, parent: QWidget | None = None) -> None:
        super().__init__(workspace, _("Register Person"), PersonDraft(domain=workspace.session.domain), parent)
        self._form = PersonForm(workspace, self.draft, self)
        self.add_form(self._form)
        self._form.recalled.connect(self.check)
        self.set_commit(_("&Register"))

    def work(self) -> Work[Path]:
        """Return the work: open the certifier ID, create the new one."""
        draft = self.draft
        return partial(_register, draft.domain, (draft.certifier_path(), draft.certifier_password), draft.request())

    def opening_line(self) -> PasswordLine | None:
        return self._form.certifier_password

    def is_told(self, error: Exception) -> bool:
        """Show the error at its field; a remembered password that no longer opens the ID is not tried again."""
        if isinstance(error, WrongPassword):
            self._form.forget_remembered()
        return super().is_told(error)

    def succeeded(self, result: Path) -> None:
        """Show where the ID file is, and what to do with it."""
        super().succeeded(result)
        details = _(
            "ID file: {path}\nGive the file and its password to its owner. This alone does not make anyone a CA "
            "administrator or RA: those roles are assigned in the certifier."
        )
        text = _("{name} has been registered.").format(name=self.draft.name.strip())
        where = self.parentWidget() or self.workspace.widget()
        messages.inform(where, _("Register Person"), text, details=details.format(path=result))


class PersonForm(Form):
    """The fields of the dialog. The certifier ID's password need not be typed if the keychain has it."""

    recalled = Signal()

    def __init__(self, workspace: Workspace, draft: PersonDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        hint = _("For example, Rob Ra. The organization is added automatically.")
        self.heading(_("Person"))
        self._name = self.line(_("&Name"), draft.name, hint=hint)
        self._mail = self.line(_("&Internet address"), draft.mail_address, hint=_("Optional."))
        self.heading(_("New ID file"))
        self._password = self.password_line(_("&Password"))
        self._quality = PasswordQuality(self)
        self.row(_("Password quality"), self._quality)
        self._again = self.password_line(_("C&onfirm Password"))
        self.heading(_("Certifier ID"))
        self._file(workspace, draft)
        self.certifier_password = self.password_line(_("Certi&fier ID password"))
        self.name(
            name=self._name, mail_address=self._mail, password=self._password, again=self._again,
            certifier_file=self._certifier, certifier_password=self.certifier_password,
        )  # fmt: skip
        self.require(self._name, self._password, self._again, self._certifier, self.certifier_password)
        self._quality.watch(self._password, self._own_words)
        self._remembered, self._looked_for = "", Path()
        self._look_up()

    def save(self) -> None:
        """Put the fields into the draft."""
        draft = self._draft
        draft.name, draft.mail_address = self._name.text(), self._mail.text()
        draft.password, draft.again = self._password.text(), self._again.text()
        draft.certifier_file = self._certifier.text()
        self._look_up()
        draft.certifier_password = self.certifier_password.text() or self._remembered

    def forget_remembered(self) -> None:
        """Ask for the certifier ID's password, as the remembered one does not open it."""
        self._take("")

    def _look_up(self) -> None:
        """Ask the keychain for the password when another certifier ID is chosen."""
        path = self._draft.certifier_path()
        if path == self._looked_for:
            return
        self._remembered, self._looked_for = "", path
        self.certifier_password.setPlaceholderText("")
        if os.path.isfile(path):  # noqa: PTH113 - never raises, not even for a name that is too long
            job = Job(partial(_remembered, self._draft.domain, path), waits=True)
            job.done.connect(self._looked_up)
            job.start()

    def _looked_up(self, found: tuple[Path, str]) -> None:
        path, password = found
        if path == self._looked_for and password:
            self._take(password)

    def _take(self, password: str) -> None:
        """Use a password without putting it into an editor."""
        self._remembered = password
        self.certifier_password.setPlaceholderText(_("Remembered in the keychain") if password else "")
        self._draft.certifier_password = self.certifier_password.text() or password
        self.recalled.emit()

    def _file(self, workspace: Workspace, draft: PersonDraft) -> None:
        holder = QWidget(self)
        self._certifier = QLineEdit(draft.certifier_file, holder)
        self._certifier.textChanged.connect(self.changed)
        button = QPushButton(_("&Certifier ID…"), holder)
        button.setAutoDefault(False)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._certifier, 1)
        row.addWidget(button)
        button.clicked.connect(partial(self._choose, workspace))
        add_beside(self, _("I&D file"), holder, self._certifier)

    def _choose(self, workspace: Workspace, _checked: bool = False) -> None:
        folder = workspace.session.domain.directory.root
        messages.choose_file(self, _("Choose a Certifier ID"), folder, _("ID files (*.id)"), self._chosen)

    def _chosen(self, path: Path) -> None:
        inside = path.parent == self._draft.domain.directory.root
        self._certifier.setText(path.name if inside else str(path))

    def _own_words(self) -> tuple[str, ...]:
        return (self._name.text(), self._mail.text(), self._draft.domain.organization.removeprefix("O="))


def _remembered(domain: Domain, path: Path, _progress: Progress) -> tuple[Path, str]:
    with contextlib.suppress(Error):  # no keychain: then the password is typed
        return path, identifying.remembered_password(domain, path) or ""
    return path, ""


def _register(domain: Domain, certifier: tuple[Path, str], request: PersonRequest, progress: Progress) -> Path:
    path, password = certifier
    progress.step(_("Opening the certifier ID…"))
    identity = identifying.open_id(domain, path, password)
    progress.step(_("Creating the ID file…"))
    return identifying.register_person(domain, identity, request)
