"""Moved or Copied Store: the organization's certifier lets a store run that ran last at another place."""

from __future__ import annotations

from functools import partial

from dominoadmin.errors import Error
from dominoadmin.gui.frame import messages
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.by_certifier import ByCertifier
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.restoring import accepting
from dominoadmin.services.restoring.accepting import Accepted
from dominoadmin.viewmodels.audit import restored
from dominoadmin.viewmodels.audit.moving_draft import COPIED, MovingDraft, choices


def start(workspace: Workspace, doubt: Error) -> None:
    """Open the dialog about a store that ran last at another place."""
    MovedOrCopied(workspace, MovingDraft(domain=workspace.session.domain), doubt).open()


class MovedOrCopied(ByCertifier[MovingDraft, Accepted | None]):
    """One form: what is known, and the two things that can have happened, each with its meaning."""

    def __init__(self, workspace: Workspace, draft: MovingDraft, doubt: Error) -> None:
        super().__init__(workspace, _("Moved or Copied Store"), draft)
        self.why = _("The organization's certifier decides: others may be in office by the older state only.")
        self.add_form(_ChoiceForm(draft, translated(str(doubt))))
        self.set_commit(_("&Continue…"))

    def work(self) -> Work[Accepted | None]:
        """Return the work: let this installation run the store."""
        return partial(_decided, self.draft.domain, self.certifier, self.draft.choice)

    def succeeded(self, result: Accepted | None) -> None:
        """Say what comes next."""
        super().succeeded(result)
        text = _("The store belongs to this installation now.")
        details = _("Do not start the server again that ran it before.")
        if result is not None:
            text = _("This copy is an installation of its own now. A new epoch of the audit log begins ({epoch}).")
            text = text.format(epoch=result.epoch)
            details = "\n".join(restored.lines(result))
        messages.inform(self.workspace.widget(), self.windowTitle(), text, details=details)


class _ChoiceForm(Form):
    def __init__(self, draft: MovingDraft, doubt: str) -> None:
        super().__init__()
        self._draft = draft
        self.paragraph(doubt)
        labels, meanings = ({value: each[at] for value, *each in choices()} for at in (0, 1))
        self._choice = self.radios("", [*labels.items()], meanings=meanings)
        self._choice.setAccessibleName(_("What has happened"))
        self.name(choice=self._choice)

    def save(self) -> None:
        """Put the choice into the draft."""
        self._draft.choice = self._choice.value() or ""


def _decided(domain: Domain, certifier: Identity, choice: str, progress: Progress) -> Accepted | None:
    if choice == COPIED:
        return accepting.copied(domain, certifier, progress)
    accepting.moved(domain, certifier, progress)
    return None
