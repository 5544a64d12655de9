"""Tools - Check Store: compares the file, the log and every row with what was signed, and lists what differs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from PySide6.QtGui import QGuiApplication, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QDialogButtonBox,
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QWidget,
)

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog
from dominoadmin.gui.frame.forms.form import Sentence
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.services.audit.checking import REBUILD, Discrepancy
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.processes import deep_checks, rebuilding
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.audit import findings

_SHOWN: Final = 500  # findings; wrapped rows of more would take seconds, and the file has all
_CHARACTERS, _ROWS, _MARGIN = 110, 8, 80
_SHARES: Final = ((16, 9), (20, 9), (31, 14), (33, 16))
"""Of each column: its percentage of the width, and the characters that it has at least."""


def start(workspace: Workspace) -> None:
    """Open the dialog, which checks immediately."""
    CheckStore(workspace).open()


class _Findings(ShortTable):
    """The findings, in lines that are wrapped: the remedy is there to be read."""

    def __init__(self, parent: QWidget) -> None:
        one = ShortTable.SelectionMode.SingleSelection  # so that the keys of the keyboard move through the rows
        super().__init__(findings.titles(), _("Findings"), parent, selecting=one)
        self.setWordWrap(True)
        self.setHorizontalScrollMode(ShortTable.ScrollMode.ScrollPerPixel)
        self.setVerticalScrollMode(ShortTable.ScrollMode.ScrollPerPixel)

    def fit(self) -> None:
        """Share the width among the columns, and give each row the height of its text."""
        least, room = self.fontMetrics().averageCharWidth(), self.viewport().width()
        for column, (share, characters) in enumerate(_SHARES):
            self.setColumnWidth(column, max(room * share // 100, least * characters))
        self.resizeRowsToContents()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.fit()


class CheckStore(FittingDialog):
    """Checks in a job, and shows each finding with its remedy."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("Check Store"))
        self.set_context(names.abbreviated(workspace.session.domain.organization))
        self._workspace = workspace
        self._job: Job | None = None
        self._found: Sequence[Discrepancy] = ()
        self._made = ""  # what was created again, before the check that follows
        self._headline, self._step = Sentence("", self), Sentence("", self)
        font = self._headline.font()
        font.setBold(True)
        self._headline.setFont(font)
        self.bar = QProgressBar(self, minimum=0, maximum=0, textVisible=False)
        self.bar.setAccessibleName(_("Progress"))
        self.table = _Findings(self)
        self._deep = QCheckBox(_("&Also verify every signature: documents, certificates, CRLs"), self)
        self._lay_out()
        self.table.itemSelectionChanged.connect(self._switch_copy)

    def open(self) -> None:
        """Show the dialog and check."""
        super().open()
        self.check()

    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def check(self) -> None:
        """Check the store."""
        session = self._workspace.session
        work = partial(_checked, session.domain, session.actor, self._deep.isChecked())
        failed = partial(self._end, (), _("The store was not checked."))
        self._run(_("Checking…"), work, self._show, failed, partial(self._end, (), _("The check was stopped.")))

    def rebuild(self) -> None:
        """Create again what follows from other tables, and check the store again."""
        session = self._workspace.session
        work = partial(_rebuilt, session.domain, session.actor)
        nothing = partial(self._end, self._found, _("Nothing was created again."))
        self._run(_("Creating again…"), work, self._rebuilt, nothing, nothing)

    def _run(
        self,
        headline: str,
        work: Work[Any],
        done: Callable[[Any], None],
        failed: Callable[[], None],
        cancelled: Callable[[], None],
    ) -> None:
        """Run one job at a time."""
        if self._job is not None:
            return
        self._headline.setText(headline)
        self._step.setText("")
        self._job = Job(work, waits=True)
        self._job.stepped.connect(self._stepped)
        self._job.done.connect(done)
        self._failed_end, self._cancelled_end = failed, cancelled
        self._job.failed.connect(self._failed)
        self._job.cancelled.connect(self._cancelled)
        self._job.finished.connect(self._finished)
        self._switch()
        self._job.start()

    def _lay_out(self) -> None:
        table, room = self.table, widget_tree.room(self)
        wide = self.fontMetrics().averageCharWidth() * _CHARACTERS
        table.setMinimumSize(min(wide, room.width() - _MARGIN), min(table.height_of(_ROWS), room.height() // 3))
        layout = self.column()
        for widget in (self._headline, self._step, self.bar):
            layout.addWidget(widget)
        layout.addWidget(table, 1)
        layout.addLayout(self._remedies())
        layout.addWidget(self._deep)
        layout.addWidget(self._buttons())

    def _remedies(self) -> QHBoxLayout:
        """Return the buttons for what can be done about findings; they are shown when there is such a finding."""
        self._rebuild, self._copy = QPushButton(_("&Rebuild"), self), QPushButton(_("Copy Co&mmand"), self)
        self._rebuild.setToolTip(_("Create again what follows from other tables. No backup is needed."))
        row = QHBoxLayout()
        for button, slot in ((self._rebuild, self.rebuild), (self._copy, self._copy_command)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addStretch(1)
        return row

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self._again = box.addButton(_("&Check Again"), role)
        self._stop = box.addButton(_("&Stop"), role)
        self._export = box.addButton(_("&Export…"), role)
        for button, slot in ((self._again, self.check), (self._stop, self._cancel), (self._export, self._save_as)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
        box.addButton(QDialogButtonBox.StandardButton.Close).setDefault(True)
        box.rejected.connect(self.reject)
        return box

    def _show(self, found: Sequence[Discrepancy]) -> None:
        self._found = found
        self._headline.setText(findings.headline(found))
        self.table.fill([findings.row(each) for each in found[:_SHOWN]])
        self.table.fit()
        self.table.selectRow(next((row for row, each in enumerate(found[:_SHOWN]) if each.command), -1))
        more = _("The first {n} are shown; an exported file has all of them.").format(n=_SHOWN)
        self._step.setText("\n".join(filter(None, (self._made, more if len(found) > _SHOWN else ""))))
        self._made = ""

    def _rebuilt(self, made: Sequence[Discrepancy]) -> None:
        self._made = findings.rebuilt(made)

    def _stepped(self, text: str) -> None:
        self._step.setText(translated(text))

    def _failed(self, error: Exception) -> None:
        self._failed_end()
        errors.show(self, error)

    def _cancelled(self) -> None:
        self._cancelled_end()

    def _end(self, found: Sequence[Discrepancy], headline: str) -> None:
        self._show(found)
        self._headline.setText(headline)

    def _finished(self) -> None:
        self._job = None
        if self._made:
            self.check()
        else:
            self._switch()

    def _switch(self) -> None:
        running = self._job is not None
        self.bar.setVisible(running)
        self._stop.setEnabled(running)
        for widget in (self._again, self._deep, self._rebuild):
            widget.setEnabled(not running)
        self._export.setEnabled(not running and bool(self._found))
        self._rebuild.setVisible(any(each.command == REBUILD for each in self._found))
        self._copy.setVisible(any(each.command not in ("", REBUILD) for each in self._found))
        self._switch_copy()
        self.more_to_show.start()

    def _switch_copy(self) -> None:
        command = self._command()
        self._copy.setEnabled(bool(command))
        self._copy.setToolTip(command or _("Select a finding whose remedy is a command."))

    def _command(self) -> str:
        row = self.table.currentRow()
        root = self._workspace.session.domain.directory.root
        return findings.command(self._found[row], root) if 0 <= row < len(self._found) else ""

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._command())
        self._step.setText(_("The command is on the clipboard."))

    def _cancel(self) -> None:
        if self._job is not None:
            self._headline.setText(_("Stopping…"))
            self._job.cancel()

    def _save_as(self) -> None:
        suggested = Path.home() / "store-check.csv"
        messages.save_file(self, _("Export Findings"), suggested, self.write)

    def write(self, path: Path) -> None:
        """Write the findings to a file."""
        try:
            findings.export(self._found, path)
        except Error as error:
            errors.show(self, error)
        else:
            self._workspace.say(_("The findings have been exported to {path}.").format(path=path))


def _checked(domain: Domain, actor: Actor, deep: bool, progress: Progress) -> list[Discrepancy]:
    return deep_checks.check(domain, actor, progress, deep=deep)


def _rebuilt(domain: Domain, actor: Actor, progress: Progress) -> list[Discrepancy]:
    return rebuilding.rebuild(domain, actor, progress)
