"""Reads data in a job and then shows it, for windows that need more than a few rows or signatures."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic

from PySide6.QtCore import QObject

from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.jobs import Job, R
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress


class ShownReading(QObject, Generic[R]):
    """Calls `then` with the result of `read`, in the GUI thread; shows the error if it fails. Deletes itself."""

    def __init__(self, workspace: Workspace, read: Callable[[Domain, Actor], R], then: Callable[[R], object]) -> None:
        super().__init__(workspace.widget())
        self._window, self._read, self._then = workspace.widget(), workspace.session.bound(read), then
        job = Job(self._work)
        job.done.connect(self._done)
        job.failed.connect(self._failed)
        job.finished.connect(self.deleteLater)
        job.start()

    def _work(self, _progress: Progress) -> R:
        return self._read()

    def _done(self, result: R) -> None:
        self._then(result)

    def _failed(self, error: Exception) -> None:
        errors.show(self._window, error)
