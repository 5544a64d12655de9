"""Certify Key Ring, and steps 16 to 18 of the technote: the trusted root, then the request, each with its message."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Job, Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.key_rings.fields import (
    Databases,
    PasswordRow,
    database_items,
    file_row,
    kept,
    with_server_id,
)
from dominoadmin.gui.key_rings.merge_confirmation import Confirmation, MergeConfirmation
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, RootConfirmation
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import databases
from dominoadmin.services.requests.submitting import RequestView
from dominoadmin.viewmodels.key_rings import draft as key_ring
from dominoadmin.viewmodels.key_rings import listing as key_ring_listing
from dominoadmin.viewmodels.key_rings.draft import CertifyDraft
from dominoadmin.viewmodels.key_rings.listing import ListedRing
from dominoadmin.viewmodels.requests import next_steps
from dominoadmin.viewmodels.requests.next_steps import Audience


def start(workspace: Workspace, database: str = "", file: str = "", *, guided: bool = False) -> None:
    """Open the form; if no database takes requests for servers, show what to do first.

    `guided`: without the form if the server's ID opens the key ring.
    """
    domain = workspace.session.domain
    try:
        found = key_ring.databases_for_servers(domain)
        rings = key_ring_listing.listed(domain)
        chosen = key_ring.chosen_database(domain, found, database)
        draft = CertifyDraft(file or key_ring.uncertified(rings), "", chosen, kept(workspace))
        with_server_id(workspace, draft.file, partial(_go_on, workspace, draft, (found, rings), guided))
    except Error as error:
        errors.show(workspace.widget(), error)


def _go_on(
    workspace: Workspace, draft: CertifyDraft, choices: tuple[Databases, list[ListedRing]], guided: bool
) -> None:
    if guided and not draft.problem():
        Certification(workspace, draft.access(), draft.database, guided=True).begin()
    else:
        CertifyKeyRing(workspace, draft, *choices).open()


class CertifyKeyRing(DraftDialog[CertifyDraft, RootConfirmation]):
    """The form "Certify Key Ring", for a key ring whose request was postponed."""

    def __init__(
        self, workspace: Workspace, draft: CertifyDraft, databases: Databases, rings: list[ListedRing]
    ) -> None:
        super().__init__(workspace, _("Certify Key Ring"), draft)
        self.add_form(_CertifyForm(draft, databases, rings, self))
        self.set_commit(_("C&ertify Key Ring"))

    def work(self) -> Work[RootConfirmation]:
        """Return the work: open the key ring, so that a wrong password is reported here, and fetch the trusted root."""
        session = self.workspace.session
        return partial(_prepare, session.domain, session.actor, self.draft.access(), self.draft.database)

    def succeeded(self, result: RootConfirmation) -> None:
        """Continue with the trusted root."""
        super().succeeded(result)
        Certification(self.workspace, self.draft.access(), self.draft.database).confirm(result)


class _CertifyForm(Form):
    def __init__(self, draft: CertifyDraft, databases: Databases, rings: list[ListedRing], parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.paragraph(
            _("Adds the certifier to the key ring as a trusted root, and submits a certificate request for its server.")
        )
        self.file = file_row(self, _("&Key Ring File Name"), draft.file, rings)
        self.password = PasswordRow(self, draft.kept)
        self.database = self.choice(_("Certificate Requests &database"), database_items(databases), draft.database)
        self.name(file=self.file, password=self.password.line, database=self.database)
        self.require(self.file)
        self.password.show_for(draft.file)

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.file = self.file.currentText()
        self._draft.password = self.password.line.text()
        self.password.show_for(self._draft.file)
        self._draft.database = self.database.currentData() or ""


def _prepare(
    domain: Domain, actor: Actor, access: KeyRingAccess, database: str, _progress: Progress
) -> RootConfirmation:
    key_rings.show(domain, access)
    return key_rings.trusted_root_of(domain, actor, database)


def _root(domain: Domain, actor: Actor, database: str, _progress: Progress) -> RootConfirmation:
    return key_rings.trusted_root_of(domain, actor, database)


class Certification(QObject):
    """Steps 16 to 18 for one key ring. This object holds the key ring's password.

    `guided`: the certifier's certificate, which is verified, is merged without a question, as Issue Now does.
    """

    def __init__(self, workspace: Workspace, access: KeyRingAccess, database: str, *, guided: bool = False) -> None:
        super().__init__(workspace.widget())
        self._workspace, self._access, self._database = workspace, access, database
        self._guided = guided

    def begin(self) -> None:
        """Fetch the certifier's certificate, then ask."""
        session = self._workspace.session
        job = Job(partial(_root, session.domain, session.actor, self._database))
        job.done.connect(self._merge_at_once if self._guided else self.confirm)
        job.failed.connect(self._failed)
        job.start()

    def confirm(self, root: RootConfirmation) -> None:
        """Open "Merge Trusted Root Certificate Confirmation"."""
        shown = Confirmation(
            _("Merge Trusted Root Certificate Confirmation"),
            self._access.file,
            describe.der(root.certificate),
            _("Verify the certifier's certificate. Choose OK to merge it into the key ring as a trusted root."),
            root.label,
        )
        dialog = MergeConfirmation(self._workspace, shown, partial(self._merge, root))
        dialog.committed.connect(self._received)
        dialog.rejected.connect(self._put_off)
        dialog.open()

    def _merge_at_once(self, root: RootConfirmation) -> None:
        try:
            job = Job(self._merge(root, root.label))
        except Error as error:  # the window is locked
            self._failed(error)
            return
        job.done.connect(self._was_submitted)
        job.failed.connect(self._failed)
        job.start()

    def _was_submitted(self, shown: RequestView) -> None:
        said = _("{file} trusts the certifier, and request {number} has been added to {database}.")
        values = {"file": self._access.file, "number": shown.request.id, "database": shown.request.database}
        self._workspace.say(said.format(**values))
        self._end()

    def _merge(self, root: RootConfirmation, label: str) -> Work[RequestView]:
        session = self._workspace.session
        chosen = RootConfirmation(root.certifier, root.certificate, label)
        return partial(_certify, session.domain, session.actor, (self._access, self._database), chosen)

    def _received(self, shown: RequestView) -> None:
        messages.inform(
            self._workspace.widget(),
            _("Domino Key Ring Management"),
            _("Certificate received into key ring and designated as trusted root"),
            partial(self._submitted, shown),
        )

    def _submitted(self, shown: RequestView) -> None:
        messages.inform(
            self._workspace.widget(),
            _("Domino Key Ring Management"),
            _("Certificate Request Successfully Submitted for Key Ring"),
            self._end,
            details=_next_step(self._workspace.session.domain, shown),
        )

    def _put_off(self) -> None:
        later = _("{file} is not certified yet. You can choose Certify Key Ring later.")
        self._workspace.say(later.format(file=self._access.file))
        self._end()

    def _failed(self, error: Exception) -> None:
        errors.show(self._workspace.widget(), error)
        self._end()

    def _end(self) -> None:
        self.deleteLater()


def _certify(
    domain: Domain, actor: Actor, what: tuple[KeyRingAccess, str], root: RootConfirmation, progress: Progress
) -> RequestView:
    access, database = what
    progress.step(_("Merging the trusted root and submitting the request"))
    return key_rings.certify(domain, actor, access, database, root)


def _next_step(domain: Domain, shown: RequestView) -> str:
    is_automatic = databases.is_automatic(domain, shown.request.database or "")
    return next_steps.sentence(Audience.KEY_RING_AUTOMATIC if is_automatic else Audience.KEY_RING, shown)
