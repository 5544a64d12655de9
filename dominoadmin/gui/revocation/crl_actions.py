"""Actions on CRLs in the window: issue one now, push it, show it, save it (fact sheet 9.4)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QAbstractItemView, QDialogButtonBox, QHeaderView, QWidget

from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.documents.sections import sections_form
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import pem_files
from dominoadmin.viewmodels.revocation import crls as crl_listing
from dominoadmin.viewmodels.revocation.crls import CrlView


def issue(workspace: Workspace, certifier: str) -> None:
    """Let the CA process make a non-regular list now: `tell ca CRL issue`."""
    _tell(workspace, certifier, "issue")


def push(workspace: Workspace, certifier: str) -> None:
    """Let the CA process store the latest regular list in the Domino Directory: `tell ca CRL push`."""
    _tell(workspace, certifier, "push")


def _tell(workspace: Workspace, certifier: str, verb: str) -> None:
    number = next((n for n, name, _state in workspace.server.certifier_states() if name == certifier), 0)
    title = _("Certificate Revocation Lists")
    if workspace.server.elsewhere:
        line = _("tell ca CRL {verb} <certifier number>").format(verb=verb)
        messages.inform(workspace.widget(), title, workspace.server.off, details=line)
        return
    if not workspace.server.is_running:
        text = _("The server is not running. Its CA process issues and publishes CRLs. Start the server now?")
        messages.confirm(workspace.widget(), title, text, _("&Start Server"), workspace.start_server)
        return
    if not number:
        text = _("The CA process has not loaded this certifier. Enter 'load ca' on the console, then try again.")
        messages.inform(workspace.widget(), title, text)
        return
    line = f"tell ca CRL {verb} {number}"
    workspace.server.execute(line)
    workspace.say(_("Entered on the console: {line}").format(line=line))


def show(workspace: Workspace, crl_id: int) -> None:
    """Open a list in a window of its own."""
    session = workspace.session
    job = Job(partial(_read, session.domain, session.actor, crl_id))
    job.done.connect(partial(_open, workspace))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _read(domain: Domain, actor: Actor, crl_id: int, _progress: Progress) -> CrlView:
    return crl_listing.view(domain, actor, crl_id)


def _open(workspace: Workspace, shown: CrlView) -> None:
    CrlWindow(workspace, shown).open()


def export(workspace: Workspace, crl_id: int, certifier: str, title: str, parent: QWidget | None = None) -> None:
    """Ask for a file and write a list to it: PEM if the file's name ends so, else DER. `title`: the list's number."""
    then = partial(_export, workspace, crl_id)
    suggested = Path.home() / f"{pem_files.stem(f'{certifier}-{title}')}.crl"
    messages.save_file(parent or workspace.widget(), _("Save CRL"), suggested, then)


def _export(workspace: Workspace, crl_id: int, path: Path) -> None:
    job = Job(partial(_write, workspace.session.domain, workspace.session.actor, crl_id, path))
    job.done.connect(partial(_written, workspace, path))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _write(domain: Domain, actor: Actor, crl_id: int, path: Path, _progress: Progress) -> None:
    crl_listing.write(domain, actor, crl_id, path)


def _written(workspace: Workspace, path: Path, _result: object) -> None:
    messages.inform(workspace.widget(), _("Save CRL"), _("The CRL has been saved."), details=str(path))


class CrlWindow(FittingDialog):
    """A list: its properties, and its newest entries."""

    def __init__(self, workspace: Workspace, shown: CrlView) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("CRL number {number} of {name}").format(number=shown.crl.number, name=shown.certifier))
        buttons = QDialogButtonBox(self)
        close = buttons.addButton(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        close.clicked.connect(self.reject)
        save = buttons.addButton(_("&Save As…"), QDialogButtonBox.ButtonRole.ActionRole)
        save.setAutoDefault(False)
        save.clicked.connect(partial(self._save, workspace, shown))
        layout = self.column()
        layout.addWidget(scrolled(sections_form(shown.sections, self)), 2)
        if shown.entries:
            layout.addWidget(self._table(shown), 1)
        layout.addWidget(buttons)

    def _save(self, workspace: Workspace, shown: CrlView, _checked: bool = False) -> None:
        export(workspace, shown.crl.id, shown.certifier, shown.title, self)

    def _table(self, shown: CrlView) -> ShortTable:
        titles = (_("Serial number"), _("Revocation date"), _("Revocation Reason"))
        several = QAbstractItemView.SelectionMode.ExtendedSelection
        table = ShortTable(titles, _("Revoked certificates"), self, selecting=several)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        table.fill([(entry.serial, entry.revoked, entry.reason) for entry in shown.entries])
        table.resizeColumnToContents(1)
        table.resizeColumnToContents(2)
        return table
