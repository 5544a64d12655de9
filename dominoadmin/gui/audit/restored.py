"""Accept Restored Store: the organization's certifier lets a store go on that was put back to an older state."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from dominoadmin.gui.frame import errors, foreign_text, messages, widget_tree
from dominoadmin.gui.frame.dialogs.fitting import FittingDialog, scrolled
from dominoadmin.gui.frame.forms.form import Sentence
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.identities.certifier_id import open_certifier_id
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.paths import read_limited
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.restoring import accepting
from dominoadmin.services.restoring.accepting import Accepted, SeenElsewhere
from dominoadmin.viewmodels.audit import restored

_LARGEST: Final = 1 << 30


class AcceptRestored(FittingDialog):
    """Says what is older and what happens to CRL numbers, takes files that the store may lack, and accepts it."""

    taken = Signal()
    """The store has been accepted."""

    def __init__(self, parent: QWidget, domain: Domain, problem: str) -> None:
        """Take the sentence that says what is older."""
        super().__init__(parent)
        self.setWindowTitle(_("Accept Restored Store"))
        self._domain = domain
        self._job: Job | None = None
        self._files: list[Path] = []
        self._lay_out(problem)
        self.set_context(names.abbreviated(domain.organization))

    def done(self, result: int) -> None:
        if self._job is not None:
            self._job.cancel()
        super().done(result)

    def _lay_out(self, problem: str) -> None:
        page = QWidget(self)
        page.setMinimumWidth(widget_tree.text_width(self))
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        what = _(
            "If you restored a backup on purpose, accept it: CRL numbers continue far above everything that was seen, "
            "so that none is used twice, and certificates that published CRLs show as revoked are revoked again. "
            "Certificates that were issued after the backup are not in the store."
        )
        files = _("Add CRLs and certificates that are newer than the backup and are not in the publication folder.")
        self._said = Sentence("", page)
        self._list = QListWidget(page)
        self._list.setAccessibleName(_("CRLs and certificates"))
        self._list.itemSelectionChanged.connect(self._switch)
        self._add, self._remove = QPushButton(_("A&dd File…"), page), QPushButton(_("Re&move"), page)
        row = QHBoxLayout()
        for button, slot in ((self._add, self._choose_file), (self._remove, self._remove_file)):
            button.setAutoDefault(False)
            button.clicked.connect(slot)
            row.addWidget(button)
        row.addStretch(1)
        self._bar = QProgressBar(page, minimum=0, maximum=0, textVisible=False)
        self._bar.setAccessibleName(_("Progress"))
        sentences = [Sentence(text, page) for text in (problem, what, files)]
        for widget in (*sentences, self._list):
            column.addWidget(widget)
        column.addLayout(row)
        column.addWidget(self._said)
        column.addWidget(self._bar)
        layout = self.column()
        layout.addWidget(scrolled(page), 1)
        box = QDialogButtonBox(self)
        self._commit: QPushButton = box.addButton(_("&Accept…"), QDialogButtonBox.ButtonRole.ActionRole)
        self._commit.clicked.connect(self._choose_id)
        box.addButton(QDialogButtonBox.StandardButton.Cancel).setDefault(True)
        box.rejected.connect(self.reject)
        layout.addWidget(box)
        self._switch()

    def _switch(self) -> None:
        """Switch what changes the list: a job that runs has its files already."""
        is_running, nothing = self._job is not None, not self._list.selectedItems()
        self._add.setDisabled(is_running)
        self._remove.setDisabled(is_running or nothing)
        self._remove.setToolTip(_("Select a file first.") if nothing else "")
        self._commit.setDisabled(is_running)
        self._bar.setVisible(is_running)

    def _choose_file(self) -> None:
        pattern = _("CRLs and certificates (*.crl *.cer *.crt *.pem)")
        messages.choose_file(self, _("Add File"), self._domain.directory.root, pattern, self._take_file)

    def _take_file(self, path: Path) -> None:
        if path not in self._files:
            self._files.append(path)
            self._list.addItem(path.name)
            self._list.item(self._list.count() - 1).setToolTip(foreign_text.plain(str(path)))

    def _remove_file(self) -> None:
        row = self._list.currentRow()
        self._list.takeItem(row)
        del self._files[row]

    def _choose_id(self) -> None:
        reason = _("The organization's certifier decides: others may be in office by the older state only.")
        open_certifier_id(self, self._domain, reason, self._accept)

    def _accept(self, certifier: Identity) -> None:
        self._job = Job(partial(_accepted, self._domain, certifier, tuple(self._files)), waits=True)
        self._job.stepped.connect(lambda text: self._said.setText(translated(text)))
        self._job.done.connect(self._done)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._finished)
        self._switch()
        self._job.start()

    def _finished(self) -> None:
        self._job = None
        self._switch()

    def _failed(self, error: Exception) -> None:
        self._said.setText("")
        errors.show(self, error)

    def _done(self, done: Accepted) -> None:
        said = _(
            "The store has been accepted. A new epoch of the audit log begins ({epoch}). IDs and roles are as they were"
            " when the backup was made: revoke again the IDs that were revoked since, and remove again the people who "
            "were removed since."
        ).format(epoch=done.epoch)
        messages.inform(self, self.windowTitle(), said, self._end, details="\n".join(restored.lines(done)))

    def _end(self) -> None:
        self.taken.emit()
        self.accept()


def _accepted(domain: Domain, certifier: Identity, files: tuple[Path, ...], progress: Progress) -> Accepted:
    read = tuple((path.name, read_limited(path, _("The file"), _LARGEST)) for path in files)
    return accepting.accept(domain, certifier, SeenElsewhere(files=read), progress)
