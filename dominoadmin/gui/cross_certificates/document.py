"""The document of an Internet cross-certificate, read only."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.documents import reading
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.documents.sections import sections_form
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.paths import write_whole
from dominoadmin.pki import describe
from dominoadmin.services.records import address_books
from dominoadmin.services.records.address_books import Entry
from dominoadmin.viewmodels.directory import views as directory_views


def open_cross_certificate(workspace: Workspace, number: int) -> QWidget | None:
    """Open a cross-certificate's document."""
    entry = reading.first(workspace, partial(address_books.get, number=number))
    if entry is None:
        return None
    return workspace.show_tab(f"cross-certificate:{number}", partial(CrossCertificateDocument, workspace, entry))


class CrossCertificateDocument(Document):
    """One cross-certificate in its book."""

    def __init__(self, workspace: Workspace, entry: Entry) -> None:
        super().__init__(workspace, _("Cross-certificate {number}").format(number=entry.record.id))
        self._entry = entry
        self.add_action(_("Show Certifica&te…"), self._view)
        export = _("E&xport for Relying Parties…")
        self.add_action(export, self._export)
        # The problem contains untrusted names, which a tool tip may interpret as markup.
        self.set_off(
            export, _("This cross-certificate cannot be trusted: see its state below.") if entry.problem else ""
        )
        self.body.addWidget(sections_form(directory_views.cross_sections(entry, workspace.session.domain.now()), self))
        self.body.addStretch(1)

    def save(self, path: Path) -> None:
        """Write the bundle for relying parties: the cross-certificates of the path, without its anchor."""
        session = self.workspace.session
        try:
            bundle = address_books.bundle(session.domain, session.actor, self._entry.record.id)
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
            bundle = address_books.bundle(session.domain, session.actor, self._entry.record.id)
            chain = [*map(describe.der, bundle.chain), describe.der(bundle.anchor)]
        except Error:  # an invalid one is still shown, alone
            chain = [self._entry.record.der]
        viewer.show(self.workspace, chain)

    def _export(self) -> None:
        suggested = Path.home() / f"cross-certificate-{self._entry.record.id}.pem"
        messages.save_file(self, _("Export cross-certificate"), suggested, self.save)
