"""Tools - Verify Audit Log: checks the chain and compares it with the last seen log; shows the anchor for paper."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.errors import Error
from dominoadmin.gui.audit.restored import AcceptRestored
from dominoadmin.gui.frame import errors, messages, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.forms.form import Sentence
from dominoadmin.gui.frame.forms.values import fixed_font
from dominoadmin.gui.frame.forms.wrapping import BreakingLabel
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.paths import write_whole
from dominoadmin.pki import names
from dominoadmin.services.audit import anchoring
from dominoadmin.services.audit.anchoring import Anchor
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.doubts import Outdated
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.audit import verdicts
from dominoadmin.viewmodels.audit.verdicts import VerifiedLog


def start(workspace: Workspace) -> None:
    """Open the dialog, which verifies immediately."""
    VerifyAuditLog(workspace).open()


class VerifyAuditLog(FittingDialog):
    """Verifies in a job, shows the result and the anchor, and compares an anchor typed from paper."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace.widget())
        self.setWindowTitle(_("Verify Audit Log"))
        self._workspace = workspace
        self._domain: Domain = workspace.session.domain
        self._job: Job | None = None
        self._anchor: Anchor | None = None
        self._problem = ""
        self._lay_out()
        self.set_context(names.abbreviated(self._domain.organization))

    def open(self) -> None:
        """Show the dialog and verify."""
        super().open()
        self.verify()

    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def verify(self) -> None:
        """Verify the whole log."""
        if self._job is not None:
            return
        self._tell(_("Verifying…"), "")
        self.accept_log.hide()
        self.bar.show()
        # This may wait for the keychain.
        self._job = Job(partial(verdicts.verified, self._domain, self._workspace.session.actor), waits=True)
        self._job.stepped.connect(self._hint.setText)
        self._job.done.connect(self._whole)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._switch()
        self._job.start()

    def _lay_out(self) -> None:
        self._headline, self._hint = _label(self, _("Result")), _label(self, _("Details"))
        font = self._headline.font()
        font.setBold(True)
        self._headline.setFont(font)
        self.bar = QProgressBar(self)
        self.bar.setRange(0, 0)
        self.bar.setAccessibleName(_("Verifying…"))
        self.accept_log = QPushButton(_("&Accept This Log…"), self)
        self.accept_log.setAutoDefault(False)
        self.accept_log.clicked.connect(self._ask_accept)
        self.accept_log.hide()
        self._paper = _label(self, _("Anchor"), Sentence("", self))
        self._paper.setWordWrap(False)
        self._paper.setFont(fixed_font(self))
        self._typed = _TypedAnchor(self)
        self._typed.setPlaceholderText(_("Number, hash, and check digits from the paper"))
        title = QLabel(_("Anchor from &paper"), self)
        title.setBuddy(self._typed)
        self._compare = QPushButton(_("Co&mpare"), self)
        self._compare.setAutoDefault(False)
        self._compare.clicked.connect(self._compare_typed)
        self._typed.returnPressed.connect(self._compare_typed)
        self._compared = _label(self, _("Comparison"))
        row = QHBoxLayout()
        row.addWidget(self._typed, 1)
        row.addWidget(self._compare)
        page = QWidget(self)
        page.setMinimumWidth(widget_tree.text_width(self))
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        for widget in (self._headline, self._hint, self.bar):
            layout.addWidget(widget)
        layout.addWidget(self.accept_log, 0, Qt.AlignmentFlag.AlignLeft)
        advice = _label(self, _("Advice"))
        advice.setText(_("Keep this anchor on paper. It reveals a log that was truncated or replaced."))
        layout.addWidget(advice)
        layout.addWidget(self._paper)
        layout.addWidget(title)
        layout.addLayout(row)
        layout.addWidget(self._compared)
        layout.addStretch(1)
        whole = self.column()
        whole.addWidget(scrolled(page), 1)
        whole.addWidget(self._buttons())

    def _buttons(self) -> QDialogButtonBox:
        box = QDialogButtonBox(self)
        role = QDialogButtonBox.ButtonRole.ActionRole
        self._again = box.addButton(_("&Verify Again"), role)
        self._copy = box.addButton(_("&Copy"), role)
        self._save = box.addButton(_("&Save…"), role)
        for button, slot in ((self._again, self.verify), (self._copy, self._copy_anchor), (self._save, self._save_as)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
        box.addButton(QDialogButtonBox.StandardButton.Close).setDefault(True)
        box.rejected.connect(self.reject)
        return box

    def _whole(self, found: VerifiedLog) -> None:
        self._anchor = found.anchor
        self._tell(verdicts.headline(found), "\n".join(verdicts.lines(self._domain, found)))
        self._paper.setText(anchoring.paper(self._anchor))

    def _failed(self, error: Exception) -> None:
        self._tell(translated(str(error)), translated(getattr(error, "hint", "")))
        self._anchor = None
        self._paper.setText("")
        self._problem = translated(str(error)) if isinstance(error, Outdated) else ""
        self.accept_log.setText(_("&Accept Restored Store…") if self._problem else _("&Accept This Log…"))
        self.accept_log.setVisible(isinstance(error, anchoring.PutBack | Outdated))

    def _finished(self) -> None:
        self._job = None
        self.bar.hide()
        self._switch()

    def _switch(self) -> None:
        for button in (self._again, self._compare):
            button.setEnabled(self._job is None)
        for button in (self._copy, self._save):
            button.setEnabled(self._job is None and self._anchor is not None)
            button.setToolTip("" if self._anchor else _("An audit log that is not intact has no anchor."))

    def _tell(self, headline: str, hint: str) -> None:
        self._headline.setText(headline)
        self._hint.setText(hint)

    def _copy_anchor(self) -> None:
        if self._anchor:
            QGuiApplication.clipboard().setText(self._anchor.text())
            self._workspace.say(_("The anchor is on the clipboard."))

    def _save_as(self) -> None:
        if self._anchor:
            suggested = Path.home() / f"audit-anchor-{self._anchor.number}.txt"
            messages.save_file(self, _("Save Anchor"), suggested, partial(self._write, self._anchor))

    def _write(self, anchor: Anchor, path: Path) -> None:
        try:
            write_whole(path, f"{anchoring.paper(anchor)}\n\n{anchor.text()}\n".encode())
        except Error as error:
            errors.show(self, error)

    def _compare_typed(self) -> None:
        try:
            typed = anchoring.read(self._typed.text())
            anchoring.check(self._domain, typed)
        except Error as error:
            self._compared.setText(translated(error.whole()))
        else:
            agrees = _("The log matches the anchor at entry {number}.")
            self._compared.setText(agrees.format(number=typed.number))

    def _ask_accept(self) -> None:
        if self._problem:  # not for the keychain alone to tell: the organization's certifier decides
            dialog = AcceptRestored(self, self._domain, self._problem)
            dialog.taken.connect(self.verify)
            dialog.open()
            return
        question = _(
            "Was a backup restored on purpose? The entries that were cut off are lost. Your consent is recorded in "
            "the audit log."
        )
        messages.confirm(self, _("Verify Audit Log"), question, _("&Accept"), self._accept_log)

    def _accept_log(self) -> None:
        job = Job(partial(_accepted, self._domain, self._workspace.session.actor), waits=True)
        job.done.connect(self._accepted)
        job.failed.connect(self._not_accepted)
        job.start()

    def _not_accepted(self, error: Exception) -> None:
        errors.show(self, error)

    def _accepted(self, _anchor: Anchor) -> None:
        self.verify()


def _accepted(domain: Domain, actor: Actor, _progress: Progress) -> Anchor:
    return anchoring.accept(domain, actor)


class _TypedAnchor(QLineEdit):
    """Enter compares what was typed, and does not also press the button that closes the dialog."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            event.accept()


def _label(parent: QDialog, name: str, label: QLabel | None = None) -> QLabel:
    if label is None:
        label = BreakingLabel("", parent)  # it names files, whose names have no spaces
        label.setTextFormat(Qt.TextFormat.PlainText)
        label.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
    label.setAccessibleName(name)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
