"""Deciding about one request or many in one job, with a result for each in a list that stays open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from dominoadmin.gui import theme, tips
from dominoadmin.gui.dialogs.base import DraftDialog
from dominoadmin.gui.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.approving import Outcome
from dominoadmin.services.drafts import request_words
from dominoadmin.services.progress import Progress
from dominoadmin.services.requesting import RequestView

Decide = Callable[[Progress], list[Outcome]]
_ROWS_SHOWN: Final = 8


class RequestTable(QTableWidget):
    """The selected requests; the last column says what is known of each."""

    def __init__(self, shown: Sequence[RequestView], parent: QWidget | None = None) -> None:
        super().__init__(len(shown), 3, parent)
        self.setHorizontalHeaderLabels([_("Request"), _("Subject"), _("Result")])
        self.setAccessibleName(_("Selected requests"))
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        header = self.horizontalHeader()
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.setColumnHidden(2, True)
        self._rows = {each.request.id: number for number, each in enumerate(shown)}
        for each in shown:
            self._set(each.request.id, 0, str(each.request.id))
            self._set(each.request.id, 1, request_words.subject_of(each))
        self.resizeColumnToContents(0)

    def say(self, request_id: int, badge: str, text: str) -> None:
        """Say what is known of a request."""
        self.setColumnHidden(2, False)
        item = self._set(request_id, 2, text)
        if icon := theme.badge(badge):
            item.setIcon(icon)
        self.resizeRowToContents(self._rows[request_id])

    def sizeHint(self) -> QSize:
        rows = min(self.rowCount(), _ROWS_SHOWN)
        height = rows * (self.fontMetrics().height() + 14) + self.horizontalHeader().sizeHint().height() + 8
        return QSize(720, height)

    def _set(self, request_id: int, column: int, text: str) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(tips.plain(text))
        item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setItem(self._rows[request_id], column, item)
        return item


class DecisionDialog(DraftDialog):
    """The frame of Approve Requests and Reject Requests. Subclasses write `decide` and `done_word`."""

    counted = Signal(int)

    def __init__(self, workspace: Workspace, title: str, shown: Sequence[RequestView]) -> None:
        super().__init__(workspace, title)
        self.shown = tuple(shown)
        self.ids = [each.request.id for each in self.shown]
        self.table = RequestTable(self.shown, self)
        self.counted.connect(self._bar.setValue)
        self._over = False

    def decide(self) -> Decide:
        """Return what decides about all requests; it runs in a job."""
        raise NotImplementedError

    def done_word(self) -> str:
        """Return the result of a request that was decided."""
        raise NotImplementedError

    def report(self, count: int) -> str:
        """Return the sentence for the status bar."""
        raise NotImplementedError

    def work(self) -> Decide:
        """Return the decision, its steps counted for the bar."""
        self._bar.setRange(0, len(self.ids))
        self._bar.setValue(0)
        decide, counted = self.decide(), self.counted

        def work(progress: Progress) -> list[Outcome]:
            return decide(_Counting(progress, counted.emit))

        return work

    def succeeded(self, result: list[Outcome]) -> None:
        """Show what became of each. A single one that went well needs no list."""
        for outcome in result:
            said = f"{outcome.problem} {outcome.hint}".strip()
            self.table.say(outcome.request_id, "bad" if outcome.problem else "ok", said or self.done_word())
        good = sum(not outcome.problem for outcome in result)
        if good:
            self.workspace.say(self.report(good))
        self.dirty, self.result_value, self._over = False, result, True
        self.committed.emit(result)
        if len(result) == good == 1:
            self.accept()
        else:
            self._show_results(self.report(good))

    def check(self) -> None:
        """There is nothing left to check when all is decided."""
        if not self._over:
            super().check()

    def _show_results(self, sentence: str) -> None:
        self.commit_button.hide()
        self.cancel_button.setText(_("Close"))
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()
        self._problem.setText(sentence)
        self._problem.show()


class _Counting(Progress):
    def __init__(self, progress: Progress, tell: Callable[[int], None]) -> None:
        self._progress, self._tell, self._count = progress, tell, 0

    def step(self, text: str) -> None:
        self._progress.step(text)
        self._count += 1
        self._tell(self._count)
