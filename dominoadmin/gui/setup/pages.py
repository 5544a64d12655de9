"""The pages of the wizard "Set Up a New Domain"."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QVBoxLayout, QWidget, QWizardPage

from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.country import CountryLine
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.wizard import FormPage, RunningPage, at_the_title
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.services.directory.ports import said_of
from dominoadmin.services.progress import Progress
from dominoadmin.services.setup.creating import OpenKeychain
from dominoadmin.services.setup.founding import Founded
from dominoadmin.viewmodels.setup import draft as setup
from dominoadmin.viewmodels.setup.draft import ASK, KEYCHAIN, KeychainOffer, SetupDraft, SetupStep, SetupSurroundings

_HIGHEST_PORT = 65535
_ID_FILES = 3


class OrganizationPage(FormPage[SetupStep]):
    """Asks for the organization."""

    def __init__(self, draft: SetupDraft) -> None:
        subtitle = _("The names of all people and servers in the domain end with it. It cannot be changed later.")
        super().__init__(draft, SetupStep.ORGANIZATION, _("Organization"), subtitle)
        self.draft = draft
        self._name = self.form.line(
            _("&Organization Name:"), hint=_("A short name without a slash, for example MyCompany.")
        )
        spelled = _("Spelled out: Massachusetts, not MA. Optional, for the names in certificates.")
        self._state = self.form.line(_("&State or Province:"), hint=spelled)
        hint = _("Two letters, or a part of the country's name. Optional.")
        self._country = CountryLine(self.form, _("Coun&try Code:"), "", hint)
        self.form.name(organization=self._name, state=self._state, country=self._country)
        self.form.require(self._name)

    def load(self) -> None:
        self._name.setText(self.draft.organization)
        self._state.setText(self.draft.state)
        self._country.setText(self.draft.country)

    def save(self) -> None:
        draft = self.draft
        draft.organization, draft.state, draft.country = self._name.text(), self._state.text(), self._country.text()


class ServerPage(FormPage[SetupStep]):
    """Asks for the server."""

    def __init__(self, draft: SetupDraft) -> None:
        subtitle = _("The server runs the CA process and the Web server, inside this program or on its own.")
        super().__init__(draft, SetupStep.SERVER, _("Server"), subtitle)
        self.draft = draft
        self._name = self.form.line(_("Server n&ame:"))
        hint = _("The name that browsers use to reach it, for example server1.example.com.")
        self._host = self.form.line(_("&Host name:"), hint=hint)
        self._http = self.form.number(_("TC&P/IP port number:"), draft.http_port, 0, _HIGHEST_PORT)
        self._ssl = self.form.number(_("SS&L port number:"), draft.ssl_port, 0, _HIGHEST_PORT)
        self.form.name(server=self._name, host=self._host, http_port=self._http, ssl_port=self._ssl)
        self.form.require(self._name, self._host)
        self._why = self.form.add_quiet(_("Checking which ports are free…"))
        self._said = (0, 0)  # the ports that it is about

    def load(self) -> None:
        self._name.setText(self.draft.server)
        self._host.setText(self.draft.host)
        self._http.setValue(self.draft.http_port)
        self._ssl.setValue(self.draft.ssl_port)

    def save(self) -> None:
        self.draft.server, self.draft.host = self._name.text(), self._host.text()
        self.draft.http_port, self.draft.ssl_port = self._http.value(), self._ssl.value()
        chosen = (self.draft.http_port, self.draft.ssl_port)
        if chosen != self._said and any(self._said):  # what was said is about other ones
            self._said = chosen
            self._why.setText(translated(said_of(*chosen)))

    def take(self, found: SetupSurroundings) -> None:
        """Show the machine's defaults."""
        self.draft.take(found)
        self._why.setText(translated(found.ports.reason))
        self._said = (found.ports.http, found.ports.ssl)
        self.reload()


class AdministratorPage(FormPage[SetupStep]):
    """Asks for the first administrator."""

    def __init__(self, draft: SetupDraft) -> None:
        subtitle = _("The first administrator may do everything. The password protects cert.id and your own ID file.")
        super().__init__(draft, SetupStep.ADMINISTRATOR, _("Administrator"), subtitle)
        self.draft = draft
        self._name = self.form.line(_("Your n&ame:"), hint=_("For example, Ann Admin."))
        self._password = self.form.password_line(_("&Password:"))
        self._quality = PasswordQuality(self.form)
        self.form.rows.addRow("", self._quality)
        self._again = self.form.password_line(_("&Confirm Password:"))
        self.form.name(administrator=self._name, password=self._password, password_again=self._again)
        self.form.require(self._name, self._password, self._again)
        self._quality.watch(self._password, draft.words)

    def load(self) -> None:
        self._name.setText(self.draft.administrator)
        self._password.setText(self.draft.password)
        self._again.setText(self.draft.password_again)

    def save(self) -> None:
        self.draft.administrator = self._name.text()
        self.draft.password, self.draft.password_again = self._password.text(), self._again.text()


class PasswordsPage(FormPage[SetupStep]):
    """Asks where to store passwords. The keychain is tested first, which may wait for the user to unlock it."""

    def __init__(self, draft: SetupDraft, open_keychain: OpenKeychain) -> None:
        subtitle = _("The server needs the password of its ID whenever it starts.")
        super().__init__(draft, SetupStep.PASSWORDS, _("Passwords"), subtitle)
        self.draft, self._open_keychain = draft, open_keychain
        self._state = self.form.paragraph("")
        heading = _("Keep the server's password")
        self.form.heading(heading)
        self._keep = self.form.radios(
            "",
            [
                (KEYCHAIN, _("In the &keychain: the server starts automatically")),
                (ASK, _("N&owhere: ask at every start")),
            ],
            draft.keep,
            meanings={
                KEYCHAIN: _("The system protects it with your own log-in."),
                ASK: _("Nothing is stored: somebody types it whenever the server starts."),
            },
        )
        self._keep.setAccessibleName(heading)
        self._remember = self.form.check(_("Also re&member my password in the keychain"))
        self._same = self.form.check(_("&Same password as mine"), draft.same_password)
        self._password = self.form.password_line(_("Server &password:"))
        self._quality = PasswordQuality(self.form)
        self.form.rows.addRow("", self._quality)
        self._again = self.form.password_line(_("&Confirm Password:"))
        self.form.name(keep=self._keep, server_password=self._password, server_password_again=self._again)
        self.form.require(self._password, self._again)
        self._quality.watch(self._password, draft.words)

    def initializePage(self) -> None:
        super().initializePage()
        if self.draft.keychain is None:
            job = Job(partial(_try_keychain, self._open_keychain), waits=True)
            job.done.connect(self._tried)
            job.failed.connect(self._not_tried)
            job.start()

    def load(self) -> None:
        draft = self.draft
        self._keep.set_value(draft.keep)
        self._remember.setChecked(draft.remember)
        self._same.setChecked(draft.same_password)
        self._password.setText(draft.server_password)
        self._again.setText(draft.server_password_again)
        self._show_state()

    def save(self) -> None:
        draft = self.draft
        draft.keep, draft.remember = self._keep.value() or ASK, self._remember.isChecked()
        draft.same_password = self._same.isChecked()
        draft.server_password, draft.server_password_again = self._password.text(), self._again.text()
        self._show_state()

    def _tried(self, found: KeychainOffer) -> None:
        self.draft.offer(found)
        self.reload()

    def _not_tried(self, error: Exception) -> None:
        errors.show(self, error)
        self._tried(KeychainOffer("", translated(str(error))))

    def _show_state(self) -> None:
        found = self.draft.keychain
        works = found is not None and not found.problem
        self._state.setText(_keychain_words(found))
        self._keep.buttons[KEYCHAIN].setEnabled(works)
        self._keep.buttons[KEYCHAIN].setToolTip(translated(found.problem) if found else "")
        asks = self.draft.keep == ASK and found is not None
        rows = self.form.rows
        rows.setRowVisible(self._remember, works)
        rows.setRowVisible(self._same, asks)
        for widget in (self._password, self._quality, self._again):
            rows.setRowVisible(widget, asks and not self.draft.same_password)


def _keychain_words(found: KeychainOffer | None) -> str:
    if found is None:
        return _("Waiting for the system keychain…")
    if found.problem:
        return _("{problem} You will be prompted for the passwords each time.").format(
            problem=translated(found.problem)
        )
    return _("The keychain of this system works: {name}.").format(name=found.name)


def _try_keychain(open_keychain: OpenKeychain, _progress: Progress) -> KeychainOffer:
    return setup.keychain_offer(open_keychain)


class BackupPage(FormPage[SetupStep]):
    """Asks for a folder to copy the ID files to."""

    def __init__(self, draft: SetupDraft) -> None:
        subtitle = _("If the ID files or their passwords are lost, the domain is lost: they cannot be created again.")
        super().__init__(draft, SetupStep.BACKUP, _("Copies"), subtitle)
        self.draft = draft
        meaning = _("The three ID files, each protected by its password. They can be copied by hand later, too.")
        self._wanted = self.form.check(_("&Copy the ID files to another folder"), draft.backup, hint=meaning)
        self._folder, self._browse, row = _folder_row(self.form)
        self.form.row(_("&Folder:"), row, hint=_("Use a USB stick or another disk that is kept under lock and key."))
        caption = self.form.rows.labelForField(row)
        assert isinstance(caption, QLabel)
        caption.setBuddy(self._folder)
        self.form.name(backup_folder=self._folder)
        self.form.require(self._folder)
        self._browse.clicked.connect(self._choose)
        self._folder.textChanged.connect(self.form.changed)

    def load(self) -> None:
        self._wanted.setChecked(self.draft.backup)
        self._folder.setText(self.draft.backup_folder)
        self._switch()

    def save(self) -> None:
        self.draft.backup, self.draft.backup_folder = self._wanted.isChecked(), self._folder.text()
        self._switch()

    def _switch(self) -> None:
        for widget in (self._folder, self._browse):
            widget.setEnabled(self.draft.backup)

    def _choose(self) -> None:
        messages.choose_folder(self, _("Folder for the Copies"), Path.home(), self._chosen)

    def _chosen(self, folder: Path) -> None:
        self._folder.setText(str(folder))


def _folder_row(form: Form) -> tuple[QLineEdit, QPushButton, QWidget]:
    row = QWidget(form)
    folder = QLineEdit(row)
    folder.setAccessibleName(_("Folder"))
    browse = QPushButton(_("Bro&wse…"), row)
    browse.setAutoDefault(False)
    layout = QHBoxLayout(row)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.addWidget(folder, 1)
    layout.addWidget(browse)
    row.setFocusProxy(folder)
    return folder, browse, row


class SummaryPage(FormPage[SetupStep]):
    """Shows what will be created, and commits."""

    def __init__(self, draft: SetupDraft) -> None:
        intro = _("Nothing has been created yet. Check the names.")
        super().__init__(draft, SetupStep.SUMMARY, _("Summary"), intro)
        self.draft = draft
        self.setCommitPage(True)
        labels = {
            "root": _("Data folder:"), "organization": _("Organization Name:"), "server": _("Server:"),
            "host": _("Host name:"), "ports": _("Ports:"), "administrator": _("Administrator:"),
            "keep": _("Server's password:"), "copies": _("Copies:"),
        }  # fmt: skip
        self._shown = {key: self.form.shown(label, "") for key, label in labels.items()}

    def load(self) -> None:
        draft = self.draft
        organization, server, administrator = (names.abbreviated(name) for name in draft.names())
        ports = _("{http} (TCP/IP), {ssl} (SSL)").format(http=draft.http_port, ssl=draft.ssl_port)
        keep = _("in the system's keychain") if draft.keep == KEYCHAIN else _("asked for each time")
        texts = {
            "root": str(draft.root), "organization": organization, "server": server, "host": draft.host, "ports": ports,
            "administrator": administrator, "keep": keep,
            "copies": draft.backup_folder if draft.backup else _("none"),
        }  # fmt: skip
        for key, text in texts.items():
            self._shown[key].setText(text)


class ResultPage(QWizardPage):
    """Shows the result and the next step."""

    def __init__(self, running: RunningPage[Founded]) -> None:
        super().__init__()
        self.setTitle(_("Done"))
        self.setSubTitle(_("The domain has been set up."))
        self._running = running
        form = Form(self)
        at_the_title(form)
        labels = {
            "root": _("Data folder:"), "certifier": _("Certifier ID:"), "administrator": _("Administrator:"),
            "server": _("Server:"), "kept": _("Server's password:"), "copies": _("Copies:"),
        }  # fmt: skip
        self._shown = {key: form.shown(label, "") for key, label in labels.items()}
        self._remarks = form.paragraph("")
        form.heading(_("What to do next"))
        form.paragraph(
            _("Open the Administrator. Its Quick Guide shows the next steps, starting with an Internet certifier.")
        )
        self._safe = form.paragraph("")
        QVBoxLayout(self).addWidget(scrolled(form))

    def initializePage(self) -> None:
        made = self._running.result
        if not isinstance(made, Founded):
            return
        result = made.result
        texts = {
            "root": str(made.root),
            "certifier": _("{file}: opens with the administrator's password").format(file=result.certifier_id.name),
            "administrator": _ided(result.administrator, result.administrator_id),
            "server": _ided(result.server, result.server_id),
            "kept": _("kept in {keychain}").format(keychain=result.keychain)
            if result.keychain
            else _("the one you chose"),
            "copies": _copies(made.copies),
        }
        for key, text in texts.items():
            self._shown[key].setText(text)
        self._remarks.setText("\n".join(map(translated, made.remarks)))
        self._remarks.setVisible(bool(made.remarks))
        if len(made.copies) < _ID_FILES:
            self._safe.setText(_("Keep copies of the three ID files and their passwords in a safe place."))
        else:
            self._safe.setText(_("Keep the copies and the passwords in a safe place."))


def _copies(copies: tuple[Path, ...]) -> str:
    if not copies:
        return _("none")
    return _("{files} in {folder}").format(files=", ".join(path.name for path in copies), folder=copies[0].parent)


def _ided(name: str, path: Path) -> str:
    return _("{name}, ID file {file}").format(name=names.abbreviated(name), file=path.name)
