"""Opens a certifier ID for the person who asks for it: with the remembered password, or with a typed one."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QDialog

from dominoadmin.errors import Error, Refused, WrongPassword
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.session import Session
from dominoadmin.i18n import marked
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import identifying
from dominoadmin.services.progress import Progress


class CertifierPassword(QObject):
    """Asks until the password opens the ID or the user cancels; emits the ID with `opened`.

    The ID is not opened for another person who has logged in meanwhile: that one did not ask for it.
    """

    opened = Signal(object)

    def __init__(self, dialog: QDialog, session: Session) -> None:
        super().__init__(dialog)
        self._dialog, self._domain, self._session = dialog, session.domain, session
        self._person = session.actor.name
        self._path = Path()
        self._job: Job | None = None

    def ask(self, path: Path) -> None:
        """Open the ID in this file."""
        if self._job is not None:
            return
        self._path, self._person = path, self._session.actor.name
        self._start(Job(partial(_with_remembered, self._domain, path), waits=True), self._remembered)

    def _start(self, job: Job, done: Callable[[Identity | None], None]) -> None:
        self._job = job
        self._job.done.connect(done)
        self._job.failed.connect(self._failed)
        self._job.finished.connect(self._ended)
        self._job.start()

    def _remembered(self, identity: Identity | None) -> None:
        if identity is not None:
            self._opened(identity)
        else:
            self._prompt("")

    def _prompt(self, remark: str) -> None:
        label = _("Enter the password of the certifier ID {file}:").format(file=self._path.name)
        messages.ask_password(self._dialog, _("Certifier ID Password"), label, self._typed, remark=remark)

    def _typed(self, password: str) -> None:
        self._start(Job(partial(_open, self._domain, self._path, password)), self._opened)

    def _opened(self, identity: Identity | None) -> None:
        if self._session.actor.name == self._person:
            self.opened.emit(identity)
            return
        refusal = Refused(
            marked("Another person has logged in. The certifier ID was closed, and nothing was signed."),
            marked("Check the dialog, and continue with your own ID."),
        )
        errors.show(self._dialog, refusal)

    def _failed(self, error: Exception) -> None:
        if isinstance(error, WrongPassword):
            self._prompt(_("This password does not open the ID file. Type it again."))
        else:
            errors.show(self._dialog, error)

    def _ended(self) -> None:
        self._job = None


def _with_remembered(domain: Domain, path: Path, _progress: Progress) -> Identity | None:
    with contextlib.suppress(Error):  # no keychain, or the password has changed: ask for it
        password = identifying.remembered_password(domain, path)
        return identifying.open_id(domain, path, password) if password else None
    return None


def _open(domain: Domain, path: Path, password: str, _progress: Progress) -> Identity:
    return identifying.open_id(domain, path, password)
