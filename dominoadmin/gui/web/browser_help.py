"""Instructions for trusting the certifier on current systems (technote, steps 30-33): clicks, commands, files."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.errors import Error, NotFound
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.forms.values import CopyButton, ValueText, add_node, fixed_font
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.paths import write_whole
from dominoadmin.pki.extension_texts import Node
from dominoadmin.services.directory import server_documents
from dominoadmin.services.requests import databases
from dominoadmin.services.web import request_site
from dominoadmin.services.web.request_site import Authority
from dominoadmin.services.web.trust_guides import TrustGuide, guides

_SIZE: Final = QSize(740, 540)
_LEAST_CHARACTERS: Final = 50
_SPARE: Final = 12


def start(workspace: Workspace, file: str = "") -> None:
    """Open the help for the certifier of a Certificate Requests database, by default the first one."""
    try:
        known = [record.file for record, _certifier in databases.all_databases(workspace.session.domain)]
        if not known:
            raise NotFound(
                _("There is no Certificate Requests database yet, so there is no certifier to trust."),
                _("Register an Internet certifier, then create its database with File - Database - New."),
            )
        BrowserHelp(workspace, known, file if file in known else known[0]).open()
    except Error as error:
        errors.show(workspace.widget(), error)


class BrowserHelp(HeadedDialog):
    """The systems and the instructions for the chosen one; the certificate and its fingerprint above."""

    def __init__(self, workspace: Workspace, known: list[str], file: str) -> None:
        super().__init__(workspace.widget())
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Trust in Browsers"))
        self._workspace = workspace
        self._authority = _authority(workspace, file)
        self._database = SteadyComboBox(self)
        self._database.addItems(known)
        self._database.setCurrentText(file)
        self._head = QVBoxLayout()
        self._summary: QWidget | None = None
        self.systems = QListWidget(self)
        self.systems.setAccessibleName(_("Systems"))
        self.systems.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self.pages = QStackedWidget(self)
        self.systems.currentRowChanged.connect(self.pages.setCurrentIndex)
        self._database.currentTextChanged.connect(self._choose)
        self._lay_out()
        self._show()
        self.set_context(file)
        self.resize(_SIZE)

    def _lay_out(self) -> None:
        chooser = QHBoxLayout()
        caption = QLabel(_("&Database"), self)
        caption.setBuddy(self._database)
        self._database.setAccessibleName(_("Database"))
        chooser.addWidget(caption)
        chooser.addWidget(self._database, 1)
        for widget in (caption, self._database):
            widget.setVisible(self._database.count() > 1)
        page = QWidget(self)
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        self._middle = QHBoxLayout()
        self._middle.addWidget(self.systems, 0, Qt.AlignmentFlag.AlignTop)
        self._middle.addWidget(self.pages, 1)
        column.addLayout(self._head)
        column.addLayout(self._middle, 1)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        save = buttons.addButton(_("&Save Certificate…"), QDialogButtonBox.ButtonRole.ActionRole)
        pem = buttons.addButton(_("Save as &PEM…"), QDialogButtonBox.ButtonRole.ActionRole)
        buttons.button(QDialogButtonBox.StandardButton.Close).setDefault(True)
        buttons.rejected.connect(self.reject)
        save.clicked.connect(self._save_der)
        pem.clicked.connect(self._save_pem)
        layout = self.column()
        layout.addLayout(chooser)
        layout.addWidget(scrolled(page), 1)
        layout.addWidget(buttons)

    def _choose(self, file: str) -> None:
        try:
            self._authority = _authority(self._workspace, file)
        except Error as error:
            errors.show(self, error)
            return
        self._show()

    def _show(self) -> None:
        """Show the authority: its fingerprint above, a page for each system."""
        widget_tree.remove(self._summary)
        self._summary = _summary(self._authority, self)
        self._head.addWidget(self._summary)
        chosen = max(0, self.systems.currentRow())
        self.systems.clear()
        while page := self.pages.widget(0):
            self.pages.removeWidget(page)
            page.deleteLater()
        host = _host(self._workspace)
        for guide in guides(self._authority.stem, host):
            self.systems.addItem(translated(guide.system))
            self.pages.addWidget(GuidePage(guide, self))
        self._fit()
        self.systems.setCurrentRow(chosen)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """Put the list beside the instructions, or over them if there is too little room, as with large letters."""
        width = self.systems.sizeHintForColumn(0) + 2 * self.systems.frameWidth() + _SPARE
        is_wide = self.width() - width >= _LEAST_CHARACTERS * self.fontMetrics().averageCharWidth()
        beside, over = QBoxLayout.Direction.LeftToRight, QBoxLayout.Direction.TopToBottom
        self._middle.setDirection(beside if is_wide else over)
        self.systems.setFixedWidth(width)
        height = self.systems.sizeHintForRow(0) * self.systems.count() + 2 * self.systems.frameWidth() + 2
        self.systems.setFixedHeight(height)

    def _save_der(self) -> None:
        self._save(f"{self._authority.stem}.cer", self._authority.der())

    def _save_pem(self) -> None:
        self._save(f"{self._authority.stem}.pem", self._authority.pem())

    def _save(self, name: str, data: bytes) -> None:
        messages.save_file(self, _("Save Certificate"), Path.home() / name, partial(self._write, data))

    def _write(self, data: bytes, path: Path) -> None:
        try:
            write_whole(path, data)
        except Error as error:
            errors.show(self, error)
            return
        messages.inform(self, _("Save Certificate"), _("The certificate has been saved as {path}.").format(path=path))


class GuidePage(QWidget):
    """The instructions for one system: numbered steps, then equivalent commands, each with its copy button."""

    def __init__(self, guide: TrustGuide, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        step = _("{n}. {sentence}")
        for n, sentence in enumerate(map(translated, guide.steps), start=1):
            layout.addWidget(self._text(step.format(n=n, sentence=sentence) if len(guide.steps) > 1 else sentence))
        if guide.commands:
            layout.addSpacing(8)
            layout.addWidget(self._text(_("Commands to run in the folder with the saved certificate:")))
        for command in guide.commands:
            layout.addLayout(self._command(command))
        layout.addStretch(1)

    def _text(self, text: str) -> QLabel:
        label = QLabel(text, self, wordWrap=True)
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        return label

    def _command(self, command: str) -> QHBoxLayout:
        row = QHBoxLayout()
        text = ValueText(parent=self)  # not `fixed`, which breaks lines like those of fingerprints
        text.setFont(fixed_font(self))
        text.set_text(command)
        text.setAccessibleName(_("Command"))
        row.addWidget(text, 1)
        row.addWidget(CopyButton(command, command, self), 0, Qt.AlignmentFlag.AlignTop)
        return row


def _summary(authority: Authority, parent: QWidget) -> QWidget:
    head = QWidget(parent)
    head.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
    column = QVBoxLayout(head)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(
        _sentence(
            _(
                "Browsers trust the server once they trust the certifier. Save the certifier's "
                "certificate and add it to "
                "each browser or system."
            )
        )
    )
    form = Form(head)
    form.rows.setContentsMargins(0, 0, 0, 0)
    name = ValueText(authority.name, form)
    form.row(_("Certifier"), name)
    for label, value in authority.fingerprints[:1]:
        add_node(form, Node(label, value, fixed=True, copied=True))
    column.addWidget(form)
    for text in filter(
        None, [_("Compare the SHA-256 fingerprint on each system before you trust it."), authority.remark]
    ):
        column.addWidget(_sentence(text))
    return head


def _sentence(text: str) -> QLabel:
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    return label


def _authority(workspace: Workspace, file: str) -> Authority:
    return request_site.authority(workspace.session.domain, workspace.session.actor, file)


def _host(workspace: Workspace) -> str:
    return server_documents.show(workspace.session.domain).host_name
