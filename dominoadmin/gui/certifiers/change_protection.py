"""Change Protection: reseals a certifier's key (fact sheet 2.2.2, "Encrypt Certifier ID with")."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QComboBox

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers.protecting import Resealed
from dominoadmin.services.progress import Progress
from dominoadmin.services.states import Protection
from dominoadmin.viewmodels import words
from dominoadmin.viewmodels.certifiers import protection_draft as protection_change
from dominoadmin.viewmodels.certifiers.protection_draft import ProtectionDraft


def start(workspace: Workspace, certifier_id: int) -> None:
    """Open the dialog."""
    session = workspace.session
    try:
        draft = protection_change.begin(session.domain, session.actor, certifier_id)
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    ChangeProtection(workspace, draft).open()


class ChangeProtection(DraftDialog[ProtectionDraft, Resealed]):
    """The dialog: what opens the key now, and what will open it."""

    def __init__(self, workspace: Workspace, draft: ProtectionDraft) -> None:
        super().__init__(workspace, _("Change Protection"), draft)
        self.add_form(_ProtectionForm(draft))
        self.set_commit(_("Re&seal Key"))

    def work(self) -> Work[Resealed]:
        return partial(_change, self.draft, self.workspace.session.identity)

    def succeeded(self, done: Resealed) -> None:
        super().succeeded(done)
        gone = _("The old seal has been removed from the store.") if done.wiped else ""
        details = "\n".join(filter(None, (gone, *map(translated, (*done.remarks, done.next_step)))))
        messages.inform(self.workspace.widget(), self.windowTitle(), _("The key has been resealed."), details=details)


class _ProtectionForm(Form):
    def __init__(self, draft: ProtectionDraft) -> None:
        super().__init__()
        self._draft = draft
        self.shown(_("Certifier name:"), draft.present.name)
        self.heading(_("Current protection"))
        self._files: QComboBox | None = None
        label = _("Password of {file}:").format(file=draft.file.name)
        if len(draft.files) > 1:
            hint = _("If the server's ID was renewed after a key compromise, choose the ID before it.")
            self._files = self.choice(_("&ID file:"), [(each, each.name) for each in draft.files], hint=hint)
            label = _("Password of this ID:")
        empty = _("Leave empty if the password is in the system's keychain.")
        self._holder = self.password_line(label, hint=empty if draft.may_be_remembered else "")
        self._activation = self.password_line(_("Current activation password:"))
        self.rows.setRowVisible(self._activation, draft.present.protection == Protection.PASSWORD)
        self.heading(_("Encrypt Certifier ID with"))
        ways = [
            (Protection.SERVER_ID, _("Encrypt ID with Ser&ver ID")),
            (Protection.PASSWORD, _("Encrypt ID with Server ID and &Require password to activate certifier")),
            (Protection.LOCKING_ID, _("Encrypt ID with &Locking ID")),
        ]
        meanings = {each: words.protection_meaning(each) for each, _text in ways}
        self._way = self.radios("", ways, draft.protection, meanings=meanings)
        self._way.setAccessibleName(_("Encrypt Certifier ID with"))
        self._password = self.password_line(_("&Password:"))
        self._again = self.password_line(_("&Confirm Password:"))
        self._quality = PasswordQuality(self)
        self._quality.watch(self._password, draft.own_words)
        self.rows.addRow(_("Quality:"), self._quality)
        offered = [(None, _("(choose a person)")), *((each, each.label) for each in draft.locking_ids)]
        self._owner = self.choice(_("&Whose ID:"), offered)
        self.name(
            holder_password=self._holder, old_activation=self._activation, protection=self._way,
            password=self._password, again=self._again, locking_id=self._owner,
        )  # fmt: skip
        self.require(self._activation, self._password, self._again, self._owner)
        self._switch()

    def save(self) -> None:
        draft = self._draft
        if self._files is not None:
            draft.file = self._files.currentData()
        draft.holder_password, draft.old_activation = self._holder.text(), self._activation.text()
        draft.protection = str(self._way.value())
        draft.password, draft.again = self._password.text(), self._again.text()
        draft.locking_id = self._owner.currentData()
        self._switch()

    def _switch(self) -> None:
        way = self._way.value()
        for widget in (self._password, self._again, self._quality):
            self.rows.setRowVisible(widget, way == Protection.PASSWORD)
        self.rows.setRowVisible(self._owner, way == Protection.LOCKING_ID)


def _change(draft: ProtectionDraft, person: Identity, _progress: Progress) -> Resealed:
    return protection_change.carry_out(draft, draft.domain, person)
