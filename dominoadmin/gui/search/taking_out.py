"""What results give to other programs: certificates and requests are dragged out in PEM, any result is copied."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.services.records import pem_files
from dominoadmin.services.records.pem_files import PemFile
from dominoadmin.viewmodels.search.rows import FoundRow, ResultKind

_IN_FILES: Final = (ResultKind.CERTIFICATE, ResultKind.REQUEST)


def can_be_dragged(row: FoundRow | None) -> bool:
    """Return whether a result is a file for other programs."""
    return row is not None and row.leads_to.kind in _IN_FILES


def drag(workspace: Workspace, source: QWidget, row: FoundRow) -> None:
    """Drag a result until it is dropped, or show why it is not handed out."""
    from dominoadmin.gui.frame.tables import dragging

    try:
        dragging.drag(source, partial(_handed_out, workspace), [row])
    except Error as error:
        errors.show(workspace.widget(), error)


def copy(row: FoundRow) -> None:
    """Copy a result to the clipboard, as the tables do: one line, with a tab."""
    QGuiApplication.clipboard().setText(f"{row.title}\t{row.subtitle}")


def _handed_out(workspace: Workspace, rows: Sequence[FoundRow]) -> Sequence[PemFile]:
    session, found = workspace.session, [row.leads_to for row in rows]
    if found[0].kind == ResultKind.REQUEST:
        return pem_files.requests(session.domain, session.actor, [each.number for each in found])
    return pem_files.certificates(session.domain, session.actor, [(each.number, each.name) for each in found])
