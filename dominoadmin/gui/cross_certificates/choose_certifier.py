"""Choose a Certifier (technote, step 22 a-b), and the server dialog of its Server button."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol, TypeVar

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QPushButton, QWidget

from dominoadmin.gui.cross_certificates.certifier_password import CertifierPassword
from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.dialog import ChoiceDialog, DialogDraft, DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import R
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.viewmodels.cross_certificates.chosen_certifier import ChosenCertifier
from dominoadmin.viewmodels.directory import data_directory


def server_label(server: str) -> str:
    """Return the label of a server in dialogs; none is Local."""
    return names.abbreviated(server) if server else _("Local")


class ChooseServer(ChoiceDialog[None]):
    """Local, or one of the servers of the Domino Directory."""

    picked = Signal(str)

    def __init__(self, workspace: Workspace, current: str, parent: QWidget) -> None:
        super().__init__(workspace, _("Choose a Server"), None, parent)
        self._form = Form()
        servers = [row.name for row in data_directory.server_rows(workspace.session.domain)]
        items = [(server, server_label(server)) for server in ("", *servers)]
        self._server = self._form.choice(_("&Server:"), items, current)
        self.add_form(self._form)
        self.committed.connect(self._tell)

    def reject(self) -> None:
        """Close without a question: nothing is lost."""
        self.dirty = False
        super().reject()

    def _tell(self) -> None:
        self.picked.emit(str(self._server.currentData()))


class _WithServer(DialogDraft, Protocol):
    """A draft with a server."""

    server: str


S = TypeVar("S", bound=_WithServer)


def choose_server(dialog: DraftDialog[S, R], show: Callable[[], None]) -> None:
    """Let the user choose the server of a dialog's draft; `show` shows the choice in the dialog."""
    chooser = ChooseServer(dialog.workspace, dialog.draft.server, dialog)
    chooser.picked.connect(partial(_server_picked, dialog, show))
    chooser.open()


def _server_picked(dialog: DraftDialog[S, R], show: Callable[[], None], server: str) -> None:
    dialog.draft.server = server
    show()
    dialog.form_edited()


class ChooseCertifier(ChoiceDialog[ChosenCertifier]):
    """Asks for the signer. `draft` holds the choice afterwards; `identity` the open certifier ID."""

    def __init__(self, workspace: Workspace, draft: ChosenCertifier, parent: QWidget) -> None:
        super().__init__(workspace, _("Choose a Certifier"), draft, parent)
        self.identity: Identity | None = None
        self._password = CertifierPassword(self, workspace.session)
        self._password.opened.connect(self._opened)
        self._form = _Form(draft)
        self._form.server_button.clicked.connect(self._choose_server)
        self._form.file_button.clicked.connect(self._choose_file)
        self.add_form(self._form)

    def commit(self) -> None:
        """Continue; a certifier ID needs its password first."""
        if not self.is_right():
            return
        if self.draft.uses_ca_process or self.identity is not None or self.draft.file is None:
            super().commit()
        else:
            self._password.ask(self.draft.file)

    def _opened(self, identity: Identity) -> None:
        self.identity = identity
        super().commit()

    def _choose_server(self) -> None:
        choose_server(self, self._form.show_server)

    def _choose_file(self) -> None:
        folder = self.draft.file.parent if self.draft.file else self.draft.domain.directory.root
        messages.choose_file(self, _("Certifier ID"), folder, _("ID files (*.id)"), self.take_file)

    def take_file(self, path: Path) -> None:
        """Choose the certifier ID in this file."""
        self.draft.file, self.identity = path, None
        self._form.show_file()
        self.form_edited()
        self.field_problems.reveal("file")


class _Form(Form):
    def __init__(self, draft: ChosenCertifier) -> None:
        super().__init__()
        self._draft = draft
        self.server_button = QPushButton(_("&Server…"), self)
        self._server = _name(self, _("Server"))
        self.rows.addRow(self.server_button, self._server)
        items = [(False, _("Supply certifier &ID and password")), (True, _("Use the CA &Process"))]
        self.how = self.radios("", items, draft.uses_ca_process)
        self.how.setAccessibleName(_("How the certificate is signed"))
        self.file_button = QPushButton(_("&Certifier ID…"), self)
        self._file = _name(self, _("Certifier ID"))
        self.rows.addRow(self.file_button, self._file)
        self.list = self.choice(_("CA con&figured certifier"), [])
        self._why_off = self.paragraph("")
        self._file.setFocusProxy(self.file_button)
        self.name(certifier=self.list, file=self._file)
        self.show_server()
        self.show_file()

    def save(self) -> None:
        self._draft.uses_ca_process = bool(self.how.value())
        self._draft.certifier = str(self.list.currentData() or "")
        self._switch()

    def show_server(self) -> None:
        """Show the chosen server and its certifiers."""
        self._server.setText(server_label(self._draft.server))
        wanted = self._draft.certifier
        self.list.blockSignals(True)
        self.list.clear()
        for each in self._draft.certifiers():
            self.list.addItem(each.shown, each.name)
        self.list.setCurrentIndex(max(0, self.list.findData(wanted)))
        self.list.blockSignals(False)
        self.save()

    def show_file(self) -> None:
        """Show the chosen ID file."""
        self._file.setText(self._draft.file_label or _("(none chosen)"))

    def _switch(self) -> None:
        by_process, problem = self._draft.uses_ca_process, self._draft.ca_process_problem()
        process = self.how.buttons[True]
        process.setEnabled(by_process or not problem)  # the chosen one stays available; its problem is shown below
        process.setToolTip(problem)
        self._why_off.setText("" if by_process else problem)
        self._why_off.setVisible(bool(problem) and not by_process)
        self.file_button.setEnabled(not by_process)
        self._file.setEnabled(not by_process)
        self.list.setEnabled(by_process and self.list.count() > 0)


def _name(form: Form, accessible: str) -> QLabel:
    label = QLabel("", form, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(accessible)
    return label
