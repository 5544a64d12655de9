"""A dialog whose action the organization's certifier signs."""

from __future__ import annotations

from dominoadmin.gui.frame.dialog import D, DraftDialog
from dominoadmin.gui.frame.jobs import R
from dominoadmin.gui.identities.certifier_id import open_certifier_id
from dominoadmin.pki.identities import Identity


class ByCertifier(DraftDialog[D, R]):
    """The action asks for the certifier ID, with the reason `why`; `work` finds it in `certifier`."""

    certifier: Identity
    why = ""

    def commit(self) -> None:
        """Ask for the certifier ID, then carry out the action."""
        if not self.is_running and self.is_right():
            open_certifier_id(self, self.workspace.session.domain, self.why, self.opened)

    def opened(self, certifier: Identity) -> None:
        """Receive the certifier ID, and carry out the action."""
        self.certifier = certifier
        super().commit()
