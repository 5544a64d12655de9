"""Opens the tabs again that were open when the window was closed."""

from __future__ import annotations

import contextlib

from dominoadmin.errors import Error
from dominoadmin.gui.workspace import Workspace

# Each opener names its tab's key: `admin4`, `database:certreq.nsf`, `icl:1`.


def open_again(workspace: Workspace, key: str) -> None:
    """Open the tab with this key; what is gone by now stays closed."""
    kind, _colon, name = str(key).partition(":")
    with contextlib.suppress(Error, ValueError):
        _open(workspace, kind, name)


def _open(workspace: Workspace, kind: str, name: str) -> None:
    match kind:
        case "admin4":
            from dominoadmin.gui.views import administration_requests

            administration_requests.open_requests(workspace)
        case "database":
            from dominoadmin.gui.views import certificate_requests

            certificate_requests.open_database(workspace, name)
        case "directory":
            from dominoadmin.gui.views import directory

            directory.open_directory(workspace)
        case "mail":
            from dominoadmin.gui.views import mail

            mail.open_mail(workspace)
        case "key-rings":
            from dominoadmin.gui.views import key_rings

            key_rings.open_key_rings(workspace)
        case "icl":
            from dominoadmin.gui.views import issued

            issued.open_list(workspace, int(name))
