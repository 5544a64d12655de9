"""The frame of all wizards: form pages that edit a typed draft, one commit, one running page, one result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final, Generic, Protocol, TypeVar

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QCloseEvent, QKeyEvent, QPalette, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QSizePolicy, QVBoxLayout, QWidget, QWizard, QWizardPage

from dominoadmin.gui.frame import errors, messages, theme
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.dialogs.headed import is_help
from dominoadmin.gui.frame.forms.field_problems import FieldProblems
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.password_line import forget_passwords
from dominoadmin.gui.frame.jobs import Job, R, Work
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.problems import DraftProblem

_LEAST_CHARACTERS: Final = 60
_BETWEEN: Final = 14
_DONE, _NOW, _LATER = "✓", "▸", "\u2007"
_ONWARD: Final = (
    QWizard.WizardButton.NextButton,
    QWizard.WizardButton.CommitButton,
    QWizard.WizardButton.FinishButton,
)
Step = TypeVar("Step")
Step_contra = TypeVar("Step_contra", contravariant=True)


class PageDraft(Protocol[Step_contra]):
    """The interface of a draft for form pages; each has its own steps."""

    def problems(self, step: Step_contra) -> Sequence[DraftProblem]:
        """Return why `step` is not complete yet, in the order of its form."""


class FormPage(QWizardPage, Generic[Step]):
    """A page that edits part of a draft. Subclasses build the form, name its editors, and implement `load` and `save`.

    Problems are shown as in dialogs (`field_problems`); the button that leads on takes the place of OK.
    """

    def __init__(self, draft: PageDraft[Step], step: Step, title: str, subtitle: str) -> None:
        super().__init__()
        self.setTitle(title)
        self.setSubTitle(subtitle)
        self._draft, self._step = draft, step
        self._loading = False
        self.form = Form(self)
        at_the_title(self.form)
        self.field_problems = FieldProblems(self, self.look)
        self._problem = wrapped(self)
        self._problem.setAccessibleName(_("What is missing"))
        self._problem.setMinimumHeight(2 * self.fontMetrics().lineSpacing())  # appearing texts move nothing
        layout = QVBoxLayout(self)
        layout.addWidget(scrolled(self.form), 1)
        layout.addWidget(self._problem)
        self.form.edited.connect(self.edited)

    def load(self) -> None:
        """Show the draft in the widgets."""

    def save(self) -> None:
        """Put the widgets' values in the draft."""

    def edited(self) -> None:
        """Save the input; every editor's signal leads here."""
        if self._loading:
            return
        self.save()
        self.look()
        wizard = self.wizard()
        if isinstance(wizard, Wizard):
            wizard.dirty = True

    def look(self) -> None:
        """Show what is missing."""
        self.field_problems.watch(self.form)
        self._problem.setText(self.field_problems.tell(self._draft.problems(self._step)))
        self.completeChanged.emit()

    def reload(self) -> None:
        """Show the draft again."""
        self._loading = True
        self.load()
        self._loading = False
        self.look()

    def initializePage(self) -> None:
        self.reload()

    def cleanupPage(self) -> None:
        """Keep the input when the user goes back: Qt would clear the page."""

    def isComplete(self) -> bool:
        """Return whether the button that leads on is on: what is wrong with a field is shown when it is pressed."""
        return all(self.field_problems.has(each.field) for each in self._draft.problems(self._step))

    def validatePage(self) -> bool:
        """Show what is wrong instead of going on."""
        return self.field_problems.press(self._draft.problems(self._step))


class RunningPage(QWizardPage, Generic[R]):
    """Runs the operation when shown, then continues automatically; a failure leads back to the previous page."""

    def __init__(self, title: str, subtitle: str, work: Callable[[], Work[R]]) -> None:
        super().__init__()
        self.work = work
        self.setTitle(title)
        self.setSubTitle(subtitle)
        self.result: R | None = None
        self._job: Job | None = None
        self._step = wrapped(self)
        bar = QProgressBar(self, minimum=0, maximum=0, textVisible=False)
        bar.setAccessibleName(_("Progress"))
        layout = QVBoxLayout(self)
        layout.addWidget(bar)
        layout.addWidget(self._step)
        layout.addStretch(1)

    @property
    def is_running(self) -> bool:
        """Return whether the operation is running."""
        return self._job is not None

    def initializePage(self) -> None:
        self._step.setText("")
        self._job = Job(self.work(), waits=True)  # this may wait for the keychain
        self._job.stepped.connect(self._step.setText)
        self._job.done.connect(self._done)
        self._job.failed.connect(self._failed)
        self._job.cancelled.connect(self._cancelled)
        self._job.start()

    def isComplete(self) -> bool:
        return self.result is not None

    def cancel(self) -> None:
        """Ask the operation to stop at its next step; it may be too late for that."""
        if self._job:
            self._step.setText(_("Cancelling…"))
            self._job.cancel()

    def _done(self, result: R) -> None:
        self._job, self.result = None, result
        wizard = self.wizard()
        if isinstance(wizard, Wizard):
            wizard.dirty = False
        self.completeChanged.emit()
        wizard.next()

    def _failed(self, error: Exception) -> None:
        self._job = None
        self.wizard().back()
        errors.show(self.wizard(), error)

    def _cancelled(self) -> None:
        self._job = None
        self.wizard().back()


class Wizard(QWizard):
    """A wizard with common options: a list of its steps at the side, protection of input, no closing during work."""

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWizardStyle(QWizard.WizardStyle.ModernStyle)
        for option in (
            QWizard.WizardOption.NoBackButtonOnStartPage,
            QWizard.WizardOption.NoBackButtonOnLastPage,
            QWizard.WizardOption.NoCancelButtonOnLastPage,
        ):
            self.setOption(option)
        self.dirty = False
        self._steps = _Steps(self)
        self.setSideWidget(self._steps)
        self.currentIdChanged.connect(self._steps.mark)
        self.currentIdChanged.connect(self._leave_the_page_before)

    def add(self, *pages: QWizardPage) -> None:
        """Add the pages in their order. What one is about stands below its title, as in dialogs."""
        for page in pages:
            layout, about = page.layout(), page.subTitle()
            page.setSubTitle("")  # Qt's own header is small, and shifted
            if isinstance(layout, QVBoxLayout):
                layout.insertWidget(0, _about(about, page))
                layout.setSpacing(_BETWEEN)
            self._steps.add(self.addPage(page), page.title())

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._accent()
        super().changeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:
        self._accent()
        super().showEvent(event)

    def _accent(self) -> None:
        """Show the button that leads on as the primary one, as in dialogs."""
        for which in _ONWARD:
            if (button := self.button(which)) is not None:
                theme.make_primary(button)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F1 opens the guide."""
        if not is_help(self, event):
            super().keyPressEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the list of steps if it would leave too little room for a page, such as with large letters."""
        left = event.size().width() - self._steps.sizeHint().width()
        self._steps.setVisible(left >= _LEAST_CHARACTERS * self.fontMetrics().averageCharWidth())
        super().resizeEvent(event)

    def _leave_the_page_before(self, _number: int) -> None:
        # Qt leaves the keyboard there if nothing on the new page is enabled yet: what is typed would change it, unseen.
        at = self.focusWidget()  # None, too, whatever its stubs say
        if self.isVisible() and at is not None and not at.isVisible():  # type: ignore[redundant-expr]
            at.clearFocus()

    def reject(self) -> None:
        """Cancel, but not during work, and ask before discarding input."""
        page = self.currentPage()
        if isinstance(page, RunningPage) and page.is_running:
            question = _("The operation is still running. Stop it?")
            messages.confirm(self, self.windowTitle(), question, _("&Stop"), page.cancel)
        elif self.dirty:
            messages.confirm_discard(self, self.discard)
        else:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Make the window's close button work like Cancel."""
        page = self.currentPage()
        if self.dirty or (isinstance(page, RunningPage) and page.is_running):
            event.ignore()
            self.reject()
        else:
            super().closeEvent(event)

    def done(self, result: int) -> None:
        """Close, and clear the passwords in the editors, which exist until the wizard is destroyed."""
        forget_passwords(self)
        super().done(result)

    def discard(self) -> None:
        """Close without a question."""
        self.dirty = False
        super().reject()


class _Steps(QWidget):
    """The titles of the pages: those that are done have a check mark, the current one is bold and has an arrow."""

    def __init__(self, wizard: QWizard) -> None:
        super().__init__(wizard)  # Qt does not keep a side widget
        self._labels: dict[int, tuple[str, QLabel]] = {}
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 16, 16, 12)
        layout.setSpacing(12)
        self.setBackgroundRole(QPalette.ColorRole.Window)  # the pages have the other one
        self.setAutoFillBackground(True)
        layout.addStretch(1)

    def add(self, number: int, title: str) -> None:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        self._labels[number] = (title, label)
        layout = self.layout()
        assert isinstance(layout, QVBoxLayout)
        layout.insertWidget(len(self._labels) - 1, label)
        bold = label.font()
        bold.setBold(True)
        label.setFont(bold)
        label.setText(_marked(_NOW, title))
        label.setMinimumWidth(label.sizeHint().width())  # pages must not move the others
        self._show(number, 0)

    def mark(self, current: int) -> None:
        for number in self._labels:
            self._show(number, current)

    def _show(self, number: int, current: int) -> None:
        title, label = self._labels[number]
        font = label.font()
        font.setBold(number == current)
        label.setFont(font)
        label.setText(_marked(_NOW if number == current else _DONE if number < current else _LATER, title))
        label.setForegroundRole(
            QPalette.ColorRole.PlaceholderText if number > current else QPalette.ColorRole.WindowText
        )


def _marked(mark: str, title: str) -> str:
    return f"{mark} {title}"


def _about(sentence: str, page: QWidget) -> QLabel:
    """Return the sentence below a page's title."""
    label = wrapped(page)
    label.setText(sentence)
    label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
    return label


def at_the_title(form: Form) -> None:
    """Let a form begin below the first letter of its page's title."""
    margins = form.rows.contentsMargins()
    form.rows.setContentsMargins(0, margins.top(), 0, margins.bottom())


def wrapped(parent: QWidget) -> QLabel:
    """Return a label that wraps a sentence."""
    label = QLabel(parent)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
    return label
