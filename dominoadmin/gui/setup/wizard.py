"""Set Up a New Domain: organization, server, administrator, password storage, copies, and the result."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

from PySide6.QtCore import QLocale, Signal
from PySide6.QtWidgets import QWidget, QWizard

from dominoadmin.gui.frame import errors, widget_tree
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.wizard import RunningPage, Wizard
from dominoadmin.gui.setup.pages import (
    AdministratorPage,
    BackupPage,
    OrganizationPage,
    PasswordsPage,
    ResultPage,
    ServerPage,
    SummaryPage,
)
from dominoadmin.i18n import text as _
from dominoadmin.services.domain import system_clock
from dominoadmin.services.progress import Progress
from dominoadmin.services.setup import founding
from dominoadmin.services.setup.creating import OpenKeychain
from dominoadmin.services.setup.founding import Founded
from dominoadmin.store.keychain import open_keychain
from dominoadmin.viewmodels.setup import draft as setup
from dominoadmin.viewmodels.setup.draft import SetupDraft, SetupSurroundings

_COUNTRY_LENGTH = 2


class SetupWizard(Wizard):
    """Creates a domain in `root`. `finished_with` carries the `Founded` when the result page is closed."""

    finished_with = Signal(object)

    def __init__(self, parent: QWidget | None, root: Path) -> None:
        super().__init__(_("Set Up a New Domain"), parent)
        self.draft = SetupDraft(
            root=root, country=_own_country(), backup_folder=str(Path.home() / _("Domino ID copies"))
        )
        self._open_keychain = partial(open_keychain, environ=os.environ)
        self._server_page = ServerPage(self.draft)
        self._running = RunningPage(
            _("Setting up"), _("Creating the keys and the ID files. This takes a few seconds."), self.work
        )
        self.add(
            OrganizationPage(self.draft),
            self._server_page,
            AdministratorPage(self.draft),
            PasswordsPage(self.draft, self._open_keychain),
            BackupPage(self.draft),
            SummaryPage(self.draft),
            self._running,
            ResultPage(self._running),
        )
        self.setButtonText(QWizard.WizardButton.CommitButton, _("&Set Up"))
        self.setButtonText(QWizard.WizardButton.FinishButton, _("&Open the Administrator"))
        room = widget_tree.room(self)
        self.resize(min(820, room.width() - 20), min(580, room.height() - 40))
        self._look_around = Job(_look_around, waits=True)  # a name server may be slow
        self._look_around.done.connect(self._seen)
        self._look_around.failed.connect(self._not_seen)
        self._look_around.start()

    def work(self) -> Work[Founded]:
        """Return the work of the commit."""
        return partial(_found, self.draft.root, self.draft.request(), self._open_keychain)

    def done(self, result: int) -> None:
        """Emit the new domain, however the last page is closed, as it exists."""
        made = self._running.result
        self.draft.forget_passwords()
        super().done(result)
        if isinstance(made, Founded):
            self.finished_with.emit(made)

    def _seen(self, found: SetupSurroundings) -> None:
        self._server_page.take(found)

    def _not_seen(self, error: Exception) -> None:
        errors.show(self, error)


def _own_country() -> str:
    """Return the country of the system's language settings as two letters, or an empty string."""
    country = QLocale.system().name().partition("_")[2]
    return country if len(country) == _COUNTRY_LENGTH and country.isalpha() else ""


def _look_around(_progress: Progress) -> SetupSurroundings:
    return setup.surroundings()


def _found(root: Path, request: founding.Founding, keychain: OpenKeychain, progress: Progress) -> Founded:
    return founding.found(root, request, keychain, system_clock, progress)
