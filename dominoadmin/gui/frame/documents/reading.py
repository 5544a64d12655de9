"""Read-only documents: their data is read when they are opened, and again when the store has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, widget_tree
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.documents.sections import sections_form
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.viewmodels.certificates.viewing import Section

Shown = TypeVar("Shown")
Read = Callable[[Domain, Actor], Shown]


def open_tab(
    workspace: Workspace, key: str, read: Read[Shown], document: Callable[[Workspace, Shown, Read[Shown]], QWidget]
) -> QWidget | None:
    """Open a document, or show why it is unreadable and return None."""
    try:
        shown = read(workspace.session.domain, workspace.session.actor)
    except Error as error:
        errors.show(workspace.widget(), error)
        return None
    return workspace.show_tab(key, lambda: document(workspace, shown, read))


class ReadDocument(Document, Generic[Shown]):
    """Shows what `read` returned. Subclasses implement `build` and call it at the end of their construction."""

    def __init__(self, workspace: Workspace, title: str, shown: Shown, read: Read[Shown]) -> None:
        super().__init__(workspace, title)
        self.shown, self._read = shown, read
        self._form: Form | None = None

    def build(self) -> None:
        """Show the current data."""
        raise NotImplementedError

    def show_sections(self, sections: Iterable[Section]) -> None:
        """Show the sections at the top of the body, in place of the previous ones."""
        widget_tree.remove(self._form)
        self._form = sections_form(sections, self)
        self.body.insertWidget(0, self._form)

    def refresh(self) -> None:
        """Read the document again; close it if it was deleted."""
        session = self.workspace.session
        try:
            shown = self._read(session.domain, session.actor)
        except Error as error:  # reported once, not with every change of the store
            self.discard()
            self.workspace.say(error.text())
            return
        if shown != self.shown:
            self.shown = shown
            self.build()
