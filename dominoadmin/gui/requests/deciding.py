"""Decides one request or many in one job, with a result for each in a list that stays open."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtWidgets import QHeaderView, QTableWidgetItem, QWidget

from dominoadmin.gui.frame import foreign_text, theme
from dominoadmin.gui.frame.dialog import D, DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.tables.short_table import ShortTable
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import joined, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import approving
from dominoadmin.services.requests.approving import Outcome
from dominoadmin.services.requests.inspecting import Inspection
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.store.records import Fields
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.requests import texts as request_words

_ROWS_SHOWN: Final = 8
_LEAST_ROWS: Final = 2
_CHARACTERS: Final = 100


Decide = Callable[[Domain, Identity, Progress], list[Outcome]]


@dataclass(frozen=True)
class Deciding:
    """The differences between the dialogs that decide about requests.

    `done_word` is the result of a request that was decided; `report` makes the sentence for the status bar from the
    number of these.
    """

    title: str
    done_word: str
    report: Callable[[int], str]


class RequestTable(ShortTable):
    """The selected requests; the last column shows the check or result of each."""

    def __init__(self, shown: Sequence[RequestView], parent: QWidget | None = None) -> None:
        titles = (_("Request"), _("Subject"), _("Result"))
        super().__init__(titles, _("Selected requests"), parent, dense=True)
        self.setRowCount(len(shown))
        header = self.horizontalHeader()
        self._refit = QTimer(self, singleShot=True, interval=0)
        self._refit.timeout.connect(self._fit_rows)
        header.sectionResized.connect(self._other_width)
        for column in (1, 2):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.setColumnHidden(2, True)
        self._rows = {each.request.id: number for number, each in enumerate(shown)}
        for each in shown:
            self._set(each.request.id, 0, str(each.request.id))
            self._set(each.request.id, 1, request_words.subject_of(each))
        self.resizeColumnToContents(0)

    def say(self, request_id: int, badge: str, text: str) -> None:
        """Show a text about a request."""
        self.setColumnHidden(2, False)
        item = self._set(request_id, 2, text)
        if icon := theme.badge(badge):
            item.setIcon(icon)
        self._fit_rows()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().averageCharWidth() * _CHARACTERS, self._height_of(_ROWS_SHOWN))

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self._height_of(_LEAST_ROWS))

    def _height_of(self, rows: int) -> int:
        shown = sum(self.rowHeight(number) for number in range(min(self.rowCount(), rows)))
        return shown + self.horizontalHeader().sizeHint().height() + 2 * self.frameWidth() + 2

    def _other_width(self, *_: int) -> None:
        self._refit.start()

    def _fit_rows(self) -> None:
        """Fit each row's height to its texts at this width."""
        self.resizeRowsToContents()
        self.updateGeometry()
        window = self.window()
        if isinstance(window, FittingDialog) and window.isVisible():
            window.more_to_show.start()

    def _set(self, request_id: int, column: int, text: str) -> QTableWidgetItem:
        item = QTableWidgetItem(text)
        item.setToolTip(foreign_text.plain(text))
        item.setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.setItem(self._rows[request_id], column, item)
        return item


class DecisionDialog(DraftDialog[D, list[Outcome]]):
    """The frame of Approve Requests, Reject Requests and Withdraw Approvals. Subclasses fill `body`."""

    counted = Signal(int)

    def __init__(
        self,
        workspace: Workspace,
        decision: Deciding,
        shown: Sequence[RequestView],
        draft: D,
    ) -> None:
        super().__init__(workspace, decision.title, draft)
        self._decision = decision
        self.shown = tuple(shown)
        self.ids = [each.request.id for each in self.shown]
        self.table = RequestTable(self.shown, self)
        self.counted.connect(self._bar.setValue)
        self._over = False

    def work(self) -> Work[list[Outcome]]:
        """Return the work of the decision, with its steps counted for the progress bar."""
        self._bar.setRange(0, len(self.ids))
        self._bar.setValue(0)
        session = self.workspace.session
        domain, person, decide = session.domain, session.identity, self.decide()

        def work(progress: Progress) -> list[Outcome]:
            return decide(domain, person, _Counting(progress, self.counted.emit))

        return work

    def decide(self) -> Decide:
        """Return the decision about what is on the screen now; it runs in a job."""
        raise NotImplementedError

    def succeeded(self, result: list[Outcome]) -> None:
        """Show the result of each. A single success needs no list."""
        for outcome in result:
            said = translated(joined(outcome.problem, outcome.hint))
            self.table.say(
                outcome.request_id, Badge.BAD if outcome.problem else Badge.OK, said or self._decision.done_word
            )
        good = sum(not outcome.problem for outcome in result)
        if good:
            self.workspace.say(self._decision.report(good))
        self.dirty, self._over = False, True
        self.committed.emit(result)
        if len(result) == good == 1:
            self.accept()
        else:
            self._show_results(self._decision.report(good))

    def check(self) -> None:
        """Check the input, unless all is decided."""
        if not self._over:
            super().check()

    def _show_results(self, sentence: str) -> None:
        self.commit_button.hide()
        self.cancel_button.setText(_("Close"))
        self.cancel_button.setDefault(True)
        self.cancel_button.setFocus()
        self._problem.setText(sentence)
        self._problem.show()
        self.make_room()


class OnScreen(NamedTuple):
    """What is on the screen: what was read from the store, and what the person has typed.

    `changes`: the changed fields, and the changed attributes of the name. `digest`: of what would be issued with them.
    """

    found: Inspection
    changes: tuple[Fields, dict[str, str]]
    digest: str


def save(seen: OnScreen, domain: Domain, person: Identity, _progress: Progress) -> None:
    """Sign the changes that a person has typed, if there are any."""
    changes, subject = seen.changes
    if changes or subject:
        number = seen.found.shown.request.id
        approving.edit(domain, person, number, changes, subject, shown=seen.found.digest)


def approve(seen: OnScreen, domain: Domain, person: Identity, progress: Progress) -> Outcome:
    """Sign the changes, and approve what is on the screen."""
    save(seen, domain, person, progress)
    return approving.approve(domain, person, {seen.found.shown.request.id: seen.digest}, progress)[0]


def withdraw(number: int, domain: Domain, person: Identity, progress: Progress) -> Outcome:
    """Withdraw the approval of a request."""
    return approving.withdraw(domain, person, [number], progress)[0]


class _Counting(Progress):
    def __init__(self, progress: Progress, tell: Callable[[int], None]) -> None:
        self._progress, self._tell, self._count = progress, tell, 0

    def step(self, text: str) -> None:
        self._progress.step(text)
        self._count += 1
        self._tell(self._count)
