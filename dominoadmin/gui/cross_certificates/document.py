"""The document of an Internet cross-certificate, read only."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.action_bar import EXPORT
from dominoadmin.gui.frame.documents import reading
from dominoadmin.gui.frame.documents.reading import Read, ReadDocument
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.paths import write_whole
from dominoadmin.pki import describe
from dominoadmin.services.records import address_books
from dominoadmin.services.records.address_books import Entry
from dominoadmin.viewmodels.directory import views as directory_views


def open_cross_certificate(workspace: Workspace, number: int) -> QWidget | None:
    """Open a cross-certificate's document."""
    read = partial(address_books.get, number=number)
    return reading.open_tab(workspace, f"cross-certificate:{number}", read, CrossCertificateDocument)


class CrossCertificateDocument(ReadDocument[Entry]):
    """One cross-certificate in its book."""

    def __init__(self, workspace: Workspace, entry: Entry, read: Read[Entry]) -> None:
        super().__init__(workspace, _("Cross-certificate {number}").format(number=entry.record.id), entry, read)
        self._export_text = _("E&xport for Relying Parties…")
        self.add_action(_("Show Certifica&te…"), self._view)
        self.add_action(self._export_text, self._export, daily=EXPORT)
        self.body.addStretch(1)
        self.build()

    def build(self) -> None:
        """Show the sections, and whether the cross-certificate can be exported."""
        # The problem contains untrusted names, which a tool tip may interpret as markup.
        distrust = _("This cross-certificate cannot be trusted: see its state below.")
        self.set_off(self._export_text, distrust if self.shown.problem else "")
        self.show_sections(directory_views.cross_sections(self.shown, self.workspace.session.domain.now()))

    def save(self, path: Path) -> None:
        """Write the bundle for relying parties: the cross-certificates of the path, without its anchor."""
        session = self.workspace.session
        try:
            bundle = address_books.bundle(session.domain, session.actor, self.shown.record.id)
            write_whole(path, bundle.pem.encode())
        except Error as error:
            errors.show(self, error)
            return
        use = _(
            "Relying parties install it as an intermediate certificate and trust the organization's certifier. They "
            "do not install the other authority's own root."
        )
        messages.inform(
            self, self.windowTitle(), _("The cross-certificates have been saved."), details=f"{path}\n\n{use}"
        )

    def _view(self) -> None:
        session = self.workspace.session
        try:
            bundle = address_books.bundle(session.domain, session.actor, self.shown.record.id)
            chain = [*map(describe.der, bundle.chain), describe.der(bundle.anchor)]
        except Error:  # an invalid one is still shown, alone
            chain = [self.shown.record.der]
        viewer.show(self.workspace, chain)

    def _export(self) -> None:
        suggested = Path.home() / f"cross-certificate-{self.shown.record.id}.pem"
        messages.save_file(self, _("Export cross-certificate"), suggested, self.save)
