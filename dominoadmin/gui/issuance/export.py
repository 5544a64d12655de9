"""Export certificates: what is in the files, and where they are written."""

from __future__ import annotations

import os
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.records import certificate_files
from dominoadmin.services.records.certificate_files import CertificateExport, CertificateFormat, Which
from dominoadmin.viewmodels.issuance import export_draft
from dominoadmin.viewmodels.issuance.export_draft import CertificateExportDraft

_FORMAT_KEY: Final = "export/format"
_FOLDER_KEY: Final = "export/folder"


def start(workspace: Workspace, which: Which, subject: str) -> ExportCertificates:
    """Open the dialog. `subject`: of the first certificate, by which a single file is named."""
    memory = workspace.memory
    draft = CertificateExportDraft(which=which, subject=subject)
    with suppress(ValueError):  # an older program, or nothing
        draft.format = CertificateFormat(memory.get(_FORMAT_KEY, str(draft.format)))
    folder = memory.get(_FOLDER_KEY, "")
    draft.begin(Path(folder) if os.path.isdir(folder) else Path.home())  # noqa: PTH112 - never raises
    dialog = ExportCertificates(workspace, draft)
    dialog.open()
    return dialog


class ExportCertificates(DraftDialog[CertificateExportDraft, tuple[Path, ...]]):
    """The dialog. One certificate becomes a file, several become files in a folder."""

    def __init__(self, workspace: Workspace, draft: CertificateExportDraft) -> None:
        super().__init__(workspace, draft.title, draft)
        self._agreed: Path | None = None
        self.form = _CertificateExportForm(draft, self)
        self.form.browsed.connect(self._agree)
        self.add_form(self.form)
        self.set_commit(_("&Export"))

    def _agree(self, path: Path) -> None:
        self._agreed = path

    def commit(self) -> None:
        """Write the files; ask before one that exists is replaced, unless the chooser of files has asked."""
        try:
            replaced = None if self.problem() else self.draft.replaced
        except Error:
            replaced = None  # shown below its field
        if replaced is None or replaced == self._agreed:
            super().commit()
            return
        text = _("{path} already exists.").format(path=replaced)
        messages.confirm(self, self.windowTitle(), text, _("&Replace"), partial(self._replace, replaced))

    def _replace(self, path: Path) -> None:
        self._agreed = path
        self.commit()

    def work(self) -> Work[tuple[Path, ...]]:
        """Write the files."""
        session = self.workspace.session
        return partial(_export, session.domain, session.actor, self.draft.request())

    def succeeded(self, result: tuple[Path, ...]) -> None:
        """Remember the choices, and say where the files are."""
        self.workspace.memory.set(_FORMAT_KEY, str(self.draft.format))
        self.workspace.memory.set(_FOLDER_KEY, str(result[0].parent.absolute()))
        super().succeeded(result)
        text, details = export_draft.saved(result)
        messages.inform(self.workspace.widget(), self.windowTitle(), text, details=details)


class _CertificateExportForm(Form):
    browsed = Signal(Path)

    def __init__(self, draft: CertificateExportDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        meanings = export_draft.meanings()
        self.format = self.radios(_("Contents"), export_draft.formats(), draft.format, meanings=meanings)
        self.out = QLineEdit(draft.out, self)
        label = _("&File") if draft.is_single else _("&Folder")
        holder = self._with_button(label)
        hint = "" if draft.is_single else _("Each certificate becomes a file that has the name of its host or person.")
        self.row(label, holder, hint=hint)
        caption = self.rows.labelForField(holder)
        assert isinstance(caption, QLabel)
        caption.setBuddy(self.out)
        self.require(self.out)
        self.out.textChanged.connect(self.changed)
        self.name(out=self.out)

    def save(self) -> None:
        """Put the fields into the draft; the name of the file follows the contents."""
        self._draft.out = self.out.text()
        if self._draft.format != self.format.value():
            self._draft.choose(self.format.value())
            self.out.setText(self._draft.out)

    def _with_button(self, label: str) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.out, 1)
        button = QPushButton(_("&Browse…"), holder)
        button.setAutoDefault(False)
        button.clicked.connect(self._browse)
        row.addWidget(button)
        self.out.setAccessibleName(label.replace("&", ""))
        return holder

    def _browse(self) -> None:
        typed, draft = Path(self.out.text()), self._draft
        if draft.is_single:
            suggested = typed / draft.proposed if os.path.isdir(typed) else typed  # noqa: PTH112 - never raises
            messages.save_file(self, draft.title, suggested, self._take)
        else:
            messages.choose_folder(self, draft.title, typed, self._take)

    def _take(self, path: Path) -> None:
        self.out.setText(str(path))
        self.browsed.emit(path)


def _export(domain: Domain, actor: Actor, wanted: CertificateExport, progress: Progress) -> tuple[Path, ...]:
    return certificate_files.export(domain, actor, wanted, progress)
