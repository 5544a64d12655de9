"""Commands that are in no menu: what only the Quick Guide's buttons do. Modules are imported when needed."""

from __future__ import annotations

from collections.abc import Callable

from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.viewmodels.target import Target


def configure_database(workspace: Workspace, target: Target) -> None:
    """Open the Database Configuration of an existing database (technote, steps 12 and 13)."""
    from dominoadmin.gui.requests import database_configuration

    database_configuration.configure(workspace, target.database)


def submit_request(workspace: Workspace, target: Target) -> None:
    """Select a request in its database and submit it (technote, step 19)."""
    from dominoadmin.gui.requests import certificate_requests

    certificate_requests.submit_one(workspace, target.database, target.request_id)


def pull_request(workspace: Workspace, target: Target) -> None:
    """Select a request in its database and pull it (technote, step 22)."""
    from dominoadmin.gui.requests import certificate_requests

    certificate_requests.pull_one(workspace, target.database, target.request_id)


def register_person(workspace: Workspace, _target: Target) -> None:
    """Register another person."""
    from dominoadmin.gui.identities import register_person as registration

    registration.start(workspace)


def keep_running(workspace: Workspace, _target: Target) -> None:
    """Let the server run on when the window is closed."""
    from dominoadmin.gui.console import closing

    closing.keep_running(workspace)


def commands() -> dict[str, Callable[[Workspace, Target], object]]:
    """Return the commands by their names."""
    return {
        "configure-database": configure_database,
        "submit-request": submit_request,
        "pull-request": pull_request,
        "register-person": register_person,
        "keep-running": keep_running,
    }
