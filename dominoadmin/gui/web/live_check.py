"""The last steps of the technote: checks whether the session with the server is secure, or what is missing."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialogButtonBox, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dominoadmin.gui.console.server_views import CHECKED, view_of
from dominoadmin.gui.frame import widget_tree
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.web.padlock import Padlock
from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import databases
from dominoadmin.services.web import live_check
from dominoadmin.services.web.live_check import LiveCheck
from dominoadmin.viewmodels.requests.texts import fingerprint_in_lines

_HERE: Final = "127.0.0.1"
_WIDTH, _HEIGHT = 580, 460
_MARGIN: Final = 60
_CHARACTERS: Final = 64


def start(workspace: Workspace) -> None:
    """Open the dialog, which checks immediately."""
    LiveCheckDialog(workspace).open()


class LiveCheckDialog(HeadedDialog):
    """Shows the steps as they happen, then the result. It can be repeated."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Live Check"))
        self._workspace = workspace
        self._job: Job | None = None
        self._seen: LiveCheck | None = None
        self._page = ""
        self._lay_out()

    def open(self) -> None:
        """Show the dialog and check."""
        room = widget_tree.room(self)
        width = max(_WIDTH, self.fontMetrics().averageCharWidth() * _CHARACTERS)
        self.resize(min(width, room.width() - 40), min(max(_HEIGHT, self.sizeHint().height()), room.height() - _MARGIN))
        super().open()
        self.look()

    def look(self) -> None:
        """Check again."""
        if self._job is not None:
            return
        self._steps.setText("")
        self._show_state(None, _("Checking…"), "")
        session, view = self._workspace.session, view_of(self._workspace)
        address = _HERE if view.is_running else ""
        self._job = Job(partial(_looked, session.domain, session.actor, view.ssl_port, address), waits=True)
        self._job.stepped.connect(self._stepped)
        self._job.done.connect(self._found)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._switch()
        self._job.start()

    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def _lay_out(self) -> None:
        self.padlock = Padlock(self)
        self._headline, self._hint, self._steps = (_label(self) for _number in range(3))
        font = self._headline.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * 1.25)
        self._headline.setFont(font)
        self._headline.setAccessibleName(_("Result"))
        self._steps.setAccessibleName(_("Steps"))
        texts = QVBoxLayout()
        texts.addWidget(self._headline)
        texts.addWidget(self._hint)
        texts.addStretch(1)
        top = QHBoxLayout()
        top.addWidget(self.padlock, 0, Qt.AlignmentFlag.AlignTop)
        top.addLayout(texts, 1)
        self._form = self._facts()
        layout = self.column()
        layout.addLayout(top)
        layout.addWidget(self._steps)
        layout.addWidget(scrolled(self._form), 1)
        layout.addWidget(self._buttons())

    def _facts(self) -> Form:
        form = Form(self)
        self._url = form.shown(_("URL"), "")
        self._session = form.shown(_("Session"), "")
        self._validity = form.shown(_("Certificate"), "")
        self._name = form.shown(_("Name"), "")
        self._fingerprint = form.shown(_("SHA-256"), "")
        self._fingerprint.setWordWrap(True)
        form.hide()
        return form

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self.again = _button(box, _("Check &Again"), role)
        self.chain = _button(box, _("&Show Certificate…"), role)
        self.browser = _button(box, _("&Open in Browser"), role)
        self.help = _button(box, _("&Trust in Browsers…"), role)
        close = box.addButton(QDialogButtonBox.StandardButton.Close)
        close.setDefault(True)
        self.again.clicked.connect(self.look)
        self.chain.clicked.connect(self._show_chain)
        self.browser.clicked.connect(self._open_browser)
        self.help.clicked.connect(self._open_help)
        box.rejected.connect(self.reject)
        if box.sizeHint().width() > widget_tree.room(self).width() - _MARGIN:  # large fonts, a small screen
            box.setOrientation(Qt.Orientation.Vertical)
        return box

    def _stepped(self, text: str) -> None:
        before = self._steps.text()
        self._steps.setText(f"{before}\n{text}…" if before else f"{text}…")

    def _found(self, result: tuple[LiveCheck, str]) -> None:
        self._seen, self._page = result
        seen = self._seen
        if seen.is_secure:
            self._show_state(True, _("The session is secure."), self._advice(seen))
        else:
            self._show_state(False, translated(seen.problem), translated(seen.hint))
        self._workspace.memory.set(CHECKED, seen.sha256 if seen.is_secure else "")
        self._show_facts(seen)

    def _advice(self, seen: LiveCheck) -> str:
        if not seen.target.address:
            return _("Browsers that trust the certifier show a closed padlock.")
        text = _(
            "Browsers that trust the certifier show a closed padlock. {host} was checked on this computer; other "
            "computers need it in DNS."
        )
        return text.format(host=seen.target.host)

    def _show_facts(self, seen: LiveCheck) -> None:
        self._url.setText(self._page)
        self._form.setVisible(bool(seen.chain))
        if not seen.chain or seen.not_after is None:
            return
        self._session.setText(_("{protocol}, {cipher}").format(protocol=seen.protocol, cipher=seen.cipher))
        days = plural("{n} day left, until {date}", "{n} days left, until {date}", seen.days_left)
        self._validity.setText(days.format(n=seen.days_left, date=f"{seen.not_after:%Y-%m-%d}"))
        named = _("The certificate names {host}.") if seen.name_matches else _("The certificate does not name {host}.")
        self._name.setText(named.format(host=seen.target.host))
        self._fingerprint.setText(fingerprint_in_lines(seen.sha256))

    def _failed(self, error: Exception) -> None:
        self._show_state(None, translated(str(error)), translated(getattr(error, "hint", "")))

    def _finished(self) -> None:
        self._job = None
        self._switch()

    def _switch(self) -> None:
        looking = self._job is not None
        self.again.setEnabled(not looking)
        has_chain = not looking and self._seen is not None and bool(self._seen.chain)
        _set_off(self.chain, "" if has_chain else _("The server did not present a certificate."))
        _set_off(self.browser, "" if has_chain else _("There is no TLS connection."))

    def _show_state(self, closed: bool | None, headline: str, hint: str) -> None:
        self.padlock.show_state(closed=closed)
        self._headline.setText(headline)
        self._hint.setText(hint)
        self._hint.setVisible(bool(hint))

    def _show_chain(self) -> None:
        from dominoadmin.gui.certificates import viewer as certificate

        if self._seen:
            certificate.open_window(self, self._seen.chain)

    def _open_browser(self) -> None:
        QDesktopServices.openUrl(QUrl(self._page))

    def _open_help(self) -> None:
        from dominoadmin.gui.web import browser_help

        self.accept()
        browser_help.start(self._workspace)


def _looked(domain: Domain, actor: Actor, port: int, address: str, progress: Progress) -> tuple[LiveCheck, str]:
    """Check, and return the page that a browser should open."""
    target = live_check.target_of(domain, port, address)
    files = [record.file for record, _certifier in databases.all_databases(domain)]
    page = f"https://{target.host}:{target.port}/{files[0] if files else ''}"
    return live_check.check(domain, actor, target, progress), page


def _button(box: QDialogButtonBox, text: str, role: QDialogButtonBox.ButtonRole) -> QPushButton:
    button = box.addButton(text, role)
    button.setAutoDefault(False)
    return button


def _set_off(button: QPushButton, why: str) -> None:
    button.setEnabled(not why)
    button.setToolTip(why)


def _label(parent: QWidget) -> QLabel:
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
