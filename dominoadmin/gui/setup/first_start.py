"""The empty start: set up a new domain, open an existing data folder, or look around with sample data."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QCloseEvent, QFontMetrics, QGuiApplication
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.errors import Error, NotFound
from dominoadmin.gui.frame import errors, messages, theme, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.wizard import wrapped
from dominoadmin.i18n import text as _
from dominoadmin.paths import DataDirectory
from dominoadmin.pki.identities import Identity
from dominoadmin.services.progress import Progress
from dominoadmin.services.setup import creating as setup
from dominoadmin.services.setup.founding import Founded

if TYPE_CHECKING:  # it needs all services
    from dominoadmin.services.setup.sample_domain import Sample

_MARGIN: Final = 80
_CHARACTERS: Final = 90
_LEAST_HEIGHT: Final = 440

OnDomain = Callable[[Path, Identity | None, Identity | None], object]


class FirstStart(QWidget):
    """The window of a start without a domain. `on_domain` gets the data folder, and the IDs if they are open."""

    def __init__(self, root: Path, on_domain: OnDomain) -> None:
        super().__init__()
        self._root, self._on_domain = root, on_domain
        self._job: Job | None = None
        self._sample_folder = Path()
        self.setWindowTitle(_("Domino Administrator"))
        self.setWindowIcon(theme.icon("program"))
        self._choices = QWidget(self)
        self._lay_out()

    # the widgets

    def _lay_out(self) -> None:
        heading = QLabel(_("What would you like to do?"), self)
        font = heading.font()
        font.setPointSizeF(font.pointSizeF() * 1.5)
        heading.setFont(font)
        column = QVBoxLayout(self._choices)
        column.setContentsMargins(0, 0, 0, 0)
        for title, description, act in (
            (
                _("&Set up a new domain"),
                _("Creates an organization, a server, and an administrator with their ID files. Takes two minutes."),
                self._set_up,
            ),
            (
                _("&Open an existing data folder"),
                _("Continue with a domain that was set up here or on another machine."),
                self._open,
            ),
            (
                _("&Look around with sample data"),
                _("A disposable domain with real certificates in all states. Your own data is not touched."),
                self._look_around,
            ),
        ):
            column.addWidget(self._choice(title, description, act))
        column.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(24, 24, 24, 24)
        layout.setSpacing(12)
        layout.addWidget(heading)
        layout.addWidget(scrolled(self._choices), 1)
        layout.addLayout(self._progress_row())
        layout.addLayout(self._folder_row())
        self._show_running(running=False)
        room = widget_tree.room(self) - QSize(_MARGIN, _MARGIN)
        wide = self.fontMetrics().averageCharWidth() * _CHARACTERS
        self.resize(QSize(wide, max(_LEAST_HEIGHT, layout.totalHeightForWidth(wide))).boundedTo(room))
        next(widget_tree.descendants(self._choices, QPushButton)).setFocus()

    def _choice(self, title: str, description: str, act: Callable[[], object]) -> QWidget:
        """Return a large button with a sentence below it; Qt's own command links do not grow with the font."""
        choice = QWidget(self._choices)
        button = QPushButton(title, choice)
        font = button.font()
        font.setPointSizeF(font.pointSizeF() * 1.2)
        font.setBold(True)
        button.setFont(font)
        button.setMinimumHeight(2 * QFontMetrics(font).lineSpacing())
        button.setAutoDefault(True)  # Enter presses it too
        button.setAccessibleDescription(description)
        button.clicked.connect(act)
        text = wrapped(choice)
        text.setText(description)
        column = QVBoxLayout(choice)
        column.addWidget(button)
        column.addWidget(text)
        return choice

    def _progress_row(self) -> QHBoxLayout:
        self._step = wrapped(self)
        self._bar = QProgressBar(self, minimum=0, maximum=0, textVisible=False)
        self._bar.setAccessibleName(_("Progress"))
        self._bar.setMaximumWidth(160)
        self._cancel = QPushButton(_("&Cancel"), self)
        self._cancel.clicked.connect(self._stop)
        row = QHBoxLayout()
        row.addWidget(self._step, 1)
        row.addWidget(self._bar)
        row.addWidget(self._cancel)
        return row

    def _folder_row(self) -> QHBoxLayout:
        self._folder = wrapped(self)
        self._folder.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._folder.setText(_("Data folder of a new domain: {path}").format(path=self._root))
        self._another = QPushButton(_("Choose &Another…"), self)
        self._another.clicked.connect(self._choose_root)
        row = QHBoxLayout()
        row.addWidget(self._folder, 1)
        row.addWidget(self._another)
        return row

    def _show_running(self, *, running: bool) -> None:
        for widget in (self._choices, self._another):
            widget.setEnabled(not running)
        for widget in (self._bar, self._cancel, self._step):
            widget.setVisible(running)

    # set up a new domain

    def _choose_root(self) -> None:
        messages.choose_folder(self, _("Data Folder of the New Domain"), self._root.parent, self._use_root)

    def _use_root(self, folder: Path) -> None:
        self._root = folder
        self._folder.setText(_("Data folder of a new domain: {path}").format(path=folder))

    def _set_up(self) -> None:
        from dominoadmin.gui.setup.wizard import SetupWizard

        try:
            setup.check_folder(self._root)
        except Error as error:
            errors.show(self, error)
            return
        wizard = SetupWizard(self, self._root)
        wizard.finished_with.connect(self._founded)
        wizard.open()

    def _founded(self, made: Founded) -> None:
        self._on_domain(made.root, made.administrator, made.server)

    # open an existing data folder

    def _open(self) -> None:
        messages.choose_folder(self, _("Open a Data Folder"), self._root, self._open_folder)

    def _open_folder(self, folder: Path) -> None:
        if DataDirectory(folder).store.is_file():
            self._on_domain(folder, None, None)
            return
        text = _("No domain was found in {path}.").format(path=folder)
        errors.show(self, NotFound(text, _("Choose the folder that holds the file domain.db and the ID files.")))

    # look around with sample data

    def _look_around(self) -> None:
        self._sample_folder = Path(tempfile.mkdtemp(prefix="dominoadmin-sample-"))
        self._job = Job(partial(_make_sample, self._sample_folder / "data"))
        self._job.stepped.connect(self._step.setText)
        self._job.done.connect(self._sampled)
        self._job.failed.connect(self._sample_failed)
        self._job.cancelled.connect(self._sample_ended)
        self._step.setText(_("Creating the sample domain…"))
        self._show_running(running=True)
        self._job.start()

    def _stop(self) -> None:
        if self._job is not None:
            self._step.setText(_("Cancelling…"))
            self._job.cancel()

    def _sampled(self, sample: Sample) -> None:
        self._job = None
        self._show_running(running=False)
        if not self.isVisible():
            shutil.rmtree(self._sample_folder, ignore_errors=True)
            return
        dialog = SampleReady(self, sample)
        dialog.accepted.connect(partial(self._on_domain, sample.root, sample.administrator, sample.server))
        dialog.rejected.connect(self._sample_ended)
        dialog.open()

    def _sample_failed(self, error: Exception) -> None:
        self._sample_ended()
        errors.show(self, error)

    def _sample_ended(self) -> None:
        self._job = None
        shutil.rmtree(self._sample_folder, ignore_errors=True)
        self._show_running(running=False)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Ask before cancelling work."""
        if self._job is None:
            super().closeEvent(event)
            return
        event.ignore()
        question = _("The sample domain is still being created. Stop it?")
        messages.confirm(self, self.windowTitle(), question, _("&Stop"), self._stop)


class SampleReady(FittingDialog):
    """Shows the password of the sample domain; OK continues."""

    def __init__(self, parent: QWidget, sample: Sample) -> None:
        super().__init__(parent)
        self.setWindowTitle(_("Sample Data"))
        form = Form(self)
        room = widget_tree.room(self).width() - _MARGIN
        form.setMinimumWidth(min(self.fontMetrics().averageCharWidth() * 76, room))
        form.paragraph(_("The sample domain is ready. One password opens everything in it; note it down:"))
        self._password = form.password_line(_("&Password:"), sample.password)
        self._password.setReadOnly(True)
        copy = QPushButton(_("Cop&y the Password"), self)
        copy.setAutoDefault(False)
        copy.clicked.connect(self._copy)
        form.rows.addRow("", copy)
        for shown in (
            form.shown(_("The password opens:"), "\n".join(sample.opens)),
            form.shown(_("Data folder:"), str(sample.root)),
        ):
            shown.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        form.paragraph(_("Delete the data folder when you have seen enough. Do not trust any of these certificates."))
        buttons = QDialogButtonBox(self)
        ok = buttons.addButton(_("&Open the Administrator"), QDialogButtonBox.ButtonRole.AcceptRole)
        ok.setDefault(True)
        buttons.addButton(QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = self.column()
        layout.addWidget(scrolled(form), 1)
        layout.addWidget(buttons)
        ok.setFocus()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._password.text())
        self._password.selectAll()


def _make_sample(root: Path, progress: Progress) -> Sample:
    from dominoadmin.services.setup import sample_domain  # late: it needs all services

    return sample_domain.make_sample(root, progress)
