"""The Server document (technote, step 28): its tabs, read mode and edit mode, and the next step after saving."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QMessageBox, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.directory.server_forms import AdministratorsForm, BasicsForm, ProtocolForm, SecurityForm, SslForm
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.documents.late_tabs import LateTabs
from dominoadmin.gui.frame.documents.sections import stacked
from dominoadmin.gui.frame.forms.field_problems import FieldProblems
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.services.directory import server_documents
from dominoadmin.services.directory.server_entries import ServerEntry
from dominoadmin.services.domain import Actor
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.directory.server_draft import ServerDraft
from dominoadmin.viewmodels.problems import of_error

_RESTART: Final = "tell http restart"
_LEAST_LINES: Final = 12
_PORTS: Final = 2  # the number of the tab


def open_server(
    workspace: Workspace, server: str = "", *, edit: bool = False, ssl_key_file: str = "", guided: bool = False
) -> QWidget | None:
    """Open a server document; the first server's if none is named. `ssl_key_file` is filled in for editing.

    `guided`: at the ports, with the SSL port enabled; the guide says what comes after saving.
    """
    try:
        entry = server_documents.show(workspace.session.domain, server)
    except Error as error:
        errors.show(workspace.widget(), error)
        return None
    page = workspace.show_tab(f"server:{entry.name}", partial(ServerDocument, workspace, entry))
    if edit and isinstance(page, ServerDocument):
        if guided:
            page.enable_ssl(ssl_key_file)
        else:
            page.edit(ssl_key_file)
    return page


class ServerDocument(Document):
    """One server document."""

    def __init__(self, workspace: Workspace, entry: ServerEntry) -> None:
        super().__init__(workspace, _("Server: {name}").format(name=names.abbreviated(entry.name)))
        self._edit_action = self.add_action(_("&Edit Server"), self.edit)
        self._renew_action = self.add_action(_("Re&new Server ID…"), self._renew)
        self._save_text = _("S&ave && Close")
        self._save_action = self.add_action(self._save_text, self.save)
        self._cancel_action = self.add_action(_("Cance&l"), self.cancel)
        self._draft = ServerDraft.of(workspace.session.domain, entry)
        self.is_editing = False
        self._guided = False
        self._job: Job | None = None
        self._tabs: LateTabs | None = None
        self._protocol = 0
        self._problem = QLabel(self)
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.setAccessibleName(_("What is missing"))
        self._problem.setContentsMargins(9, 4, 9, 0)
        self._field_problems = FieldProblems(self, self._check)
        self._outer().insertWidget(1, self._problem)  # visible at any scroll position
        self._build()

    def refresh(self) -> None:
        """Show the current document; one that is being edited keeps its input."""
        if not self.is_editing:
            self._read()

    def edit(self, ssl_key_file: str = "") -> None:
        """Enter edit mode."""
        if self.is_editing:
            return
        self.is_editing = True
        self._read()
        if ssl_key_file and not self._draft.ssl_key_file:
            self._draft.ssl_key_file = ssl_key_file
            self._build()
            self._edited()

    def enable_ssl(self, ssl_key_file: str) -> None:
        """Enter edit mode at the ports, with this key ring and the SSL port enabled; nothing is saved yet."""
        if not self.is_editing:
            self.is_editing = True
            self._read()
        self._guided = True
        self._draft.ssl_key_file = ssl_key_file
        self._draft.enable_ssl()
        self._protocol = 0
        self._build()
        if self._tabs is not None:
            self._tabs.setCurrentIndex(_PORTS)
        self._edited()
        self.workspace.say(_("The key ring is filled in, and SSL is enabled: choose Save & Close."))

    def cancel(self) -> None:
        """Return to read mode; ask before discarding input."""
        if self.dirty:
            messages.confirm_discard(self, self._end_editing)
        else:
            self._end_editing()

    def save(self) -> None:
        """Save the changes, and close."""
        if self._job is not None or not self._field_problems.press(self._draft.problems()):
            return
        if not self._draft.changes():
            self.discard()
            return
        self._job = Job(partial(_save, self._draft, self.workspace.session.actor))
        self._job.done.connect(self._saved)
        self._job.failed.connect(self._failed)
        self.setEnabled(False)
        self._job.start()

    def _renew(self) -> None:
        from dominoadmin.gui.identities import renew_server_id

        renew_server_id.start(self.workspace, self._draft.entry.name)

    def _outer(self) -> QVBoxLayout:
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        return layout

    def _end_editing(self) -> None:
        self.is_editing = self.dirty = False
        self._read()

    def _read(self) -> None:
        try:
            entry = server_documents.show(self.workspace.session.domain, self._draft.entry.name)
        except Error as error:  # it was deleted: reported once, not with every change of the store
            self.discard()
            self.workspace.say(error.text())
            return
        if self._tabs is None or self.is_editing or entry != self._draft.entry or self._save_action.isVisible():
            self._draft = ServerDraft.of(self.workspace.session.domain, entry)
            self._build()

    def _build(self) -> None:
        place = self._tabs.currentIndex() if self._tabs is not None else 0
        widget_tree.remove(self._tabs)
        self._field_problems.forget()
        self._tabs = self._make_tabs()
        self.body.insertWidget(0, self._tabs, 1)
        self._tabs.setCurrentIndex(place)
        for action in (self._edit_action, self._renew_action):
            action.setVisible(not self.is_editing)
        self._save_action.setVisible(self.is_editing)
        self._cancel_action.setVisible(self.is_editing)
        self._check()

    def _make_tabs(self) -> LateTabs:
        tabs = LateTabs(self)
        tabs.add(_("&Basics"), self._basics_page)
        tabs.add(_("Sec&urity"), self._security_page)
        tabs.add(_("Po&rts"), self._ports_page)
        return tabs

    def _basics_page(self) -> QWidget:
        return self._page(BasicsForm(self._draft, editing=self.is_editing))

    def _security_page(self) -> QWidget:
        security = SecurityForm(self.workspace, self._draft, editing=self.is_editing)
        return self._page(AdministratorsForm(self.workspace), security)

    def _ports_page(self) -> QWidget:
        outer = SteadyTabs(self)
        ports = LateTabs(outer)
        ports.add(_("&Web"), partial(self._protocols, "Web"))
        ports.add(_("&Directory"), partial(self._protocols, "Directory"))
        ports.add(_("&Mail"), partial(self._protocols, "Mail (IMAP)", "Mail (POP)", "Mail (SMTP Inbound)"))
        ports.add(_("DIIO&P"), partial(self._protocols, "DIIOP"))
        ports.setCurrentIndex(self._protocol)
        ports.currentChanged.connect(self._note_protocol)
        ssl = self._watched(SslForm(self._draft, editing=self.is_editing))
        outer.addTab(stacked(ssl, ports, stretched=True), _("&Internet Ports"))
        return outer

    def _note_protocol(self, number: int) -> None:
        self._protocol = number

    def _protocols(self, *protocols: str) -> QWidget:
        return self._page(*(ProtocolForm(self._draft, protocol, editing=self.is_editing) for protocol in protocols))

    def _page(self, *forms: Form) -> QWidget:
        page = stacked(*(self._watched(form) for form in forms))
        area = scrolled(page)
        page.setAutoFillBackground(False)  # the tab's own background is visible
        area.setMinimumHeight(self.fontMetrics().lineSpacing() * _LEAST_LINES)
        return area

    def _watched(self, form: Form) -> Form:
        self._field_problems.watch(form)
        form.edited.connect(self._edited)
        return form

    def _edited(self) -> None:
        self.dirty = bool(self._draft.changes())
        if self._draft.misses_key_ring():  # an SSL port was enabled just now, further down
            self._field_problems.reveal("ssl_key_file")
        self._check()

    def _check(self) -> None:
        problem = self._field_problems.tell(self._draft.problems() if self.is_editing else ())
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.set_off(self._save_text, problem)

    def _saved(self, restart: bool) -> None:
        self._job = None
        workspace, title = self.workspace, self.windowTitle()
        self.discard()
        workspace.say(_("{title} has been saved.").format(title=title))
        if restart and not self._guided:
            tell_next_step(workspace, title)

    def _failed(self, error: Exception) -> None:
        self._job = None
        self.setEnabled(True)
        if not isinstance(error, Error) or not self._field_problems.refuse(of_error(error)):
            errors.show(self, error)


def tell_next_step(workspace: Workspace, title: str) -> QMessageBox:
    """Show that HTTP must be restarted (technote, step 29), and offer to do it."""
    box = QMessageBox(workspace.widget())
    box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QMessageBox.Icon.Information)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(_("The Server document has been saved."))
    if workspace.server.is_running:
        box.setInformativeText(
            _('Next: enter "{command}" on the server console. HTTP then uses the new settings.').format(
                command=_RESTART
            )
        )
        restart = box.addButton(_("&Restart HTTP Now"), QMessageBox.ButtonRole.AcceptRole)
        restart.clicked.connect(partial(_restart, workspace))
        box.setDefaultButton(restart)
    elif at := workspace.server.elsewhere:
        text = _('Next: enter "{command}" on the console of the server, which runs on {host}, process {process}.')
        box.setInformativeText(text.format(command=_RESTART, host=at.host, process=at.process))
    else:
        box.setInformativeText(_("The server is not running here. HTTP uses the new settings the next time it starts."))
    close = box.addButton(QMessageBox.StandardButton.Close)
    box.setEscapeButton(close)
    box.open()
    return box


def _restart(workspace: Workspace, _checked: bool = False) -> None:
    workspace.server.execute(_RESTART)
    workspace.say(_("HTTP is restarting. The console shows its progress."))


def _save(draft: ServerDraft, actor: Actor, _progress: Progress) -> bool:
    restart = draft.needs_restart()
    server_documents.change(draft.domain, actor, draft.entry.name, *draft.changes())
    return restart
