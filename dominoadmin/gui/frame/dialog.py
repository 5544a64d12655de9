"""The frame of dialogs that edit a draft: forms, the current problem, the commit in a job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QLabel,
    QProgressBar,
    QRadioButton,
    QSizePolicy,
    QTabBar,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.errors import Error, WrongPassword
from dominoadmin.gui.frame import errors, foreign_text, messages, theme, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.forms import password_line
from dominoadmin.gui.frame.forms.field_problems import FieldProblems
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job, R, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.problems import DraftProblem, first, of_error

_FORM: Final = 9  # the margin of a form in Fusion, for what stands below it


class DialogDraft(Protocol):
    """The interface of a dialog's draft."""

    def problems(self) -> Sequence[DraftProblem]:
        """Return what is missing or wrong and what to do, in the order of the form."""


D = TypeVar("D", bound=DialogDraft | None)


class DraftDialog(FittingDialog, Generic[D, R]):
    """A dialog with forms and one action. The input survives every failure.

    `D` is its draft, or None; `R` is the result of its action. Subclasses fill `body`, and implement `problems`,
    `work` and, if needed, `succeeded`.
    """

    committed = Signal(object)
    waits = False
    """Whether its action waits for another part of the program, and must not delay other work."""

    def __init__(self, workspace: Workspace, title: str, draft: D, parent: QWidget | None = None) -> None:
        super().__init__(parent or workspace.widget())
        self.setWindowTitle(title)
        self.workspace, self.draft, self.dirty = workspace, draft, False
        self._job: Job | None = None
        self.field_problems = FieldProblems(self, self.check)
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
        theme.make_primary(self.commit_button)
        inside = self.column()
        inside.addWidget(self._content, 1)
        for widget in (self._problem, self._step, self._bar, self.buttons):
            inside.addWidget(widget)
        self._set_running(running=False)

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
        self.field_problems.watch(form)
        form.edited.connect(self.form_edited)

    def form_edited(self) -> None:
        """Record that there is input."""
        self.dirty = True
        self.check()

    def check(self) -> None:
        """Show what is wrong below its field, and what has no field below the form: only that switches OK off."""
        problem = self.field_problems.tell(self.problems())
        self._problem.setText(problem)
        self._problem.setVisible(bool(problem))
        self.commit_button.setEnabled(not problem and self._job is None)
        self.commit_button.setToolTip(foreign_text.plain(problem))
        if self.isVisible():
            self.make_room()

    def problems(self) -> Sequence[DraftProblem]:
        """Return why the commit is not possible yet and what to do, in the order of the forms."""
        return self.draft.problems() if self.draft is not None else ()

    def problem(self) -> str:
        """Return the first problem, or an empty string."""
        return first(self.problems())

    def is_right(self) -> bool:
        """Return whether nothing is wrong; otherwise show what is, and go to the first field."""
        return self.field_problems.press(self.problems())

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
        if self._job is not None or not self.is_right():
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
        if not self.is_told(error):
            self.failed(error)

    def is_told(self, error: Exception) -> bool:
        """Show an error below the field that it is about; return False if it is about none of these."""
        if not isinstance(error, Error):
            return False
        problem = of_error(error)
        if self.field_problems.refuse(problem):
            return True
        line = self.opening_line() if isinstance(error, WrongPassword) else None
        return line is not None and self.field_problems.refuse_at(line, problem.sentence)

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
        if self.is_right():
            self.succeeded(self.draft)


def _chosen(radio: QRadioButton) -> QRadioButton | None:
    """Return the chosen one of radio buttons: that is the one which Tab reaches."""
    around = radio.parentWidget()
    beside = widget_tree.descendants(around, QRadioButton) if around else ()
    return next((each for each in beside if each.isChecked()), None)
