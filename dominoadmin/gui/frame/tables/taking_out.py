"""Common actions of all views: copy rows, and export them to a CSV file."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Damaged, Error
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.tables import copying
from dominoadmin.gui.frame.tables.table import Loaded, Row, View
from dominoadmin.gui.frame.tables.table_view import TableView
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural
from dominoadmin.i18n import text as _
from dominoadmin.services.audit import shown
from dominoadmin.services.progress import Progress


def copy(workspace: Workspace, table: TableView) -> None:
    """Copy the selected rows to the clipboard, as text with tabs."""
    rows = table.selected()
    if not len(rows):
        workspace.say(_("Select one or more rows first."))
        return
    job = Job(partial(_text, table, rows))
    job.done.connect(partial(_copied, workspace))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def export(workspace: Workspace, table: TableView, folder: Path) -> None:
    """Ask for a file and write the selected rows to it, or all shown rows if none or one is selected."""
    name = table.view.title.lower().replace(" ", "-")
    then = partial(_export, workspace, table, table.chunks())
    messages.save_file(workspace.widget(), _("Export CSV"), folder / f"{name}.csv", then)


def _text(table: TableView, rows: Sequence[Row], _progress: Progress) -> tuple[str, int]:
    return copying.as_text(table.view, rows), min(len(rows), copying.MOST_COPIED)


def _copied(workspace: Workspace, done: tuple[str, int]) -> None:
    text, count = done
    QGuiApplication.clipboard().setText(text)
    workspace.say(plural("{n} row copied.", "{n} rows copied.", count).format(n=count))


def _export(workspace: Workspace, table: TableView, pages: Iterator[Loaded], path: Path) -> None:
    session = workspace.session
    compare = partial(shown.complaints, session.domain, session.actor)
    job = Job(partial(_written, table.view, _compared(pages, compare), path))
    job.stepped.connect(workspace.say)
    job.done.connect(partial(_exported, workspace.widget(), path))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _compared(
    pages: Iterator[Loaded], compare: Callable[[Sequence[object]], Sequence[Error]]
) -> Iterator[Sequence[Row | None]]:
    """Yield the rows of pages, of which most were never on the screen.

    Raises:
        Error: one is not the one that was signed, or cannot be read; the message names it.

    """
    for page in pages:
        for problem in page.problems:
            raise Damaged(problem, _("Nothing was exported. Tools - Check Store lists what is damaged."))
        for error in compare(page.records):
            raise error
        yield page.rows


def _written(view: View, chunks: Iterator[Sequence[Row | None]], path: Path, progress: Progress) -> int:
    return copying.export_csv(view, chunks, path, progress)


def _exported(parent: QWidget, path: Path, count: int) -> None:
    text = plural("{n} row was written to {path}.", "{n} rows were written to {path}.", count)
    messages.inform(parent, _("Export CSV"), text.format(n=count, path=path))
