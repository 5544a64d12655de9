"""Revoke ID and Renew ID: the organization's certifier ends the ID of a person."""

from __future__ import annotations

from functools import partial

from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.by_certifier import ByCertifier
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


def revoke(workspace: Workspace, name: str) -> None:
    """Open the dialog "Revoke ID" for the person with this canonical name."""
    RevokeId(workspace, IdRevocationDraft(domain=workspace.session.domain, name=name)).open()


def renew(workspace: Workspace, name: str) -> None:
    """Open the dialog "Renew ID" for the person with this canonical name."""
    RenewId(workspace, IdRenewalDraft(domain=workspace.session.domain, name=name)).open()


def why() -> str:
    """Return why the certifier ID is needed."""
    return _("Only the organization's certifier ID revokes and renews IDs.")


class RevokeId(ByCertifier[IdRevocationDraft, RevokedId]):
    """One form: the reason, and what will stop working."""

    def __init__(self, workspace: Workspace, draft: IdRevocationDraft) -> None:
        super().__init__(workspace, _("Revoke ID"), draft)
        self.why = why()
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


class NewPassword:
    """The lines of a form for the password of a new ID: typed twice, with its quality."""

    def __init__(self, form: Form, owner: str) -> None:
        """Add them. `owner`: the name that would be guessed first."""
        self._password = form.password_line(_("&Password"))
        self._quality = PasswordQuality(form)
        form.row(_("Password quality"), self._quality)
        self._again = form.password_line(_("C&onfirm Password"))
        form.name(password=self._password, again=self._again)
        form.require(self._password, self._again)
        self._quality.watch(self._password, lambda: (owner,))

    def values(self) -> tuple[str, str]:
        """Return what was typed in both lines."""
        return self._password.text(), self._again.text()


class RenewId(ByCertifier[IdRenewalDraft, RenewedId]):
    """One form: the password of the new ID."""

    def __init__(self, workspace: Workspace, draft: IdRenewalDraft) -> None:
        super().__init__(workspace, _("Renew ID"), draft)
        self.why = why()
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
        self._lines = NewPassword(self, names.abbreviated(draft.name))

    def save(self) -> None:
        """Put the fields into the draft."""
        self._draft.password, self._draft.again = self._lines.values()


def _revoke(domain: Domain, certifier: Identity, name: str, reason: str, _progress: Progress) -> RevokedId:
    return renewing.revoke(domain, certifier, name, reason)


def _renew(domain: Domain, certifier: Identity, name: str, password: str, progress: Progress) -> RenewedId:
    progress.step(_("Creating the ID file…"))
    return renewing.renew(domain, certifier, name, password)
