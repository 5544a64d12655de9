"""The Quick Guide's panel: the technote's chapters and the one for later, with the next step highlighted."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Final

from PySide6.QtCore import QEvent, QSignalBlocker, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QPalette
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.gui.console import closing
from dominoadmin.gui.console.server_views import view_of
from dominoadmin.gui.frame import foreign_text, widget_tree
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.guide.rows import ChapterBox
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.guide import chapters as guiding
from dominoadmin.viewmodels.guide.chapters import CONSOLE, Chapter, ServerView, Step
from dominoadmin.viewmodels.guide.offers import Offer, offers
from dominoadmin.viewmodels.guide.steps import StepState
from dominoadmin.viewmodels.target import NOTHING

_SETTLING: Final = 150  # milliseconds; a command changes the store several times
_HOUR: Final = 3_600_000


class QuickGuide(QWidget):
    """Shows the guide, and emits `wanted(command, target)` to open a step."""

    wanted = Signal(str, object)
    refreshed = Signal()

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("Quick Guide"))
        self._workspace = workspace
        self.chapters: list[Chapter] = []
        self.next: Step | None = None
        self._job: Job | None = None
        self._again = False
        self._boxes: list[ChapterBox] = []
        self._certifiers: list[tuple[int, str]] = []
        self._offered: list[Offer] = []
        self._offers: QWidget | None = None
        self._lay_out()
        self._settled = QTimer(self, singleShot=True, interval=_SETTLING)
        self._settled.timeout.connect(self.refresh)
        self._hourly = QTimer(self, interval=_HOUR)  # lists expire even if nothing happens
        self._hourly.timeout.connect(self.refresh)
        self._hourly.start()
        for signal in (
            workspace.events.store_changed,
            workspace.server.states_changed,
            workspace.server.printed,  # `tell http restart` opens a port and changes nothing else
            workspace.session.changed,
        ):
            signal.connect(self._changed)
        self.refresh()

    def refresh(self) -> None:
        """Compute the guide again, then update the panel."""
        if self._job is not None:
            self._again = True
            return
        session = self._workspace.session
        followed = self.certifier.currentData() or 0
        view, may_keep = view_of(self._workspace), closing.may_keep_running(self._workspace)
        self._job = Job(partial(_computed, session.domain, session.actor, view, (followed, may_keep)))
        self._job.done.connect(self._take)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._job.start()

    @property
    def urgent(self) -> Step | None:
        """The urgent step, if known."""
        return guiding.urgent(self.chapters) if self.chapters else None

    def attend(self) -> None:
        """Open the urgent step."""
        if self.urgent:
            self._open(self.urgent)

    def changeEvent(self, event: QEvent) -> None:
        # A dialog was closed, or a key ring was copied manually: files are not in the store.
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow():
            self._settled.start()
        super().changeEvent(event)

    def _lay_out(self) -> None:
        self._heading, self._reason = _wrapped(self), _wrapped(self)
        font = self._heading.font()
        font.setBold(True)
        self._heading.setFont(font)
        self.button = QPushButton(self)
        self.button.setAutoDefault(True)
        self.button.clicked.connect(self._open_next)
        self.button.hide()
        self._card = QFrame(self)
        self._card.setFrameShape(QFrame.Shape.StyledPanel)
        self._card.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._inside = QVBoxLayout(self._card)
        for widget in (self._heading, self._reason, self.button):
            self._inside.addWidget(widget)
        self._list = QWidget(self)
        self._rows = QVBoxLayout(self._list)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)
        self._area = QScrollArea(self)
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setWidget(self._list)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 4)
        layout.addLayout(self._chooser())
        layout.addWidget(self._card)
        layout.addWidget(self._area, 1)

    def _chooser(self) -> QHBoxLayout:
        """Return the choice of the certifier to follow, which is visible if there are several."""
        self._caption, self.certifier = QLabel(_("&Certifier"), self), SteadyComboBox(self)
        self._caption.setBuddy(self.certifier)
        self.certifier.setAccessibleName(_("Certifier that the guide follows"))
        self.certifier.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.certifier.addItem("", 0)
        self.certifier.currentIndexChanged.connect(self.refresh)
        line = QHBoxLayout()
        line.addWidget(self._caption)
        line.addWidget(self.certifier, 1)
        for widget in (self._caption, self.certifier):
            widget.hide()
        return line

    def _show_certifiers(self, known: list[tuple[int, str]]) -> None:
        """Show the certifiers in the choice; the one that is followed stays chosen."""
        if known == self._certifiers:
            return
        self._certifiers = known
        followed = self.certifier.currentData()
        with QSignalBlocker(self.certifier):
            self.certifier.clear()
            self.certifier.addItem(_("All certifiers"), 0)
            for number, name in known:
                self.certifier.addItem(foreign_text.in_one_line(name), number)
            self.certifier.setCurrentIndex(max(0, self.certifier.findData(followed)))
        for widget in (self._caption, self.certifier):
            widget.setVisible(len(known) > 1)

    def _changed(self, *_what: object) -> None:
        self._settled.start()

    def _take(self, found: GuideContents) -> None:
        self._show_certifiers(found.certifiers)
        self._show(found.chapters)
        self._show_offers(found.offers if self._is_done() else [])

    def _show_offers(self, found: list[Offer]) -> None:
        """Show a button for each offer, with what it is good for below."""
        if found == self._offered:
            return
        self._offered = found
        widget_tree.remove(self._offers)
        self._offers = QWidget(self._card)
        column = QVBoxLayout(self._offers)
        column.setContentsMargins(0, 0, 0, 0)
        for offer in found:
            button, why = QPushButton(offer.text, self._offers), _wrapped(self._offers)
            button.setAutoDefault(False)
            button.setAccessibleDescription(offer.because)
            button.clicked.connect(partial(self._accept, offer))
            why.setText(offer.because)
            why.setForegroundRole(QPalette.ColorRole.PlaceholderText)
            column.addWidget(button)
            column.addWidget(why)
        self._inside.addWidget(self._offers)
        self._offers.setVisible(bool(found))

    def _accept(self, offer: Offer, _checked: bool = False) -> None:
        self.wanted.emit(offer.command, NOTHING)
        self._settled.start()  # what is only remembered changes nothing in the store

    def _show(self, chapters: list[Chapter]) -> None:
        before = self.next
        self.chapters, self.next = chapters, guiding.next_step(chapters)
        if not self._boxes:
            self._add_boxes()
        for box, chapter in zip(self._boxes, chapters, strict=True):
            box.show_chapter(chapter, self.next)
        self._show_next()
        if self.next and (before is None or before.title != self.next.title):
            QTimer.singleShot(0, self, self._scroll_to_next)
        self.refreshed.emit()

    def _add_boxes(self) -> None:
        for number, chapter in enumerate(self.chapters, start=1):
            box = ChapterBox(number, chapter, self._list)
            box.chosen.connect(self._open)
            self._boxes.append(box)
            self._rows.addWidget(box)
        self._rows.addStretch(1)

    def _show_next(self) -> None:
        step = self.next
        self.button.setVisible(step is not None and bool(step.command))
        if step is None:
            text = _("All required steps are done") if self._is_done() else _("Nothing to do right now")
            self._heading.setText(text)
            self._reason.setText(self._waiting())
            return
        self._heading.setText(_("Next: {title}").format(title=step.title))
        self._reason.setText(step.because)
        if step.command.startswith(CONSOLE):
            line = step.command.removeprefix(CONSOLE).strip()
            self.button.setText(_("Enter “{line}”").format(line=line).replace("&", "&&"))
        elif step.act:
            self.button.setText(step.act.text)
        elif step.numbers:
            self.button.setText(_("Open step {numbers}").format(numbers=step.numbers))
        else:
            self.button.setText(_("Open"))
        self.button.setAccessibleDescription(step.title)

    def _is_done(self) -> bool:
        return all(chapter.is_done for chapter in self.chapters)

    def _waiting(self) -> str:
        if self._is_done():
            return _("The server is secured with SSL. You can also do the following:")
        steps = [step for chapter in self.chapters for step in chapter.steps]
        return next(step.because for step in steps if step.state == StepState.NOT_YET and not step.is_optional)

    def _scroll_to_next(self) -> None:
        rows = [row for box in self._boxes if self.next and (row := box.row_of(self.next))]
        if rows:
            top = rows[0].mapTo(self._list, rows[0].rect().topLeft()).y()
            self._area.ensureVisible(0, top + rows[0].height(), 0, 40)
            self._area.ensureVisible(0, top, 0, 40)

    def _open_next(self) -> None:
        if self.next:
            self._open(self.next, acts=True)

    def _open(self, step: Step, *, acts: bool = False) -> None:
        """Open a step's place, or do it: the rows lead through the technote's dialogs, the button acts."""
        if step.command == "open-page" and step.state != StepState.NOT_YET:
            QDesktopServices.openUrl(QUrl(step.target.url))
        elif step.state == StepState.NOT_YET and not step.command.startswith(CONSOLE):
            self._workspace.say(step.because)
        elif step.command:
            self.wanted.emit(*(step.acting() if acts else (step.command, step.target)))

    def _failed(self, error: Exception) -> None:
        # Not in a box, which would reappear with every change of the store.
        self._heading.setText(_("The guide cannot read the store"))
        self._reason.setText(translated(str(error)))
        self.button.hide()

    def _finished(self) -> None:
        self._job = None
        if self._again:
            self._again = False
            self.refresh()


def _wrapped(parent: QWidget) -> BreakingLabel:
    label = BreakingLabel("", parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)  # a long word makes nothing wider
    return label


@dataclass(frozen=True)
class GuideContents:
    """What the panel shows: the chapters, the certifiers to choose from, and what is offered at the end."""

    chapters: list[Chapter]
    certifiers: list[tuple[int, str]]
    offers: list[Offer]


def _computed(
    domain: Domain, actor: Actor, view: ServerView, chosen: tuple[int, bool], _progress: Progress
) -> GuideContents:
    certifier_id, may_keep_running = chosen
    return GuideContents(
        guiding.guide(domain, actor, view, certifier_id),
        guiding.certifiers(domain),
        offers(domain, may_keep_running=may_keep_running),
    )
