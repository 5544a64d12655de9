"""Restores the last good version of a certifier's tampered configuration."""

from __future__ import annotations

from functools import partial

from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.i18n import translated
from dominoadmin.pki import names
from dominoadmin.pki.identities import Identity
from dominoadmin.services.certifiers import configuration_versions
from dominoadmin.services.certifiers.configuration_versions import Restored, Standing
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress


def start(workspace: Workspace, certifier_id: int) -> None:
    """Show what would be restored, and ask."""
    session = workspace.session
    job = Job(partial(_standing, session.domain, session.actor, certifier_id))
    job.done.connect(partial(_ask, workspace, certifier_id))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _standing(domain: Domain, actor: Actor, certifier_id: int, _progress: Progress) -> Standing:
    return configuration_versions.standing(domain, actor, certifier_id)


def _ask(workspace: Workspace, certifier_id: int, found: Standing) -> None:
    title = _("Restore Last Good Version")
    if not found.problem:
        messages.inform(
            workspace.widget(),
            title,
            _("The configuration has not changed since it was signed. There is nothing to restore."),
        )
        return
    if not found.last_good:
        text = _("No version of this configuration is valid. Restore the store from a backup.")
        messages.inform(workspace.widget(), title, text, details=translated(found.problem))
        return
    if workspace.session.actor.name not in found.caas:
        text = _("Only a CA administrator of the last good version can restore it: {names}.")
        known = ", ".join(map(names.abbreviated, found.caas))
        messages.inform(workspace.widget(), title, text.format(names=known), details=translated(found.problem))
        return
    text = _("{problem} Sign version {number} again? Invalid versions are kept as evidence.")
    then = partial(_restore, workspace, certifier_id)
    said = text.format(problem=translated(found.problem), number=found.last_good)
    messages.confirm(workspace.widget(), title, said, _("&Sign Again"), then)


def _restore(workspace: Workspace, certifier_id: int) -> None:
    session = workspace.session
    job = Job(partial(_put_back, session.domain, session.identity, certifier_id))
    job.done.connect(partial(_said, workspace))
    job.failed.connect(partial(errors.show, workspace.widget()))
    job.start()


def _put_back(domain: Domain, person: Identity, certifier_id: int, _progress: Progress) -> Restored:
    return configuration_versions.restore(domain, person, certifier_id)


def _said(workspace: Workspace, done: Restored) -> None:
    text = _("{name} now uses version {version}, which has the contents of version {good}.")
    said = text.format(name=done.name, version=done.version, good=done.good)
    messages.inform(workspace.widget(), _("Restore Last Good Version"), said)
