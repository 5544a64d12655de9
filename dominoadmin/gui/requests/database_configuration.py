"""The form "Database Configuration" (technote, steps 12-13). For a new database, saving it creates the database."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.gui.frame import messages, widget_tree
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.reading import ShownReading
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.requests.database_form import AdministrationForm, CustomizationForm, ProcessingForm, align_labels
from dominoadmin.i18n import text as _
from dominoadmin.pki.profiles import CLIENT, SERVER
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import databases
from dominoadmin.store.records import DatabaseRecord
from dominoadmin.viewmodels.requests import database_draft as database
from dominoadmin.viewmodels.requests.database_draft import ConfigurationDraft, DatabaseSurroundings


def configure(workspace: Workspace, file: str) -> None:
    """Open the configuration of an existing database."""
    ShownReading(workspace, partial(_existing, file), partial(_open, workspace))


def _existing(file: str, domain: Domain, actor: Actor) -> ConfigurationDraft:
    return ConfigurationDraft.for_existing(database.look_around(domain, actor), file)


def _look_around(domain: Domain, actor: Actor, _progress: Progress) -> DatabaseSurroundings:
    return database.look_around(domain, actor)


def _open(workspace: Workspace, draft: ConfigurationDraft) -> None:
    ConfigurationDialog(workspace, draft).open()


def _create(domain: Domain, actor: Actor, draft: ConfigurationDraft, progress: Progress) -> DatabaseRecord:
    progress.step(_("Creating {file}…").format(file=draft.file))
    return databases.create(domain, actor, draft.request())


def _save(domain: Domain, actor: Actor, draft: ConfigurationDraft, progress: Progress) -> DatabaseRecord:
    progress.step(_("Saving the configuration of {file}…").format(file=draft.file))
    return databases.configure(domain, actor, draft.file, draft.configuration())


class ConfigurationDialog(DraftDialog[ConfigurationDraft, DatabaseRecord]):
    """The form. It does not block the window, as the Server document may have to be edited at the same time."""

    def __init__(self, workspace: Workspace, draft: ConfigurationDraft) -> None:
        super().__init__(workspace, _("Database Configuration"), draft)
        self.set_commit(_("&Save && Close"))
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self.administration = AdministrationForm(draft, page)
        self.customizations = {kind: CustomizationForm(draft, kind, page) for kind in (SERVER, CLIENT)}
        self.processing = ProcessingForm(draft, page)
        forms = (self.administration, *self.customizations.values(), self.processing)
        for form in forms:
            self.watch_form(form)
            column.addWidget(form)
        column.addStretch(1)
        page.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)  # scroll instead of shrinking
        align_labels(forms)
        self.body.addWidget(scrolled(page), 1)
        self.processing.server_wanted.connect(self._open_server)
        workspace.events.store_changed.connect(self._look_again)
        self._follow()

    def form_edited(self) -> None:
        self._follow()
        super().form_edited()

    def work(self) -> Work[DatabaseRecord]:
        session = self.workspace.session
        act = _create if self.draft.new else _save
        return partial(act, session.domain, session.actor, self.draft)

    def succeeded(self, result: DatabaseRecord) -> None:
        super().succeeded(result)
        if self.draft.new:
            self.workspace.open.database(result.file)
            self.workspace.say(_("The database {file} has been created.").format(file=result.file))
        else:
            self.workspace.say(_("The configuration of {file} has been saved.").format(file=result.file))

    def reject(self) -> None:
        if self.is_running or self.draft.new is None:
            super().reject()
            return
        question = _(
            "The database {file} has not been created yet. It is created when you save its configuration. Close "
            "without creating it?"
        ).format(file=self.draft.file)
        messages.confirm(self, self.windowTitle(), question, _("Close &Without Creating It"), self.discard)

    def open(self) -> None:
        """Show the form without blocking the window."""
        self.check()
        self.dirty = False
        hint, room = self.sizeHint(), widget_tree.room(self)
        self.resize(min(max(hint.width(), 640), room.width() - 40), min(hint.height(), room.height() - 60))
        self.show()
        self._focus_first()

    def _follow(self) -> None:
        """Update the forms after changes in each other: the supported kinds, and the chosen certifier's limits."""
        for kind, form in self.customizations.items():
            form.setVisible(kind in databases.SUPPORTS[self.draft.supports])
            form.follow()
        self.processing.follow()

    def _open_server(self) -> None:
        self.workspace.open.server(self.draft.database_server, edit=True)

    def _look_again(self) -> None:
        """Read the form's choices again, as the Server document may have been edited."""
        session = self.workspace.session
        job = Job(partial(_look_around, session.domain, session.actor))
        job.done.connect(self._looked)
        job.start()

    def _looked(self, around: DatabaseSurroundings) -> None:
        self.draft.around = around
        self.processing.follow()
        self.check()
