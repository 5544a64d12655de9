"""Adds, designates and labels the trusted roots of an open key ring."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.dialog import DraftDialog
from dominoadmin.gui.frame.forms.form import Form
from dominoadmin.gui.frame.jobs import Work
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.key_rings.merge_confirmation import Confirmation, MergeConfirmation
from dominoadmin.i18n import text as _
from dominoadmin.pki import describe
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.key_rings import management as key_rings
from dominoadmin.services.key_rings.management import KeyRingAccess
from dominoadmin.services.progress import Progress
from dominoadmin.viewmodels.key_rings import listing as key_ring_listing
from dominoadmin.viewmodels.key_rings.changes_draft import LabelDraft
from dominoadmin.viewmodels.key_rings.listing import RingCertificate


def adding(workspace: Workspace, access: KeyRingAccess, path: Path) -> MergeConfirmation[str]:
    """Return the confirmation for an authority's certificate in a file.

    Raises:
        NotFound, Error, Refused: the file is not a certificate.

    """
    advice = _("Verify the authority's certificate. Choose OK to merge it into the key ring as a trusted root.")
    return _confirmation(workspace, access, key_ring_listing.read_authority(path), advice)


def designating(workspace: Workspace, access: KeyRingAccess, chosen: RingCertificate) -> MergeConfirmation[str]:
    """Return the confirmation for an intermediate certificate of the key ring."""
    advice = _("Verify the certificate. Choose OK to designate it as a trusted root of the key ring.")
    return _confirmation(workspace, access, chosen, advice)


def _confirmation(
    workspace: Workspace, access: KeyRingAccess, chosen: RingCertificate, advice: str
) -> MergeConfirmation[str]:
    assert chosen.certificate is not None
    title = _("Merge Trusted Root Certificate Confirmation")
    shown = Confirmation(title, access.file, describe.der(chosen.certificate), advice, chosen.label)
    session = workspace.session
    return MergeConfirmation(workspace, shown, partial(_merging, session.domain, session.actor, access, chosen))


def _merging(domain: Domain, actor: Actor, access: KeyRingAccess, chosen: RingCertificate, label: str) -> Work[str]:
    return partial(_merge, domain, actor, access, (chosen, label))


def _merge(
    domain: Domain, actor: Actor, access: KeyRingAccess, what: tuple[RingCertificate, str], _progress: Progress
) -> str:
    chosen, label = what
    assert chosen.certificate is not None
    return key_rings.merge_trusted_root(domain, actor, access, chosen.certificate, label)


class EditLabel(DraftDialog[LabelDraft, None]):
    """Another label for a trusted root."""

    def __init__(self, workspace: Workspace, access: KeyRingAccess, label: str) -> None:
        super().__init__(workspace, _("Edit Label"), LabelDraft(label))
        self._access, self._before = access, label
        self.add_form(_LabelForm(self.draft, self))

    def work(self) -> Work[None]:
        """Return the work: label it."""
        session, new = self.workspace.session, self.draft.label.strip()
        return partial(_label, session.domain, session.actor, self._access, (self._before, new))


class _LabelForm(Form):
    def __init__(self, draft: LabelDraft, parent: QWidget) -> None:
        super().__init__(parent)
        self._draft = draft
        self.label = self.line(_("Certificate &label"), draft.label)
        self.name(label=self.label)
        self.require(self.label)

    def save(self) -> None:
        """Put the label into the draft."""
        self._draft.label = self.label.text()


def _label(domain: Domain, actor: Actor, access: KeyRingAccess, labels: tuple[str, str], _progress: Progress) -> None:
    before, after = labels
    key_rings.label_trusted_root(domain, actor, access, before, after)
