"""Compares the audit log with the keychain once the window is open, and as the log grows."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.audit import anchoring
from dominoadmin.services.audit.anchoring import Seen
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress

_PAUSE: Final = 60_000  # milliseconds; the keychain is updated for many acts at once
_SOON: Final = 3_000  # an administrator may have accepted


class WindowAuditWatch(QObject):
    """Checks in a job; a truncated or replaced log is reported once, and stays in the Quick Guide."""

    changed = Signal()

    def __init__(self, workspace: Workspace, parent: QObject) -> None:
        super().__init__(parent)
        self.problem = ""
        self._workspace = workspace
        self._job: Job | None = None
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE)
        self._pause.timeout.connect(self.look)
        workspace.events.store_changed.connect(self._grown)

    def look(self) -> None:
        """Check now, unless a check is running."""
        if self._job is None:
            session = self._workspace.session
            self._job = Job(partial(_looked, session.domain, session.actor), waits=True)
            self._job.done.connect(self._seen)
            self._job.failed.connect(self._failed)
            self._job.finished.connect(self._finished)
            self._job.start()

    def _grown(self) -> None:
        if not self._pause.isActive():
            self._pause.start(_SOON if self.problem else _PAUSE)

    def _seen(self, seen: Seen) -> None:
        before, self.problem = self.problem, seen.problem
        if seen.problem == before:
            return
        self.changed.emit()
        if seen.problem:
            hint = _("Choose Tools - Verify Audit Log. If a backup was restored on purpose, accept the log there.")
            messages.inform(self._workspace.widget(), _("Audit Log"), seen.problem, details=hint)

    def _failed(self, error: Exception) -> None:
        """Report a bug; problems with the store are shown elsewhere, and the check is tried again."""
        if not isinstance(error, Error):
            errors.show(self._workspace.widget(), error)

    def _finished(self) -> None:
        self._job = None


def _looked(domain: Domain, actor: Actor, progress: Progress) -> Seen:
    return anchoring.look(domain, actor, progress)
