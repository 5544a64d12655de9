"""The running server for the panels."""

from __future__ import annotations

import re
from typing import Final

from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.viewmodels.guide.chapters import ServerView

CHECKED: Final = "live check/sha256"
"""The window remembers under this key the SHA-256 of the certificate that passed the last live check."""
_SSL_PORT: Final = re.compile(r"SSL Port:(\d+)")


def view_of(workspace: Workspace) -> ServerView:
    """Return the current state of the server."""
    server = workspace.server
    tasks = server.tasks()
    return ServerView(
        is_running=server.is_running,
        is_starting=server.is_starting,
        tasks=frozenset(name for name, _prefix, _lines in tasks),
        certifiers=tuple(server.certifier_states()),
        ssl_port=_ssl_port([line for name, _prefix, lines in tasks if name == "http" for line in lines]),
        checked=workspace.memory.get(CHECKED, ""),
        audit=workspace.audit_problem,
    )


def _ssl_port(lines: list[str]) -> int:
    found = _SSL_PORT.search("\n".join(lines))
    return int(found[1]) if found else 0
