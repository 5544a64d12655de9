"""The Issued Certificate document (fact sheet 9.1 and 9.3): "Revoke Certificate" is at the top."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame import errors, messages
from dominoadmin.gui.frame.action_bar import EXPORT, REVOKE
from dominoadmin.gui.frame.documents import reading
from dominoadmin.gui.frame.documents.reading import Read, ReadDocument
from dominoadmin.gui.frame.jobs import Job
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.paths import write_whole
from dominoadmin.resources import resource
from dominoadmin.services.domain import Actor, Domain
from dominoadmin.services.progress import Progress
from dominoadmin.services.requests import proving
from dominoadmin.viewmodels.issuance import document as issued_documents
from dominoadmin.viewmodels.issuance.document import IssuedView


def open_certificate(workspace: Workspace, certifier_id: int, serial_hex: str) -> QWidget | None:
    """Open the document of an issued certificate."""
    read = partial(issued_documents.view, certifier_id=certifier_id, serial_hex=serial_hex)
    return reading.open_tab(workspace, f"issued:{certifier_id}:{serial_hex}", read, IssuedDocument)


class IssuedDocument(ReadDocument[IssuedView]):
    """One Issued Certificate document."""

    def __init__(self, workspace: Workspace, shown: IssuedView, read: Read[IssuedView]) -> None:
        super().__init__(workspace, _("Certificate: {name}").format(name=shown.title), shown, read)
        self._revoke_text, self._release_text = _("&Revoke Certificate…"), _("Re&lease Hold…")
        self._request_text = _("Open Re&quest")
        self.add_action(_("Show Certifica&te…"), self._view)
        self.add_action(self._revoke_text, self._revoke, daily=REVOKE)
        self.add_action(self._release_text, self._release)
        self.add_action(self._request_text, self._open_request)
        self.add_action(_("E&xport Certificate…"), self._export, daily=EXPORT)
        self._proof_text = _("Export &Proof…")
        self.add_action(self._proof_text, self._export_proof)
        self.build()

    def build(self) -> None:
        """Show the sections, and what can be done now."""
        self.show_sections(self.shown.sections)
        may_revoke = issued_documents.may_be_revoked(self.shown)
        self.set_off(self._revoke_text, "" if may_revoke else _("The certificate is already revoked."))
        held = issued_documents.is_held(self.shown)
        self.set_off(self._release_text, "" if held else _("Only a certificate that is on hold can be released."))
        has_request = self.shown.request_id is not None
        alone = "" if has_request else _("The certificate was issued without a request.")
        self.set_off(self._request_text, alone)
        self.set_off(self._proof_text, alone)

    def _view(self) -> None:
        viewer.show(self.workspace, self.shown.chain)

    def _revoke(self) -> None:
        from dominoadmin.gui.revocation import revoke as revoke_certificate

        revoke_certificate.start(self.workspace, self.shown.certifier_id, [self.shown.serial_hex])

    def _release(self) -> None:
        from dominoadmin.gui.revocation import revoke as revoke_certificate

        revoke_certificate.release(self.workspace, self.shown.certifier_id, [self.shown.serial_hex])

    def _open_request(self) -> None:
        assert self.shown.request_id is not None
        self.workspace.open.request(self.shown.request_id)

    def _export(self) -> None:
        from dominoadmin.gui.issuance import export as export_certificates

        which = [(self.shown.certifier_id, self.shown.serial_hex)]
        export_certificates.start(self.workspace, which, self.shown.title)

    def _export_proof(self) -> None:
        suggested = Path.home() / f"proof-{self.shown.serial_hex[:16]}.json"
        messages.save_file(self, _("Export Proof"), suggested, self.prove)

    def prove(self, path: Path) -> None:
        """Write the proof of the approval, for an outsider, in a job."""
        session, which = self.workspace.session, (self.shown.certifier_id, self.shown.serial_hex)
        job = Job(partial(_proved, session.domain, session.actor, which, path), waits=True)
        job.done.connect(self._proved)
        job.failed.connect(self._failed)
        job.start()

    def _failed(self, error: Exception) -> None:
        errors.show(self, error)

    def _proved(self, anchor: str) -> None:
        text = _("The proof has been exported.")
        how = _("It is checked by {script}, with the organization's certificate and this anchor, printed: {anchor}")
        shown = how.format(script=resource("verify_proof.py"), anchor=anchor)
        messages.inform(self, self.windowTitle(), text, details=shown)


def _proved(domain: Domain, actor: Actor, which: tuple[int, str], path: Path, _progress: Progress) -> str:
    proof = proving.prove(domain, actor, *which)
    write_whole(path, proof.octets)
    return proof.anchor.text()
