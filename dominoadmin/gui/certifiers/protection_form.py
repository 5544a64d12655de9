"""The group "Encrypt Certifier ID with" (fact sheet 2.2.2)."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QPushButton, QRadioButton, QSizePolicy, QStyle, QWidget

from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.forms.form import Form, Meaning
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.states import Protection
from dominoadmin.viewmodels import words
from dominoadmin.viewmodels.certifiers import choices as certifier_choices
from dominoadmin.viewmodels.certifiers.choices import LockingId
from dominoadmin.viewmodels.certifiers.registration_draft import CertifierDraft


class CertifierProtection(Form):
    """The server's ID, with or without an activation password, or a person's ID."""

    def __init__(self, workspace: Workspace, draft: CertifierDraft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._workspace, self._draft = workspace, draft
        self.rows.setContentsMargins(0, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.heading(_("Encrypt Certifier ID with"))
        basics = draft.basics
        self._radio(_("Encrypt ID with Ser&ver ID"), Protection.SERVER_ID, not basics.locked)
        self._under_server = self._below()
        self._require = self._under_server.check(
            _("&Require password to activate certifier"),
            basics.require_password,
            hint=words.protection_meaning(Protection.PASSWORD),
        )
        self._password = self._under_server.password_line(_("&Password:"))
        self._again = self._under_server.password_line(_("&Confirm Password:"))
        self._quality = PasswordQuality(self._under_server)
        self._quality.watch(self._password, draft.own_words)
        self._under_server.rows.addRow(_("Quality:"), self._quality)
        self._with_locking = self._radio(_("Encrypt ID with &Locking ID"), Protection.LOCKING_ID, basics.locked)
        self._under_locking = self._below()
        self._owner = self._under_locking.choice(_("&Whose ID:"), self._offered())
        other = QPushButton(_("Other ID &File…"), self)
        other.clicked.connect(self._choose_file)
        self._under_locking.rows.addRow("", other)
        self._under_server.name(activation_password=self._password, again=self._again)
        self._under_locking.name(locking_id=self._owner)
        self._under_server.require(self._password, self._again)
        self._under_locking.require(self._owner)
        self._switch()

    def save(self) -> None:
        basics = self._draft.basics
        basics.locked = self._with_locking.isChecked()
        basics.require_password = self._require.isChecked()
        basics.password, basics.again = self._password.text(), self._again.text()
        basics.locking_id = self._owner.currentData()
        self._switch()

    def _radio(self, text: str, protection: str, checked: bool) -> QRadioButton:
        radio = QRadioButton(text, self)
        radio.setChecked(checked)
        radio.setAccessibleDescription(words.protection_meaning(protection))
        radio.toggled.connect(self.changed)
        self.rows.addRow(radio)
        self.rows.addRow(Meaning(words.protection_meaning(protection), self))
        return radio

    def _below(self) -> Form:
        """Add rows that belong to the radio button above them."""
        below = Form(self)
        radio = QStyle.PixelMetric.PM_ExclusiveIndicatorWidth
        below.rows.setContentsMargins(self.style().pixelMetric(radio) + self.fontMetrics().averageCharWidth(), 0, 0, 0)
        below.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        below.edited.connect(self.changed)
        self.rows.addRow(below)
        return below

    def _offered(self) -> list[tuple[LockingId | None, str]]:
        return [(None, _("(choose a person)")), *((each, each.label) for each in self._draft.choices.locking_ids)]

    def _switch(self) -> None:
        locked = self._with_locking.isChecked()
        self._under_server.setEnabled(not locked)
        self.rows.setRowVisible(self._under_locking, locked)
        for widget in (self._password, self._again, self._quality):
            self._under_server.rows.setRowVisible(widget, not locked and self._require.isChecked())

    def _choose_file(self) -> None:
        folder = self._draft.choices.directory.root
        messages.choose_file(self.window(), _("Locking ID"), folder, _("ID files (*.id);;All files (*)"), self._read)

    def _read(self, path: Path) -> None:
        job = Job(partial(_describe, self._workspace.session.domain, path))
        job.done.connect(self._add)
        job.failed.connect(self._refuse)
        job.start()

    def _add(self, found: LockingId) -> None:
        if self._owner.findText(found.label) < 0:
            self._owner.addItem(found.label, found)
        self._owner.setCurrentIndex(self._owner.findText(found.label))

    def _refuse(self, error: Exception) -> None:
        errors.show(self.window(), error)


def _describe(domain: Domain, path: Path, _progress: Progress) -> LockingId:
    return certifier_choices.locking_id(domain, path)
