"""The frame of dialogs that edit a draft: forms, the current problem, the commit in a job."""

from __future__ import annotations

from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFrame,
    QLabel,
    QProgressBar,
    QRadioButton,
    QScrollArea,
    QSizePolicy,
    QStyle,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.errors import Error, WrongPassword
from dominoadmin.gui.frame import errors, foreign_text, messages, theme, widget_tree
from dominoadmin.gui.frame.forms import password_line
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job, R, Work
from dominoadmin.gui.frame.painting.heading import DialogHeading
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated

_LEAST_WIDTH: Final = 460
_MARGINS: Final = (12, 8, 12, 10)
_LINES: Final = 30  # of text; on a lower screen a dialog has no heading
_FORM: Final = 9  # the margin of a form in Fusion, for what stands below it
_MARGIN: Final = 60
"""The part of the screen's height that is kept free for the frame of a window."""


class FittingDialog(QDialog):
    """A dialog that opens large enough for its contents, as far as the screen allows."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._needed = 0  # the last known height with room for everything
        self.more_to_show = QTimer(self, singleShot=True, interval=0)
        self.more_to_show.timeout.connect(self.make_room)

    def open(self) -> None:
        """Show the dialog, no larger than the screen."""
        hint, room = self.sizeHint(), widget_tree.room(self)
        self.resize(
            min(max(hint.width(), _LEAST_WIDTH), room.width() - 40), min(hint.height(), room.height() - _MARGIN)
        )
        super().open()
        self.make_room()

    def make_wide(self, contents: QWidget) -> None:
        """Grow for contents that need more width, as far as the screen allows."""
        margins = self.contentsMargins() if (layout := self.layout()) is None else layout.contentsMargins()
        needed = contents.sizeHint().width() + margins.left() + margins.right()
        wanted = min(needed, widget_tree.room(self).width() - 40)
        if wanted > self.width() and not self.isMaximized():
            self.resize(wanted, self.height())

    def make_room(self) -> None:
        """Grow for more contents, as far as the screen allows; otherwise keep the size that the user chose."""
        layout = self.layout()
        assert layout is not None
        layout.activate()
        # A scroll area does not notice that its content needs more room, and its parent is informed too late.
        for widget in reversed(list(widget_tree.descendants(self, QWidget))):
            widget.updateGeometry()
        layout.activate()
        needed = layout.totalHeightForWidth(self.width()) if layout.hasHeightForWidth() else self.sizeHint().height()
        room = widget_tree.room(self).height() - _MARGIN
        has_shown_all = self.height() >= min(self._needed, room)
        if needed > self._needed and has_shown_all and not self.isMaximized():
            self.resize(self.width(), max(self.height(), min(needed, room)))
        self._needed = needed


class DialogDraft(Protocol):
    """The interface of a dialog's draft."""

    def problem(self) -> str:
        """Return what is missing and what to do, or an empty string."""


D = TypeVar("D", bound=DialogDraft | None)


class DraftDialog(FittingDialog, Generic[D, R]):
    """A dialog with forms and one action. The input survives every failure.

    `D` is its draft, or None; `R` is the result of its action. Subclasses fill `body`, and implement `problem`, `work`
    and, if needed, `succeeded`.
    """

    committed = Signal(object)
    waits = False
    """Whether its action waits for another part of the program, and must not delay other work."""

    def __init__(self, workspace: Workspace, title: str, draft: D, parent: QWidget | None = None) -> None:
        super().__init__(parent or workspace.widget())
        self.setWindowTitle(title)
        self.workspace, self.draft, self.dirty = workspace, draft, False
        self._job: Job | None = None
        self.heading = DialogHeading(self)
        self._content = QWidget(self)
        self.body = QVBoxLayout(self._content)
        self.body.setContentsMargins(0, 0, 0, 0)
        self._problem, self._step = QLabel(self), QLabel(self)
        self._bar = QProgressBar(self)
        self.buttons = QDialogButtonBox(self)
        self._lay_out()

    def _lay_out(self) -> None:
        for label in (self._problem, self._step):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
            label.setContentsMargins(_FORM, 0, _FORM, 0)
        self._problem.setAccessibleName(_("What is missing"))
        self._bar.setRange(0, 0)
        self._bar.setAccessibleName(_("Progress"))
        self.commit_button = self.buttons.addButton(QDialogButtonBox.StandardButton.Ok)
        self.commit_button.setDefault(True)
        self.cancel_button = self.buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        self.commit_button.clicked.connect(self.commit)
        self.cancel_button.clicked.connect(self.reject)
        self.heading.show_texts(self.windowTitle())
        self.windowTitleChanged.connect(self.heading.rename)
        theme.make_primary(self.commit_button)
        inside = QVBoxLayout()
        inside.setContentsMargins(*_MARGINS)
        inside.addWidget(self._content, 1)
        for widget in (self._problem, self._step, self._bar, self.buttons):
            inside.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.heading)
        layout.addLayout(inside, 1)
        self._set_running(running=False)

    def set_context(self, context: str) -> None:
        """Show below the title what the dialog is about."""
        self.heading.show_texts(self.windowTitle(), context)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            theme.make_primary(self.commit_button)
        super().changeEvent(event)

    def set_commit(self, text: str) -> None:
        """Set the text of the commit button."""
        self.commit_button.setText(text)

    def add_form(self, form: Form, layout: QVBoxLayout | None = None) -> None:
        """Add a form, which scrolls if the screen is too small for it."""
        self.watch_form(form)
        (self.body if layout is None else layout).addWidget(scrolled(form), 1)

    def watch_form(self, form: Form) -> None:
        """Watch a form in another place, such as a tab."""
        form.edited.connect(self.form_edited)

    def form_edited(self) -> None:
        """Record that there is input."""
        self.dirty = True
        self.check()

    def check(self) -> None:
        """Show what is missing, and switch the commit button accordingly."""
        problem = translated(self.problem())
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.commit_button.setEnabled(not problem and self._job is None)
        self.commit_button.setToolTip(foreign_text.plain(problem))
        if self.isVisible():
            self.make_room()

    def problem(self) -> str:
        """Return why the commit is not possible yet and what to do, or an empty string."""
        return self.draft.problem() if self.draft is not None else ""

    def work(self) -> Work[R]:
        """Return the work of the commit, with who acts as a value: it runs later, in another thread."""
        raise NotImplementedError

    def succeeded(self, result: R) -> None:
        """Receive the result. Subclasses show their message and then call this."""
        self.dirty = False
        self.committed.emit(result)
        self.accept()

    def failed(self, error: Exception) -> None:
        """Show the error, keeping the input."""
        errors.show(self, error)

    def commit(self) -> None:
        """Carry out the action."""
        if self.problem() or self._job is not None:
            return
        try:
            work = self.work()
        except Error as error:  # the window is locked
            self.failed(error)
            return
        self._job = Job(work, waits=self.waits)
        self._job.stepped.connect(self._step.setText)
        self._job.done.connect(self._done)
        self._job.failed.connect(self._failed)
        self._job.cancelled.connect(self._ended)
        self._set_running(running=True)
        self._job.start()

    @property
    def is_running(self) -> bool:
        """Return whether the action is running."""
        return self._job is not None

    def reject(self) -> None:
        """Cancel the running action, or close the dialog; ask before discarding input."""
        if self._job is not None:
            self._step.setText(_("Cancelling…"))
            self._job.cancel()
        elif self.dirty:
            messages.confirm_discard(self, self.discard)
        else:
            super().reject()

    def done(self, result: int) -> None:
        """Close, and clear the passwords in the editors, which exist until the dialog is destroyed."""
        password_line.forget_passwords(self)
        super().done(result)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 opens the guide: a dialog stops the shortcuts of the window."""
        if event.matches(QKeySequence.StandardKey.HelpContents):
            self.workspace.run("guide")
        else:
            super().keyPressEvent(event)

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
        has_room = widget_tree.room(self).height() >= _LINES * self.fontMetrics().height()
        self.heading.setVisible(has_room)  # the frame of the window has the title, too
        self.check()
        self.dirty = False
        super().open()
        self._focus_first()

    def begin_at(self) -> QWidget | None:
        """Return the widget with the initial focus; None is the first editor.

        Dialogs must not set the focus when they are shown: this would override it, and unlocking the window shows them
        again, in the middle of typing.
        """
        return None

    def _focus_first(self) -> None:
        """Set the focus on the first editor, else on the commit button; Qt chooses Cancel while that is off."""
        if (begin := self.begin_at()) is not None:
            begin.setFocus()
            return
        act = self.commit_button if self.commit_button.isEnabled() else self.cancel_button
        act.setFocus()
        while self.focusNextChild() and self.focusWidget() is not act:
            at = self.focusWidget()
            if self._content.isAncestorOf(at) and not isinstance(at, QTabBar):
                if isinstance(at, QRadioButton) and (chosen := _chosen(at)):
                    chosen.setFocus()
                return

    def _stop(self) -> None:
        if self._job is not None:
            self._job.cancel()

    def _done(self, result: R) -> None:
        self._ended()
        self.succeeded(result)

    def _failed(self, error: Exception) -> None:
        self._ended()
        if isinstance(error, WrongPassword):
            password_line.correct(self.opening_line())
        self.failed(error)

    def opening_line(self) -> password_line.PasswordLine | None:
        """Return the line whose password opens something: where to correct it. None: it is not typed here."""
        return password_line.first(self._content)

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
    """A dialog whose action only closes it; the draft is the result."""

    def commit(self) -> None:
        """Close, with the draft as the result."""
        if not self.problem():
            self.succeeded(self.draft)


def _chosen(radio: QRadioButton) -> QRadioButton | None:
    """Return the chosen one of radio buttons: that is the one which Tab reaches."""
    around = radio.parentWidget()
    beside = widget_tree.descendants(around, QRadioButton) if around else ()
    return next((each for each in beside if each.isChecked()), None)


def scrolled(widget: QWidget) -> QScrollArea:
    """Return a widget in a frame that scrolls if there is too little room."""
    area = FittingScrollArea()
    area.setWidget(widget)
    return area


class FittingScrollArea(QScrollArea):
    """A scroll area that requests as much room as its content needs: Qt's own requests little."""

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
        """Give the content the height it needs at this width; Qt uses the height at the least width.

        The width excludes the scroll bar if everything fits without it: a bar makes the lines shorter and the text
        longer, and could so cause itself.
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
