"""What a document that is only read shows: read when it is opened, and again when the store has changed."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.documents.document import Document
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.services.domain import Actor, Domain

Shown = TypeVar("Shown")


def first(workspace: Workspace, read: Callable[[Domain, Actor], Shown]) -> Shown | None:
    """Return what a document will show, or show why it cannot be read and return None."""
    try:
        return read(workspace.session.domain, workspace.session.actor)
    except Error as error:
        errors.show(workspace.widget(), error)
        return None


def again(document: Document, read: Callable[[Domain, Actor], Shown]) -> Shown | None:
    """Return what a document shows now, or close it and return None: it was deleted."""
    session = document.workspace.session
    try:
        return read(session.domain, session.actor)
    except Error as error:  # said once, not with every change of the store
        document.discard()
        document.workspace.say(error.text())
        return None
