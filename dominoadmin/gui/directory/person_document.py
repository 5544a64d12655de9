"""The Person document, read only."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame.documents import reading
from dominoadmin.gui.frame.documents.reading import Read, ReadDocument
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.viewmodels.directory import views as directory_views
from dominoadmin.viewmodels.directory.views import PersonView


def open_person(workspace: Workspace, name: str) -> QWidget | None:
    """Open the document of the person with this canonical name."""
    read = partial(directory_views.person, name=name)
    return reading.open_tab(workspace, f"person:{name}", read, PersonDocument)


class PersonDocument(ReadDocument[PersonView]):
    """One Person document."""

    def __init__(self, workspace: Workspace, shown: PersonView, read: Read[PersonView]) -> None:
        super().__init__(workspace, _("Person: {name}").format(name=names.abbreviated(shown.name)), shown, read)
        self.add_action(_("Show Certifica&te…"), self._view)
        self.add_action(_("Re&voke ID…"), self._revoke)
        self.add_action(_("Rene&w ID…"), self._renew)
        self.body.addStretch(1)
        self.build()

    def build(self) -> None:
        """Show the sections."""
        self.show_sections(self.shown.sections)
        self.set_off(_("Re&voke ID…"), _("The ID has been revoked already.") if self.shown.is_revoked else "")

    def _revoke(self) -> None:
        from dominoadmin.gui.identities import renew_id

        renew_id.revoke(self.workspace, self.shown.name)

    def _renew(self) -> None:
        from dominoadmin.gui.identities import renew_id

        renew_id.renew(self.workspace, self.shown.name)

    def _view(self) -> None:
        viewer.show(self.workspace, self.shown.chain, names.abbreviated(self.shown.name))
