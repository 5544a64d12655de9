"""Administrators: the organization's certifier names who may change the Domino Directory and databases."""

from __future__ import annotations

from functools import partial

from dominoadmin.errors import Error
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.identities.by_certifier import ByCertifier
from dominoadmin.gui.identities.people_list import PeopleList
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities import administrators
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.identities.administrators_draft import AdministratorsDraft
from dominoadmin.viewmodels.words import listed

Names = tuple[str, ...]


def start(workspace: Workspace) -> None:
    """Open the dialog."""
    session = workspace.session
    try:
        draft = AdministratorsDraft.begin(session.domain, session.actor)
    except Error as error:
        errors.show(workspace.widget(), error)
        return
    NameAdministrators(workspace, draft).open()


class NameAdministrators(ByCertifier[AdministratorsDraft, Names]):
    """One form: the list of administrators."""

    def __init__(self, workspace: Workspace, draft: AdministratorsDraft) -> None:
        super().__init__(workspace, _("Administrators"), draft)
        self.why = _("Only the organization's certifier ID names administrators.")
        self.add_form(_NamesForm(workspace, draft))
        self.set_commit(_("Chan&ge…"))

    def work(self) -> Work[Names]:
        """Return the work: change the administrators."""
        return partial(_change, self.draft.domain, self.certifier, self.draft.named, self.draft.removed)

    def succeeded(self, result: Names) -> None:
        """Say who they are now."""
        super().succeeded(result)
        self.workspace.say(_("Administrators: {names}.").format(names=listed(result, ", ")))


class _NamesForm(Form):
    def __init__(self, workspace: Workspace, draft: AdministratorsDraft) -> None:
        super().__init__()
        self.paragraph(meaning())
        people = PeopleList(workspace, draft.chosen, draft.candidates, self)
        people.edited.connect(self.changed)
        self.row(_("&Administrators"), people)
        self.name(chosen=people)


def meaning() -> str:
    """Return what administrators are, in sentences."""
    return _(
        "Administrators change Server documents and databases, and install key rings. The organization's certifier "
        "ID names them."
    )


def _change(domain: Domain, certifier: Identity, named: Names, removed: Names, _progress: Progress) -> Names:
    return administrators.change(domain, certifier, named=named, removed=removed)
