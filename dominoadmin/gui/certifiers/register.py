"""Configuration - Registration - Internet Certifier: the choice, then "Register a New Internet Certifier"."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter, QWidget

from dominoadmin.errors import Locked
from dominoadmin.gui.certifiers.basics_form import CertifierBasics
from dominoadmin.gui.certifiers.certificates_form import CertifierCertificates
from dominoadmin.gui.certifiers.misc_form import CertifierMisc
from dominoadmin.gui.certifiers.preview import CertifierPreview
from dominoadmin.gui.frame import messages, widget_tree
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.dialogs.fitting import scrolled
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.forms.steady import SteadyTabs
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.reading import ShownReading
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import joined, marked, translated
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers import registering
from dominoadmin.services.certifiers.form import CertifierRequest
from dominoadmin.services.certifiers.registering import Registered
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.certifiers import choices as certifier_choices
from dominoadmin.viewmodels.certifiers import preview as certifier_preview
from dominoadmin.viewmodels.certifiers.choices import CertifierChoices
from dominoadmin.viewmodels.certifiers.registration_draft import CertifierDraft
from dominoadmin.viewmodels.certifiers.tabs import NameDraft
from dominoadmin.viewmodels.problems import DraftProblem

_CA_PROCESS, _KEY_RING = "ca-process", "key-ring"
_WIDTH: Final = 80
_PREVIEW_WIDTH: Final = 55
"""In characters. If both fit on the screen, the preview is beside the tabs."""
_MARGIN: Final = 40


def start(workspace: Workspace, *, guided: bool = False) -> None:
    """Open "Register Internet Certifier"; `guided`: the form behind it, with a proposed name."""
    if guided:
        ShownReading(workspace, _proposed, partial(_open_proposed, workspace))
    else:
        RegisterInternetCertifier(workspace).open()


def _proposed(domain: Domain, actor: Actor) -> CertifierDraft:
    if actor.identity is None:
        raise Locked(marked("The window is locked."), marked("Log in again, then continue."))
    return CertifierDraft.proposed(certifier_choices.choices(domain, actor.identity))


def _open_proposed(workspace: Workspace, draft: CertifierDraft) -> None:
    RegisterNewCertifier(workspace, draft, guided=True).open()


class RegisterInternetCertifier(DraftDialog[None, CertifierChoices]):
    """The choice of the kind of certifier (fact sheet 2.1)."""

    def __init__(self, workspace: Workspace) -> None:
        super().__init__(workspace, _("Register Internet Certifier"), None)
        form = Form(self)
        ways = form.radios(
            "",
            [
                (
                    _CA_PROCESS,
                    self._fitted(_("I want to &register a new Internet certifier that uses the CA process.")),
                ),
                (_KEY_RING, self._fitted(_("I want to register an Internet certifier that uses a &key ring file."))),
            ],
            _CA_PROCESS,
        )
        ways.setAccessibleName(_("Kind of certifier"))
        missing = _("Key ring certifiers are not supported in this version.")
        ways.buttons[_KEY_RING].setEnabled(False)
        ways.buttons[_KEY_RING].setToolTip(missing)
        form.paragraph(missing)
        self.add_form(form)

    def _fitted(self, sentence: str) -> str:
        """Return the sentence in two lines if the screen is too narrow for it: radio buttons do not wrap."""
        if self.fontMetrics().horizontalAdvance(sentence) < widget_tree.room(self).width() - 4 * _MARGIN:
            return sentence
        middle = sentence.index(" ", len(sentence) // 2)
        return f"{sentence[:middle]}\n{sentence[middle + 1 :]}"

    def work(self) -> Work[CertifierChoices]:
        session = self.workspace.session
        return partial(_look_up, session.domain, session.identity)

    def succeeded(self, result: CertifierChoices) -> None:
        super().succeeded(result)
        RegisterNewCertifier(self.workspace, CertifierDraft(choices=result)).open()


class RegisterNewCertifier(DraftDialog[None, Registered]):
    """The tabs Basics, Certificates and Misc, and a live preview of the certificate (fact sheet 2.2)."""

    def __init__(self, workspace: Workspace, draft: CertifierDraft, *, guided: bool = False) -> None:
        self._certifier, self._guided = draft, guided
        super().__init__(workspace, _("Register a New Internet Certifier"), None)
        uses = _("It uses the CA process on {server}.").format(server=names.common_name(draft.choices.server))
        self.set_context(uses)
        self._basics = CertifierBasics(workspace, self._certifier, self)
        self._misc = CertifierMisc(self._certifier, self)
        self._tabs = SteadyTabs(self)
        self._tabs.setAccessibleName(self.windowTitle())
        wanted = self.fontMetrics().averageCharWidth() * (_WIDTH + _PREVIEW_WIDTH)
        self._is_beside = widget_tree.room(self).width() - _MARGIN >= wanted
        self._preview = CertifierPreview(self)
        self._add_tab(self._basics, _("Basics"))
        self._add_tab(CertifierCertificates(self._certifier.certificates, self), _("Certificates"))
        self._add_tab(self._misc, _("Misc"))
        self._add_preview()
        self._tabs.currentChanged.connect(self._turned)
        self._basics.edited.connect(self._misc.refresh)
        self._basics.set_focus()

    def begin_at(self) -> QWidget | None:
        return self.commit_button if self._certifier.name != NameDraft() else None

    def open(self) -> None:
        """Show the dialog, wide enough for most lines if the screen allows it."""
        super().open()
        room = widget_tree.room(self).width()
        character = self.fontMetrics().averageCharWidth()
        usual = character * (_WIDTH + (_PREVIEW_WIDTH if self._is_beside else 0))
        self.resize(max(self.width(), min(usual, room - _MARGIN)), self.height())
        self._sides.setSizes([character * _WIDTH, character * _PREVIEW_WIDTH])

    def check(self) -> None:
        super().check()
        session = self.workspace.session
        self._preview.tell(certifier_preview.preview(self._certifier.request(), session.domain.now()))

    def problems(self) -> Sequence[DraftProblem]:
        return self._certifier.problems()

    def work(self) -> Work[Registered]:
        session = self.workspace.session
        return partial(_register, session.domain, session.identity, self._certifier.request())

    def succeeded(self, done: Registered) -> None:
        super().succeeded(done)
        details = (
            _("ICL database: {file}").format(file=done.icl_file),
            _("Valid until: {day}").format(day=f"{done.not_after:%Y-%m-%d}"),
            *map(translated, (*done.warnings, done.next_step)),
        )
        said = _("Success… The Internet certifier {name} has been registered.").format(name=done.name)
        expected = {registering.backup_warning(self._certifier.backup_file())}
        if self._guided and expected.issuperset(done.warnings):  # the guide shows the next step
            self.workspace.say(translated(joined(said, *done.warnings)))
            return
        messages.inform(self.workspace.widget(), self.windowTitle(), said, details="\n\n".join(details))

    def _add_tab(self, form: Form, title: str) -> None:
        self.watch_form(form)
        self._tabs.addTab(scrolled(form), title)

    def _add_preview(self) -> None:
        self._sides = QSplitter(Qt.Orientation.Horizontal, self)
        self._sides.setChildrenCollapsible(False)
        self._sides.addWidget(self._tabs)
        self.body.addWidget(self._sides, 1)
        if self._is_beside:
            self._sides.addWidget(scrolled(self._preview))
        else:
            self._tabs.addTab(scrolled(self._preview), _("Preview"))

    def _turned(self, _number: int) -> None:
        self.check()


def _look_up(domain: Domain, person: Identity, _progress: Progress) -> CertifierChoices:
    return certifier_choices.choices(domain, person)


def _register(domain: Domain, person: Identity, request: CertifierRequest, progress: Progress) -> Registered:
    return registering.register(domain, person, request, progress)
