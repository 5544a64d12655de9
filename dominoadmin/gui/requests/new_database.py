"""File - Database - New (technote, steps 9-11): server, title, file name, template."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QListView, QWidget

from dominoadmin.gui.frame.dialog import ChoiceDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.reading import ShownReading
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests.about_database import AboutDatabase
from dominoadmin.gui.requests.database_configuration import ConfigurationDialog
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.directory import server_documents
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.requests.databases import TEMPLATE
from dominoadmin.viewmodels.requests import database_draft as database
from dominoadmin.viewmodels.requests.database_draft import LOCAL, ConfigurationDraft, NewDatabaseDraft

_ROWS = 6


def start(workspace: Workspace, certifier: str = "", *, guided: bool = False) -> None:
    """Open the dialog; after it come the About document, the Database Configuration, and the database.

    `guided`: the Database Configuration at once, with the proposed title and file name; saving it creates the database.
    """
    then = _configure if guided else _open
    ShownReading(workspace, partial(_suggested, certifier), partial(then, workspace))


def _suggested(certifier: str, domain: Domain, actor: Actor) -> NewDatabaseDraft:
    around = database.look_around(domain, actor)
    return NewDatabaseDraft.suggested(around, server_documents.domain_server(domain), certifier)


def _open(workspace: Workspace, draft: NewDatabaseDraft) -> None:
    NewDatabaseDialog(workspace, draft).open()


def _configure(workspace: Workspace, draft: NewDatabaseDraft) -> None:
    draft.show_advanced, draft.template = True, TEMPLATE
    if problem := draft.problem():
        workspace.say(problem)
        _open(workspace, draft)
        return
    dialog = ConfigurationDialog(workspace, ConfigurationDraft.for_new(draft))
    dialog.set_commit(_("Create &Database"))
    dialog.open()


class NewDatabaseDialog(ChoiceDialog[NewDatabaseDraft]):
    """The dialog. The database is created later, together with its configuration."""

    def __init__(self, workspace: Workspace, draft: NewDatabaseDraft) -> None:
        super().__init__(workspace, _("New Database"), draft)
        self.form = NewDatabaseForm(draft, self)
        self.add_form(self.form)
        self.form.chosen.connect(self.commit)

    def succeeded(self, result: NewDatabaseDraft) -> None:
        super().succeeded(result)
        AboutDatabase(self.workspace, self.draft).open()


class NewDatabaseForm(Form):
    """The two groups of the dialog."""

    chosen = Signal()
    """A template was double-clicked."""

    def __init__(self, draft: NewDatabaseDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        servers = [(entry.name, names.abbreviated(entry.name)) for entry in draft.around.servers]
        self.heading(_("Specify New Database Name and Location"))
        self._server = self.choice(_("&Server:"), servers, draft.server)
        self._title = self.line(_("&Title:"), draft.title)
        self._file = self.line(_("&File Name:"), draft.file, hint=_("Keep it short: it becomes part of the URL."))
        self.heading(_("Specify Template for New Database"))
        self._template_server = self.choice(
            _("Template se&rver:"), [(LOCAL, _("Local")), *servers], draft.template_server
        )
        self._model = QStandardItemModel(self)
        self._list = QListView(self)
        self._list.setModel(self._model)
        self._list.setEditTriggers(QListView.EditTrigger.NoEditTriggers)
        self._list.setFixedHeight(self._list.fontMetrics().lineSpacing() * _ROWS + 12)
        self.row(_("Te&mplate:"), self._list)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._template_file = self.shown(_("Template file:"), "")
        self._advanced = self.check(_("Show &Advanced Templates"), draft.show_advanced)
        self.name(
            title=self._title, file=self._file, template_server=self._template_server, template=self._list
        )  # fmt: skip
        self.require(self._title, self._file)
        self._note = self.paragraph("")
        self._fill()
        self._list.selectionModel().selectionChanged.connect(self.changed)
        self._list.doubleClicked.connect(self._double_clicked)

    def save(self) -> None:
        draft = self._draft
        before = draft.templates()
        draft.server = self._server.currentData()
        draft.title, draft.file = self._title.text(), self._file.text()
        draft.template_server = self._template_server.currentData()
        draft.show_advanced = self._advanced.isChecked()
        if draft.templates() != before:
            self._fill()
        chosen = self._list.selectionModel().selectedIndexes()
        draft.template = chosen[0].data(Qt.ItemDataRole.UserRole) if chosen else ""
        self._explain()

    def _double_clicked(self) -> None:
        self.chosen.emit()

    def _fill(self) -> None:
        selection = self._list.selectionModel()
        selection.blockSignals(True)
        self._model.clear()
        for file, title in self._draft.templates().items():
            item = QStandardItem(title)
            item.setData(file, Qt.ItemDataRole.UserRole)
            self._model.appendRow(item)
            if file == self._draft.template:
                self._list.setCurrentIndex(item.index())
        selection.blockSignals(False)
        self._explain()

    def _explain(self) -> None:
        draft = self._draft
        self._template_file.setText(draft.template if draft.template.endswith(".ntf") else _("(none)"))
        if draft.template_server == LOCAL:
            note = _("Certificate Requests (6) is on the server: choose the server as the template server, not Local.")
        elif TEMPLATE not in draft.templates():
            note = _("Certificate Requests (6) is an advanced template: select Show Advanced Templates to see it.")
        elif draft.template != TEMPLATE:
            note = _("Select Certificate Requests (6) in the list.")
        else:
            note = _("When you click OK, the database's About document opens, and then its configuration.")
        self._note.setText(note)
