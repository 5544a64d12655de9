"""Tools - Check Store: compares the file, the log and every row with what was signed, and lists what differs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QCheckBox, QDialogButtonBox, QProgressBar, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialog import FittingDialog
from dominoadmin.gui.frame.forms.form import Sentence
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.audit.checking import Discrepancy
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.processes import deep_checks
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
        self._workspace = workspace
        self._job: Job | None = None
        self._found: Sequence[Discrepancy] = ()
        self._headline, self._step = Sentence("", self), Sentence("", self)
        font = self._headline.font()
        font.setBold(True)
        self._headline.setFont(font)
        self.bar = QProgressBar(self, minimum=0, maximum=0, textVisible=False)
        self.bar.setAccessibleName(_("Progress"))
        self.table = _Findings(self)
        self._deep = QCheckBox(_("&Also verify every signature: documents, certificates, CRLs"), self)
        self._lay_out()

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
        if self._job is not None:
            return
        session = self._workspace.session
        self._headline.setText(_("Checking…"))
        self._job = Job(partial(_checked, session.domain, session.actor, self._deep.isChecked()), waits=True)
        self._job.stepped.connect(self._stepped)
        self._job.done.connect(self._show)
        self._job.failed.connect(self._failed)
        self._job.cancelled.connect(self._cancelled)
        self._job.finished.connect(self._finished)
        self._switch()
        self._job.start()

    def _lay_out(self) -> None:
        table, room = self.table, widget_tree.room(self)
        wide = self.fontMetrics().averageCharWidth() * _CHARACTERS
        table.setMinimumSize(min(wide, room.width() - _MARGIN), min(table.height_of(_ROWS), room.height() // 3))
        layout = QVBoxLayout(self)
        for widget in (self._headline, self._step, self.bar):
            layout.addWidget(widget)
        layout.addWidget(table, 1)
        layout.addWidget(self._deep)
        layout.addWidget(self._buttons())

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
        more = _("The first {n} are shown; an exported file has all of them.").format(n=_SHOWN)
        self._step.setText(more if len(found) > _SHOWN else "")

    def _stepped(self, text: str) -> None:
        self._step.setText(translated(text))

    def _failed(self, error: Exception) -> None:
        self._forget(_("The store was not checked."))
        errors.show(self, error)

    def _cancelled(self) -> None:
        self._forget(_("The check was stopped."))

    def _forget(self, headline: str) -> None:
        self._show(())
        self._headline.setText(headline)

    def _finished(self) -> None:
        self._job = None
        self._switch()

    def _switch(self) -> None:
        running = self._job is not None
        self.bar.setVisible(running)
        self._stop.setEnabled(running)
        for widget in (self._again, self._deep):
            widget.setEnabled(not running)
        self._export.setEnabled(not running and bool(self._found))
        self.more_to_show.start()

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
