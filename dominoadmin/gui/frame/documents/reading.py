"""Reads the data of a read-only document when it is opened, and again when the store has changed."""

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
    """Return a document's data, or show why it is unreadable and return None."""
    try:
        return read(workspace.session.domain, workspace.session.actor)
    except Error as error:
        errors.show(workspace.widget(), error)
        return None


def again(document: Document, read: Callable[[Domain, Actor], Shown]) -> Shown | None:
    """Return a document's current data, or, if it was deleted, close it and return None."""
    session = document.workspace.session
    try:
        return read(session.domain, session.actor)
    except Error as error:  # reported once, not with every change of the store
        document.discard()
        document.workspace.say(error.text())
        return None
