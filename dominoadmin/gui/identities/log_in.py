"""Log In: choose an ID file and open it with its password, typed or from the keychain. Also switches and unlocks."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QWidget,
)

from dominoadmin.errors import Error, WrongPassword
from dominoadmin.gui.frame import theme
from dominoadmin.gui.frame.dialogs.headed import HeadedDialog
from dominoadmin.gui.frame.forms.field_problems import FieldProblems
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.password_line import correct
from dominoadmin.gui.frame.forms.steady import SteadyComboBox
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.identities.opening_ids import (
    PERSON,
    KeychainAnswer,
    Opened,
    Prepared,
    Starting,
    described,
    id_files,
    kind_of,
    look_up,
    open_id_file,
    whose_password,
)
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.viewmodels.problems import DraftProblem

# This is the first window of most starts: modules that import cryptography (0.1 s) or message boxes
# are imported after it is shown.
if TYPE_CHECKING:
    from dominoadmin.pki.identities import Identity
    from dominoadmin.services.domain import Domain

_LEAST_WIDTH: Final = 540
_FORM: Final = 9  # the margin of a form in Fusion, for what is below it
_PAINTED: Final = 40  # milliseconds after which the window is on the screen


class LogIn(HeadedDialog):
    """Opens an ID. With `path` only that one: to unlock the window, or for the server.

    A remembered password is used automatically at the start of the program and for the server; to unlock the window it
    must be typed; to switch to another ID, press OK.
    """

    opened = Signal(object)
    """The Identity; emitted before the dialog closes. `path` is its file."""

    prepared = Signal(object)
    """At the start of the program: the opened Domain."""
    unprepared = Signal(object)
    """At the start of the program: why the domain cannot be opened."""

    def __init__(
        self, parent: QWidget | None, domain: Domain | Starting, *, path: Path | None = None, reason: str = ""
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Log In"))
        if parent is None:
            self.setWindowIcon(theme.icon("program"))
        self.path: Path | None = path
        self.server: Identity | None = None
        """At the start of the program: the server's ID, if the same password opens it."""
        self._starting = domain if isinstance(domain, Starting) else None
        self._opened_domain = None if isinstance(domain, Starting) else domain
        self._fixed = path is not None
        self._kind = kind_of(self._domain, path) if path else PERSON
        self._at_start = parent is None or self._kind != PERSON
        self._touched = False  # has the user chosen a file while the domain was being opened?
        self._remembered: str | None = None
        self._whose = ""
        self._opening: Job | None = None
        self._result: Opened | None = None
        self._make_form(reason)
        self._make_frame()

    @property
    def _domain(self) -> Domain:
        assert self._opened_domain is not None
        return self._opened_domain

    # the widgets

    def _make_form(self, reason: str) -> None:
        self._form = Form(self)
        if reason:
            self._form.paragraph(reason)
        self._files: QComboBox | None = None
        if self.path is not None and self._fixed:
            self._form.shown(_("ID file:"), described(self._domain, self.path))
        else:
            chooser, self._files = self._chooser()
            self._form.row(_("&ID file:"), chooser)
            caption = self._form.rows.labelForField(chooser)
            assert isinstance(caption, QLabel)
            caption.setBuddy(self._files)
        self._password = self._form.password_line(_("&Password:"))
        self._remember = QCheckBox(_("&Remember password"), self._form)
        self._remember.setToolTip(_("The password is kept in the system's keychain."))
        self._form.rows.addRow("", self._remember)
        self._remember.hide()
        self._form.name(password=self._password)
        self._field_problems = FieldProblems(self, self._show_problem)
        self._field_problems.watch(self._form)
        self._form.edited.connect(self._switch)

    def _chooser(self) -> tuple[QWidget, QComboBox]:
        box = QWidget(self)
        files = SteadyComboBox(box)
        files.setAccessibleName(_("ID file"))
        files.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        files.setMinimumContentsLength(20)
        known = self._starting.files() if self._starting else id_files(self._domain)
        for text, path in known:
            files.addItem(text, path)
        browse = QPushButton(_("&Browse…"), box)
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        files.currentIndexChanged.connect(self._chosen)
        row = QHBoxLayout(box)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(files, 1)
        row.addWidget(browse)
        box.setFocusProxy(files)
        self.path = files.currentData()
        return box, files

    def _make_frame(self) -> None:
        self._said = QLabel(self)
        self._said.setTextFormat(Qt.TextFormat.PlainText)
        self._said.setWordWrap(True)
        self._said.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._said.setContentsMargins(_FORM, 0, _FORM, 0)
        self._bar = QProgressBar(self, minimum=0, maximum=0, textVisible=False)
        self._bar.setAccessibleName(_("Progress"))
        policy = self._bar.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self._bar.setSizePolicy(policy)
        self._bar.setMaximumHeight(self.fontMetrics().height())
        self._bar.hide()
        self._buttons = QDialogButtonBox(self)
        self._ok = self._buttons.addButton(QDialogButtonBox.StandardButton.Ok)
        self._ok.setDefault(True)
        self._buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        forgotten = self._buttons.addButton(_("&Forgotten?"), QDialogButtonBox.ButtonRole.HelpRole)
        forgotten.setAutoDefault(False)
        forgotten.clicked.connect(self._forgotten)
        self._buttons.accepted.connect(self._log_in)
        self._buttons.rejected.connect(self.reject)
        layout = self.column()
        for widget in (self._form, self._said, self._bar, self._buttons):
            layout.addWidget(widget)
        layout.setStretchFactor(self._said, 1)
        self._show_domain()
        self.setMinimumWidth(_LEAST_WIDTH)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Give the form the height it needs at this width: with large fonts its labels are above the fields."""
        super().resizeEvent(event)
        self._fit_form()

    def _fit_form(self) -> None:
        self._form.setMinimumHeight(self._form.heightForWidth(self._form.width()))
        usual = 2 * self.fontMetrics().lineSpacing()  # a message must not move the buttons
        self._said.setMinimumHeight(max(usual, self._said.heightForWidth(self._said.width())))

    def _show_problem(self) -> None:
        """Show below its field only what was refused: that nothing is typed yet is no problem."""
        self._field_problems.tell(())
        self._fit_form()

    def _show_domain(self) -> None:
        if self._opened_domain is not None:
            self.set_context(names.abbreviated(self._opened_domain.organization))

    def open(self) -> None:
        """Show the dialog and ask the keychain."""
        self._password.setFocus()
        super().open()
        if self._starting is None:
            self._chosen()
        else:
            self._say(_("Opening the domain…"))
            self._switch()
            QTimer.singleShot(_PAINTED, self, self._prepare)  # a busy worker would delay the painting

    def _prepare(self) -> None:
        assert self._starting is not None
        job = Job(self._starting.prepare, waits=True)
        job.done.connect(self._prepared)
        job.failed.connect(self._not_prepared)
        job.start()

    def _prepared(self, found: Prepared) -> None:
        assert self._files is not None
        self._opened_domain, self._starting = found.domain, None
        chosen = self._files.currentData()
        self._files.blockSignals(True)
        self._files.clear()
        for text, path in found.files:
            self._files.addItem(text, path)
        self._files.setCurrentIndex(max(0, self._files.findData(chosen)) if self._touched else 0)
        self._files.blockSignals(False)
        self._show_domain()
        self.prepared.emit(found.domain)
        self._chosen()

    def _not_prepared(self, error: Exception) -> None:
        self.unprepared.emit(error)

    def _switch(self) -> None:
        """Show why the ID cannot be opened yet, if there is a reason."""
        ready = self._starting is None and self.path is not None and bool(self._password.text() or self._remembered)
        self._ok.setEnabled(ready and self._opening is None)
        missing = _("Choose an ID file.") if self.path is None else _("Type the password of the ID file.")
        self._ok.setToolTip("" if ready else missing)

    # which ID

    def _chosen(self, *_number: int) -> None:
        if self._files is not None:
            self.path = self._files.currentData()
        self._touched = True
        if self._starting is not None:
            return
        self._remembered = None
        self._password.setPlaceholderText("")
        self._switch()
        self._whose = whose_password(self._domain, self.path) if self.path else ""
        if self.path is None:
            self._say(_("The data folder contains no person's ID file. Choose one with Browse."))
            return
        self._say(_("Waiting for the system keychain…"))
        job = Job(partial(look_up, self._domain, self.path), waits=True)
        job.done.connect(self._looked)
        job.failed.connect(self._not_looked)
        job.start()

    def _looked(self, found: KeychainAnswer) -> None:
        if found.path != self.path or self._opening is not None:
            return
        self._say(self._whose)
        self._remember.setVisible(found.usable)
        if found.password is None:
            return
        if self._at_start:
            self._start(found.password, is_remembered=True)
        elif not self._fixed:
            self._remembered = found.password
            self._password.setPlaceholderText(_("Remembered in the keychain"))
            self._remember.setChecked(True)
            self._switch()

    def _not_looked(self, error: Exception) -> None:
        self._say(self._whose)
        if not isinstance(error, Error):
            self._tell(error)

    def _tell(self, error: Exception) -> None:
        from dominoadmin.gui.frame import errors

        errors.show(self, error)

    def _browse(self) -> None:
        from dominoadmin.gui.frame import messages

        folder = self._starting.root if self._starting else self._domain.directory.root
        messages.choose_file(self, _("Choose User ID"), folder, _("ID files (*.id)"), self._take)

    def _take(self, path: Path) -> None:
        assert self._files is not None
        self._files.blockSignals(True)
        self._files.addItem(path.name if self._starting else described(self._domain, path), path)
        self._files.setCurrentIndex(self._files.count() - 1)
        self._files.blockSignals(False)
        self._chosen()
        self._password.setFocus()

    def _forgotten(self) -> None:
        from dominoadmin.gui.identities import change_password

        if self._starting is None and self.path is not None:
            change_password.tell_forgotten(self, self._domain, self.path)

    # opening it

    def _log_in(self) -> None:
        if not self._ok.isEnabled():
            return
        typed = self._password.text()
        self._start(typed or self._remembered or "", is_remembered=not typed)

    def _start(self, password: str, *, is_remembered: bool) -> None:
        assert self.path is not None
        remember = self._remember.isVisible() and self._remember.isChecked() and not is_remembered
        at_start = self.parent() is None
        work = partial(open_id_file, self._domain, self.path, password, remember=remember, with_server=at_start)
        self._opening = Job(work, waits=True)
        self._opening.done.connect(self._opened)
        self._opening.failed.connect(self._refused if not is_remembered else self._remembered_refused)
        self._show_running(running=True)
        self._say(_("Waiting for the system keychain…") if remember else _("Opening the ID…"))
        self._opening.start()

    def _opened(self, result: Opened) -> None:
        self._opening, self._result, self.server = None, result, result.server
        if result.remarks:
            from dominoadmin.gui.frame import messages

            messages.inform(self, self.windowTitle(), "\n\n".join(result.remarks), self._finish)
        else:
            self._finish()

    def _finish(self) -> None:
        assert self._result is not None
        self._password.clear()
        self.opened.emit(self._result.identity)
        self.accept()

    def _remembered_refused(self, error: Exception) -> None:
        self._remembered = None
        self._password.setPlaceholderText("")
        self._refused(error, _("The remembered password no longer opens this ID. Type the password."))

    def _refused(self, error: Exception, wrong: str = "") -> None:
        self._opening = None
        self._show_running(running=False)
        if isinstance(error, WrongPassword):
            self._say("")
            wrong = wrong or _("This password does not open the ID file. Type it again.")
            self._field_problems.refuse(DraftProblem(wrong, "password"))
        elif isinstance(error, Error):
            self._say(translated(error.whole()))
        else:
            self._tell(error)
        correct(self._password)

    def _show_running(self, *, running: bool) -> None:
        self._bar.setVisible(running)
        self._form.setEnabled(not running)
        self._switch()

    def _say(self, sentence: str) -> None:
        self._said.setText(sentence)
        self._fit_form()
