"""The Administrator's own places: the files of the data directory, the certifiers and servers."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from operator import attrgetter

from dominoadmin.gui.frame.tables.view import Action, Column, DatabaseTab, Row, View, needs_one
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.store.records import CertifierRecord, DatabaseRecord, DirectoryEntry
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.certifiers import listing as certifier_listing
from dominoadmin.viewmodels.directory import data_directory
from dominoadmin.viewmodels.directory.data_directory import DatabaseFile


def open_configuration(workspace: Workspace) -> ConfigurationTab:
    """Go to Configuration."""
    tab = workspace.show_tab("configuration", partial(ConfigurationTab, workspace))
    assert isinstance(tab, ConfigurationTab)
    return tab


def open_files(workspace: Workspace) -> None:
    """Go to Files."""
    workspace.show_tab("files", partial(FilesTab, workspace))


@dataclass(frozen=True)
class _Opener:
    """Opens a file of the data directory according to its kind."""

    workspace: Workspace

    def open(self, file: DatabaseFile) -> None:
        from dominoadmin.gui.identities import certificate_file

        match file.kind:
            case data_directory.REQUESTS:
                self.workspace.open.database(file.name)
            case data_directory.ISSUED:
                self.workspace.open.issued_list(file.number)
            case data_directory.KEY_RING:
                self.workspace.open.key_rings()
            case data_directory.ADMIN4:
                self.workspace.open.requests()
            case data_directory.DIRECTORY:
                self.workspace.open.directory()
            case data_directory.ID_FILE:
                certificate_file.show_id(self.workspace, file.name)


class FilesTab(DatabaseTab):
    """Files: the databases, key rings and ID files of the data directory, as Domino names them."""

    def __init__(self, workspace: Workspace) -> None:
        self._opener = _Opener(workspace)
        columns = (
            Column(_("Title"), attrgetter("title"), 300),
            Column(_("File Name"), attrgetter("name"), 220),
            Column(_("Type"), attrgetter("type"), 200),
            Column(_("Remark"), attrgetter("remark"), 260),
        )
        domain = workspace.session.domain
        views = tuple(
            View(
                path=path,
                columns=columns,
                load=_Files(domain, kinds),
                key=attrgetter("name"),
                empty=_("There is no such file in the data directory yet."),
                records={DatabaseRecord: attrgetter("file"), CertifierRecord: data_directory.icl_name},
            )
            for path, kinds in (
                (_("All files"), ()),
                (_("Databases"), (data_directory.REQUESTS, data_directory.ADMIN4, data_directory.DIRECTORY)),
                (_("ICL directory"), (data_directory.ISSUED,)),
                (_("Key rings"), (data_directory.KEY_RING,)),
                (_("ID files"), (data_directory.ID_FILE,)),
            )
        )
        actions = (Action(_("&Open"), self._open_first, needs_one),)
        super().__init__(workspace, _("Files"), views, actions)

    def open_row(self, view: View, row: Row) -> None:
        del view
        self._opener.open(row)

    def _open_first(self, rows: list[Row]) -> None:
        self._opener.open(rows[0])


@dataclass(frozen=True)
class _Files:
    domain: data_directory.Domain
    kinds: tuple[str, ...]

    def __call__(self) -> list[DatabaseFile]:
        return [file for file in data_directory.files(self.domain) if not self.kinds or file.kind in self.kinds]


class ConfigurationTab(DatabaseTab):
    """Configuration: the certifiers with their state, the servers."""

    def __init__(self, workspace: Workspace) -> None:
        self.workspace = workspace
        self._certifiers, self._servers = _("Certificates\\Certifiers"), _("Server\\All Server Documents")
        self._lists = _("Certificates\\Issued Certificate Lists")
        nothing = _(
            "No Internet certifier is registered yet. Choose Tools - Registration - Internet Certifier on the right."
        )
        domain = workspace.session.domain
        views = (
            View(
                path=self._certifiers,
                columns=self._certifier_columns(),
                prepare=partial(workspace.session.bound, certifier_listing.listed),
                key=attrgetter("number"),
                empty=nothing,
                records=data_directory.CERTIFIERS,
            ),
            View(
                path=self._lists,
                columns=_list_columns(),
                load=partial(_issued_lists, domain),
                key=attrgetter("number"),
                empty=nothing,
                records=data_directory.CERTIFIERS,
            ),
            View(
                path=self._servers,
                columns=_server_columns(),
                load=partial(data_directory.server_rows, domain),
                key=attrgetter("name"),
                records={DirectoryEntry: attrgetter("name")},
            ),
        )
        actions = (
            Action(_("&Open"), self._open_first, needs_one),
            Action(_("&Issued Certificate List"), self._open_list, needs_one, (self._certifiers,)),
            Action(_("&Modify Certifier…"), self._modify, needs_one, (self._certifiers,)),
            Action(_("Issue &CRL Now"), self._issue, needs_one, (self._certifiers,)),
            Action(_("&Register Internet Certifier…"), self._register, views=(self._certifiers,)),
        )
        super().__init__(workspace, _("Configuration"), views, actions)
        workspace.server.states_changed.connect(self.refresh)

    def _certifier_columns(self) -> tuple[Column, ...]:
        return (
            Column(_("Certifier"), attrgetter("name"), 260),
            Column(_("Active"), self._state, 190, badge=self._badge),
            Column(_("Next CRL by"), attrgetter("crl"), 190, badge=attrgetter("crl_badge")),
            Column(_("Expires"), attrgetter("expires"), 110, badge=attrgetter("expires_badge")),
            Column(_("Your roles"), attrgetter("roles"), 90),
            Column(_("CA administrators"), attrgetter("caas"), 180),
            Column(_("RAs"), attrgetter("ras"), 180),
            Column(_("Key"), attrgetter("key"), 110),
            Column(_("Encrypted with"), attrgetter("protection"), 200),
            Column(_("ICL database"), attrgetter("icl"), 190),
        )

    def open_row(self, view: View, row: Row) -> None:
        if view.path == self._certifiers:
            self.workspace.open.certifier(row.number)
        elif view.path == self._lists:
            self._open_list([row])
        else:
            self.workspace.open.server(row.name)

    def _open_first(self, rows: list[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _open_list(self, rows: list[Row]) -> None:
        self.workspace.open.issued_list(rows[0].number)

    def _modify(self, rows: list[Row]) -> None:
        from dominoadmin.gui.certifiers import modify as modify_certifier

        modify_certifier.start(self.workspace, rows[0].number)

    def _issue(self, rows: list[Row]) -> None:
        from dominoadmin.gui.revocation import crl_actions

        crl_actions.issue(self.workspace, rows[0].name)

    def _register(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.certifiers import register as register_certifier

        register_certifier.start(self.workspace)

    def show_certifiers(self) -> None:
        """Go to the certifiers."""
        self.show_view(self._certifiers)

    def _state(self, row: Row) -> str:
        if row.problem:
            return _("tampered with: blocked")
        if not row.is_enabled:
            return _("disabled")
        for _number_of_task, name, state in self.workspace.server.certifier_states():
            if name == row.name:
                return state
        if at := self.workspace.server.elsewhere:
            return _("runs on {host}, process {process}").format(host=at.host, process=at.process)
        return _("unknown: the CA process is not running")

    def _badge(self, row: Row) -> str:
        if row.problem:
            return Badge.BAD
        if row.is_enabled and self.workspace.server.elsewhere:
            return ""  # whether it is locked is known there
        return Badge.OK if self._state(row) == data_directory.ACTIVE else Badge.WAIT


@dataclass(frozen=True)
class _IssuedList:
    """A list to open; number 0 is that of all certifiers."""

    number: int
    name: str
    icl: str


def _issued_lists(domain: data_directory.Domain) -> list[_IssuedList]:
    found = [_IssuedList(row.number, row.name, row.icl) for row in data_directory.certifier_rows(domain)]
    return [_IssuedList(0, _("All certifiers"), ""), *found] if found else []


def _list_columns() -> tuple[Column, ...]:
    return (
        Column(_("Certifier"), attrgetter("name"), 320),
        Column(_("ICL database"), attrgetter("icl"), 240),
    )


def _server_columns() -> tuple[Column, ...]:
    return (
        Column(_("Server"), attrgetter("shown"), 300),
        Column(_("Host name"), attrgetter("host"), 300),
    )
