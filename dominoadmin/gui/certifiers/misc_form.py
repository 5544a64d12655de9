"""The tab "Misc" of "Register a New Internet Certifier" (fact sheet 2.2.5)."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton, QWidget

from dominoadmin.gui.certifiers.lists_form import CertifierLists
from dominoadmin.gui.certifiers.setting_rows import SettingRows
from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.remarks import Remarks
from dominoadmin.gui.frame.forms.values import add_beside
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import text as _
from dominoadmin.pki import keys
from dominoadmin.services.certifiers.settings import MAXIMUM_YEARS
from dominoadmin.viewmodels.certifiers.registration_draft import MISC, CertifierDraft
from dominoadmin.viewmodels.words import key_label


class CertifierMisc(Form):
    """The local copy of the certifier ID, the key, the certifier's own certificate, and its CRLs."""

    def __init__(self, draft: CertifierDraft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._add_backup()
        self._add_key()
        self.name(
            backup_file=self._file, backup_password=self._password, backup_again=self._again, key_algorithm=self._key,
            years=self._years,
        )  # fmt: skip
        self.require(self._file, self._password, self._again)
        self._remarks = Remarks(self)
        self.rows.addRow(self._remarks)
        self.refresh()

    def _add_backup(self) -> None:
        misc = self._draft.misc
        self.heading(_("Local copy of the certifier ID"))
        why = _("This version cannot restore a certifier from the copy. Back up the data folder as well.")
        self._backup = self.check(_("Create a &local copy of the certifier ID"), misc.backup, hint=why)
        self._file = QLineEdit(self)
        self._file.textChanged.connect(self.changed)
        self._file.editingFinished.connect(self.refresh)
        self._set_file = QPushButton(_("&Set ID File…"), self)
        self._set_file.clicked.connect(self._choose_file)
        where = QWidget(self)
        row = QHBoxLayout(where)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._file, 1)
        row.addWidget(self._set_file)
        add_beside(self, _("ID &file:"), where, self._file)
        self._file.setAccessibleName(_("ID file"))
        self._password = self.password_line(_("&Password:"))
        self._again = self.password_line(_("&Confirm Password:"))
        self._quality = PasswordQuality(self)
        self._quality.watch(self._password, self._draft.own_words)
        self.rows.addRow(_("Quality:"), self._quality)
        self._backup_rows = (where, self._password, self._again, self._quality)

    def _add_key(self) -> None:
        misc = self._draft.misc
        self.heading(_("The certifier's key and certificate"))
        algorithms = [(name, key_label(name)) for name in keys.ALGORITHMS]
        self._key = self.choice(_("&Key:"), algorithms, misc.key_algorithm)
        self._settings = SettingRows(self)
        self._hash = self._settings.add_one(misc, "hash_name")
        self._years = self.number(_("&Valid for (years):"), misc.years, 1, MAXIMUM_YEARS)
        self._lists = CertifierLists(self, misc, self._draft.published)

    def save(self) -> None:
        misc, typed = self._draft.misc, self._file.text().strip()
        misc.backup = self._backup.isChecked()
        misc.backup_file = ""
        if typed != self._draft.backup_name():  # otherwise it keeps following the name
            misc.backup_file = typed
        misc.password, misc.again = self._password.text(), self._again.text()
        misc.key_algorithm, misc.years = self._key.currentData(), self._years.value()
        self._settings.save()
        self._lists.save()
        self._switch()

    def refresh(self) -> None:
        """Show the values derived from the name."""
        if not self._draft.misc.backup_file:
            with QSignalBlocker(self._file):
                self._file.setText(self._draft.backup_name())
        self._switch()

    def _switch(self) -> None:
        misc = self._draft.misc
        for widget in self._backup_rows:
            self.rows.setRowVisible(widget, misc.backup)
        self._hash.setDisabled(misc.brings_its_hash)
        self._hash.setToolTip(_("ML-DSA has its own hash.") if misc.brings_its_hash else "")
        self._remarks.tell(self._draft.remarks(MISC))

    def _choose_file(self) -> None:
        suggested = self._draft.choices.directory.file(self._draft.backup_name())
        messages.save_file(self.window(), _("Set ID File"), suggested, self._set)

    def _set(self, path: Path) -> None:
        self._file.setText(str(path))
