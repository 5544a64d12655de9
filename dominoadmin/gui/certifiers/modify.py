"""Modify Certifier: a CAA signs a new version of a certifier's configuration (fact sheet 4.2)."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtWidgets import QPushButton, QWidget

from dominoadmin.errors import Error, Tampered
from dominoadmin.gui.certifiers import restore_configuration
from dominoadmin.gui.certifiers.administrators import Administrators
from dominoadmin.gui.certifiers.certificates_form import CertifierCertificates
from dominoadmin.gui.certifiers.lists_form import CertifierLists
from dominoadmin.gui.certifiers.setting_rows import SettingRows
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialog import ChoiceDialog, DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.remarks import Remarks
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import plural, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers import modifying
from dominoadmin.services.certifiers.modifying import Saved, SettingsDraft
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.certifiers import modification_draft as certifier_change
from dominoadmin.viewmodels.certifiers import settings
from dominoadmin.viewmodels.certifiers.modification_draft import CertifierChange
from dominoadmin.viewmodels.directory import data_directory

_WIDTH: Final = 90  # characters


def start(workspace: Workspace, certifier_id: int = 0) -> None:
    """Open Modify Certifier; without a certifier, choose one first."""
    if certifier_id:
        _open(workspace, certifier_id)
        return
    known = [(row.number, row.name) for row in data_directory.certifier_rows(workspace.session.domain)]
    if len(known) == 1:
        _open(workspace, known[0][0])
    elif known:
        ChooseForChange(workspace, known).open()
    else:
        messages.inform(workspace.widget(), _("Modify Certifier"), _("There is no Internet certifier yet."))


def _open(workspace: Workspace, certifier_id: int) -> None:
    session = workspace.session
    try:
        change = certifier_change.begin(session.domain, session.actor, certifier_id)
    except Tampered:
        restore_configuration.start(workspace, certifier_id)
        return
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    ModifyCertifier(workspace, change).open()


class ChooseForChange(ChoiceDialog[None]):
    """Asks which certifier to modify."""

    def __init__(self, workspace: Workspace, known: list[tuple[int, str]]) -> None:
        super().__init__(workspace, _("Modify Certifier"), None)
        form = Form()
        self._certifier = form.choice(_("&Certifier:"), known)
        self.add_form(form)
        self.committed.connect(self._go_on)

    def reject(self) -> None:
        """Close without a question: nothing is lost."""
        self.dirty = False
        super().reject()

    def _go_on(self, _result: object) -> None:
        _open(self.workspace, int(self._certifier.currentData()))


class ModifyCertifier(DraftDialog[CertifierChange, Saved]):
    """The tabs Basics, Certificates and Misc, filled in, and a list of the changes."""

    def __init__(self, workspace: Workspace, change: CertifierChange) -> None:
        super().__init__(workspace, _("Modify Certifier"), change)
        self._tabs = SteadyTabs(self)
        self._remarks = Remarks(self)
        self._changes = _Changes()
        self._add_tab(_Basics(change, self), _("Basics"))
        self._add_tab(CertifierCertificates(change.certificates, self), _("Certificates"))
        self._add_tab(_Misc(change, self), _("Misc"))
        self._tabs.addTab(scrolled(self._changes), _("Changes"))
        self.body.addWidget(self._tabs, 1)
        self.body.addWidget(self._remarks)
        self.set_commit(_("&Sign New Version"))
        if not change.may_sign:
            for number in range(self._tabs.count()):
                page = self._tabs.widget(number)
                assert page is not None
                page.setEnabled(False)

    def open(self) -> None:
        """Show the dialog, wide enough for most lines."""
        super().open()
        self.resize(max(self.width(), self.fontMetrics().averageCharWidth() * _WIDTH), self.height())

    def begin_at(self) -> QWidget:
        # The first editor would be the button that disables the certifier.
        return self._tabs.tabBar()

    def check(self) -> None:
        super().check()
        preview = self.draft.preview()
        self._remarks.tell(list(preview.remarks))
        self._changes.tell([(each.label, each.before, each.after) for each in settings.changes(preview.changes)])
        count = len(preview.changes)
        self._tabs.setTabText(3, _("Changes ({n})").format(n=count) if count else _("Changes"))

    def work(self) -> Work[Saved]:
        session = self.workspace.session
        return partial(_save, session.domain, session.identity, self.draft.draft())

    def succeeded(self, result: Saved) -> None:
        super().succeeded(result)
        _said(self.workspace, result)

    def _add_tab(self, form: Form, title: str) -> None:
        self.watch_form(form)
        self._tabs.addTab(scrolled(form), title)


class _Basics(Form):
    def __init__(self, change: CertifierChange, parent: ModifyCertifier) -> None:
        super().__init__(parent)
        self._change, self._dialog = change, parent
        self.shown(_("Certifier name:"), change.name)
        number = change.present.version
        version = _("{number} (saving creates version {next})").format(number=number, next=number + 1)
        self.shown(_("Current version:"), version)
        enabled = change.present.enabled
        self.shown(_("State:"), _("Enabled") if enabled else _("Disabled"))
        switch = QPushButton(_("Disa&ble Certifier…") if enabled else _("Ena&ble Certifier"), self)
        switch.clicked.connect(self._switch)
        protect = QPushButton(_("Change &Protection…"), self)
        protect.clicked.connect(self._protect)
        self.rows.addRow("", switch)
        self.rows.addRow("", protect)
        self.heading(_("Administrators"))
        administrators = Administrators(parent.workspace, change, self)
        administrators.edited.connect(self.changed)
        self.rows.addRow(administrators)
        self.name(administrators=administrators)

    def _switch(self) -> None:
        if self._is_left():
            switch(self._dialog.workspace, self._change.present.certifier_id, enabled=not self._change.present.enabled)

    def _is_left(self) -> bool:
        """Close the dialog, unless there are unsaved changes, which must be signed or discarded first. False then."""
        if self._dialog.dirty:
            self._dialog.workspace.say(_("Sign or discard the changes first."))
            messages.inform(self._dialog, self._dialog.windowTitle(), _("Sign or discard the changes first."))
            return False
        self._dialog.reject()
        return True

    def _protect(self) -> None:
        from dominoadmin.gui.certifiers import change_protection

        if self._is_left():
            change_protection.start(self._dialog.workspace, self._change.present.certifier_id)


class _Misc(Form):
    def __init__(self, change: CertifierChange, parent: QWidget) -> None:
        super().__init__(parent)
        self._settings = SettingRows(self)
        self.heading(_("Signatures"))
        self._settings.add(change.times, "hash_name")
        self._lists = CertifierLists(self, change.times, change.published)

    def save(self) -> None:
        self._settings.save()
        self._lists.save()


class _Changes(Form):
    """The differences from the current version."""

    def tell(self, changes: list[tuple[str, str, str]]) -> None:
        """Show fields with their values before and after."""
        while self.rows.rowCount():
            self.rows.removeRow(0)
        if not changes:
            self.paragraph(_("No changes yet."))
        for label, before, after in changes:
            self.heading(label)
            self.shown(_("before:"), before or _("(none)"))
            self.shown(_("after:"), after or _("(none)"))


def switch(workspace: Workspace, certifier_id: int, *, enabled: bool) -> None:
    """Ask before a certifier is disabled or enabled."""
    if enabled:
        text, verb = _("Enable the certifier? It will issue certificates again."), _("&Enable")
    else:
        text = _(
            "Disable the certifier? It will issue no certificates until you enable it again. CRLs and OCSP continue."
        )
        verb = _("&Disable")
    then = partial(_switch, workspace, certifier_id, enabled)
    messages.confirm(workspace.widget(), _("Modify Certifier"), text, verb, then)


def _switch(workspace: Workspace, certifier_id: int, enabled: bool) -> None:
    session = workspace.session
    job = Job(partial(_set_enabled, session.domain, session.identity, certifier_id, enabled))
    job.done.connect(partial(_said, workspace))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _set_enabled(domain: Domain, person: Identity, certifier_id: int, enabled: bool, _progress: Progress) -> Saved:
    return modifying.set_enabled(domain, person, certifier_id, enabled=enabled)


def _save(domain: Domain, person: Identity, draft: SettingsDraft, _progress: Progress) -> Saved:
    return modifying.save(domain, person, draft)


def _said(workspace: Workspace, saved: Saved) -> None:
    count = len(saved.changes)
    text = plural(
        "Version {version} of the configuration was signed, with {n} change.",
        "Version {version} of the configuration was signed, with {n} changes.",
        count,
    )
    nothing = _("(none)")
    changes = settings.changes(saved.changes)
    lines = [f"{each.label}: {each.before or nothing} → {each.after or nothing}" for each in changes]
    details = "\n".join([*lines, *map(translated, saved.remarks), "", _("A running CA process uses it automatically.")])
    said = text.format(version=saved.version, n=count)
    messages.inform(workspace.widget(), _("Modify Certifier"), said, details=details)
