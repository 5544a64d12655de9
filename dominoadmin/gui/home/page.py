"""Home: what a person wants to know each morning, with the buttons that do it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from time import monotonic
from typing import Final

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QVBoxLayout, QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.console.server_views import view_of
from dominoadmin.gui.frame.dialogs.fitting import FittingScrollArea
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.painting.cards import GRID
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.home.cards import HomeCards
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.guide.chapters import ServerView
from dominoadmin.viewmodels.home import page as home
from dominoadmin.viewmodels.home.page import Counted, Home

_SETTLING: Final = 150  # milliseconds; a command changes the store several times
_PAUSE: Final = 3
"""So many times as long as the last reading took nothing is read: acts that follow each other are not slowed."""
_HOUR: Final = 3_600_000
_LARGER: Final = 1.5
_MARGIN: Final = 2 * GRID
_TWO_COLUMNS, _AT_THE_SIDE = 130, 58
"""Average characters that the page needs for two columns, and a card for a button beside the text."""


def open_home(workspace: Workspace) -> None:
    """Go to Home."""
    workspace.show_tab("home", partial(_made, workspace))


def _made(workspace: Workspace) -> HomePage:
    page = HomePage(workspace)
    page.wanted.connect(workspace.run)
    return page


class HomePage(QWidget):
    """Shows Home, and emits `wanted(command, target)` to open what a button or a chart stands for.

    It is read when it is shown, and again after changes while it is visible. `refreshed`: with its figures.
    """

    wanted = Signal(str, object)
    refreshed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("Home"))
        self._workspace = workspace
        self._job: Job | None = None
        self._next: Callable[[], None] | None = None
        self._again, self._is_due, self._wants_focus = False, True, False
        self._started = 0.0
        self._lay_out()
        self._settled = QTimer(self, singleShot=True, interval=_SETTLING)
        self._settled.timeout.connect(self._refresh_if_seen)
        self._hourly = QTimer(self, interval=_HOUR)  # certificates end even if nothing happens
        self._hourly.timeout.connect(self._changed)
        self._hourly.start()
        for signal in (
            workspace.events.store_changed,
            workspace.server.states_changed,
            workspace.server.printed,  # `load ca` changes nothing else
            workspace.session.changed,
        ):
            signal.connect(self._changed)

    def refresh(self) -> None:
        """Read the page again, then show it."""
        self._is_due = False
        if self._job is not None:
            self._again = True
            return
        session = self._workspace.session
        self._started = monotonic()
        self._run(partial(_read, session.domain, session.actor, view_of(self._workspace)), self._show)

    def focus_view(self) -> None:
        """Give the focus to the first button of the page, as soon as there is one."""
        stops = self._cards.stops()
        self._wants_focus = not stops
        if stops:
            stops[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._is_due:
            self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        self._wants_focus = False  # another page has it now
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._arrange()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        # A dialog was closed, or key rings were copied: files are not in the store.
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._changed()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        content = QWidget(self)
        self._headline, self._summary = (BreakingLabel("", content) for _number in range(2))
        font = self._headline.font()
        font.setBold(True)
        font.setPointSizeF(font.pointSizeF() * _LARGER)
        self._headline.setFont(font)
        for label in (self._headline, self._summary):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._cards = HomeCards(content, _MARGIN)
        self._cards.wanted.connect(self.wanted)
        inside = QVBoxLayout(content)
        inside.setContentsMargins(_MARGIN, _MARGIN, _MARGIN, _MARGIN)
        inside.setSpacing(GRID)
        for widget in (self._headline, self._summary, self._cards):
            inside.addWidget(widget)
        inside.addStretch(1)
        self._area = FittingScrollArea(self)
        self._area.setWidget(content)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._area)

    def _arrange(self) -> None:
        letter = self.fontMetrics().averageCharWidth()
        columns = 2 if self.width() >= _TWO_COLUMNS * letter else 1
        self._cards.arrange(columns, is_narrow=self.width() < columns * _AT_THE_SIDE * letter)

    def _changed(self, *_what: object) -> None:
        self._is_due = True
        if self.isVisible():
            self._settled.start()

    def _refresh_if_seen(self) -> None:
        if self.isVisible() and self._is_due:
            self.refresh()

    def _run(self, work: Callable[[Progress], object], show: Callable[[object], None]) -> None:
        self._job = Job(work, waits=True)  # it may take longer than what somebody waits for
        self._job.done.connect(show)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._job.start()

    def _show(self, found: object) -> None:
        assert isinstance(found, Home)
        self._headline.setText(found.headline)
        self._summary.setText(found.summary)
        self._cards.show_home(found)
        self._arrange()
        focus = QApplication.focusWidget()
        if self._wants_focus and (focus is None or self.isAncestorOf(focus)):  # it takes no keys from what was typed in
            self.focus_view()
        if found.first is None:
            session = self._workspace.session
            self._next = partial(self._run, partial(_counted, session.domain, found), self._show_counted)
        else:
            self.refreshed.emit()

    def _show_counted(self, found: object) -> None:
        assert isinstance(found, Counted)
        self._cards.show_counted(found)
        self.refreshed.emit()

    def _failed(self, error: Exception) -> None:
        # Not in a box, which would reappear with every change of the store.
        self._headline.setText(_("Home cannot read the store"))
        said = error.whole() if isinstance(error, Error) else str(error)
        self._summary.setText(translated(said))
        self._cards.show_nothing()

    def _finished(self) -> None:
        self._job = None
        if following := self._next:
            self._next = None
            following()
            return
        self._settled.setInterval(max(_SETTLING, int(_PAUSE * (monotonic() - self._started) * 1000)))
        if self._again:
            self._again = False
            self._changed()


def _read(domain: Domain, actor: Actor, view: ServerView, _progress: Progress) -> Home:
    return home.read(domain, actor, view)


def _counted(domain: Domain, found: Home, _progress: Progress) -> Counted:
    return home.count(domain, found)
