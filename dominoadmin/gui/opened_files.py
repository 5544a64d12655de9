"""Opens files from outside: chosen in a dialog, or dropped on the window. What a file is, its contents say."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QMimeData

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.tables import dragging
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.paths import read_limited
from dominoadmin.pki import file_contents, names
from dominoadmin.pki.file_contents import Contents, FoundRequest, IdFile
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import databases

_MOST: Final = 10
"""Files that are opened at once: each opens a window."""


def choose(workspace: Workspace) -> None:
    """Ask for a file, and open it."""
    pattern = _("Certificates, requests and IDs (*.pem *.crt *.cer *.der *.p7b *.p7c *.csr *.req *.p10 *.id)")
    every = f"{pattern};;{_('All files (*)')}"
    messages.choose_file(workspace.widget(), _("Open File"), Path.home(), every, partial(_open, workspace))


def dropped(data: QMimeData) -> list[Path]:
    """Return the local files of a drop, unless it comes from a view: its rows are here already."""
    if data.hasFormat(dragging.OWN):
        return []
    return [Path(url.toLocalFile()) for url in data.urls() if url.isLocalFile()]


def open_all(workspace: Workspace, paths: Iterable[Path]) -> None:
    """Open some files."""
    for path in [*paths][:_MOST]:
        _open(workspace, path)


def _open(workspace: Workspace, path: Path) -> None:
    job = Job(partial(_read, path))
    job.done.connect(partial(_show, workspace, path))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _read(path: Path, _progress: Progress) -> Contents:
    data = read_limited(path, marked("The file"), file_contents.LARGEST)
    return file_contents.read(data, path.name)


def _show(workspace: Workspace, path: Path, found: Contents) -> None:
    from dominoadmin.gui.certificates import viewer

    if isinstance(found, FoundRequest):
        _submit(workspace, path)
    else:
        viewer.show(workspace, found.ders, names.abbreviated(found.name) if isinstance(found, IdFile) else "")


def _submit(workspace: Workspace, path: Path) -> None:
    """Open New Request for the newest database: only a database takes requests in."""
    from dominoadmin.gui.requests import new_request

    try:
        files = [record.file for record, _certifier in databases.all_databases(workspace.session.domain)]
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    if files:
        new_request.start(workspace, files[-1], path)
    else:
        text = _("{file} is a certificate request. There is no Certificate Requests database that takes it in.")
        hint = _("Choose File - Database - New.")
        messages.inform(workspace.widget(), _("Open File"), text.format(file=path.name), details=hint)
