"""Reopens the tabs that were open when the window was closed."""

from __future__ import annotations

import contextlib

from dominoadmin.errors import Error, NotFound
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.services.certifiers import configuring
from dominoadmin.services.requests import databases

# Each opener sets its tab's key: `admin4`, `database:certreq.nsf`, `icl:1`.


def open_again(workspace: Workspace, key: str) -> None:
    """Open the tab with this key, if its object still exists."""
    kind, _colon, name = str(key).partition(":")
    with contextlib.suppress(Error, ValueError):
        _check(workspace, kind, name)
        _open(workspace, kind, name)


def _check(workspace: Workspace, kind: str, name: str) -> None:
    """Raise NotFound for a missing object, which the openers would report in a box."""
    domain = workspace.session.domain
    if kind == "database":
        databases.stored(domain, name)
    elif kind == "icl" and int(name) not in {record.id for record in configuring.records(domain)}:
        raise NotFound(_("This certifier no longer exists."))


def _open(workspace: Workspace, kind: str, name: str) -> None:
    match kind:
        case "admin4":
            workspace.open.requests()
        case "database":
            workspace.open.database(name)
        case "directory":
            workspace.open.directory()
        case "mail":
            workspace.open.mail()
        case "key-rings":
            workspace.open.key_rings()
        case "icl":
            workspace.open.issued_list(int(name))
        case "audit-log":
            workspace.open.audit_log()
