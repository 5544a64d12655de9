"""Export a key ring for other programs: a preset, a place, a password."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.exporting import JAVA, KYRTOOL, PEM, PKCS12
from dominoadmin.services.key_rings.management import Exported, ExportRequest, KeyRingAccess
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.key_rings.changes_draft import ExportDraft


class ExportKeyRing(DraftDialog[ExportDraft, Exported]):
    """The dialog. The program that the key ring is for determines the files."""

    def __init__(
        self, workspace: Workspace, access: KeyRingAccess, folder: Path, parent: QWidget | None = None
    ) -> None:
        super().__init__(workspace, _("Export Key Ring"), ExportDraft(), parent)
        self._access = access
        self.add_form(_ExportForm(self.draft, access.file, folder, self))
        self.set_commit(_("&Export"))

    def work(self) -> Work[Exported]:
        """Write the files."""
        session = self.workspace.session
        return partial(_export, session.domain, session.actor, self._access, self.draft.request())

    def succeeded(self, result: Exported) -> None:
        """Show the files and remarks about them."""
        super().succeeded(result)
        messages.inform(
            self.workspace.widget(),
            _("Export Key Ring"),
            _("The key ring has been exported."),
            details="\n\n".join(["\n".join(map(str, result.files)), *map(translated, result.warnings)]),
        )


class _ExportForm(Form):
    def __init__(self, draft: ExportDraft, file: str, folder: Path, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft, self._folder = draft, folder
        self.shown(_("Key ring file"), file)
        self.format = self.radios(_("For"), _presets(), draft.format)
        self.about = self.paragraph("")
        self.out = QLineEdit(str(folder), self)
        holder = self._with_button(self.out)
        self.row(_("F&older or file"), holder)
        caption = self.rows.labelForField(holder)
        assert isinstance(caption, QLabel)
        caption.setBuddy(self.out)
        self.out.textChanged.connect(self.changed)
        self.password = self.password_line(_("Export &Password"))
        self.confirmation = self.password_line(_("Con&firm Password"))
        self.name(format=self.format, out=self.out, password=self.password, confirmation=self.confirmation)
        self.save()

    def save(self) -> None:
        """Put the fields into the draft; formats without a password do not use its fields."""
        self._draft.format = self.format.value()
        self._draft.out = self.out.text()
        self._draft.password = self.password.text()
        self._draft.confirmation = self.confirmation.text()
        self.about.setText(_abouts()[self._draft.format])
        for editor in (self.password, self.confirmation):
            editor.setEnabled(self._draft.takes_password)

    def _with_button(self, editor: QLineEdit) -> QWidget:
        holder = QWidget(self)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(editor, 1)
        button = QPushButton(_("&Browse…"), holder)
        button.setAutoDefault(False)
        button.clicked.connect(self._browse)
        row.addWidget(button)
        editor.setAccessibleName(_("Folder or file"))
        return holder

    def _browse(self) -> None:
        messages.choose_folder(self, _("Export Key Ring"), self._folder, self._take)

    def _take(self, folder: Path) -> None:
        self.out.setText(str(folder))


def _presets() -> list[tuple[str, str]]:
    return [
        (PEM, _("PEM for &nginx and Apache")),
        (PKCS12, _("PKCS #12 for &Windows")),
        (JAVA, _("&Java keystore")),
        (KYRTOOL, _("&Domino: input for kyrtool")),
    ]


def _abouts() -> dict[str, str]:
    return {
        PEM: _(
            "Three files: the private key, the server's certificate with its chain, and the trusted root. Without a "
            "password, anyone who has the file can read the private key."
        ),
        PKCS12: _("One .p12 file with the private key, the certificate and its chain. A password is required."),
        JAVA: _(
            "Two .p12 files: the keystore with the server's key, and the truststore with the trusted roots. A "
            "password of ASCII characters is required."
        ),
        KYRTOOL: _(
            "One PEM file in the order that Domino's kyrtool requires, and a text file with the two commands. The "
            "private key in the PEM file is not encrypted. Delete the file after use."
        ),
    }  # fmt: skip


def _export(
    domain: Domain, actor: Actor, access: KeyRingAccess, request: ExportRequest, progress: Progress
) -> Exported:
    progress.step(_("Writing the files"))
    return key_rings.export(domain, actor, access, request)
