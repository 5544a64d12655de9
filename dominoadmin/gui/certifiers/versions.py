"""The tab "Versions" of a Certifier document: every signed configuration, and its changes."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QVBoxLayout, QWidget

from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.services.certifiers import configuration_versions
from dominoadmin.services.certifiers.configuration_versions import Version
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.certificates import viewing
from dominoadmin.viewmodels.certifiers import settings
from dominoadmin.viewmodels.certifiers.settings import SettingChange

Told = list[tuple[Version, tuple[SettingChange, ...]]]


class Versions(QWidget):
    """The versions, the newest first, each with its signer, its time and its differences from the previous one."""

    def __init__(self, workspace: Workspace, certifier_id: int, parent: QWidget) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        session = workspace.session
        self._job = Job(partial(_read, session.domain, session.actor, certifier_id))
        self._job.done.connect(self._show)
        self._job.failed.connect(self._failed)
        self._job.start()

    def _show(self, found: Told) -> None:
        form = Form(self)
        for version, changes in found:
            title = _("Version {number}").format(number=version.number)
            form.heading(_("{title} (current)").format(title=title) if version.in_force else title)
            if version.problem:
                form.shown(_("Problem:"), translated(version.problem))
                continue
            form.shown(_("Signed by:"), names.abbreviated(version.signer))
            if version.signed_at:
                form.shown(_("Signed:"), viewing.local(version.signed_at))
            for each in changes:
                before, after = translated(each.before) or _nothing(), translated(each.after) or _nothing()
                form.shown(f"{translated(each.label)}:", f"{before} → {after}")
            if not changes:
                form.shown(_("Changes:"), _("The first version, or one without changes."))
        layout = self.layout()
        assert layout is not None
        layout.addWidget(scrolled(form))

    def _failed(self, error: Exception) -> None:
        errors.show(self, error)


def _nothing() -> str:
    return _("(none)")


def _read(domain: Domain, actor: Actor, certifier_id: int, _progress: Progress) -> Told:
    found = configuration_versions.versions(domain, actor, certifier_id)
    return [(each, settings.changes(configuration_versions.changes(found, each))) for each in found]
