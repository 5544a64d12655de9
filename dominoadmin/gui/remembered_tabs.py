"""Opens the tabs again that were open when the window was closed."""

from __future__ import annotations

import contextlib

from dominoadmin.errors import Error, NotFound
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.requests import databases
from dominoadmin.store import certifiers

# Each opener names its tab's key: `admin4`, `database:certreq.nsf`, `icl:1`.


def open_again(workspace: Workspace, key: str) -> None:
    """Open the tab with this key; what is gone by now stays closed."""
    kind, _colon, name = str(key).partition(":")
    with contextlib.suppress(Error, ValueError):
        _check(workspace, kind, name)
        _open(workspace, kind, name)


def _check(workspace: Workspace, kind: str, name: str) -> None:
    """Raise NotFound for what is gone: the openers would tell it in a box."""
    with workspace.session.domain.store.snapshot() as db:
        if kind == "database":
            databases.get(db, name)
        elif kind == "icl" and int(name) not in {record.id for record in certifiers.all_of(db)}:
            raise NotFound(_("There is no such certifier any more."))


def _open(workspace: Workspace, kind: str, name: str) -> None:
    match kind:
        case "admin4":
            from dominoadmin.gui.requests import administration_requests

            administration_requests.open_requests(workspace)
        case "database":
            from dominoadmin.gui.requests import certificate_requests

            certificate_requests.open_database(workspace, name)
        case "directory":
            from dominoadmin.gui.directory import view as directory

            directory.open_directory(workspace)
        case "mail":
            from dominoadmin.gui.directory import mail

            mail.open_mail(workspace)
        case "key-rings":
            from dominoadmin.gui.key_rings import view as key_rings

            key_rings.open_key_rings(workspace)
        case "icl":
            from dominoadmin.gui.issuance import view as issued

            issued.open_list(workspace, int(name))
        case "audit-log":
            from dominoadmin.gui.audit import view as audit_log

            audit_log.open_log(workspace)
