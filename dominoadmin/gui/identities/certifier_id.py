"""Opens the organization's certifier ID for one act that only it can sign."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame import messages
from dominoadmin.gui.identities.log_in import LogIn
from dominoadmin.i18n import text as _
from dominoadmin.pki.identities import Identity
from dominoadmin.services.domain import Domain
from dominoadmin.services.identities.identifying import CERT_ID


def open_certifier_id(parent: QWidget, domain: Domain, reason: str, opened: Callable[[Identity], None]) -> None:
    """Ask for its password, with the reason; ask for its file, too, if it is not in the data folder."""

    def ask(path: Path) -> None:
        dialog = LogIn(parent, domain, path=path, reason=reason)
        dialog.opened.connect(opened)
        dialog.open()

    path = domain.directory.root / CERT_ID
    if os.path.exists(path):  # noqa: PTH110 - never raises
        ask(path)
    else:
        messages.choose_file(parent, _("Choose a Certifier ID"), path.parent, _("ID files (*.id)"), ask)
