"""The frame of every dialog that edits a draft: forms, the problem in words, the commit in a job."""

from __future__ import annotations

from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QProgressBar,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.gui.frame import errors, foreign_text, messages, widget_tree
from dominoadmin.gui.frame.forms.form import Form, forget_passwords
from dominoadmin.gui.frame.jobs import Job, R, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated

_LEAST_WIDTH: Final = 460
_MARGIN: Final = 60
"""So much of the screen's height is kept free for the frame of a window."""


class FittingDialog(QDialog):
    """A dialog that opens as large as what is in it, as far as the screen allows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._needed = 0  # the height that everything had room in, when it was looked at last
        self.more_to_show = QTimer(self, singleShot=True, interval=0)
        self.more_to_show.timeout.connect(self.make_room)

    def open(self) -> None:
        """Show the dialog, not larger than the screen."""
        hint, room = self.sizeHint(), widget_tree.room(self)
        self.resize(
            min(max(hint.width(), _LEAST_WIDTH), room.width() - 40), min(hint.height(), room.height() - _MARGIN)
        )
        super().open()
        self.make_room()

    def make_room(self) -> None:
        """Grow as far as the screen allows when more is to be said; a size that the user chose is kept otherwise."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        # A scroll area does not notice that its content wants more room, and what is around it learns it too late.
        for widget in reversed(list(widget_tree.descendants(self, QWidget))):
            widget.updateGeometry()
        layout.activate()
        needed = layout.totalHeightForWidth(self.width()) if layout.hasHeightForWidth() else self.sizeHint().height()
        if needed > self._needed and not self.isMaximized():
            room = widget_tree.room(self).height() - _MARGIN
            self.resize(self.width(), max(self.height(), min(needed, room)))
        self._needed = needed


class DialogDraft(Protocol):
    """What a dialog needs to know of what it has gathered so far."""

    def problem(self) -> str:
        """Return why the act cannot be carried out yet, as a sentence that says what to do, or an empty string."""


D = TypeVar("D", bound=DialogDraft | None)


class DraftDialog(FittingDialog, Generic[D, R]):
    """A dialog with forms and one act. What was typed survives every failure.

    `D` is its draft, or None; `R` is what its act returns. Subclasses fill `body`, and write `problem`, `work` and, if
    need be, `succeeded`.
    """

    committed = Signal(object)

    def __init__(self, workspace: Workspace, title: str, draft: D, parent: QWidget | None = None) -> None:
        super().__init__(parent or workspace.widget())
        self.setWindowTitle(title)
        self.workspace, self.draft = workspace, draft
        self.dirty = False
        self._job: Job | None = None
        self._content = QWidget(self)
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self._problem = QLabel(self)
        self._step = QLabel(self)
        self._bar = QProgressBar(self)
        self.buttons = QDialogButtonBox(self)
        self._lay_out()

    def _lay_out(self) -> None:
        for label in (self._problem, self._step):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._problem.setAccessibleName(_("What is missing"))
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(_("Progress"))
        self.commit_button = self.buttons.addButton(QDialogButtonBox.StandardButton.Ok)
        self.commit_button.setDefault(True)
        self.cancel_button = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.commit_button.clicked.connect(self.commit)
        self.cancel_button.clicked.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(self._content, 1)
        for widget in (self._problem, self._step, self._bar, self.buttons):
            layout.addWidget(widget)
        self._set_running(running=False)

    def set_commit(self, text: str) -> None:
        """Name the act on the commit button."""
        self.commit_button.setText(text)

    def add_form(self, form: Form, layout: QVBoxLayout | None = None) -> None:
        """Add a form; it scrolls where the screen is too small for it."""
        self.watch_form(form)
        (self.body if layout is None else layout).addWidget(scrolled(form), 1)

    def watch_form(self, form: Form) -> None:
        """Take notice of a form that stands somewhere else, on a tab."""
        form.edited.connect(self.form_edited)

    def form_edited(self) -> None:
        """Note that something was typed."""
        self.dirty = True
        self.check()

    def check(self) -> None:
        """Say what is missing, and switch the commit button accordingly."""
        problem = translated(self.problem())
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.commit_button.setEnabled(not problem and self._job is None)
        self.commit_button.setToolTip(foreign_text.plain(problem))
        if self.isVisible():
            self.make_room()

    def problem(self) -> str:
        """Return why the commit cannot go on yet, as a sentence that says what to do, or an empty string."""
        return self.draft.problem() if self.draft is not None else ""

    def work(self) -> Work[R]:
        """Return what the commit does."""
        raise NotImplementedError

    def succeeded(self, result: R) -> None:
        """Take the result. Subclasses show their message and then call this."""
        self.dirty = False
        self.committed.emit(result)
        self.accept()

    def failed(self, error: Exception) -> None:
        """Show the error; what was typed stays."""
        errors.show(self, error)

    def commit(self) -> None:
        """Carry the act out."""
        if self.problem() or self._job is not None:
            return
        self._job = Job(self.work())
        self._job.stepped.connect(self._step.setText)
        self._job.done.connect(self._done)
        self._job.failed.connect(self._failed)
        self._job.cancelled.connect(self._ended)
        self._set_running(running=True)
        self._job.start()

    @property
    def is_running(self) -> bool:
        """Say whether the act is being carried out."""
        return self._job is not None

    def reject(self) -> None:
        """Cancel: the running act, or the dialog; what was typed is not thrown away without a question."""
        if self._job is not None:
            self._step.setText(_("Cancelling…"))
            self._job.cancel()
        elif self.dirty:
            messages.confirm(self, self.windowTitle(), _("Discard your changes?"), _("&Discard"), self.discard)
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Close; the passwords do not stay in the editors until the dialog is destroyed."""
        forget_passwords(self)
        super().done(result)

    def discard(self) -> None:
        """Close without a question."""
        self.dirty = False
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._job is not None:
            event.ignore()
            messages.confirm(
                self, self.windowTitle(), _("The operation is still running. Stop it?"), _("&Stop"), self._stop
            )
        elif self.dirty:
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)

    def open(self) -> None:
        self.check()
        self.dirty = False
        super().open()
        self._focus_first()

    def begin_at(self) -> QWidget | None:
        """Return where the keyboard is when the dialog opens; None is the first editor.

        The only place that says so: a dialog that sets the focus itself, when it is shown, is overruled here, and is
        shown again when a locked window is opened, in the middle of what is typed.
        """
        return None

    def _focus_first(self) -> None:
        """Put the keyboard on the first editor, else on the act; Qt puts it on Cancel while the act is off."""
        if (begin := self.begin_at()) is not None:
            begin.setFocus()
            return
        act = self.commit_button if self.commit_button.isEnabled() else self.cancel_button
        act.setFocus()
        while self.focusNextChild() and self.focusWidget() is not act:
            at = self.focusWidget()
            if self._content.isAncestorOf(at) and not isinstance(at, QTabBar):
                return

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _done(self, result: R) -> None:
        self._ended()
        self.succeeded(result)

    def _failed(self, error: Exception) -> None:
        self._ended()
        self.failed(error)

    def _ended(self) -> None:
        self._job = None
        self._set_running(running=False)

    def _set_running(self, *, running: bool) -> None:
        self._content.setEnabled(not running)
        self._bar.setVisible(running)
        self._step.setVisible(running)
        self._step.setText("")
        self.commit_button.setEnabled(not running)
        if self.isVisible() and not running:
            self.check()


class ChoiceDialog(DraftDialog[D, D]):
    """A dialog whose act does nothing but close it; the draft is the result."""

    def commit(self) -> None:
        """Close, with the draft as the result."""
        if not self.problem():
            self.succeeded(self.draft)


def scrolled(widget: QWidget) -> QScrollArea:
    """Return a widget in a frame that scrolls when there is less room than it needs."""
    area = FittingScrollArea()
    area.setWidget(widget)
    return area


class FittingScrollArea(QScrollArea):
    """A scroll area that asks for as much room as its content wants: Qt's own asks for little."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.viewport().setAutoFillBackground(False)

    def sizeHint(self) -> QSize:
        content = self.widget()
        if content is None:
            return super().sizeHint()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        hint = content.sizeHint().expandedTo(QSize(max(_LEAST_WIDTH, content.minimumWidth()), 0))
        if content.hasHeightForWidth():  # wrapped text needs less height the wider it is
            width = self.maximumViewportSize().width() if self.isVisible() else hint.width()
            hint.setHeight(content.heightForWidth(width))
        return hint.grownBy(self.contentsMargins()) + QSize(bar, 2)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        content = self.widget()
        if content is not None and watched is content and event.type() == QEvent.Type.LayoutRequest:
            before = content.minimumHeight()
            self._fit()
            window = self.window()
            if content.minimumHeight() > before and isinstance(window, FittingDialog) and window.isVisible():
                window.more_to_show.start()
        return super().eventFilter(watched, event)

    def _fit(self) -> None:
        """Let the content be as high as it needs to be at this width; Qt takes the height at the least width.

        The width is that without the scroll bar if there is room then: a bar makes the lines shorter, the text
        longer, and would so be the reason for its own being.
        """
        content = self.widget()
        if content is None or not content.hasHeightForWidth():
            return
        room = self.maximumViewportSize()
        bar = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent)
        needed = content.heightForWidth(room.width())
        if needed > room.height():
            needed = content.heightForWidth(room.width() - bar)
        content.setMinimumHeight(max(1, needed))
