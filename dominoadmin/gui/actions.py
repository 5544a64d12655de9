"""The commands of the menus, the Tools pane, the navigator and the Quick Guide.

Each opens its dialog, view or document with the known values filled in. Modules are imported when needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from PySide6.QtWidgets import QWidget

from dominoadmin.gui.frame.tables.view import DatabaseTab
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.gui.guide import acts
from dominoadmin.i18n import text as _
from dominoadmin.viewmodels.target import Target

Run = Callable[[Workspace, Target], object]
LOG_IN: Final = "log-in"


def _never_off(_workspace: Workspace) -> str:
    return ""


@dataclass(frozen=True, kw_only=True)
class Command:
    """One command. `menu` is its place in the menu bar, `tools` its group in the Tools pane.

    `off` returns why it cannot be used now, or an empty string.
    """

    name: str
    text: str
    run: Run
    menu: str
    tools: str = ""
    keys: str = ""
    icon: str = ""
    off: Callable[[Workspace], str] = _never_off


def _register_certifier(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.certifiers import register as register_certifier

    register_certifier.start(workspace, guided=target.guided)


def _cross_certify(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.cross_certificates import cross_certify

    cross_certify.start(workspace, target.certifier_name)


def _new_database(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.requests import new_database

    new_database.start(workspace, target.certifier_name, guided=target.guided)


def _log_in(workspace: Workspace, _target: Target) -> None:
    workspace.log_in()


def _issue_now(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.issuance import issue_now

    issue_now.start(workspace)


def _open_database(workspace: Workspace, target: Target) -> None:
    from dominoadmin.services.requests import databases

    files = [record.file for record, _ in databases.all_databases(workspace.session.domain)]
    if file := target.database or next(reversed(files), ""):
        workspace.open.database(file)
        tab = workspace.show_tab(f"database:{file}", QWidget)
        if target.view and isinstance(tab, DatabaseTab):
            tab.show_view(_(target.view))
    else:
        workspace.say(_("There is no Certificate Requests database yet. Choose File - Database - New."))


def _requests(workspace: Workspace, target: Target) -> None:
    workspace.open.requests()
    if target.request_id:
        workspace.open.request(target.request_id)


def _directory(workspace: Workspace, target: Target) -> None:
    workspace.open.directory(target.view)


def _server_document(workspace: Workspace, target: Target) -> None:
    guided = target.guided and bool(target.ssl_key_file)
    workspace.open.server(target.server, edit=target.edit, ssl_key_file=target.ssl_key_file, guided=guided)


def _mail(workspace: Workspace, _target: Target) -> None:
    workspace.open.mail()


def _create_key_ring(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.key_rings import create as create_key_ring

    create_key_ring.start(workspace, target.database, guided=target.guided)


def _certify_key_ring(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.key_rings import certify as certify_key_ring

    certify_key_ring.start(workspace, target.database, target.key_ring, guided=target.guided)


def _pickup_key_ring(workspace: Workspace, target: Target) -> None:
    workspace.open.pickup_key_ring(target.pickup_id, target.database, guided=target.guided)


def _key_rings(workspace: Workspace, _target: Target) -> None:
    workspace.open.key_rings()


def _install_key_ring(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.key_rings import install as install_key_ring

    install_key_ring.start(workspace, target.key_ring, guided=target.guided)


def _issued(workspace: Workspace, target: Target) -> None:
    from dominoadmin.viewmodels.directory import data_directory

    rows = data_directory.certifier_rows(workspace.session.domain)
    if rows:
        workspace.open.issued_list(target.certifier_id or rows[-1].number, target.days)
    else:
        workspace.say(_("There is no Issued Certificate List yet. Register an Internet certifier first."))


def _issued_lists(workspace: Workspace, target: Target) -> None:
    workspace.open.issued_list(target.certifier_id, target.days)


def _live_check(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.web import live_check

    live_check.start(workspace)


def _browser_help(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.web import browser_help

    browser_help.start(workspace, target.database)


def _check_store(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.audit import check_store

    check_store.start(workspace)


def _verify_audit_log(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.audit import verify as verify_audit_log

    verify_audit_log.start(workspace)


def _audit_log(workspace: Workspace, _target: Target) -> None:
    workspace.open.audit_log()


def _open_file(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui import opened_files

    opened_files.choose(workspace)


def _preferences(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.identities import preferences

    preferences.start(workspace)


def _guide(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.guide import help as user_guide

    user_guide.start(workspace)


def _change_password(workspace: Workspace, _target: Target) -> None:
    from dominoadmin.gui.identities import change_password

    change_password.start(workspace)


def _start_server(workspace: Workspace, _target: Target) -> None:
    workspace.start_server()


def _modify(workspace: Workspace, target: Target) -> None:
    from dominoadmin.gui.certifiers import modify as modify_certifier

    modify_certifier.start(workspace, target.certifier_id)


def _certifiers(workspace: Workspace, _target: Target) -> None:
    workspace.open.certifiers()


def _configuration(workspace: Workspace, _target: Target) -> None:
    workspace.open.configuration()


def _home(workspace: Workspace, _target: Target) -> None:
    workspace.open.home()


def _files(workspace: Workspace, _target: Target) -> None:
    workspace.open.files()


def _server_status(workspace: Workspace, _target: Target) -> None:
    workspace.open.server_status()


def _console(workspace: Workspace, _target: Target) -> None:
    workspace.open.console()


def _certificates(workspace: Workspace, _target: Target) -> None:
    workspace.open.issued_list(0)


def _pending_requests(workspace: Workspace, _target: Target) -> None:
    workspace.open.pending_requests()


def _revocation_requests(workspace: Workspace, _target: Target) -> None:
    workspace.open.requests(revocations=True)


def _no_ra(workspace: Workspace) -> str:
    from dominoadmin.viewmodels.issuance import issue_draft

    return issue_draft.why_not(workspace.session.domain, workspace.session.actor)


def _server_runs(workspace: Workspace) -> str:
    if workspace.server.is_running:
        return _("The server is running.")
    return workspace.server.off if workspace.server.elsewhere else ""


def commands() -> tuple[Command, ...]:
    """Return all commands in the current language, in the order of the menus."""
    return (*_of_file(), *_of_configuration(), *_of_key_rings(), *_of_server(), *_of_view(), *_of_tools(), *_of_help())


def _of_file() -> Iterator[Command]:
    database, security = f"{_('&File')}/{_('&Database')}", f"{_('&File')}/{_('&Security')}"
    admin4 = _("Open &Administration Requests (Admin4.nsf)")
    yield Command(
        name="new-database", text=_("&New…"), run=_new_database, menu=database, keys="Ctrl+Shift+N", icon="database"
    )
    yield Command(
        name="open-database", text=_("&Open Certificate Requests"), run=_open_database, menu=database, icon="request"
    )
    yield Command(name="admin4", text=admin4, run=_requests, menu=database, icon="seal")
    yield Command(name="directory", text=_("Open Domino &Directory"), run=_directory, menu=database, icon="people")
    yield Command(name="mail", text=_("Open &Mail"), run=_mail, menu=database, icon="mail")
    yield Command(name="icl", text=_("Open &Issued Certificate List"), run=_issued, menu=database, icon="list")
    yield Command(name="change-password", text=_("&Change Password…"), run=_change_password, menu=security, icon="key")
    yield Command(
        name="open-file", text=_("Open F&ile…"), run=_open_file, menu=_("&File"), keys="Ctrl+O", icon="folder"
    )
    yield Command(
        name="preferences", text=_("&Preferences…"), run=_preferences, menu=security, keys="Ctrl+,", icon="settings"
    )


def _of_configuration() -> Iterator[Command]:
    menu = _("&Configuration")
    registration, certification = f"{menu}/{_('&Registration')}", f"{menu}/{_('C&ertification')}"
    tools = _("Certification")
    register = Command(
        name="register-certifier", text=_("&Internet Certifier…"), run=_register_certifier, menu=registration
    )
    yield replace(register, tools=_("Registration"), icon="certifier")
    yield Command(
        name="issue-now",
        text=_("&New Certificate…"),
        run=_issue_now,
        menu=certification,
        tools=tools,
        keys="Ctrl+N",
        icon="plus",
        off=_no_ra,
    )
    yield Command(
        name="modify-certifier",
        text=_("&Modify Certifier…"),
        run=_modify,
        menu=certification,
        tools=tools,
        icon="certifier",
    )
    yield Command(
        name="cross-certify",
        text=_("&Cross Certify…"),
        run=_cross_certify,
        menu=certification,
        tools=tools,
        icon="cross",
    )
    yield Command(name="server-document", text=_("Server &Document"), run=_server_document, menu=menu, icon="server")


def _of_key_rings() -> Iterator[Command]:
    menu, tools = _("Domino &Key Ring Management"), _("Domino Key Ring Management")
    yield Command(
        name="create-key-ring", text=_("&Create Key Ring…"), run=_create_key_ring, menu=menu, tools=tools, icon="key"
    )
    yield Command(
        name="certify-key-ring",
        text=_("C&ertify Key Ring…"),
        run=_certify_key_ring,
        menu=menu,
        tools=tools,
        icon="seal",
    )
    yield Command(
        name="pickup-key-ring",
        text=_("&Pickup Key Ring Certificate…"),
        run=_pickup_key_ring,
        menu=menu,
        tools=tools,
        icon="pickup",
    )
    yield Command(
        name="key-rings", text=_("&View && Edit Key Rings"), run=_key_rings, menu=menu, tools=tools, icon="pencil"
    )
    yield Command(
        name="install-key-ring",
        text=_("&Install on Server…"),
        run=_install_key_ring,
        menu=menu,
        tools=tools,
        icon="server",
    )


def _of_server() -> Iterator[Command]:
    menu, tools = _("&Server"), _("Server")
    yield Command(
        name="start-server", text=_("&Start Server"), run=_start_server, menu=menu, icon="play", off=_server_runs
    )
    yield Command(name="live-check", text=_("&Live Check…"), run=_live_check, menu=menu, tools=tools, icon="lock")
    yield Command(
        name="browser-help", text=_("&Trust in Browsers…"), run=_browser_help, menu=menu, tools=tools, icon="globe"
    )


def _of_tools() -> Iterator[Command]:
    menu = _("T&ools")
    yield Command(name="verify-audit-log", text=_("Verify &Audit Log…"), run=_verify_audit_log, menu=menu, icon="seal")
    yield Command(name="check-store", text=_("&Check Store…"), run=_check_store, menu=menu, icon="check")
    yield Command(name="audit-log", text=_("Audit &Log"), run=_audit_log, menu=menu, icon="log")


def _of_view() -> Iterator[Command]:
    menu = _("&View")
    yield Command(name="home", text=_("&Home"), run=_home, menu=menu, keys="Alt+Home", icon="home")
    yield Command(name="certificates", text=_("C&ertificates"), run=_certificates, menu=menu, icon="certificate")
    yield Command(name="certifiers", text=_("Certi&fiers"), run=_certifiers, menu=menu, icon="certifier")
    yield Command(name="configuration", text=_("Confi&guration"), run=_configuration, menu=menu, icon="settings")
    yield Command(name="files", text=_("Fi&les"), run=_files, menu=menu, icon="folder")
    yield Command(name="server-status", text=_("Server &Status"), run=_server_status, menu=menu, icon="server")
    yield Command(
        name="server-console", text=_("&Console"), run=_console, menu=menu, keys="Ctrl+Shift+C", icon="console"
    )


def _of_help() -> Iterator[Command]:
    yield Command(name="guide", text=_("User's &Guide"), run=_guide, menu=_("&Help"), keys="F1", icon="guide")


def hidden() -> dict[str, Run]:
    """Return the commands that only the Quick Guide and Home use, which are in no menu."""
    return {
        "pending-requests": _pending_requests,
        "issued-certificates": _issued_lists,
        "revocation-requests": _revocation_requests,
        **acts.commands(),
        LOG_IN: _log_in,
    }
