"""Opens documents, views and dialogs: the registry through which features open each other.

Feature rooms do not import each other; they use `workspace.open`. Modules are imported when needed, so that they do
not delay the first window.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dominoadmin.gui.frame.workspace import Workspace


class Opening:
    """Implements `gui.frame.workspace.Openers` for one window."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def home(self) -> None:
        from dominoadmin.gui.home import page

        page.open_home(self._workspace)

    def configuration(self) -> None:
        from dominoadmin.gui import administration

        administration.open_configuration(self._workspace)

    def certifiers(self) -> None:
        from dominoadmin.gui import administration

        administration.open_configuration(self._workspace).show_certifiers()

    def files(self) -> None:
        from dominoadmin.gui import administration

        administration.open_files(self._workspace)

    def server_status(self) -> None:
        from dominoadmin.gui.console import status

        status.open_status(self._workspace)

    def console(self, line: str = "") -> None:
        from dominoadmin.gui.console import console

        panel = console.open_console(self._workspace)
        if line:
            panel.enter(line)

    def request(self, request_id: int) -> None:
        from dominoadmin.gui.requests import document

        document.open_request(self._workspace, request_id)

    def requests(self, *, revocations: bool = False) -> None:
        from dominoadmin.gui.requests import administration_requests

        found = administration_requests.open_requests(self._workspace)
        if revocations:
            found.show_revocations()

    def pending_requests(self) -> None:
        from dominoadmin.gui.requests import administration_requests

        administration_requests.open_pending(self._workspace)

    def revocation_request(self, request_id: int) -> None:
        from dominoadmin.gui.revocation import request_document

        request_document.open_request(self._workspace, request_id)

    def database(self, file: str) -> None:
        from dominoadmin.gui.requests import certificate_requests

        certificate_requests.open_database(self._workspace, file)

    def certifier(self, certifier_id: int) -> None:
        from dominoadmin.gui.certifiers import document

        document.open_certifier(self._workspace, certifier_id)

    def issued_list(self, certifier_id: int, days: int = 0) -> None:
        from dominoadmin.gui.issuance import view

        view.open_list(self._workspace, certifier_id, days)

    def issued_certificate(self, certifier_id: int, serial_hex: str) -> None:
        from dominoadmin.gui.issuance import document

        document.open_certificate(self._workspace, certifier_id, serial_hex)

    def server(self, name: str = "", *, edit: bool = False, ssl_key_file: str = "", guided: bool = False) -> None:
        from dominoadmin.gui.directory import server_document

        server_document.open_server(self._workspace, name, edit=edit, ssl_key_file=ssl_key_file, guided=guided)

    def person(self, name: str) -> None:
        from dominoadmin.gui.directory import person_document

        person_document.open_person(self._workspace, name)

    def directory(self, view: str = "") -> None:
        from dominoadmin.gui.directory import view as directory

        directory.open_directory(self._workspace, view)

    def mail(self) -> None:
        from dominoadmin.gui.directory import mail

        mail.open_mail(self._workspace)

    def key_rings(self, file: str = "") -> None:
        from dominoadmin.gui.key_rings import view

        view.open_key_rings(self._workspace, file)

    def pickup_key_ring(self, pickup_id: str = "", database: str = "", *, guided: bool = False) -> None:
        from dominoadmin.gui.key_rings import pickup

        pickup.start(self._workspace, pickup_id, database, guided=guided)

    def audit_log(self) -> None:
        from dominoadmin.gui.audit import view

        view.open_log(self._workspace)
