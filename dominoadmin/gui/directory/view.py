"""The Domino Directory: people, servers, certificates, and the certifiers that use the CA process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any

from PySide6.QtWidgets import QWidget

from dominoadmin.errors import Error
from dominoadmin.gui.certificates import viewer
from dominoadmin.gui.frame import errors
from dominoadmin.gui.frame.tables.view import Action, Column, DatabaseTab, Row, View, needs_one
from dominoadmin.gui.frame.workspace import Workspace
from dominoadmin.i18n import text as _
from dominoadmin.pki import names
from dominoadmin.store.records import DirectoryEntry
from dominoadmin.viewmodels.badges import Badge
from dominoadmin.viewmodels.directory import data_directory
from dominoadmin.viewmodels.directory import views as directory_views
from dominoadmin.viewmodels.directory.views import CROSS, INTERNET, AuthorityRow, CertificateRow, PersonRow

PEOPLE, SERVERS, CERTIFICATES = "People", "Server\\Servers", "Certificates"
AUTHORITIES = "Server\\Certificate Authorities"


def open_directory(workspace: Workspace, view: str = "") -> QWidget:
    """Open the Domino Directory, optionally at one of the views named above."""
    tab = workspace.show_tab("directory", partial(DirectoryTab, workspace))
    path = _paths().get(view)
    if path and isinstance(tab, DirectoryTab):
        tab.show_view(path)
    return tab


class DirectoryTab(DatabaseTab):
    """The directory's views."""

    def __init__(self, workspace: Workspace) -> None:
        self._paths = _paths()
        nobody = _("Nobody is registered yet. Choose Register Person.")
        people = View(
            path=self._paths[PEOPLE],
            columns=_person_columns(),
            prepare=partial(workspace.session.bound, directory_views.people),
            key=attrgetter("name"),
            empty=nobody,
            records={DirectoryEntry: attrgetter("name")},
        )
        servers = View(
            path=self._paths[SERVERS],
            columns=_server_columns(),
            load=partial(data_directory.server_rows, workspace.session.domain),
            key=attrgetter("name"),
            records={DirectoryEntry: attrgetter("name")},
        )
        found = View(
            path=self._paths[CERTIFICATES],
            columns=_certificate_columns(),
            prepare=partial(workspace.session.bound, directory_views.certificates),
            key=attrgetter("kind", "number"),
            records=directory_views.CERTIFICATES,
        )
        nothing = _("No certifier uses the CA process yet. Register one: Configuration - Tools - Registration.")
        authorities = View(
            path=self._paths[AUTHORITIES],
            columns=_authority_columns(),
            prepare=partial(workspace.session.bound, directory_views.authorities),
            key=attrgetter("number"),
            empty=nothing,
            records=data_directory.CERTIFIERS,
        )
        organization = names.abbreviated(workspace.session.domain.organization)
        title = _("{name}'s Directory").format(name=organization)
        super().__init__(workspace, title, (people, servers, found, authorities), self._make_actions())

    def open_row(self, view: View, row: Row) -> None:
        """Open a document."""
        openers: dict[str, Callable[[Row], None]] = {
            self._paths[PEOPLE]: self._open_person,
            self._paths[SERVERS]: self._open_server,
            self._paths[CERTIFICATES]: self._open_certificate,
            self._paths[AUTHORITIES]: self._open_authority,
        }
        openers[view.path](row)

    def _make_actions(self) -> tuple[Action, ...]:
        people, servers = self._paths[PEOPLE], self._paths[SERVERS]
        certificates, authorities = self._paths[CERTIFICATES], self._paths[AUTHORITIES]
        return (
            Action(_("&Open"), self._open_first, needs_one),
            Action(_("Re&gister Person…"), self._register, views=(people,)),
            Action(_("&Edit Server"), self._edit_server, needs_one, (servers,)),
            Action(_("Cross Certif&y…"), self._cross_certify, views=(certificates,)),
            Action(_("&Issued Certificate List"), self._open_list, needs_one, (authorities,)),
        )

    def _open_first(self, rows: list[Row]) -> None:
        self.open_row(self.current.view, rows[0])

    def _open_person(self, row: PersonRow) -> None:
        from dominoadmin.gui.directory import person_document as person

        person.open_person(self.workspace, row.name)

    def _open_server(self, row: data_directory.ServerRow) -> None:
        from dominoadmin.gui.directory import server_document as server

        server.open_server(self.workspace, row.name)

    def _open_certificate(self, row: CertificateRow) -> None:
        from dominoadmin.gui.cross_certificates import document as cross_certificate

        if row.kind == INTERNET:
            self.workspace.open.certifier(row.number)
        elif row.kind == CROSS:
            cross_certificate.open_cross_certificate(self.workspace, row.number)
        else:
            self._view_organization()

    def _view_organization(self) -> None:
        try:
            viewer.show(self.workspace, directory_views.organization_chain(self.workspace.session.domain))
        except Error as error:
            errors.show(self, error)

    def _open_authority(self, row: AuthorityRow) -> None:
        self.workspace.open.certifier(row.number)

    def _open_list(self, rows: list[Row]) -> None:
        self.workspace.open.issued_list(rows[0].number)

    def _edit_server(self, rows: list[Row]) -> None:
        from dominoadmin.gui.directory import server_document as server

        server.open_server(self.workspace, rows[0].name, edit=True)

    def _register(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.identities import register_person

        register_person.start(self.workspace)

    def _cross_certify(self, _rows: list[Row]) -> None:
        from dominoadmin.gui.cross_certificates import cross_certify

        cross_certify.start(self.workspace)


def _paths() -> dict[str, str]:
    return {
        PEOPLE: _("People"),
        SERVERS: _("Server\\Servers"),
        CERTIFICATES: _("Certificates"),
        AUTHORITIES: _("Server\\Certificate Authorities"),
    }


def _person_columns() -> tuple[Column, ...]:
    return (
        Column(_("Name"), attrgetter("shown"), 190),
        Column(_("State"), attrgetter("sentence"), 210, badge=attrgetter("state")),
        Column(_("Roles"), attrgetter("roles"), 260),
        Column(_("ID expires"), _expires, 100, _expires_at),
        Column(_("Internet address"), attrgetter("mail_address"), 180),
        Column(_("ID file"), attrgetter("id_file"), 140),
    )


def _server_columns() -> tuple[Column, ...]:
    return (Column(_("Server"), attrgetter("shown"), 240), Column(_("Host name"), attrgetter("host"), 260))


def _certificate_columns() -> tuple[Column, ...]:
    return (
        Column(_("Name"), attrgetter("name"), 230),
        Column(_("Type"), attrgetter("type"), 170),
        Column(_("State"), attrgetter("sentence"), 190, badge=attrgetter("state")),
        Column(_("Expires"), _expires, 100, _expires_at),
        Column(_("Issued by"), attrgetter("issuer"), 260),
    )


def _authority_columns() -> tuple[Column, ...]:
    return (
        Column(_("Certifier"), attrgetter("name"), 240),
        Column(_("CA administrators"), attrgetter("caas"), 160),
        Column(_("RAs"), attrgetter("ras"), 160),
        Column(_("Remark"), attrgetter("problem"), 160, badge=_problem_badge),
        Column(_("Server"), attrgetter("server"), 150),
        Column(_("ICL database"), attrgetter("icl"), 150),
        Column(_("Certificate Requests database"), attrgetter("database"), 160),
    )


def _expires(row: Row) -> str:
    return f"{row.not_after.astimezone():%Y-%m-%d}" if isinstance(row.not_after, datetime) else ""


def _expires_at(row: Row) -> Any:  # noqa: ANN401 - a sort key
    return row.not_after.timestamp() if isinstance(row.not_after, datetime) else 0.0


def _problem_badge(row: AuthorityRow) -> str:
    return Badge.BAD if row.problem else Badge.NONE
