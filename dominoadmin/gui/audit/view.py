"""The audit log view, of any length, with a filter, exports, and access to the object of an entry."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QGridLayout, QLabel, QLineEdit, QWidget

from dominoadmin.errors import Refused
from dominoadmin.gui.audit.entry import open_object, shown_time
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.tables.view import EXPORT, Action, Column, DatabaseTab, Row, View, needs_one
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki.quoting import escaped
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.store.records import AuditRecord
from dominoadmin.viewmodels.audit import entries as audit_browsing
from dominoadmin.viewmodels.audit import words
from dominoadmin.viewmodels.audit.entries import AuditSource, Filter

KEY: Final = "audit-log"
_PAUSE: Final = 250  # milliseconds after the last key


def open_log(workspace: Workspace) -> AuditLog:
    """Open the log, or raise its tab."""
    tab = workspace.show_tab(KEY, partial(AuditLog, workspace))
    assert isinstance(tab, AuditLog)
    return tab


class AuditLog(DatabaseTab):
    """The entries, the newest first."""

    def __init__(self, workspace: Workspace) -> None:
        self._source = AuditSource(workspace.session.domain)
        actions = (
            Action(_("&Open"), self._open_first, needs_one),
            Action(_("Open O&bject"), self._open_object, needs_one),
            Action(_("&Export…"), self._export, daily=EXPORT),
            Action(_("&Verify Audit Log…"), self._verify),
        )
        super().__init__(workspace, _("Audit Log"), (_view(self._source, self._make_filter),), actions)

    def open_row(self, view: View, row: Row) -> None:
        from dominoadmin.gui.audit.entry import AuditEntry

        del view
        AuditEntry(self.workspace, row).open()

    def _make_filter(self, changed: Callable[[], None]) -> QWidget:
        return FilterBar(self._source, changed, self)

    def _open_first(self, rows: list[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _open_object(self, rows: list[Row]) -> None:
        open_object(self.workspace, rows[0])

    def _verify(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.audit import verify as verify_audit_log

        verify_audit_log.start(self.workspace)

    def _export(self, rows: list[Row]) -> None:
        """Write the selected entries, or all that match the filter if none or one is selected."""
        chosen = [row.number for row in rows] if len(rows) > 1 else None
        then = partial(self._write, chosen)
        messages.save_file(self, _("Export Audit Log (.csv or .jsonl)"), Path.home() / "audit-log.csv", then)

    def _write(self, chosen: list[int] | None, path: Path) -> None:
        session, export = self.workspace.session, _Export(self._source.wanted, chosen, path)
        job = Job(partial(export.write, session.domain, session.actor))
        job.stepped.connect(self.workspace.say)
        job.done.connect(partial(self._written, path))
        job.failed.connect(partial(errors.show, self))
        job.start()

    def _written(self, path: Path, count: int) -> None:
        text = plural("{n} entry was written to {path}.", "{n} entries were written to {path}.", count)
        messages.inform(self, _("Audit Log"), text.format(n=count, path=path))


class FilterBar(QWidget):
    """Who, action, object, from and to; changes take effect a moment later."""

    def __init__(self, source: AuditSource, changed: Callable[[], None], parent: QWidget) -> None:
        super().__init__(parent)
        self._source, self._changed = source, changed
        self._lines: dict[str, QLineEdit] = {}
        self._problem = QLabel(self)
        self._problem.setTextFormat(Qt.TextFormat.PlainText)
        self._problem.setWordWrap(True)
        self._problem.hide()
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self.apply)
        grid = QGridLayout(self)
        grid.setContentsMargins(6, 4, 6, 4)
        for place, (name, title, hint) in enumerate(_fields()):
            line = QLineEdit(self)
            line.setPlaceholderText(hint)
            line.setClearButtonEnabled(True)
            shown = line.fontMetrics().horizontalAdvance(f"{hint}00")  # with the margins of the line
            line.setMinimumWidth(max(line.fontMetrics().averageCharWidth() * 10, shown))
            label = QLabel(title, self)
            label.setBuddy(line)
            line.setAccessibleName(title.replace("&", ""))
            grid.addWidget(label, 0, place)
            grid.addWidget(line, 1, place)
            line.textChanged.connect(self._typed)
            self._lines[name] = line
        grid.addWidget(self._problem, 2, 0, 1, len(self._lines))

    def apply(self) -> None:
        """Show the entries that match the filter; an invalid date is reported and changes nothing."""
        texts = {name: line.text().strip() for name, line in self._lines.items()}
        try:
            since = audit_browsing.day(texts["since"]) if texts["since"] else None
            until = audit_browsing.day(texts["until"], end=True) if texts["until"] else None
        except Refused as error:
            self._problem.setText(translated(error.whole()))
            self._problem.show()
            return
        self._problem.hide()
        wanted = Filter(
            actor=texts["actor"],
            action=texts["action"],
            object=texts["object"],
            since=since,
            until=until,
            labels=words.searched(),
        )
        if wanted != self._source.wanted:
            self._source.wanted = wanted
            self._changed()

    def _typed(self, _text: str) -> None:
        self._pause.start()


def _fields() -> tuple[tuple[str, str, str], ...]:
    date = _("2026-11-23")
    return (
        ("actor", _("&Who"), ""),
        ("action", _("Act&ion"), ""),
        ("object", _("Ob&ject"), ""),
        ("since", _("F&rom"), date),
        ("until", _("&To"), date),
    )


def _view(source: AuditSource, above: Callable[[Callable[[], None]], QWidget]) -> View:
    columns = (
        Column(_("No."), _number_text, 80),
        Column(_("Time"), shown_time, 150, least=25),
        Column(_("Who"), _who, 220),
        Column(_("Action"), _action, 180),
        Column(_("Object"), _object, 220),
        Column(_("Details"), _details, 420),
    )
    return View(
        path=_("All Entries"),
        columns=columns,
        key=_number,
        records={AuditRecord: _number},
        empty=_("No entry matches the filter."),
        source=source,
        above=above,
    )


def _number(row: Row) -> int:
    return int(row.number)


def _number_text(row: Row) -> str:
    return str(row.number)


def _who(row: Row) -> str:
    return escaped(audit_browsing.who(row))


def _action(row: Row) -> str:
    return words.label(row.action)


def _object(row: Row) -> str:
    return escaped(row.object)


def _details(row: Row) -> str:
    return escaped(audit_browsing.details(row.detail))


@dataclass(frozen=True)
class _Export:
    """Writes entries, those chosen or all that match a filter, in a job."""

    wanted: Filter
    chosen: Sequence[int] | None
    path: Path

    def write(self, domain: Domain, actor: Actor, progress: Progress) -> int:
        numbers = audit_browsing.numbers(domain, self.wanted) if self.chosen is None else self.chosen
        return audit_browsing.export_compared(domain, actor, numbers, self.path, progress)
