"""The one set of commands: menus, the Tools pane, the bookmarks and the Quick Guide all call these.

Each opens its dialog, view or document with what is known filled in. The modules are imported when they are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.tables.view import DatabaseTab
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.target import Target

Run = Callable[[Workspace, Target], object]
LOG_IN: Final = "log-in"


def _never_off(_workspace: Workspace) -> str:
    return ""


@dataclass(frozen=True)
class Command:
    """One command. `menu` is its place in the menu bar, `tools` its group in the Tools pane.

    `off` says why it cannot be used now, or returns an empty string.
    """

    name: str
    text: str
    run: Run
    menu: str
    tools: str = ""
    keys: str = ""
    icon: str = ""
    off: Callable[[Workspace], str] = _never_off


def _register_certifier(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.certifiers import register as register_certifier

    register_certifier.start(workspace)


def _cross_certify(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.cross_certificates import cross_certify

    cross_certify.start(workspace, target.certifier_name)


def _new_database(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.requests import new_database

    new_database.start(workspace, target.certifier_name)


def _log_in(workspace: Workspace, _target: Target) -> None:
    workspace.log_in()


def _configure_database(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.requests import database_configuration

    database_configuration.configure(workspace, target.database)


def _open_database(workspace: Workspace, target: Target) -> None:
    from dominoadmin.services.requests import databases

    files = [record.file for record, _ in databases.all_databases(workspace.session.domain)]
    if file := target.database or next(reversed(files), ""):
        workspace.open.database(file)
        tab = workspace.show_tab(f"database:{file}", QWidget)
        if target.view and isinstance(tab, DatabaseTab):
            tab.show_view(_(target.view))
    else:
        workspace.say(_("There is no Certificate Requests database yet: choose File - Database - New."))


def _requests(workspace: Workspace, target: Target) -> None:
    workspace.open.requests()
    if target.request_id:
        workspace.open.request(target.request_id)


def _directory(workspace: Workspace, target: Target) -> None:
    workspace.open.directory(target.view)


def _server_document(workspace: Workspace, target: Target) -> None:
    workspace.open.server(target.server, edit=target.edit, ssl_key_file=target.ssl_key_file)


def _mail(workspace: Workspace, _target: Target) -> None:
    workspace.open.mail()


def _create_key_ring(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.key_rings import create as create_key_ring

    create_key_ring.start(workspace, target.database)


def _certify_key_ring(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.key_rings import certify as certify_key_ring

    certify_key_ring.start(workspace, target.database, target.key_ring)


def _pickup_key_ring(workspace: Workspace, target: Target) -> None:
    workspace.open.pickup_key_ring(target.pickup_id, target.database)


def _key_rings(workspace: Workspace, _target: Target) -> None:
    workspace.open.key_rings()


def _install_key_ring(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.key_rings import install as install_key_ring

    install_key_ring.start(workspace, target.key_ring)


def _issued(workspace: Workspace, target: Target) -> None:
    from dominoadmin.viewmodels.directory import data_directory

    rows = data_directory.certifier_rows(workspace.session.domain)
    if rows:
        workspace.open.issued_list(target.certifier_id or rows[-1].number)
    else:
        workspace.say(_("There is no Issued Certificate List yet: register an Internet certifier first."))


def _live_check(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.web import live_check

    live_check.start(workspace)


def _browser_help(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.web import browser_help

    browser_help.start(workspace, target.database)


def _verify_audit_log(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.audit import verify as verify_audit_log

    verify_audit_log.start(workspace)


def _audit_log(workspace: Workspace, _target: Target) -> None:
    workspace.open.audit_log()


def _preferences(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.identities import preferences

    preferences.start(workspace)


def _start_server(workspace: Workspace, _target: Target) -> None:
    workspace.start_server()


def _modify(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.certifiers import modify as modify_certifier

    modify_certifier.start(workspace, target.certifier_id)


def _certifiers(workspace: Workspace, _target: Target) -> None:
    workspace.show_certifiers()


def _revocation_requests(workspace: Workspace, _target: Target) -> None:
    workspace.open.requests(revocations=True)


def _server_runs(workspace: Workspace) -> str:
    return _("The server is running.") if workspace.server.is_running else ""


def commands() -> tuple[Command, ...]:
    """Return all commands in the language in use, in the order of the menus."""
    return (*_of_file(), *_of_configuration(), *_of_key_rings(), *_of_server(), *_of_tools())


def _of_file() -> Iterator[Command]:
    database, security = f"{_('&File')}/{_('&Database')}", f"{_('&File')}/{_('&Security')}"
    admin4 = _("Open &Administration Requests (Admin4.nsf)")
    yield Command("new-database", _("&New…"), _new_database, database, keys="Ctrl+N", icon="database")
    yield Command("open-database", _("&Open Certificate Requests"), _open_database, database, icon="request")
    yield Command("admin4", admin4, _requests, database, icon="seal")
    yield Command("directory", _("Open Domino &Directory"), _directory, database, icon="people")
    yield Command("mail", _("Open &Mail"), _mail, database, icon="mail")
    yield Command("icl", _("Open &Issued Certificate List"), _issued, database, icon="list")
    yield Command("preferences", _("&Preferences…"), _preferences, security, keys="Ctrl+,")


def _of_configuration() -> Iterator[Command]:
    menu = _("&Configuration")
    registration, certification = f"{menu}/{_('&Registration')}", f"{menu}/{_('C&ertification')}"
    tools = _("Certification")
    register = Command("register-certifier", _("&Internet Certifier…"), _register_certifier, registration)
    yield replace(register, tools=_("Registration"), icon="certifier")
    yield Command("modify-certifier", _("&Modify Certifier…"), _modify, certification, tools, icon="certifier")
    yield Command("cross-certify", _("&Cross Certify…"), _cross_certify, certification, tools=tools, icon="cross")
    yield Command("server-document", _("Server &Document"), _server_document, menu, icon="server")


def _of_key_rings() -> Iterator[Command]:
    menu, tools = _("Domino &Key Ring Management"), _("Domino Key Ring Management")
    yield Command("create-key-ring", _("&Create Key Ring…"), _create_key_ring, menu, tools, icon="key")
    yield Command("certify-key-ring", _("C&ertify Key Ring…"), _certify_key_ring, menu, tools)
    yield Command("pickup-key-ring", _("&Pickup Key Ring Certificate…"), _pickup_key_ring, menu, tools)
    yield Command("key-rings", _("&View && Edit Key Rings"), _key_rings, menu, tools)
    yield Command("install-key-ring", _("&Install on Server…"), _install_key_ring, menu, tools)


def _of_server() -> Iterator[Command]:
    menu, tools = _("&Server"), _("Server")
    yield Command("start-server", _("&Start Server"), _start_server, menu, icon="server", off=_server_runs)
    yield Command("live-check", _("&Live Check…"), _live_check, menu, tools, icon="lock")
    yield Command("browser-help", _("&Trust in Browsers…"), _browser_help, menu, tools)


def _of_tools() -> Iterator[Command]:
    menu = _("T&ools")
    yield Command("verify-audit-log", _("Verify &Audit Log…"), _verify_audit_log, menu, icon="seal")
    yield Command("audit-log", _("Audit &Log"), _audit_log, menu, icon="list")


def hidden() -> dict[str, Run]:
    """Return what only the Quick Guide opens: it stands in no menu."""
    return {
        "configure-database": _configure_database,
        "certifiers": _certifiers,
        "revocation-requests": _revocation_requests,
        LOG_IN: _log_in,
    }
