"""Opens a key ring with its password, and changes the password, including the stash file."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, KeyRingView
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.key_rings.changes_draft import OpeningDraft, PasswordDraft
from dominoadmin.viewmodels.key_rings.installation_draft import servers


class OpenKeyRingDialog(DraftDialog[OpeningDraft, tuple[KeyRingAccess, KeyRingView]]):
    """Asks for a key ring's password and opens it. Commits the access and the contents of the key ring."""

    def __init__(self, workspace: Workspace, file: str) -> None:
        super().__init__(workspace, _("Open Key Ring"), OpeningDraft(file))
        self.add_form(_OpeningForm(self.draft, self))
        self.set_commit(_("&Open"))

    def work(self) -> Work[tuple[KeyRingAccess, KeyRingView]]:
        """Return the work: open it."""
        return partial(_open, self.workspace.session.domain, self.draft.access())


class _OpeningForm(Form):
    def __init__(self, draft: OpeningDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.shown(_("Key ring file"), draft.file)
        self.password = self.password_line(_("Key Ring &Password"))
        self.name(password=self.password)

    def save(self) -> None:
        """Put the password into the draft."""
        self._draft.password = self.password.text()


def _open(domain: Domain, access: KeyRingAccess, progress: Progress) -> tuple[KeyRingAccess, KeyRingView]:
    progress.step(_("Opening the key ring"))
    return access, key_rings.show(domain, access)


class ChangePassword(DraftDialog[PasswordDraft, str]):
    """The new password, typed twice, and the server that opens the key ring with it. Commits the new password."""

    def __init__(
        self, workspace: Workspace, access: KeyRingAccess, words: Sequence[str] = (), server: str = ""
    ) -> None:
        super().__init__(workspace, _("Change Key Ring Password"), PasswordDraft(server=server))
        self._access = access
        self.add_form(_PasswordForm(self.draft, access.file, servers(workspace.session.domain), words, self))
        self.set_commit(_("Change &Password"))

    def work(self) -> Work[str]:
        """Return the work: change it."""
        session = self.workspace.session
        return partial(_change, session.domain, session.actor, self._access, self.draft)

    def succeeded(self, result: str) -> None:
        """Show that the files must be installed on the server again."""
        super().succeeded(result)
        messages.inform(
            self.workspace.widget(),
            _("Domino Key Ring Management"),
            _("The password of the key ring has been changed."),
            details=_("Install the key ring on its server again: the copy there has the old password."),
        )


class _PasswordForm(Form):
    def __init__(
        self, draft: PasswordDraft, file: str, known: list[str], words: Sequence[str], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._draft = draft
        self.shown(_("Key ring file"), file)
        self.new = self.password_line(_("&New Password"))
        quality = PasswordQuality(self)
        self.row(_("Password quality"), quality)
        self.confirmation = self.password_line(_("Con&firm Password"))
        items = [(name, names.abbreviated(name)) for name in known]
        hint = _("The stash file holds the password for this server only.")
        self.server = self.choice(_("&Server"), items, draft.server, hint=hint)
        self.name(new=self.new, confirmation=self.confirmation)
        self.require(self.new, self.confirmation)
        quality.watch(self.new, words)

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.new = self.new.text()
        self._draft.confirmation = self.confirmation.text()
        self._draft.server = self.server.currentData()


def _change(domain: Domain, actor: Actor, access: KeyRingAccess, draft: PasswordDraft, progress: Progress) -> str:
    progress.step(_("Sealing the key ring with the new password"))
    key_rings.change_password(domain, actor, access, draft.new, draft.server)
    return draft.new
