"""The Person document, read only."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame.documents import reading
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.documents.sections import sections_form
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.viewmodels.directory import views as directory_views
from dominoadmin.viewmodels.directory.views import PersonView


def open_person(workspace: Workspace, name: str) -> QWidget | None:
    """Open the document of the person with this canonical name."""
    shown = reading.first(workspace, partial(directory_views.person, name=name))
    if shown is None:
        return None
    return workspace.show_tab(f"person:{name}", partial(PersonDocument, workspace, shown))


class PersonDocument(Document):
    """One Person document."""

    def __init__(self, workspace: Workspace, shown: PersonView) -> None:
        super().__init__(workspace, _("Person: {name}").format(name=names.abbreviated(shown.name)))
        self.add_action(_("Show Certifica&te…"), self._view)
        self._shown = shown
        self._form = sections_form(shown.sections, self)
        self.body.addWidget(self._form)
        self.body.addStretch(1)

    def refresh(self) -> None:
        """Read the document again."""
        shown = reading.again(self, partial(directory_views.person, name=self._shown.name))
        if shown is not None and shown != self._shown:
            self._shown = shown
            fresh = sections_form(shown.sections, self)
            self.body.replaceWidget(self._form, fresh)
            self._form.hide()
            self._form.deleteLater()
            self._form = fresh

    def _view(self) -> None:
        viewer.show(self.workspace, self._shown.chain, names.abbreviated(self._shown.name))
