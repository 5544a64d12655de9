"""Revoke ID and Renew ID: the organization's certifier ends the ID of a person."""

from __future__ import annotations

from functools import partial
from typing import TypeVar

from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.certifier_id import open_certifier_id
from dominoadmin.gui.identities.password_quality import PasswordQuality
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import renewing
from dominoadmin.services.identities.renewing import RenewedId, RevokedId
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.identities import id_states
from dominoadmin.viewmodels.identities.renewal_drafts import IdRenewalDraft, IdRevocationDraft

D = TypeVar("D", IdRevocationDraft, IdRenewalDraft)
R = TypeVar("R", RevokedId, RenewedId)


def revoke(workspace: Workspace, name: str) -> None:
    """Open the dialog "Revoke ID" for the person with this canonical name."""
    RevokeId(workspace, IdRevocationDraft(domain=workspace.session.domain, name=name)).open()


def renew(workspace: Workspace, name: str) -> None:
    """Open the dialog "Renew ID" for the person with this canonical name."""
    RenewId(workspace, IdRenewalDraft(domain=workspace.session.domain, name=name)).open()


class _ByCertifier(DraftDialog[D, R]):
    """A dialog whose act the organization's certifier signs."""

    certifier: Identity

    def commit(self) -> None:
        """Ask for the certifier ID, then carry out the action."""
        if self.problem() or self.is_running:
            return
        reason = _("Only the organization's certifier ID revokes and renews IDs.")
        open_certifier_id(self, self.workspace.session.domain, reason, self._opened)

    def _opened(self, certifier: Identity) -> None:
        self.certifier = certifier
        super().commit()


class RevokeId(_ByCertifier[IdRevocationDraft, RevokedId]):
    """One form: the reason, and what will stop working."""

    def __init__(self, workspace: Workspace, draft: IdRevocationDraft) -> None:
        super().__init__(workspace, _("Revoke ID"), draft)
        self.add_form(_RevocationForm(draft))
        self.set_commit(_("Re&voke…"))

    def work(self) -> Work[RevokedId]:
        """Return the work: revoke the ID."""
        return partial(_revoke, self.draft.domain, self.certifier, self.draft.name, self.draft.reason)

    def succeeded(self, result: RevokedId) -> None:
        """Say that it is done."""
        super().succeeded(result)
        text = _("The ID of {name} has been revoked.").format(name=names.abbreviated(result.name))
        messages.inform(self.workspace.widget(), _("Revoke ID"), text)


class _RevocationForm(Form):
    def __init__(self, draft: IdRevocationDraft) -> None:
        super().__init__()
        self._draft = draft
        self.heading(names.abbreviated(draft.name))
        for each in id_states.revoking(draft.domain, draft.name):
            self.paragraph(each)
        self._reason = self.radios(_("Reason"), id_states.chosen_reasons(), draft.reason)

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.reason = self._reason.value()


class RenewId(_ByCertifier[IdRenewalDraft, RenewedId]):
    """One form: the password of the new ID."""

    def __init__(self, workspace: Workspace, draft: IdRenewalDraft) -> None:
        super().__init__(workspace, _("Renew ID"), draft)
        self.add_form(_RenewalForm(draft))
        self.set_commit(_("Rene&w…"))

    def work(self) -> Work[RenewedId]:
        """Return the work: create the new ID."""
        return partial(_renew, self.draft.domain, self.certifier, self.draft.name, self.draft.password)

    def succeeded(self, result: RenewedId) -> None:
        """Show where the ID file is, and what to do with it."""
        super().succeeded(result)
        text = _("{name} has a new ID.").format(name=names.abbreviated(result.name))
        details = _("ID file: {path}\nGive the file and its password to its owner.").format(path=result.path)
        messages.inform(self.workspace.widget(), _("Renew ID"), text, details=details)


class _RenewalForm(Form):
    def __init__(self, draft: IdRenewalDraft) -> None:
        super().__init__()
        self._draft = draft
        self.heading(names.abbreviated(draft.name))
        self.paragraph(
            _(
                "The person gets a new ID file with the same roles. The present ID can no longer be used from then on; "
                "what it has signed until now stays valid."
            )
        )
        self._password = self.line(_("&Password"), password=True)
        self._quality = PasswordQuality(self)
        self.row(_("Password quality"), self._quality)
        self._again = self.line(_("C&onfirm Password"), password=True)
        self._quality.watch(self._password, self._own_words)

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.password, self._draft.again = self._password.text(), self._again.text()

    def _own_words(self) -> tuple[str, ...]:
        return (names.abbreviated(self._draft.name),)


def _revoke(domain: Domain, certifier: Identity, name: str, reason: str, _progress: Progress) -> RevokedId:
    return renewing.revoke(domain, certifier, name, reason)


def _renew(domain: Domain, certifier: Identity, name: str, password: str, progress: Progress) -> RenewedId:
    progress.step(_("Creating the ID file…"))
    return renewing.renew(domain, certifier, name, password)
