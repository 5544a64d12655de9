"""The tab "Basics" of "Register a New Internet Certifier" (technote, steps 3-7; fact sheet 2.2.1)."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QPushButton, QWidget

from dominoadmin.gui.certifiers.administrators import Administrators
from dominoadmin.gui.certifiers.name import CertifierName
from dominoadmin.gui.certifiers.protection_form import CertifierProtection
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.remarks import Remarks
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.viewmodels.certifiers.registration_draft import BASICS, CertifierDraft
from dominoadmin.viewmodels.certifiers.tabs import NameDraft


class CertifierBasics(Form):
    """The name, the server, the ICL, the protection, and the administrators."""

    def __init__(self, workspace: Workspace, draft: CertifierDraft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._draft = workspace, draft
        self._create = QPushButton(_("Create Certifier &Name…"), self)
        self._create.clicked.connect(self._create_name)
        self.rows.addRow("", self._create)
        self._name = self.shown(_("Certifier name:"), "")
        servers = [(name, names.abbreviated(name)) for name in draft.choices.servers]
        where = _("Runs the CA process and holds the ICL database.")
        self._server = self.choice(_("&Server:"), servers, draft.basics.server, hint=where)
        self._icl = self.line(_("&ICL database name:"))
        self._icl.editingFinished.connect(self.refresh)
        protection = CertifierProtection(workspace, draft, self)
        self.rows.addRow(protection)
        self.heading(_("Administrators"))
        administrators = Administrators(workspace, draft, self)
        self.rows.addRow(administrators)
        self._remarks = Remarks(self)
        self.rows.addRow(self._remarks)
        protection.edited.connect(self.changed)
        administrators.edited.connect(self.changed)
        self._name.setFocusProxy(self._create)
        self.name(name=self._name, icl_file=self._icl, administrators=administrators)
        self.require(self._name)
        self.refresh()

    def save(self) -> None:
        basics, typed = self._draft.basics, self._icl.text().strip()
        basics.server = self._server.currentData()
        basics.icl_file = ""
        if typed != self._draft.icl_file():  # otherwise it keeps following the name
            basics.icl_file = typed
        self._tell()

    def set_focus(self) -> None:
        """Set the focus where input is needed."""
        self._create.setFocus()

    def refresh(self) -> None:
        """Show the values derived from the name."""
        named = self._draft.name != NameDraft()
        if not self._draft.basics.icl_file:
            with QSignalBlocker(self._icl):
                self._icl.setText(self._draft.icl_file() if named else "")
        self._name.setText(str(self._draft.name.name()) if named else _("(none yet)"))
        self._tell()

    def _tell(self) -> None:
        self._remarks.tell(self._draft.remarks(BASICS))

    def _create_name(self) -> None:
        name = replace(self._draft.name) if self._draft.name != NameDraft() else self._draft.proposed_name()
        dialog = CertifierName(self._workspace, name, self.window())
        dialog.committed.connect(self._named)
        dialog.open()

    def _named(self, name: NameDraft) -> None:
        self._draft.name = name
        self.refresh()
        self.edited.emit()
