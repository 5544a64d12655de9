"""Pickup Key Ring Certificate (technote, steps 24-26)."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.reading import ShownReading
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.key_rings.fields import PasswordRow, file_row, kept, with_server_id
from dominoadmin.gui.key_rings.merge_confirmation import Confirmation, MergeConfirmation
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess, SignedConfirmation
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.key_rings import listing as key_ring_listing
from dominoadmin.viewmodels.key_rings.listing import ListedRing
from dominoadmin.viewmodels.key_rings.pickup_draft import PickupDraft, key_ring_of, waiting


def start(
    workspace: Workspace, pickup_id: str = "", database: str = "", file: str = "", *, guided: bool = False
) -> None:
    """Open the form. The Request ID determines the key ring; without one, a waiting key ring is proposed.

    `guided`: the confirmation at once, if the server's ID opens the key ring.
    """
    domain = workspace.session.domain
    try:
        rings = key_ring_listing.listed(domain)
        known = file or key_ring_of(domain, pickup_id) or waiting(domain, rings, database)
        draft = PickupDraft(known, "", pickup_id, kept(workspace))
        with_server_id(workspace, known, partial(_go_on, workspace, draft, rings, guided))
    except Error as error:
        errors.show(workspace.widget(), error)


def _go_on(workspace: Workspace, draft: PickupDraft, rings: list[ListedRing], guided: bool) -> None:
    if guided and not draft.problem():
        _Confirming(workspace, draft)
    else:
        PickupKeyRing(workspace, draft, rings).open()


class PickupKeyRing(DraftDialog[PickupDraft, SignedConfirmation]):
    """The form. It stays open behind the confirmation, so that Cancel there loses nothing."""

    def __init__(self, workspace: Workspace, draft: PickupDraft, rings: list[ListedRing]) -> None:
        super().__init__(workspace, _("Pickup Key Ring Certificate"), draft)
        self._form = _PickupForm(draft, rings, self)
        self.add_form(self._form)
        self.set_commit(_("Pickup C&ertificate"))

    def begin_at(self) -> QWidget:
        if not self.draft.file:
            return self._form.file
        return self._form.pickup_id if self.draft.kept(self.draft.file) else self._form.password.line

    def work(self) -> Work[SignedConfirmation]:
        """Return the work: find the certificate and check that it belongs in the key ring."""
        session = self.workspace.session
        return partial(_preview, session.domain, session.actor, self.draft.access(), self.draft.pickup_id)

    def succeeded(self, result: SignedConfirmation) -> None:
        """Open "Merge Signed Certificate Confirmation"."""
        dialog = MergeConfirmation(self.workspace, _shown(result), partial(_merge, self.workspace, self.draft), self)
        dialog.committed.connect(self._merged)
        dialog.open()

    def _merged(self, merged: SignedConfirmation) -> None:
        super().succeeded(merged)
        next_step = _("Next: copy {file} and its stash file to the server with Install on Server.")
        messages.inform(
            self.workspace.widget(),
            _("Domino Key Ring Management"),
            _("Certificate received into key ring"),
            details=next_step.format(file=merged.file),
        )


class _Confirming(ShownReading[SignedConfirmation]):
    """The confirmation without the form: the server's ID has opened the key ring."""

    def __init__(self, workspace: Workspace, draft: PickupDraft) -> None:
        super().__init__(workspace, partial(_previewed, draft.access(), draft.pickup_id), self._confirm)
        self._workspace, self._draft = workspace, draft

    def _confirm(self, found: SignedConfirmation) -> None:
        merge = partial(_merge, self._workspace, self._draft)
        dialog = MergeConfirmation(self._workspace, _shown(found), merge)
        dialog.committed.connect(partial(_say_received, self._workspace))
        dialog.open()


def _say_received(workspace: Workspace, merged: SignedConfirmation) -> None:
    workspace.say(_("{file} has received its certificate.").format(file=merged.file))


def _shown(found: SignedConfirmation) -> Confirmation:
    return Confirmation(
        _("Merge Signed Certificate Confirmation"),
        found.file,
        describe.der(found.certificate),
        _("Verify the server's certificate. Choose OK to merge it into the key ring."),
    )


def _merge(workspace: Workspace, draft: PickupDraft, _label: str) -> Work[SignedConfirmation]:
    session = workspace.session
    return partial(_pickup, session.domain, session.actor, draft.access(), draft.pickup_id)


def _previewed(access: KeyRingAccess, pickup_id: str, domain: Domain, actor: Actor) -> SignedConfirmation:
    return key_rings.pickup_preview(domain, actor, access, pickup_id)


class _PickupForm(Form):
    def __init__(self, draft: PickupDraft, rings: list[ListedRing], parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.paragraph(_("Merges the certificate issued for the key ring's request into the key ring."))
        self.file = file_row(self, _("&Key Ring File Name"), draft.file, rings)
        self.password = PasswordRow(self, draft.kept)
        self.pickup_id = self.line(
            _("&Request ID (pickup ID)"),
            draft.pickup_id,
            hint=_("From the memo or from the issued request. Open it and choose Copy."),
        )
        self.name(file=self.file, password=self.password.line, pickup_id=self.pickup_id)
        self.require(self.file, self.pickup_id)
        self.password.show_for(draft.file)

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.file = self.file.currentText()
        self._draft.password = self.password.line.text()
        self.password.show_for(self._draft.file)
        self._draft.pickup_id = self.pickup_id.text()


def _preview(
    domain: Domain, actor: Actor, access: KeyRingAccess, pickup_id: str, progress: Progress
) -> SignedConfirmation:
    progress.step(_("Checking the certificate"))
    return key_rings.pickup_preview(domain, actor, access, pickup_id)


def _pickup(
    domain: Domain, actor: Actor, access: KeyRingAccess, pickup_id: str, progress: Progress
) -> SignedConfirmation:
    progress.step(_("Merging the certificate"))
    return key_rings.pickup(domain, actor, access, pickup_id)
