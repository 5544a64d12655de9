"""Take Over Store: at the start of the client, for a store that an earlier version has made."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from dominoadmin.gui.frame import errors, messages, theme, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.forms.form import Sentence
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.identities.certifier_id import open_certifier_id
from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.audit import taking_over
from dominoadmin.services.audit.taking_over import TakenOver
from dominoadmin.services.domain import Actor, Domain


class TakeOver(FittingDialog):
    """Checks the earlier log, says what it does not prove, and takes the store over with the certifier ID."""

    taken = Signal()
    """The store has been taken over."""

    def __init__(self, parent: QWidget | None, domain: Domain, actor: Actor) -> None:
        super().__init__(parent)  # type: ignore[arg-type]  # at the start of the client there is no window yet
        self.setWindowTitle(_("Take Over Store"))
        if parent is None:
            self.setWindowIcon(theme.icon("program"))
        self._domain = domain
        self._job = Job(partial(taking_over.problems, domain, actor), waits=True)
        self._lay_out()
        self.set_context(names.abbreviated(domain.organization))

    def open(self) -> None:
        """Show the dialog and check the earlier log."""
        super().open()
        self._run(self._job, self._checked)

    def done(self, result: int) -> None:
        self._job.cancel()
        super().done(result)

    def _lay_out(self) -> None:
        page = QWidget(self)
        page.setMinimumWidth(widget_tree.text_width(self))
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        headline = QLabel(_("This store was made by an earlier version."), page)
        font = headline.font()
        font.setBold(True)
        headline.setFont(font)
        column.addWidget(headline)
        why = _(
            "From now on every change is signed together with everything that the store holds, so that nobody can "
            "change it unnoticed. The organization's certifier signs the beginning: you need its ID file and password. "
            "A copy of the store as it was is kept beside it."
        )
        self._said = Sentence(_("Checking the audit log…"), page)
        self._bar = QProgressBar(page, minimum=0, maximum=0, textVisible=False)
        self._bar.setAccessibleName(_("Progress"))
        for widget in (Sentence(why, page), self._said, self._bar):
            column.addWidget(widget)
        column.addStretch(1)
        layout = self.column()
        layout.addWidget(scrolled(page), 1)
        box = QDialogButtonBox(self)
        self._commit: QPushButton = box.addButton(_("&Take Over…"), QDialogButtonBox.ButtonRole.ActionRole)
        self._commit.setDefault(True)
        self._commit.setEnabled(False)
        self._commit.clicked.connect(self._choose)
        box.addButton(QDialogButtonBox.StandardButton.Cancel)
        box.rejected.connect(self.reject)
        layout.addWidget(box)

    def _run(self, job: Job, done: object) -> None:
        self._job = job
        job.stepped.connect(self._step)
        job.done.connect(done)
        job.failed.connect(self._failed)
        job.finished.connect(self._finished)
        self._commit.setEnabled(False)
        self._bar.show()
        job.start()

    def _step(self, text: str) -> None:
        self._said.setText(translated(text))

    def _finished(self) -> None:
        self._bar.hide()
        self._commit.setEnabled(True)
        self._commit.setFocus()
        self.more_to_show.start()

    def _checked(self, problems: tuple[str, ...]) -> None:
        if not problems:
            self._said.setText(_("The audit log of the earlier version is intact."))
            return
        text = _("The audit log of the earlier version does not prove everything. This is taken over on your word:")
        self._said.setText("\n".join([text, *map(translated, problems)]))

    def _failed(self, error: Exception) -> None:
        self._said.setText("")
        errors.show(self, error)

    def _choose(self) -> None:
        reason = _("The organization's certifier signs the beginning of the new audit log.")
        open_certifier_id(self, self._domain, reason, self._take_over)

    def _take_over(self, certifier: Identity) -> None:
        self._run(Job(partial(taking_over.take_over, self._domain, certifier), waits=True), self._done)

    def _done(self, result: TakenOver) -> None:
        text = plural("{n} object is protected now.", "{n} objects are protected now.", result.objects)
        messages.inform(
            self,
            self.windowTitle(),
            _("The store has been taken over."),
            self._end,
            details=text.format(n=result.objects),
        )

    def _end(self) -> None:
        self.taken.emit()
        self.accept()
